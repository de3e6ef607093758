"""Policy: rules that give permissions to a principal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.core.fields import (
    UNKNOWN,
    OneOf,
    Prop,
    Props,
    Sent,
    decode,
    encode,
    has_unknown,
)
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import PolicyBecomes
from pulumi_scw_iam.core.organization.rights import lost, rights_of
from pulumi_scw_iam.kinds.shared.fields import Description, Facts, OrganizationId, Tags, UniqueLabel
from pulumi_scw_iam.kinds.shared.policy_rule import (
    PolicyRule,
    common_rules,
    grant_of,
    meaning,
    misplaced,
    normalized_rule,
    specs,
    wrong_rule,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration, Loss
    from pulumi_scw_iam.core.organization.proposal import CheckFinding, Proposal


_PRINCIPAL = ("user_id", "group_id", "application_id", "no_principal")


@dataclass(frozen=True, kw_only=True)
class PolicyInputs:
    """Rules that give permissions to one principal: a user, a group or an application.

    Rules only allow, never deny. The policies of a principal add up. A change may take up to a
    minute to apply everywhere.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("principal", _PRINCIPAL),)

    name: UniqueLabel
    description: Description = ""
    tags: Tags = frozenset()
    rules: Annotated[
        tuple[PolicyRule, ...],
        Prop(
            "The rules, each with permission sets and a scope. Order does not matter.",
            key=meaning,
            item_key=grant_of,
            sent=Sent.BY_CREATE,
        ),
    ] = ()
    user_id: Annotated[
        str | None,
        Prop("The id of the user, if the principal is a user.", format=formats.uuid_of("user")),
    ] = None
    group_id: Annotated[
        str | None,
        Prop("The id of the group, if the principal is a group.", format=formats.uuid_of("group")),
    ] = None
    application_id: Annotated[
        str | None,
        Prop(
            "The id of the application, if the principal is an application.",
            format=formats.uuid_of("application"),
        ),
    ] = None
    no_principal: Annotated[
        bool, Prop("Whether the policy has no principal, and therefore no effect.")
    ] = False
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class PolicyState(Facts, PolicyInputs):
    """The state of a policy in the API, with its rules."""


