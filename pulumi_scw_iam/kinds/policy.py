"""Policy: rules that give a principal rights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam import forms
from pulumi_scw_iam.kind import Kind
from pulumi_scw_iam.kinds.shared import Description, Facts, Label, OrganizationId, Tags
from pulumi_scw_iam.prop import OneOf, Prop, encode

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from pulumi_scw_iam import wire
    from pulumi_scw_iam.client import IamClient


@dataclass(frozen=True, kw_only=True)
class PolicyRule:
    """What a policy allows: permission sets, in one scope, maybe under a condition."""

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (
        OneOf("scope", ("organization_id", "project_ids")),
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
            form=forms.uuid_of("organization"),
        ),
    ] = None
    project_ids: Annotated[
        frozenset[str] | None,
        Prop("The scope is these projects.", form=forms.uuid_of("project"), min_items=1),
    ] = None
    condition: Annotated[
        str,
        Prop(
            "CEL expression of at most 2048 characters; the rule counts only where it is true.",
            max_length=2048,
        ),
    ] = ""


def _meaning(rules: Iterable[PolicyRule]) -> Hashable:
    """What the rules allow: order and grouping do not matter, since rules only ever add up."""
    return frozenset(
        (scope, name, rule.condition)
        for rule in rules
        for scope in rule.project_ids or {rule.organization_id}
        for name in rule.permission_set_names
    )


_PRINCIPAL = ("user_id", "group_id", "application_id", "no_principal")


@dataclass(frozen=True, kw_only=True)
class PolicyInputs:
    """Rules that give rights to one principal: a user, a group or an application.

    Rules only allow, and all policies of a principal add up. A change can take up to a minute to
    count everywhere.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("principal", _PRINCIPAL),)

    name: Label
    description: Description = ""
    tags: Tags = frozenset()
    rules: Annotated[
        tuple[PolicyRule, ...],
        Prop("What the principal may do; order does not matter.", key=_meaning),
    ] = ()
    user_id: Annotated[
        str | None, Prop("The principal is this user.", form=forms.uuid_of("user"))
    ] = None
    group_id: Annotated[
        str | None, Prop("The principal is this group.", form=forms.uuid_of("group"))
    ] = None
    application_id: Annotated[
        str | None, Prop("The principal is this application.", form=forms.uuid_of("application"))
    ] = None
    no_principal: Annotated[bool, Prop("Attached to nobody, so without effect.")] = False
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class PolicyState(Facts, PolicyInputs):
    """A policy as the API holds it, with its rules."""


class PolicyKind(Kind[PolicyInputs, PolicyState]):
    """Policy, over `policies` and `rules`."""

    name = "Policy"
    noun = "policy"
    found_by = ("name",)
    inputs = PolicyInputs
    state = PolicyState

    def create(self, client: IamClient, inputs: PolicyInputs) -> tuple[str, PolicyState]:
        policy = client.create_policy(
            organization_id=inputs.organization_id,
            name=inputs.name,
            description=inputs.description,
            tags=sorted(inputs.tags),
            rules=_specs(inputs.rules),
            user_id=inputs.user_id,
            group_id=inputs.group_id,
            application_id=inputs.application_id,
            no_principal=inputs.no_principal or None,
        )
        # The answer has no rules, and needs none: the API keeps them as they were sent.
        return policy["id"], replace(self.state_of(policy), rules=inputs.rules)

    def read(self, client: IamClient, resource_id: str, state: PolicyState | None) -> PolicyState:
        policy = client.get_policy(resource_id)
        rules = list(client.list_rules(policy_id=resource_id))
        return self.state_of({**policy, "rules": rules}, state)

    def update(
        self, client: IamClient, resource_id: str, state: PolicyState, inputs: PolicyInputs
    ) -> PolicyState:
        self.refuse_locked("change", state)
        fields = self.differing(state, inputs, "name", "description", "tags", *_PRINCIPAL)
        # Only the principal that is now set is sent; the API then drops the one that was.
        fields = {name: value for name, value in fields.items() if value not in (None, False)}
        if fields:
            client.update_policy(resource_id, **fields)
        if self.differing(state, inputs, "rules"):
            client.set_rules(policy_id=resource_id, rules=_specs(inputs.rules))
        return self.state_of({**encode(state), **_cleared(_PRINCIPAL), **encode(inputs)})

    def delete(self, client: IamClient, resource_id: str, state: PolicyState) -> None:
        self.refuse_locked("delete", state)
        client.delete_policy(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_policies(policy_name=named.get("name")))


def _cleared(names: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(names)


def _specs(rules: Iterable[PolicyRule]) -> list[wire.RuleSpecs]:
    return [encode(rule) for rule in rules]
