"""Members of groups, declared as lists of a Group or singly as GroupMembership."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.overlap import Overlap

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Mapping

    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.proposal import Proposal

__all__ = [
    "MEMBER_LISTS",
    "MemberList",
    "SingleMember",
    "built_in",
    "extended_lists",
    "parts_of",
    "scim_warning",
    "two_styles",
]

MEMBER_LISTS = ("user_ids", "application_ids")
"""The member lists of a group."""


class MemberList(Overlap):
    """The member lists of a Group. The membership of a listed member must not be deleted."""

    def claims(self, inputs: Props, resource_id: str | None) -> Iterator[str]:
        name, organization_id = inputs.get("name"), inputs.get("organization_id")
        for field in MEMBER_LISTS:
            members = inputs.get(field)
            if not (
                isinstance(members, list)
                and isinstance(name, str)
                and isinstance(organization_id, str)
            ):
                continue
            yield _listing(organization_id)
            for member_id in members:
                if isinstance(member_id, str):
                    yield _listing(organization_id, name, member_id)
                    if resource_id is not None:
                        yield f"{resource_id}/{field.removesuffix('_ids')}/{member_id}"


class SingleMember(Overlap):
    """The member of a GroupMembership. The id is `GROUP/user/ID` or `GROUP/application/ID`."""

    def id_of(self, inputs: Props) -> str | None:
        group_id = inputs.get("group_id")
        for member in ("user", "application"):
            member_id = inputs.get(f"{member}_id")
            if isinstance(group_id, str) and isinstance(member_id, str):
                return f"{group_id}/{member}/{member_id}"
        return None

    def existed_before(self, directory: Directory, resource_id: str) -> bool:
        group_id, member, member_id = parts_of(resource_id)
        groups = directory.listed("group")
        if groups is None:
            return True  # Unknown: the membership may belong to another program.
        return member_id in (groups.get(group_id, {}).get(f"{member}_ids") or ())

    def is_superseded(self, directory: Directory, state: Props, claims: Container[str]) -> bool:
        """Return whether a member list of the group now includes the member."""
        if _listing(directory.id) not in claims:
            return False
        group = (directory.all("group") or {}).get(str(state.get("group_id")), {})
        member_id = str(state.get("user_id") or state.get("application_id"))
        return _listing(directory.id, str(group.get("name")), member_id) in claims

    def conflict(
        self, given: Collection[str], referred: Mapping[str, tuple[Props, Collection[str]]]
    ) -> tuple[str, str] | None:
        group, lists = referred.get("group_id", ({}, ()))
        for field in MEMBER_LISTS:
            if field.removesuffix("s") in given and field in lists:
                return "group_id", two_styles(group, field)
        return None


def extended_lists(inputs: Props) -> Iterator[tuple[str, str]]:
    """Yield the group id and the member list that a GroupMembership extends, if the id is known."""
    group_id = inputs.get("group_id")
    if isinstance(group_id, str):
        for field in MEMBER_LISTS:
            if field.removesuffix("s") in inputs:
                yield group_id, field


def built_in(group: Mapping[str, Any]) -> str | None:
    """Return "users" for the built-in group of all users, "applications" alike; None for other groups."""
    return next((name for name in ("users", "applications") if group.get(f"all_{name}")), None)


def two_styles(group: Mapping[str, Any], members: str) -> str:
    """Return the reason why a group cannot have both a member list and a GroupMembership."""
    name = group.get("name")
    title = f" {quoted(name)}" if isinstance(name, str) else ""
    return (
        f"the Group{title} of this program sets {members}, and its update would remove the member;"
        " add the member to that list, or remove the list"
    )


def scim_warning(
    organization: Organization, proposal: Proposal, title: str, cure: str
) -> Iterator[CheckFinding]:
    """Yield a warning if SCIM is enabled in the organization, for the first group with users only.

    The API shows no difference between a group with users from an identity provider and any other group, so
    the warning is about the organization. SCIM knows users only: applications need no warning. Costs one API
    call per run. If the configuration cannot be read, nothing is reported, because the group itself is sound.
    """
    if proposal.registration.is_first_with_users and organization.directory.configuration_id(
        "SCIM configuration",
        lambda client, organization_id: client.get_organization_scim(organization_id),
        quiet=True,
    ):
        yield CheckFinding.warning(
            f"{title}: SCIM is enabled in organization {organization.id}, and the API does not report whether an"
            f" identity provider sets the users of a group; if it does so in this group, {cure}, because each"
            " side undoes the changes of the other; the same holds for all groups of the program"
        )


def parts_of(resource_id: str) -> tuple[str, str, str]:
    """Split the id of a membership into group id, "user" or "application", and member id.

    Raises Refused if the id has another form.
    """
    match resource_id.split("/"):
        case [group_id, ("user" | "application") as member, member_id] if group_id and member_id:
            return group_id, member, member_id
    raise Refused(
        f"{quoted(resource_id)} is not the id of a membership;"
        " write GROUP_ID/user/USER_ID or GROUP_ID/application/APPLICATION_ID"
    )


def _listing(organization_id: str, *group_and_member: str) -> str:
    """Return the claim of a Group, given by name, to a member of its lists.

    Without group and member, return the claim that the program has a Group with member lists.
    """
    return " ".join((organization_id, "lists", *group_and_member))
