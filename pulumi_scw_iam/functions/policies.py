"""getPolicy and getPolicies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import OneOf, Prop, encode
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
    EditableFilter,
    Labelled,
    OrganizationArgument,
    SearchedName,
    SearchedOrganization,
    TagFilter,
    by_id_or_name,
)
from pulumi_scw_iam.kinds.shared.policy_rule import PolicyRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class GetPolicy:
    """Get a policy with its rules, by id or name."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("policy", ("policy_id", "name")),)

    policy_id: Annotated[
        str | None, Prop("The id of the policy.", format=formats.uuid_of("policy"))
    ] = None
    name: SearchedName = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class PolicyResult(Labelled):
    """A policy with its rules."""

    rules: Annotated[
        tuple[PolicyRule, ...] | None,
        Prop("The rules of the policy. Unset if `with_rules` is false."),
    ] = None
    user_id: Annotated[str | None, Prop("The id of the user, if the principal is a user.")] = None
    group_id: Annotated[str | None, Prop("The id of the group, if the principal is a group.")] = (
        None
    )
    application_id: Annotated[
        str | None, Prop("The id of the application, if the principal is an application.")
    ] = None
    no_principal: Annotated[bool, Prop("Whether the policy has no principal.")] = False
    nb_rules: Annotated[int, Prop("The number of rules.")]
    nb_scopes: Annotated[int, Prop("The number of different scopes in the rules.")]
    nb_permission_sets: Annotated[int, Prop("The number of permission sets in the rules.")]


def _policy(client: IamClient, arguments: GetPolicy) -> Mapping[str, Any]:
    policy = by_id_or_name(
        client.get_policy,
        client.list_policies,
        arguments,
        arguments.organization_id,
        name_filter="policy_name",
    )
    return _with_rules(client, policy)


def _with_rules(client: IamClient, policy: Mapping[str, Any]) -> dict[str, Any]:
    return {**policy, "rules": list(client.list_rules(policy_id=policy["id"]))}


@dataclass(frozen=True, kw_only=True)
class GetPolicies:
    """List the policies of an organization, oldest first. All filters must match.

    The rules of each policy cost one more API call, unless `with_rules` is false.
    """

    organization_id: OrganizationArgument
    policy_name: Annotated[str | None, Prop("Filter by name, compared by the API.")] = None
    tag: TagFilter = None
    editable: EditableFilter = None
    policy_ids: Annotated[
        frozenset[str] | None, Prop("Filter by policy ids.", format=formats.uuid_of("policy"))
    ] = None
    user_ids: Annotated[
        frozenset[str] | None,
        Prop("Filter by principal: any of these user ids.", format=formats.uuid_of("user")),
    ] = None
    group_ids: Annotated[
        frozenset[str] | None,
        Prop("Filter by principal: any of these group ids.", format=formats.uuid_of("group")),
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "Filter by principal: any of these application ids.",
            format=formats.uuid_of("application"),
        ),
    ] = None
    no_principal: Annotated[bool | None, Prop("Filter by whether the policy has no principal.")] = (
        None
    )
    with_rules: Annotated[
        bool,
        Prop("Whether to fetch the rules, with one API call per policy. Defaults to true."),
    ] = True


@dataclass(frozen=True, kw_only=True)
class PoliciesResult:
    """The list of matching policies."""

    policies: Annotated[tuple[PolicyResult, ...], Prop("The policies.")]


def _policies(client: IamClient, arguments: GetPolicies) -> Mapping[str, Any]:
    filters = encode(arguments)
    with_rules = filters.pop("with_rules")
    policies = client.list_policies(**filters)
    return {"policies": [_with_rules(client, p) if with_rules else p for p in policies]}


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getPolicy", noun="policy", arguments=GetPolicy, result=PolicyResult, query=_policy
    ),
    Function(
        name="getPolicies",
        noun="policies",
        arguments=GetPolicies,
        result=PoliciesResult,
        query=_policies,
    ),
)
