"""GroupMembership: one user or application in a group, for groups shared by several stacks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import Gone, IamError
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import OneOf, Prop, Props, encode
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import LeavesGroup
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.kinds.shared.fields import InOrganization
from pulumi_scw_iam.kinds.shared.members import (
    SingleMember,
    built_in,
    extended_lists,
    parts_of,
    scim_warning,
    two_styles,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration, Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal


@dataclass(frozen=True, kw_only=True)
class GroupMembershipInputs:
    """One user or application in a group, for groups whose members are declared in several stacks.

    Do not use it if a program sets `user_ids` or `application_ids` of the same group: an update of
    that list removes the member.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (OneOf("member", ("user_id", "application_id")),)

    group_id: Annotated[
        str, Prop("The id of the group.", format=formats.uuid_of("group"), replace=True)
    ]
    user_id: Annotated[
        str | None,
        Prop(
            "The id of the user, if the member is a user.",
            format=formats.uuid_of("user"),
            replace=True,
        ),
    ] = None
    application_id: Annotated[
        str | None,
        Prop(
            "The id of the application, if the member is an application.",
            format=formats.uuid_of("application"),
            replace=True,
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class GroupMembershipState(GroupMembershipInputs):
    """The state of a membership."""

    organization_id: InOrganization = None


class GroupMembershipKind(Kind[GroupMembershipInputs, GroupMembershipState]):
    """GroupMembership, managed through `add-member` and `remove-member`.

    The id names the group and the member: `GROUP/user/ID` or `GROUP/application/ID`.
    """

    name = "GroupMembership"
    noun = "membership"
    overlap = SingleMember()
    inputs = GroupMembershipInputs
    state = GroupMembershipState

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also declare the member list of the group to which the member is added."""
        declaration = super().declares(organization, olds, news)
        extended = tuple(extended_lists(news))
        sets_users = not olds and any(field == "user_ids" for _, field in extended)
        return replace(declaration, extended_lists=extended, sets_users=sets_users)

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report a built-in group, a member list that a Group of the program sets, and SCIM."""
        yield from super().check_against(organization, proposal)
        if proposal.olds:
            return
        for group_id, field in extended_lists(proposal.news):
            group = (organization.directory.all("group") or {}).get(group_id, {})
            if everyone := built_in(group):
                yield CheckFinding(
                    "group_id",
                    f"is the built-in group of all {everyone}, and Scaleway manages its members; pass the"
                    " id of another group, or remove the membership",
                )
                continue
            if organization.plan.sets_list(str(group.get("name")), field):
                yield CheckFinding("group_id", two_styles(group, proposal.spell(field)))
            name = group.get("name")
            title = f"membership in group {quoted(name) if isinstance(name, str) else group_id}"
            yield from scim_warning(organization, proposal, title, "remove the membership")

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: GroupMembershipState
    ) -> Loss | None:
        members = {"user_id": state.user_id, "application_id": state.application_id}
        if any(
            member_id is not None and directory.caller(name) == member_id
            for name, member_id in members.items()
        ):
            return LeavesGroup(state.group_id)
        return None

    def parts_of(self, resource_id: str) -> Props:
        group_id, member, member_id = parts_of(resource_id)
        return {"group_id": group_id, f"{member}_id": member_id}

    def create(
        self, client: IamClient, inputs: GroupMembershipInputs
    ) -> tuple[str, GroupMembershipState]:
        state = self.state_of(encode(inputs))
        group = client.add_group_member(**self.body(inputs))
        if not _is_in(group, state):
            raise IamError(
                "the API reported success but did not add the member; run `pulumi up` again"
            )
        return str(self.overlap.id_of(encode(state))), state

    def read(
        self, client: IamClient, resource_id: str, state: GroupMembershipState | None
    ) -> GroupMembershipState:
        group_id, member, member_id = parts_of(resource_id)
        with own_get(group_id):
            group = client.get_group(group_id)
        if member_id not in group["user_ids" if member == "user" else "application_ids"]:
            raise Gone(f"{member} {member_id} is not in group {group_id}", status=404)
        return self.state_of({"group_id": group_id, f"{member}_id": member_id}, state)

    def delete(self, client: IamClient, resource_id: str, state: GroupMembershipState) -> None:
        group = client.remove_group_member(
            state.group_id, user_id=state.user_id, application_id=state.application_id
        )
        if _is_in(group, state):
            raise IamError(
                "the API reported success but did not remove the member; run `pulumi up` again"
            )

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for group in client.list_groups():
            if built_in(group):
                continue  # no resource can manage its members
            for member, ids in (
                ("user", group["user_ids"]),
                ("application", group["application_ids"]),
            ):
                for member_id in ids:
                    yield (
                        f"{group['id']}/{member}/{member_id}",
                        {"group_id": group["id"], f"{member}_id": member_id},
                    )


def _is_in(group: types.Group, state: GroupMembershipInputs) -> bool:
    return state.user_id in group["user_ids"] or state.application_id in group["application_ids"]
