"""Groups and their members."""

from __future__ import annotations

from pulumi_scw_iam.emulator.operations.applications import orphan_policies
from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.organizations import own_organization
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
    refuse_taken_name,
    refuse_unless,
)
from pulumi_scw_iam.emulator.schema.arguments import Body, Many, Uuid
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import APPLICATION, GROUP, USER
from pulumi_scw_iam.emulator.schema.refusals import not_found

PATH = f"{IAM}/groups"
ONE = f"{PATH}/<group_id>"

MEMBERS = {"user_ids": USER, "application_ids": APPLICATION}
ONE_MEMBER = Body(
    {"user_id": Uuid(), "application_id": Uuid()},
    one_of={"member": ("user_id", "application_id")},
    ground=DOCUMENTED,
)
MANY_MEMBERS = Body({name: Many(Uuid()) for name in MEMBERS})


@behaviour(RECORDED, "A group has no members at first.")
@operation("POST", PATH, GROUP.guard, body=GROUP.create, ground=RECORDED)
def create_group(call: Call) -> Json:
    """Make a group, without members."""
    own_organization(call)
    refuse_taken_name(call, GROUP, call.body["name"])
    return call.show(GROUP, call.add(GROUP, **call.body))


@behaviour(
    RECORDED, "Replaces both lists. Only its answer has the members in the order of the request."
)
@operation("PUT", f"{ONE}/members", GROUP.guard, body=MANY_MEMBERS, exclusive=True, ground=RECORDED)
def set_group_members(call: Call) -> Json:
    """Replace all members."""
    members = {name: list(dict.fromkeys(call.body[name])) for name in MEMBERS}
    # Only this answer has the order of the request; the API keeps members sorted.
    return {**keep_members(call, members), **members}


@behaviour(DOCUMENTED, "Adds to the members that are there.")
@operation(
    "POST", f"{ONE}/add-members", GROUP.guard, body=MANY_MEMBERS, exclusive=True, ground=DOCUMENTED
)
def add_group_members(call: Call) -> Json:
    """Add members to those that are there."""
    group = call.named(GROUP)
    return keep_members(call, {name: [*group[name], *call.body[name]] for name in MEMBERS})


@behaviour(ASSUMED, "Adding a member that is there already changes nothing, and is a 200.")
@operation(
    "POST", f"{ONE}/add-member", GROUP.guard, body=ONE_MEMBER, exclusive=True, ground=RECORDED
)
def add_group_member(call: Call) -> Json:
    """Add one member; one that is there already stays."""
    group = call.named(GROUP)
    ((field, member_id),) = call.body.items()
    return keep_members(call, {f"{field}s": [*group[f"{field}s"], member_id]})


@behaviour(
    RECORDED, "Removing who is no member is a 404 with an empty `resource` and the member's id."
)
@operation(
    "POST", f"{ONE}/remove-member", GROUP.guard, body=ONE_MEMBER, exclusive=True, ground=RECORDED
)
def remove_group_member(call: Call) -> Json:
    """Remove one member. Raises a 404 that names no resource where it is none."""
    group = call.named(GROUP)
    ((field, member_id),) = call.body.items()
    members = group[f"{field}s"]
    if member_id not in members:
        raise not_found("", member_id)
    return keep_members(call, {f"{field}s": [member for member in members if member != member_id]})


@behaviour(RECORDED, "Members are kept and shown in the order of their ids.")
@behaviour(RECORDED, "Changes of members leave `updated_at` as it is.")
@behaviour(ASSUMED, "Every member must exist.")
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


declare_list(GROUP, PATH, ground=RECORDED)
declare_get(GROUP, ONE, "group", ground=RECORDED)
declare_update(
    GROUP,
    ONE,
    "group",
    check=lambda call, old: refuse_taken_name(
        call, GROUP, call.body.get("name", old["name"]), old["id"]
    ),
    ground=RECORDED,
)
declare_delete(
    GROUP,
    ONE,
    "group",
    cascade=lambda call, gone: orphan_policies(call, "group_id", gone["id"]),
    ground=RECORDED,
)