class PolicyKind(Kind[PolicyInputs, PolicyState]):
    """Policy, managed through `policies` and `rules`."""

    name = "Policy"
    noun = "policy"
    quota = "iam_policies"
    found_by = ("name",)
    inputs = PolicyInputs
    state = PolicyState

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterator[tuple[str, str]]:
        """Check rules with `all_projects`, before `normalized` replaces the field by `organization_id`."""
        rules, known = inputs.get("rules"), catalogue().by_name
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            if not isinstance(rule, dict) or rule.get("all_projects") is not True:
                continue
            names = rule.get("permission_set_names")
            types = {
                name: known[name].scope_type
                for name in (names if isinstance(names, list) else ())
                if isinstance(name, str) and name in known
            }
            if set(types.values()) == {"organization"}:
                for name, reason in misplaced(rule, types, spell):
                    yield f"rules[{index}].{name}", reason

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        rules = inputs.get("rules")
        if not isinstance(rules, list):
            return inputs
        organization_id = inputs["organization_id"]
        return {**inputs, "rules": [normalized_rule(rule, organization_id) for rule in rules]}

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also declare the permissions that a change removes, because the principal may be the caller."""
        declaration = super().declares(organization, olds, news)
        field = self._reduced_by(olds, news)
        policy_ids = organization.directory.policies_like(olds) if field else ()
        if not (field and policy_ids):
            return declaration
        return replace(declaration, loss=(field, PolicyBecomes(policy_ids, news)))

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also check the permission sets, projects and conditions of the rules."""
        yield from super().check_against(organization, proposal)
        rules = proposal.news.get("rules")
        if not isinstance(rules, list):
            return
        title = self.describe(proposal.news)
        before = {decode(PolicyRule, rule) for rule in proposal.olds.get("rules") or []}
        for index, rule in enumerate(rules):
            if rule is UNKNOWN:
                continue
            if has_unknown(rule) or decode(PolicyRule, rule) not in before:
                for finding in wrong_rule(organization.directory, rule, proposal, title):
                    if finding.is_warning:
                        yield finding
                    else:
                        yield finding._replace(property=f"rules[{index}].{finding.property}")

    def _reduced_by(self, olds: Props, news: Props) -> str | None:
        """Return the property that removes IAM permissions from the principal, or None.

        Unknown values are checked at the update (`loss_by_update`).
        """
        if not (olds and isinstance(news.get("rules"), list) and self.diff(olds, news)):
            return None
        before, rules = olds.get("rules") or [], news["rules"]
        principal = [name for name in _PRINCIPAL if olds.get(name) != news.get(name)]
        less = lost(rights_of(before), rights_of(rules))
        unknown = has_unknown([rules, *map(news.get, principal)])
        if not rights_of(before) or not (less or principal) or unknown:
            return None
        # A principal that failed the check is not in `news`; that failure is reported already.
        return "rules" if less else next(filter(news.get, _PRINCIPAL), None)

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: PolicyState
    ) -> Loss | None:
        if self.is_protected(state) or not rights_of(encode(state.rules)):
            return None
        return PolicyBecomes((resource_id,), None)

    def loss_by_update(
        self, directory: Directory, resource_id: str, state: PolicyState, inputs: PolicyInputs
    ) -> Loss | None:
        before, after = rights_of(encode(state.rules)), rights_of(encode(inputs.rules))
        moves = self.differing(state, inputs, *_PRINCIPAL)
        if not before or not (moves or lost(before, after)):
            return None
        return PolicyBecomes((resource_id,), encode(inputs))

    def create(self, client: IamClient, inputs: PolicyInputs) -> tuple[str, PolicyState]:
        body = {
            **self.body(inputs),
            "rules": specs(inputs.rules),
            "no_principal": inputs.no_principal or None,
        }
        policy = client.create_policy(**body)
        # The response has no rules. The API stores the rules as sent.
        return policy["id"], replace(self.state_of(policy), rules=inputs.rules)

    def read(self, client: IamClient, resource_id: str, state: PolicyState | None) -> PolicyState:
        with own_get(resource_id):
            policy = client.get_policy(resource_id)
        if (
            client.trusts_policy_timestamps
            and state is not None
            and _has_its_first_rules(policy)
            and policy["nb_rules"] == len(state.rules)
        ):
            return replace(self.state_of(policy), rules=state.rules)
        rules = list(client.list_rules(policy_id=resource_id))
        return self.state_of({**policy, "rules": rules}, state)

    def update(
        self, client: IamClient, resource_id: str, state: PolicyState, inputs: PolicyInputs
    ) -> PolicyState:
        """Update the policy. No intermediate state gives more access than the old and the new policy."""
        self.refuse_locked("change", state)
        fields = _without(self.differing(state, inputs), _PRINCIPAL)
        held, principal = state, self._new_principal(state, inputs)
        if principal and self.differing(state, inputs, "rules"):
            # Rules added elsewhere since the last refresh must not apply to the new principal.
            live = encode(self.read(client, resource_id, None))
            ours = {name: value for name, value in live.items() if name in ("rules", *_PRINCIPAL)}
            held = self.state_of({**encode(state), **_cleared(_PRINCIPAL), **ours})
            principal = self._new_principal(held, inputs)
        steps: list[tuple[Callable[[], object], PolicyState]] = []
        reached = held
        for change in _ordered(held, inputs, fields, principal):
            call: Callable[[], object]
            if isinstance(change, tuple):
                call = partial(client.set_rules, policy_id=resource_id, rules=specs(change))
                reached = replace(reached, rules=change)
            else:
                call = partial(client.update_policy, resource_id, **change)
                cleared = {} if change.keys().isdisjoint(_PRINCIPAL) else _cleared(_PRINCIPAL)
                reached = self.state_of({**encode(reached), **cleared, **change})
            steps.append((call, reached))
        self.apply_steps(resource_id, held, steps)
        return self.state_of({**encode(state), **_cleared(_PRINCIPAL), **encode(inputs)})

    def _new_principal(self, state: PolicyState, inputs: PolicyInputs) -> dict[str, Any]:
        """Return the new principal as a field to send. The API then clears the old principal."""
        differing = self.differing(state, inputs, *_PRINCIPAL)
        return {name: value for name, value in differing.items() if value not in (None, False)}

    def delete(self, client: IamClient, resource_id: str, state: PolicyState) -> None:
        self.refuse_locked("delete", state)
        client.delete_policy(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_policies(policy_name=named.get("name")))


def _has_its_first_rules(policy: types.Policy) -> bool:
    """Return whether the rules were never set since the creation of the policy.

    In all recordings, a PUT of the rules changes `updated_at`, and a PATCH of the policy does not. This is
    undocumented, so it is used only with the setting `trust_policy_timestamps`.
    """
    return policy["updated_at"] == policy["created_at"]


def _ordered(  # noqa: PLR0911 - one return for each order
    state: PolicyState, inputs: PolicyInputs, fields: Props, principal: Props
) -> list[Props | tuple[PolicyRule, ...]]:
    """Return the changes of an update (fields to patch, or rules), in an order that never widens access.

    Access is a set of pairs of principal and rule. If both change, either order of the two calls may give
    the new rules to the old principal, or the old rules to the new principal.
    """
    before, after, rules = meaning(state.rules), meaning(inputs.rules), inputs.rules
    both: Props = {**fields, **principal}
    if before == after:
        return [both] if both else []
    if not both:
        return [rules]
    if "no_principal" in principal:
        return [both, rules]
    if after <= before or (principal and not _is_attached(state)):
        return [rules, both]
    if before <= after or not principal:
        # Rules last: a name refused by the API must not leave wider rules behind.
        return [both, rules]
    if before & after:
        return [common_rules(state.rules, after), both, rules]
    # Detach meanwhile: it is unknown whether the API accepts an empty list of rules.
    return [{**fields, "no_principal": True}, rules, principal]


def _is_attached(policy: PolicyInputs) -> bool:
    return any(
        getattr(policy, name) is not None for name in ("user_id", "group_id", "application_id")
    )


def _cleared(names: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(names)


def _without(values: Props, names: Container[str]) -> Props:
    return {name: value for name, value in values.items() if name not in names}
