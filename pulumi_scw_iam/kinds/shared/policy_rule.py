"""The rules of a policy, their meaning and their checks."""

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
    "grant_of",
    "meaning",
    "misplaced",
    "normalized_rule",
    "specs",
    "wrong_rule",
]


@dataclass(frozen=True, kw_only=True)
class PolicyRule:
    """A rule of a policy: permission sets in one scope, with an optional condition."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (
        OneOf("scope", ("organization_id", "project_ids", "all_projects")),
    )

    permission_set_names: Annotated[
        frozenset[str],
        Prop(
            "The names of the permission sets, all with the same scope type.",
            min_length=1,
            min_items=1,
        ),
    ]
    organization_id: Annotated[
        str | None,
        Prop(
            "The id of the organization, if the scope is the organization. Permission sets of scope"
            " type `projects` then apply to all present and future projects.",
            format=formats.uuid_of("organization"),
        ),
    ] = None
    project_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The ids of the projects, if the scope is a list of projects.",
            format=formats.uuid_of("project"),
            min_items=1,
        ),
    ] = None
    # The API has no such field: check replaces it by the organization. With a default of False, states and
    # lookups would show it in every rule.
    all_projects: Annotated[
        bool | None,
        Prop("Whether the scope is all present and future projects of the organization."),
    ] = None
    condition: Annotated[
        str,
        Prop(
            "A CEL expression of at most 2048 characters. The rule applies only if it is true.",
            max_length=formats.LONGEST_CONDITION,
        ),
    ] = ""


def meaning(rules: Iterable[PolicyRule]) -> frozenset[tuple[str | None, str, str]]:
    """Return the meaning of rules: a set of scope, permission set and condition.

    Order and grouping do not matter, because rules only add up.
    """
    return frozenset(
        (scope, name, rule.condition)
        for rule in rules
        for scope in rule.project_ids or {rule.organization_id}
        for name in rule.permission_set_names
    )


def grant_of(rule: PolicyRule) -> Hashable:
    """Return the scope and the permission sets of a rule, without its condition."""
    return (rule.organization_id, rule.project_ids, rule.permission_set_names)


def common_rules(
    rules: Iterable[PolicyRule], allowed: frozenset[tuple[str | None, str, str]]
) -> tuple[PolicyRule, ...]:
    """Return the rules reduced to the meaning in `allowed`."""
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
    """Return a rule in the form of the API, with the organization in place of `all_projects`."""
    if rule is UNKNOWN or rule.get("all_projects") is None:
        return rule
    if rule["all_projects"] is UNKNOWN:
        return {"organization_id": UNKNOWN, **rule}
    normalized = {name: value for name, value in rule.items() if name != "all_projects"}
    return (
        {**normalized, "organization_id": organization_id} if rule["all_projects"] else normalized
    )


def specs(rules: Iterable[PolicyRule]) -> list[types.RuleSpecs]:
    """Return rules in the form of a request."""
    # The API has no `all_projects`. Checked rules do not set it.
    return [encode(replace(rule, all_projects=None)) for rule in rules]


def wrong_rule(
    directory: Directory, rule: Props, proposal: Proposal, title: str
) -> Iterator[CheckFinding]:
    """Yield the findings of one rule, by the property names of the rule.

    Warnings call the policy `title`.
    """
    owner = proposal.news.get("organization_id")
    if UNKNOWN not in (owner, rule.get("organization_id")) and owner != (
        rule.get("organization_id") or owner
    ):
        yield CheckFinding(
            "organization_id",
            f"differs from the organization of the policy; pass {owner}",
        )
    project_ids = rule.get("project_ids")
    for project_id in dict.fromkeys(project_ids) if isinstance(project_ids, list) else ():
        if project_id is not UNKNOWN and directory.is_missing("project", project_id):
            yield CheckFinding("project_ids", directory.missing_reason("project", project_id))
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
    """Return the finding for a permission set that is not in the list, live or bundled."""
    near = meant(name, types)
    cure = f"did you mean {quoted(near)}?" if near else "see `pulumi-scw-iam permission-sets`"
    if not is_live:
        return CheckFinding.warning(
            f"{title}: permission set {quoted(name)} is not in the list of {catalogue().as_of}; {cure}"
        )
    return CheckFinding(
        "permission_set_names",
        f"permission set {quoted(name)} does not exist; {cure}{' If' if near else '; if'}"
        " it is new, add it to scw-iam:allowUnknownPermissionSets",
    )


def _wrong_condition(
    directory: Directory, condition: str, permission_sets: list[str], title: str
) -> Iterator[CheckFinding]:
    """Yield the findings of the condition of a rule with these permission sets."""
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
    """Yield the permission sets with the wrong scope type for the rule, with the reason.

    The permission sets of a rule must have one scope type, and it must fit the scope. `types` maps names
    to scope types.
    """
    by_type = {
        scope: sorted(name for name, other in types.items() if other == scope)
        for scope in sorted(set(types.values()))
    }
    projects, everything = spell("project_ids"), spell("organization_id")
    if len(by_type) > 1:
        where = "; ".join(f"{', '.join(names)}: {scope}" for scope, names in by_type.items())
        project_ids = rule.get("project_ids")
        scopes = {
            "organization": f'{everything}: "…"',
            "projects": f"{projects}: {_shown(project_ids)}"
            if project_ids
            else f"{spell('all_projects')}: true",
        }
        two = " and ".join(
            f"{{{spell('permission_set_names')}: {_shown(names)}, {scopes.get(scope, scope)}}}"
            for scope, names in by_type.items()
        )
        yield (
            "permission_set_names",
            f"all permission sets of a rule must have the same scope type, but these differ"
            f" ({where}); write two rules, {two}",
        )
    elif "organization" in by_type and (rule.get("project_ids") or rule.get("all_projects")):
        given = "project_ids" if rule.get("project_ids") else "all_projects"
        verb = "is" if len(by_type["organization"]) == 1 else "are"
        yield (
            given,
            f"{', '.join(by_type['organization'])} {verb} for the organization and cannot be limited to"
            f" projects; set {everything} instead",
        )


def _shown(names: object) -> str:
    return json.dumps(names, default=lambda _: "…", ensure_ascii=False)
