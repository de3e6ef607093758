"""The rules of a policy: what they allow, and what the API would refuse of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.permission_sets import catalogue, meant
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN, OneOf, Prop, Props, encode
from pulumi_scw_iam.core.organization.proposal import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.proposal import Proposal

__all__ = [
    "PolicyRule",
    "common_rules",
    "gives",
    "meaning",
    "misplaced",
    "normalized_rule",
    "specs",
    "wrong_rule",
]


@dataclass(frozen=True, kw_only=True)
class PolicyRule:
    """What a policy allows: permission sets, in one scope, maybe under a condition."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (
        OneOf("scope", ("organization_id", "project_ids", "all_projects")),
    )

    permission_set_names: Annotated[
        frozenset[str],
        Prop(
            "Names of permission sets, all of one scope type.",
            min_length=1,
            min_items=1,
        ),
    ]
    organization_id: Annotated[
        str | None,
        Prop(
            "The scope is the whole organization: with permission sets of projects, all its present"
            " and future projects.",
            format=formats.uuid_of("organization"),
        ),
    ] = None
    project_ids: Annotated[
        frozenset[str] | None,
        Prop("The scope is these projects.", format=formats.uuid_of("project"), min_items=1),
    ] = None
    # Not False by default, which states and lookups would then tell of every rule: the API has no such
    # field, and check puts the organization in its place.
    all_projects: Annotated[
        bool | None, Prop("The scope is all present and future projects of the organization.")
    ] = None
    condition: Annotated[
        str,
        Prop(
            "CEL expression of at most 2048 characters; the rule counts only where it is true.",
            max_length=formats.LONGEST_CONDITION,
        ),
    ] = ""


def meaning(rules: Iterable[PolicyRule]) -> frozenset[tuple[str | None, str, str]]:
    """Return what rules allow. Order and grouping do not matter, since rules only ever add up."""
    return frozenset(
        (scope, name, rule.condition)
        for rule in rules
        for scope in rule.project_ids or {rule.organization_id}
        for name in rule.permission_set_names
    )


def gives(rule: PolicyRule) -> Hashable:
    """Return what a rule gives, without its condition."""
    return (rule.organization_id, rule.project_ids, rule.permission_set_names)


def common_rules(
    rules: Iterable[PolicyRule], allowed: frozenset[tuple[str | None, str, str]]
) -> tuple[PolicyRule, ...]:
    """Return the rules without what `allowed` does not allow."""
    common = []
    for rule in rules:
        scopes: dict[frozenset[str], set[str]] = {}
        for scope in sorted(rule.project_ids or {str(rule.organization_id)}):
            names = frozenset(
                name
                for name in rule.permission_set_names
                if (scope, name, rule.condition) in allowed
            )
            if names:
                scopes.setdefault(names, set()).add(scope)
        common += [
            replace(
                rule,
                permission_set_names=names,
                project_ids=frozenset(some) if rule.project_ids else None,
            )
            for names, some in scopes.items()
        ]
    return tuple(common)


def normalized_rule(rule: Any, organization_id: Any) -> Any:
    """Return a rule as the API spells it, which names the organization to mean all of its projects."""
    if rule is UNKNOWN or rule.get("all_projects") is None:
        return rule
    if rule["all_projects"] is UNKNOWN:
        return {"organization_id": UNKNOWN, **rule}
    normalized = {name: value for name, value in rule.items() if name != "all_projects"}
    return (
        {**normalized, "organization_id": organization_id} if rule["all_projects"] else normalized
    )


def specs(rules: Iterable[PolicyRule]) -> list[types.RuleSpecs]:
    """Return rules as a request has them."""
    # The API has no `all_projects`, and no rule has it after check.
    return [encode(replace(rule, all_projects=None)) for rule in rules]


