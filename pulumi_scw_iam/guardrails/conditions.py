"""Guardrails about the conditions of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.cel.expressions import (
    Node,
    arms_of,
    is_operation,
    normalized,
    path_of,
    walk,
)
from pulumi_scw_iam.common.cel.parser import parse
from pulumi_scw_iam.conditions.checks.logic import always_true, limits_nothing, never_true
from pulumi_scw_iam.conditions.checks.times import no_time_zone, past_date
from pulumi_scw_iam.conditions.lint import lint
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import Context, Guardrail, NotApplicable

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
    """Yield the path and the text of each condition of a policy."""
    has_condition = False
    for index, rule in enumerate(policy.items("rules")):
        path = policy.spell("rules")
        condition = rule.get("condition") if isinstance(rule, Mapping) else UNKNOWN
        if isinstance(rule, Mapping):
            path = f"{path}[{index}].{policy.spell('condition')}"
        if condition is UNKNOWN:
            has_condition = True
            yield NotApplicable(f"{path} is not known yet")
        elif isinstance(condition, str) and condition.strip():
            has_condition = True
            yield path, condition
    if not has_condition:
        yield NotApplicable("no rule has a condition")


def _each_condition(
    reasons: Callable[[str, Context], Iterator[str]],
) -> Callable[[Resource, Context], Iterator[str | NotApplicable]]:
    """Return a validation that applies `reasons` to each condition of a policy."""

    def validate(policy: Resource, context: Context) -> Iterator[str | NotApplicable]:
        for found in _conditions(policy):
            if isinstance(found, NotApplicable):
                yield found
            else:
                path, condition = found
                for reason in reasons(condition, context):
                    yield f"{path} {reason}"

    return validate


def _found_by(*checks: ConditionCheck) -> Callable[[str, Context], Iterator[str]]:
    """Return a function that yields the findings of condition checks, even of checks ignored by programs."""
    ids = {check.id for check in checks}

    def reasons(condition: str, context: Context) -> Iterator[str]:
        for warning in lint(condition, now=context.now).warnings:
            if warning.check_id in ids:
                yield warning.reason

    return reasons


def _parsed(find: Callable[[Node], Iterator[str]]) -> Callable[[str, Context], Iterator[str]]:
    """Return a function that parses a condition and yields the findings of `find`.

    Syntax errors yield nothing: check reports them.
    """

    def reasons(condition: str, context: Context) -> Iterator[str]:
        del context
        try:
            yield from list(find(parse(condition)))
        except Exception:  # noqa: BLE001 - a bug in the parser library must not stop a preview
            return

    return reasons


def _variables(node: Node) -> set[str]:
    """Return the fields of the request and of the resource in an expression."""
    paths = (path_of(part) or "" for part in walk(node))
    return {path for path in paths if path.startswith(("request.", "resource."))}


def _spoofable(node: Node) -> bool:
    """Return True if a caller can make an expression true by the choice of its user agent alone."""
    if is_operation(node, "&&"):
        return all(_spoofable(arm) for arm in arms_of(node, "&&"))
    if is_operation(node, "||"):
        return any(_spoofable(arm) for arm in arms_of(node, "||"))
    return _variables(node) == {"request.user_agent"}


def _spoofed(root: Node) -> Iterator[str]:
    if _spoofable(normalized(root)):
        yield (
            "depends on the user agent alone, but every caller chooses its user agent; test request.ip"
            " or request.time as well"
        )


def _named(root: Node) -> Iterator[str]:
    if "resource.name" in _variables(root):
        yield "tests resource.name, but a rename changes the result; test resource.id"


def _policy(condition: str) -> str:
    """Return an example program with a condition."""
    return (
        'devs = iam.Group("devs")\n'
        'iam.Policy("devs", group_id=devs.id, rules=[iam.PolicyRuleArgs(\n'
        '    permission_set_names=["IAMReadOnly"], organization_id=ORGANIZATION_ID,\n'
        f"    condition={condition})])"
    )


def _guardrail(**declaration: Any) -> Guardrail:
    return Guardrail(kinds=("Policy",), **declaration)


_BY_ADDRESS = _policy("""'request.ip == "203.0.113.7"'""")

CONDITION_LIMITS = _guardrail(
    id="condition-limits",
    expects="Do not use conditions that limit nothing.",
    why="A condition that is always true looks like a limit in a review, but allows every request.",
    cure="Correct or remove the condition.",
    severity="high",
    level="mandatory",
    fails=_policy("""'request.ip != "203.0.113.7" || request.ip != "203.0.113.8"'"""),
    passes=_BY_ADDRESS,
    validate_resource=_each_condition(_found_by(always_true, limits_nothing)),
)

CONDITION_CAN_BE_MET = _guardrail(
    id="condition-can-be-met",
    expects="Do not use conditions that are never true.",
    why="A rule that never applies is discovered when its permissions are needed. The urgent"
    " correction is often too broad.",
    cure="Correct the condition, or remove the rule.",
    severity="medium",
    level="mandatory",
    fails=_policy("""'request.ip == "203.0.113.7" && request.ip == "203.0.113.8"'"""),
    passes=_BY_ADDRESS,
    validate_resource=_each_condition(_found_by(never_true)),
)

CONDITION_NOT_PAST = _guardrail(
    id="condition-not-past",
    expects="Remove rules with a condition that has expired.",
    why="The rule no longer applies, and is probably a leftover.",
    cure="Set a future date, or remove the rule.",
    severity="low",
    level="advisory",
    fails=_policy("""'request.time < timestamp("2029-06-30T00:00:00Z")'"""),
    passes=_policy("""'request.time < timestamp("2030-06-30T00:00:00Z")'"""),
    validate_resource=_each_condition(_found_by(past_date)),
)

CONDITION_NOT_SPOOFABLE = _guardrail(
    id="condition-not-spoofable",
    expects="Do not rely on the user agent alone in conditions.",
    why="Every caller chooses its user agent, so such a condition does not stop an attacker.",
    cure="Test the address or the time as well.",
    severity="high",
    level="mandatory",
    fails=_policy("""'request.user_agent.contains("pulumi")'"""),
    passes=_policy("""'request.user_agent.contains("pulumi") && request.ip == "203.0.113.7"'"""),
    validate_resource=_each_condition(_parsed(_spoofed)),
)

CONDITION_BY_ID = _guardrail(
    id="condition-by-id",
    expects="Identify resources by id in conditions.",
    why="Anyone with permission to rename a resource can move the resource into or out of the condition.",
    cure="Test resource.id. Disable this guardrail if a single team controls all names.",
    severity="medium",
    level="advisory",
    fails=_policy("""'resource.name == "billing" || !has(resource.id)'"""),
    passes=_policy(
        """(\n        'resource.id == "11111111-2222-4333-8444-555555555555" || !has(resource.id)')"""
    ),
    validate_resource=_each_condition(_parsed(_named)),
)

CONDITION_ZONE = _guardrail(
    id="condition-zone",
    expects="Set a time zone for hours and days in conditions.",
    why="Without a time zone, hours and days are in UTC: office hours are off by an hour or more, and"
    " shift in summer.",
    cure='Pass a time zone, as in request.time.getHours("Europe/Paris").',
    severity="low",
    level="advisory",
    fails=_policy("'request.time.getHours() < 18'"),
    passes=_policy("""'request.time.getHours("Europe/Paris") < 18'"""),
    validate_resource=_each_condition(_found_by(no_time_zone)),
)
