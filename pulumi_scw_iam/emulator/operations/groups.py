"""Groups and their members."""

from __future__ import annotations

from pulumi_scw_iam.emulator.operations.applications import orphan_policies
from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation, seeding
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
    refuse_taken_name,
    refuse_unless,
)
from pulumi_scw_iam.emulator.schema.arguments import Body, Many, Uuid, Word
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import APPLICATION, BUILT_IN, GROUP, NAME, USER
from pulumi_scw_iam.emulator.schema.refusals import not_found

PATH = f"{IAM}/groups"
ONE = f"{PATH}/<group_id>"

MEMBERS = {"user_ids": USER, "application_ids": APPLICATION}
ONE_MEMBER = Body(
    {"user_id": Uuid(), "application_id": Uuid()},
    one_of={"member": ("user_id", "application_id")},
    ground=DOCUMENTED,
)
BUILT_IN_GROUP = Body({"name": NAME, "built_in": Word([*BUILT_IN])}, ground=ASSUMED)
MANY_MEMBERS = Body({name: Many(Uuid()) for name in MEMBERS})


@behaviour(RECORDED, "A new group has no members.")
@operation("POST", PATH, GROUP.guard, body=GROUP.create, ground=RECORDED)
def create_group(call: Call) -> Json:
    """Create a group without members."""
    refuse_taken_name(call, GROUP, call.body["name"])
    return call.show(GROUP, call.add(GROUP, **call.body))


@seeding(GROUP.guard, BUILT_IN_GROUP)
def add_built_in_group(call: Call) -> Json:
    """Create the built-in group of all users or all applications."""
    refuse_taken_name(call, GROUP, call.body["name"])
    fixed = {"editable": False, "deletable": False}
    flags = {flag: flag == call.body["built_in"] for flag in BUILT_IN}
    return call.show(GROUP, call.add(GROUP, name=call.body["name"], **fixed, **flags))


@behaviour(
    RECORDED,
    "The request replaces both lists. Its response has the members in the order of the request; no "
    "later response does.",
)
@operation("PUT", f"{ONE}/members", GROUP.guard, body=MANY_MEMBERS, exclusive=True, ground=RECORDED)
def set_group_members(call: Call) -> Json:
    """Replace all members."""
    members = {name: list(dict.fromkeys(call.body[name])) for name in MEMBERS}
    # Only this response has the order of the request; stored members are sorted.
    return {**store_members(call, members), **members}


@behaviour(DOCUMENTED, "The request adds members and keeps the others.")
@operation(
    "POST", f"{ONE}/add-members", GROUP.guard, body=MANY_MEMBERS, exclusive=True, ground=DOCUMENTED
)
def add_group_members(call: Call) -> Json:
    """Add several members."""
    group = call.named(GROUP)
    return store_members(call, {name: [*group[name], *call.body[name]] for name in MEMBERS})


@behaviour(ASSUMED, "To add an existing member is a 200 without a change.")
@operation(
    "POST", f"{ONE}/add-member", GROUP.guard, body=ONE_MEMBER, exclusive=True, ground=RECORDED
)
def add_group_member(call: Call) -> Json:
    """Add one member."""
    group = call.named(GROUP)
    ((field, member_id),) = call.body.items()
    return store_members(call, {f"{field}s": [*group[f"{field}s"], member_id]})


@behaviour(
    RECORDED,
    "To remove an id that is not a member is a 404 with an empty `resource` and this id.",
)
@operation(
    "POST", f"{ONE}/remove-member", GROUP.guard, body=ONE_MEMBER, exclusive=True, ground=RECORDED
)
def remove_group_member(call: Call) -> Json:
    """Remove one member. Raises a 404 with an empty resource if the id is not a member."""
    group = call.named(GROUP)
    refuse_unless(group, "editable", GROUP)
    ((field, member_id),) = call.body.items()
    members = group[f"{field}s"]
    if member_id not in members:
        raise not_found("", member_id)
    return store_members(call, {f"{field}s": [member for member in members if member != member_id]})


@behaviour(RECORDED, "Members are stored and shown in the order of their ids.")
@behaviour(RECORDED, "A change of members does not change `updated_at`.")
@behaviour(ASSUMED, "Every member must exist.")
def store_members(call: Call, lists: dict[str, list[str]]) -> Json:
    """Store lists of members and return the JSON of the group. Raises a 404 for an unknown member."""
    group = call.named(GROUP)
    refuse_unless(group, "editable", GROUP)
    for name, ids in lists.items():
        for member_id in ids:
            call.find(MEMBERS[name], member_id)
    # Not `call.change`: updated_at must not change.
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
