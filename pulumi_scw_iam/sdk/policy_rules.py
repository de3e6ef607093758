"""Rules of a policy, built from permission set names."""

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
    """Return one or two rules for permission sets of both scope types.

    All permission sets of a rule must have the same scope type. The rule for scope type `organization` gets
    `organization_id`, by default the configured organization. The rule for scope type `projects` gets
    `project_ids`, by default all present and future projects of the policy's organization.

        iam.Policy(
            "ops",
            group_id=ops.id,
            rules=iam.rules_by_scope(["IAMReadOnly", "InstancesFullAccess"]),
        )

    Raises pulumi.RunError for an unknown name, with the most similar known name.
    """
    if isinstance(permission_set_names, str):  # type: ignore[unreachable] # for programs without types
        raise pulumi.RunError("rules_by_scope: permission_set_names is a string; pass a list")
    known = catalogue()
    names: dict[str, list[str]] = {"organization": [], "projects": []}
    failures = []
    for name in dict.fromkeys(permission_set_names):
        entry = known.by_name.get(name)
        if entry is not None and entry.scope_type in names:
            names[entry.scope_type].append(name)
        elif entry is not None:
            failures.append(
                f'"{name}" has scope type {entry.scope_type}, which rules do not support'
            )
        else:
            failures.append(_unknown(name, known))
    if failures:
        raise pulumi.RunError(f"rules_by_scope: {'; '.join(failures)}")
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
        return f'"{name}" no longer exists and has no replacement; remove it'
    if near := meant(name, known.by_name):
        return f'"{name}" is not a known permission set; did you mean "{near}"?'
    return (
        f'"{name}" is not a known permission set as of {known.as_of}; if it is new, run'
        " `pulumi-scw-iam permission-sets --refresh`, or write the rule without rules_by_scope"
    )