def wrong_rule(
    directory: Directory, rule: Props, proposal: Proposal, title: str
) -> Iterator[CheckFinding]:
    """Yield what the API would refuse of one rule, by the names of the rule's own properties.

    `title` is what warnings call the policy.
    """
    owner = proposal.news.get("organization_id")
    if UNKNOWN not in (owner, rule.get("organization_id")) and owner != (
        rule.get("organization_id") or owner
    ):
        yield CheckFinding(
            "organization_id",
            f"is another organization than that of the policy, {owner}; pass the policy's",
        )
    project_ids = rule.get("project_ids")
    for project_id in dict.fromkeys(project_ids) if isinstance(project_ids, list) else ():
        if project_id is not UNKNOWN and directory.lacks("project", project_id):
            yield CheckFinding("project_ids", directory.lacking("project", project_id))
    names = rule.get("permission_set_names")
    distinct = dict.fromkeys(names) if isinstance(names, list) else ()
    known = [name for name in distinct if name is not UNKNOWN]
    types, is_live = directory.permission_sets() if known else ({}, False)
    for name in known:
        if name not in types and not directory.is_allowed_permission_set(name):
            yield _unknown_permission_set(name, types, title, is_live=is_live)
    placed = {name: types[name] for name in known if name in types}
    for name, reason in misplaced(rule, placed, proposal.spell):
        yield CheckFinding(name, reason)
    condition = rule.get("condition")
    if isinstance(condition, str) and condition:
        named = f"{title}: {proposal.spell('condition')}"
        yield from _wrong_condition(directory, condition, known, named)


def _unknown_permission_set(
    name: str, types: Mapping[str, str], title: str, *, is_live: bool
) -> CheckFinding:
    """Return what to say of a permission set that is not in the list, live or bundled."""
    near = meant(name, types)
    cure = f"did you mean {quoted(near)}?" if near else "see `pulumi-scw-iam permission-sets`"
    if not is_live:
        return CheckFinding.warning(
            f"{title}: the permission set {quoted(name)} is not among those that"
            f" were known on {catalogue().as_of}; {cure}"
        )
    return CheckFinding(
        "permission_set_names",
        f"there is no permission set {quoted(name)}; {cure}{' If' if near else '; if'}"
        " it exists nevertheless, name it in scw-iam:allowUnknownPermissionSets",
    )


def _wrong_condition(
    directory: Directory, condition: str, permission_sets: list[str], title: str
) -> Iterator[CheckFinding]:
    """Yield what is wrong with the condition of a rule with these permission sets."""
    from pulumi_scw_iam.conditions.lint import lint  # noqa: PLC0415

    by_name = catalogue().by_name
    of_products = [by_name[name] for name in permission_sets if name in by_name]
    report = lint(condition, of_products, ignored=directory.ignored_condition_checks)
    if report.failure is not None:
        yield CheckFinding("condition", report.failure.message)
    messages = [warning.message for warning in report.warnings]
    for message in declared_secrets.about(condition, messages):
        yield CheckFinding.warning(f"{title}: {message}")


def misplaced(rule: Props, types: Mapping[str, str], spell: Spell) -> Iterator[tuple[str, str]]:
    """Yield why permission sets cannot be in one rule: two scope types, or one that does not fit the scope.

    `types` has the scope types by name.
    """
    of = {
        scope: sorted(name for name, other in types.items() if other == scope)
        for scope in sorted(set(types.values()))
    }
    projects, everything = spell("project_ids"), spell("organization_id")
    if len(of) > 1:
        where = "; ".join(f"{', '.join(names)}: {scope}" for scope, names in of.items())
        project_ids = rule.get("project_ids")
        scopes = {
            "organization": f'{everything}: "…"',
            "projects": f"{projects}: {_shown(project_ids)}"
            if project_ids
            else f"{spell('all_projects')}: true",
        }
        two = " and ".join(
            f"{{{spell('permission_set_names')}: {_shown(names)}, {scopes.get(scope, scope)}}}"
            for scope, names in of.items()
        )
        yield (
            "permission_set_names",
            f"all permission sets of a rule must be of one scope type, and these are not ({where});"
            f" write two rules, {two}",
        )
    elif "organization" in of and (rule.get("project_ids") or rule.get("all_projects")):
        given = "project_ids" if rule.get("project_ids") else "all_projects"
        verb = "is" if len(of["organization"]) == 1 else "are"
        yield (
            given,
            f"{', '.join(of['organization'])} {verb} for the organization, and cannot be limited to"
            f" projects; set {everything} instead",
        )


def _shown(names: object) -> str:
    return json.dumps(names, default=lambda _: "…", ensure_ascii=False)
