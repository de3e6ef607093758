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
    """One policy with its rules, by its id or by its name."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("policy", ("policy_id", "name")),)

    policy_id: Annotated[str | None, Prop("Its id.", format=formats.uuid_of("policy"))] = None
    name: SearchedName = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class PolicyResult(Labelled):
    """A policy with its rules, as the API tells of it."""

    rules: Annotated[
        tuple[PolicyRule, ...] | None,
        Prop("What the principal may do; unset where the rules were not requested."),
    ] = None
    user_id: Annotated[str | None, Prop("The principal, where that is a user.")] = None
    group_id: Annotated[str | None, Prop("The principal, where that is a group.")] = None
    application_id: Annotated[str | None, Prop("The principal, where that is an application.")] = (
        None
    )
    no_principal: Annotated[bool, Prop("Whether it is attached to nobody.")] = False
    nb_rules: Annotated[int, Prop("How many rules it has.")]
    nb_scopes: Annotated[int, Prop("How many different scopes its rules have.")]
    nb_permission_sets: Annotated[int, Prop("How many permission sets its rules have.")]


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
    """The policies of an organization, oldest first; all of them, or those that pass every filter.

    The rules of each take a call of their own, unless `with_rules` is False.
    """

    organization_id: OrganizationArgument
    policy_name: Annotated[
        str | None, Prop("Only those of this name, as the API compares names.")
    ] = None
    tag: TagFilter = None
    editable: EditableFilter = None
    policy_ids: Annotated[
        frozenset[str] | None, Prop("Only these.", format=formats.uuid_of("policy"))
    ] = None
    user_ids: Annotated[
        frozenset[str] | None, Prop("Only those of these users.", format=formats.uuid_of("user"))
    ] = None
    group_ids: Annotated[
        frozenset[str] | None, Prop("Only those of these groups.", format=formats.uuid_of("group"))
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop("Only those of these applications.", format=formats.uuid_of("application")),
    ] = None
    no_principal: Annotated[
        bool | None, Prop("Only those that are attached to nobody, or that are to somebody.")
    ] = None
    with_rules: Annotated[
        bool,
        Prop("Whether to get the rules too, with a call for each policy; by default they are."),
    ] = True


@dataclass(frozen=True, kw_only=True)
class PoliciesResult:
    """The policies that were found."""

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
