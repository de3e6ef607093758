"""Groups and their members."""

from __future__ import annotations

from pulumi_scw_iam.emulator.applications import orphan_policies
from pulumi_scw_iam.emulator.fields import Body, Many, Uuid
from pulumi_scw_iam.emulator.kinds import APPLICATION, GROUP, USER
from pulumi_scw_iam.emulator.operations import (
    IAM,
    Call,
    Json,
    deleted,
    listed,
    operation,
    read,
    refuse_unless,
    updated,
)
from pulumi_scw_iam.emulator.organizations import own_organization
from pulumi_scw_iam.emulator.refusals import already_exists, not_found

PATH = f"{IAM}/groups"
ONE = f"{PATH}/<group_id>"

MEMBERS = {"user_ids": USER, "application_ids": APPLICATION}
ONE_MEMBER = Body(
    {"user_id": Uuid(), "application_id": Uuid()},
    one_of={"member": ("user_id", "application_id")},
)
MANY_MEMBERS = Body({name: Many(Uuid()) for name in MEMBERS})


def refuse_taken_name(call: Call, own_id: str = "") -> None:
    """Raise a 409 where another group has the name."""
    for other in call.store.having(GROUP, "name", call.body.get("name", "")):
        if other["id"] != own_id:
            raise already_exists("group", other["id"], "a group with this name already exists")


@operation("POST", PATH, body=GROUP.create)
def create_group(call: Call) -> Json:
    """Make a group, without members."""
    own_organization(call, GROUP)
    refuse_taken_name(call)
    return call.show(GROUP, call.add(GROUP, **call.body))


@operation("PUT", f"{ONE}/members", body=MANY_MEMBERS, exclusive=GROUP)
def set_group_members(call: Call) -> Json:
    """Replace all members."""
    asked = {name: list(dict.fromkeys(call.body[name])) for name in MEMBERS}
    # Only this answer has the order of the request; the API keeps members sorted.
    return {**keep_members(call, asked), **asked}


@operation("POST", f"{ONE}/add-members", body=MANY_MEMBERS, exclusive=GROUP)
def add_group_members(call: Call) -> Json:
    """Add members to those that are there."""
    group = call.named(GROUP)
    return keep_members(call, {name: [*group[name], *call.body[name]] for name in MEMBERS})


@operation("POST", f"{ONE}/add-member", body=ONE_MEMBER, exclusive=GROUP)
def add_group_member(call: Call) -> Json:
    """Add one member; one that is there already stays."""
    group = call.named(GROUP)
    ((field, member_id),) = call.body.items()
    return keep_members(call, {f"{field}s": [*group[f"{field}s"], member_id]})


@operation("POST", f"{ONE}/remove-member", body=ONE_MEMBER, exclusive=GROUP)
def remove_group_member(call: Call) -> Json:
    """Remove one member. Raises a 404 that names no resource where it is none."""
    group = call.named(GROUP)
    ((field, member_id),) = call.body.items()
    members = group[f"{field}s"]
    if member_id not in members:
        raise not_found("", member_id)
    return keep_members(call, {f"{field}s": [one for one in members if one != member_id]})


def keep_members(call: Call, lists: dict[str, list[str]]) -> Json:
    """Keep lists of members, each of which must exist, and return what the answer shows."""
    group = call.named(GROUP)
    refuse_unless(group, "editable", GROUP)
    for name, ids in lists.items():
        for member_id in ids:
            call.find(MEMBERS[name], member_id)
    # Membership does not count as an update: updated_at stays.
    new = {**group, **{name: sorted(set(ids)) for name, ids in lists.items()}}
    call.store.put(GROUP, new)
    return call.show(GROUP, new)


listed(GROUP, PATH)
read(GROUP, ONE, "group")
updated(GROUP, ONE, "group", check=lambda call, old: refuse_taken_name(call, old["id"]))
deleted(
    GROUP, ONE, "group", cascade=lambda call, gone: orphan_policies(call, "group_id", gone["id"])
)
