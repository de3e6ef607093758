"""Rules of a policy, from the names of permission sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from pulumi_scw_iam.common.errors import ConfigError
from pulumi_scw_iam.common.permission_sets import Catalogue, catalogue, meant
from pulumi_scw_iam.sdk.defaults import default_organization_id
from pulumi_scw_iam.sdk.resources import PolicyRuleArgs

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from pulumi_scw_iam.sdk.sequences import SequenceNotStr

__all__ = ["rules_by_scope"]


def rules_by_scope(
    permission_set_names: SequenceNotStr[str] | AbstractSet[str],
    *,
    organization_id: pulumi.Input[str] | None = None,
    project_ids: pulumi.Input[SequenceNotStr[pulumi.Input[str]]] | None = None,
    condition: pulumi.Input[str] = "",
) -> list[PolicyRuleArgs]:
    """Return at most two rules that grant permission sets of any scope type.

    All sets of one rule must have the same scope type. Those for the organization get
    `organization_id`, by default the configured one; those for projects get `project_ids`, by default
    all present and future projects of the policy's organization.

        iam.Policy(
            "ops",
            group_id=ops.id,
            rules=iam.rules_by_scope(["IAMReadOnly", "InstancesFullAccess"]),
        )

    Raises pulumi.RunError for a name that is not in the catalogue, with the most similar name.
    """
    if isinstance(permission_set_names, str):  # type: ignore[unreachable] # for programs without types
        raise pulumi.RunError("rules_by_scope: permission_set_names is a string; pass a list")
    known = catalogue()
    names: dict[str, list[str]] = {"organization": [], "projects": []}
    wrong = []
    for name in dict.fromkeys(permission_set_names):
        entry = known.by_name.get(name)
        if entry is not None and entry.scope_type in names:
            names[entry.scope_type].append(name)
        elif entry is not None:
            wrong.append(f'"{name}" is of scope type {entry.scope_type}, which no rule can have')
        else:
            wrong.append(_unknown(name, known))
    if wrong:
        raise pulumi.RunError(f"rules_by_scope: {'; '.join(wrong)}")
    rules = []
    if names["organization"]:
        rules.append(
            PolicyRuleArgs(
                permission_set_names=names["organization"],
                organization_id=_default() if organization_id is None else organization_id,
                condition=condition,
            )
        )
    if names["projects"]:
        rules.append(
            PolicyRuleArgs(
                permission_set_names=names["projects"],
                project_ids=project_ids,
                all_projects=True if project_ids is None else None,
                condition=condition,
            )
        )
    return rules


def _default() -> str:
    try:
        return default_organization_id()
    except ConfigError as error:
        raise pulumi.RunError(f"rules_by_scope: {error}; or pass organization_id") from None


def _unknown(name: str, known: Catalogue) -> str:
    if name in known.gone:
        return f'"{name}" does not exist any more, and nothing took its place; leave it out'
    if near := meant(name, known.by_name):
        return f'"{name}" is not a known permission set; did you mean "{near}"?'
    return (
        f'"{name}" is not a known permission set as of {known.as_of}; if it is new, run'
        " `pulumi-scw-iam permission-sets --refresh` or write its rule yourself"
    )
