"""Group: users and applications that share policies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam import forms
from pulumi_scw_iam.errors import Refused
from pulumi_scw_iam.kind import Kind, own_get, undone_by
from pulumi_scw_iam.kinds.shared import (
    Description,
    Facts,
    GroupName,
    OrganizationId,
    Tags,
    listing_claim,
)
from pulumi_scw_iam.prop import UNKNOWN, Prop, Props

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam import wire
    from pulumi_scw_iam.check import Spell
    from pulumi_scw_iam.client import IamClient
    from pulumi_scw_iam.organization import Organization


@dataclass(frozen=True, kw_only=True)
class GroupInputs:
    """Users and applications that share policies.

    Deleting a group takes from its members what its policies gave them; the members stay.
    """

    name: GroupName
    description: Description = ""
    tags: Tags = frozenset()
    user_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The users in it, all of them; unset, Pulumi leaves the users of the group alone.",
            form=forms.uuid_of("user"),
        ),
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The applications in it, all of them; unset, Pulumi leaves them alone.",
            form=forms.uuid_of("application"),
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class GroupState(Facts, GroupInputs):
    """A group as the API holds it."""

    all_users: Annotated[bool, Prop("Whether it is the built-in group of all users.")] = False
    all_applications: Annotated[
        bool, Prop("Whether it is the built-in group of all applications.")
    ] = False


_MEMBERS = ("user_ids", "application_ids")


class GroupKind(Kind[GroupInputs, GroupState]):
    """Group, over `groups` and `groups/{id}/members`."""

    name = "Group"
    noun = "group"
    quota = "iam_groups"
    found_by = ("name",)
    inputs = GroupInputs
    state = GroupState

    def foreseen(
        self, organization: Organization, olds: Props, news: Props, spell: Spell
    ) -> Iterator[tuple[str, str]]:
        """Also members that come one by one, and a member without whom the program cannot go on."""
        yield from super().foreseen(organization, olds, news, spell)
        name = news.get("name")
        for field in _MEMBERS:
            members = news.get(field)
            if members is None:
                continue
            if isinstance(name, str):
                known = members if isinstance(members, list) else []
                organization.whole_lists.setdefault(name, {})[field] = known
            if not olds or members == olds.get(field):
                continue
            group = organization.holder_before(self.noun, "name", olds.get("name"))
            if group is None:
                continue
            if olds.get(field) is None and (group["id"], field) in organization.memberships:
                yield (
                    field,
                    f"a GroupMembership of this program adds single members to the group; leave"
                    f" {spell(field)} out, or put all members into it",
                )
            left = set(olds.get(field) or ()) - set(members)
            caller = organization.caller(field.removesuffix("s")) if left else None
            if (
                caller in left
                and UNKNOWN not in members
                and (reason := organization.lockout_of(without_group=group["id"]))
            ):
                yield field, reason

    def claims(self, props: Props, resource_id: str | None) -> Iterator[str]:
        """Yield the members in lists that the program sets: no membership of them is to be removed."""
        name, organization_id = props.get("name"), props.get("organization_id")
        for field in _MEMBERS:
            members = props.get(field)
            if not (
                isinstance(members, list)
                and isinstance(name, str)
                and isinstance(organization_id, str)
            ):
                continue
            yield listing_claim(organization_id)
            for member in members:
                if isinstance(member, str):
                    yield listing_claim(organization_id, name, member)
                    if resource_id is not None:
                        yield f"{resource_id}/{field.removesuffix('_ids')}/{member}"

    def cuts_off(
        self, organization: Organization, resource_id: str, state: GroupState
    ) -> str | None:
        if self.stays(state) or state.all_users or state.all_applications:
            return None
        for field in _MEMBERS:
            known = getattr(state, field)
            caller = None if known == frozenset() else organization.caller(field.removesuffix("s"))
            if caller is None:
                continue
            if known is None:
                known = (organization.all(self.noun) or {}).get(resource_id, {}).get(field) or ()
            if caller in known:
                return organization.lockout_of(without_group=resource_id)
        return None

    def create(self, client: IamClient, inputs: GroupInputs) -> tuple[str, GroupState]:
        group = client.create_group(
            organization_id=inputs.organization_id,
            name=inputs.name,
            description=inputs.description,
            tags=sorted(inputs.tags),
        )
        group_id = group["id"]
        if inputs.user_ids or inputs.application_ids:
            made = self._state(group, inputs)
            with undone_by(
                client, lambda: client.delete_group(group_id), self.noun, group_id, made
            ):
                group = client.set_group_members(
                    group_id,
                    user_ids=sorted(inputs.user_ids or ()),
                    application_ids=sorted(inputs.application_ids or ()),
                )
        return group_id, self._state(group, inputs)

    def read(self, client: IamClient, resource_id: str, state: GroupState | None) -> GroupState:
        with own_get(resource_id):
            group = client.get_group(resource_id)
        return self._state(group, state)

    def update(
        self, client: IamClient, resource_id: str, state: GroupState, inputs: GroupInputs
    ) -> GroupState:
        self._refuse_built_in("change", state)
        steps: list[tuple[Callable[[], object], GroupState]] = []
        new = replace(state, name=inputs.name, description=inputs.description, tags=inputs.tags)
        if fields := self.differing(state, inputs, "name", "description", "tags"):
            steps.append((lambda: client.update_group(resource_id, **fields), new))
        # A list that the program no longer speaks of leaves the state without a call.
        new = replace(new, user_ids=inputs.user_ids, application_ids=inputs.application_ids)
        if self._members_differ(state, inputs):
            steps.append((lambda: self._set_members(client, resource_id, inputs), new))
        self.in_steps(resource_id, state, steps)
        return new

    @staticmethod
    def _set_members(client: IamClient, group_id: str, inputs: GroupInputs) -> None:
        users, applications = inputs.user_ids, inputs.application_ids
        if users is None or applications is None:
            # The call replaces both lists, so the one that is left alone is sent back as it is.
            held = client.get_group(group_id)
            users = frozenset(held["user_ids"]) if users is None else users
            applications = (
                frozenset(held["application_ids"]) if applications is None else applications
            )
        client.set_group_members(
            group_id, user_ids=sorted(users), application_ids=sorted(applications)
        )

    def delete(self, client: IamClient, resource_id: str, state: GroupState) -> None:
        self._refuse_built_in("delete", state)
        client.delete_group(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_groups(name=named.get("name")))

    def _state(self, group: wire.Group, said: GroupInputs | None) -> GroupState:
        """A list that the program does not speak of is not in the state: its changes are others'."""
        state = self.state_of(group, said)
        if said is None:
            return state
        return replace(
            state,
            user_ids=None if said.user_ids is None else state.user_ids,
            application_ids=None if said.application_ids is None else state.application_ids,
        )

    @staticmethod
    def _members_differ(state: GroupState, inputs: GroupInputs) -> bool:
        """Whether a list that the program speaks of differs from what the group is known to hold."""
        return any(
            wanted is not None and wanted != held
            for wanted, held in (
                (inputs.user_ids, state.user_ids),
                (inputs.application_ids, state.application_ids),
            )
        )

    def _refuse_built_in(self, verb: str, state: GroupState) -> None:
        if state.all_users or state.all_applications:
            everyone = "users" if state.all_users else "applications"
            raise Refused(f"it is the built-in group of all {everyone}; Scaleway keeps it itself")
        self.refuse_locked(verb, state)
