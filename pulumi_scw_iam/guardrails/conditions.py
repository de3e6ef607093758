"""Rules about the conditions of policies' rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.conditions.checks.logic import always_true, limits_nothing, never_true
from pulumi_scw_iam.conditions.checks.times import no_time_zone, past_date
from pulumi_scw_iam.conditions.expressions import (
    Node,
    arms_of,
    is_operation,
    normalized,
    path_of,
    walk,
)
from pulumi_scw_iam.conditions.lint import lint
from pulumi_scw_iam.conditions.parser import parse
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import Given, Guardrail, NotApplicable

if TYPE_CHECKING:
    from pulumi_scw_iam.conditions.checks import ConditionCheck
    from pulumi_scw_iam.guardrails.resources import Resource

__all__ = [
    "CONDITION_BY_ID",
    "CONDITION_CAN_BE_MET",
    "CONDITION_LIMITS",
    "CONDITION_NOT_PAST",
    "CONDITION_NOT_SPOOFABLE",
    "CONDITION_ZONE",
]

CHAPTER = "Conditions"


def _conditions(policy: Resource) -> Iterator[tuple[str, str] | NotApplicable]:
    """The conditions of a policy, each with its path."""
    some = False
    for index, rule in enumerate(policy.items("rules")):
        where = policy.spell("rules")
        condition = rule.get("condition") if isinstance(rule, Mapping) else UNKNOWN
        if isinstance(rule, Mapping):
            where = f"{where}[{index}].{policy.spell('condition')}"
        if condition is UNKNOWN:
            some = True
            yield NotApplicable(f"{where} is not known yet")
        elif isinstance(condition, str) and condition.strip():
            some = True
            yield where, condition
    if not some:
        yield NotApplicable("no rule has a condition")


def _looking(
    look: Callable[[str, Given], Iterator[str]],
) -> Callable[[Resource, Given], Iterator[str | NotApplicable]]:
    """A rule that looks at each condition by itself."""

    def resource(policy: Resource, given: Given) -> Iterator[str | NotApplicable]:
        for found in _conditions(policy):
            if isinstance(found, NotApplicable):
                yield found
            else:
                where, condition = found
                for said in look(condition, given):
                    yield f"{where} {said}"

    return resource


def _linted(*checks: ConditionCheck) -> Callable[[str, Given], Iterator[str]]:
    """Return a function that yields what these condition checks find, also if programs ignore them."""
    ids = {check.id for check in checks}

    def look(condition: str, given: Given) -> Iterator[str]:
        for warning in lint(condition, now=given.now).warnings:
            if warning.check_id in ids:
                yield warning.reason

    return look


def _parts(look: Callable[[Node], Iterator[str]]) -> Callable[[str, Given], Iterator[str]]:
    """What is said of a condition's expression; check is who says that it is none."""

    def said(condition: str, given: Given) -> Iterator[str]:
        del given
        try:
            yield from list(look(parse(condition)))
        except Exception:  # noqa: BLE001 - the parser is another's, and a preview must go on
            return

    return said


def _variables(node: Node) -> set[str]:
    """The fields of the request and of the resource that an expression reads."""
    paths = (path_of(part) or "" for part in walk(node))
    return {path for path in paths if path.startswith(("request.", "resource."))}


def _spoofable(node: Node) -> bool:
    """Whether a caller can make it true by its user agent alone."""
    if is_operation(node, "&&"):
        return all(_spoofable(arm) for arm in arms_of(node, "&&"))
    if is_operation(node, "||"):
        return any(_spoofable(arm) for arm in arms_of(node, "||"))
    return _variables(node) == {"request.user_agent"}


def _spoofed(root: Node) -> Iterator[str]:
    if _spoofable(normalized(root)):
        yield (
            "can be met by a user agent alone, which every caller chooses; test request.ip or"
            " request.time as well"
        )


def _named(root: Node) -> Iterator[str]:
    if "resource.name" in _variables(root):
        yield "tests resource.name, which a rename changes; test resource.id"


def _policy(condition: str) -> str:
    """An example."""
    return (
        'devs = iam.Group("devs")\n'
        'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
        '    permission_set_names=["IAMReadOnly"], organization_id=ORGANIZATION_ID,\n'
        f"    condition={condition})])"
    )


def _rule(**said: Any) -> Guardrail:
    return Guardrail(kinds=("Policy",), **said)


_BY_ADDRESS = _policy("""'request.ip == "203.0.113.7"'""")

CONDITION_LIMITS = _rule(
    id="condition-limits",
    wants="Conditions limit something.",
    why="A condition that is always true looks like a limit in a review, and is none.",
    cure="Correct the condition, or leave it out.",
    severity="high",
    level="mandatory",
    fails=_policy("""'request.ip != "203.0.113.7" || request.ip != "203.0.113.8"'"""),
    passes=_BY_ADDRESS,
    resource=_looking(_linted(always_true, limits_nothing)),
)

CONDITION_CAN_BE_MET = _rule(
    id="condition-can-be-met",
    wants="Conditions can be met.",
    why="A rule that never counts is found out when its rights are needed, and is then made too wide.",
    cure="Correct the condition, or remove the rule.",
    severity="medium",
    level="mandatory",
    fails=_policy("""'request.ip == "203.0.113.7" && request.ip == "203.0.113.8"'"""),
    passes=_BY_ADDRESS,
    resource=_looking(_linted(never_true)),
)

CONDITION_NOT_PAST = _rule(
    id="condition-not-past",
    wants="Conditions do not end in the past.",
    why="The rule does not count any more, and is likely a leftover.",
    cure="Set a later time, or remove the rule.",
    severity="low",
    level="advisory",
    fails=_policy("""'request.time < timestamp("2029-06-30T00:00:00Z")'"""),
    passes=_policy("""'request.time < timestamp("2030-06-30T00:00:00Z")'"""),
    resource=_looking(_linted(past_date)),
)

CONDITION_NOT_SPOOFABLE = _rule(
    id="condition-not-spoofable",
    wants="Conditions do not rest on the user agent alone.",
    why="Every caller chooses its user agent, so this keeps out nobody who means harm.",
    cure="Test the address or the time as well.",
    severity="high",
    level="mandatory",
    fails=_policy("""'request.user_agent.contains("pulumi")'"""),
    passes=_policy("""'request.user_agent.contains("pulumi") && request.ip == "203.0.113.7"'"""),
    resource=_looking(_parts(_spoofed)),
)

CONDITION_BY_ID = _rule(
    id="condition-by-id",
    wants="Conditions name resources by id.",
    why="Who can rename a resource can bring it under the condition, or out of it.",
    cure="Test resource.id. Disable this rule where names are given by one team alone.",
    severity="medium",
    level="advisory",
    fails=_policy("""'resource.name == "billing" || !has(resource.id)'"""),
    passes=_policy(
        """(\n        'resource.id == "11111111-2222-4333-8444-555555555555" || !has(resource.id)')"""
    ),
    resource=_looking(_parts(_named)),
)

CONDITION_ZONE = _rule(
    id="condition-zone",
    wants="Hours and days in conditions are of a named time zone.",
    why="Without a zone they are counted in UTC: office hours are off by an hour or more, and differ"
    " in summer.",
    cure='Name the zone, as in request.time.getHours("Europe/Paris").',
    severity="low",
    level="advisory",
    fails=_policy("'request.time.getHours() < 18'"),
    passes=_policy("""'request.time.getHours("Europe/Paris") < 18'"""),
    resource=_looking(_linted(no_time_zone)),
)
