"""Applications: non-human bearers of API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
)
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import API_KEY, APPLICATION, GROUP, POLICY

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object, ObjectKind

PATH = f"{IAM}/applications"
ONE = f"{PATH}/<application_id>"


@operation("POST", PATH, APPLICATION.guard, body=APPLICATION.create, ground=RECORDED)
def create_application(call: Call) -> Json:
    """Create an application."""
    return call.show(APPLICATION, call.add(APPLICATION, **call.body))


@behaviour(
    RECORDED,
    "A user or an application can be deleted in spite of its API keys, policies and group "
    "memberships.",
)
@behaviour(DOCUMENTED, "A deleted user or application loses its API keys.")
@behaviour(
    ASSUMED,
    "A deleted user or application is removed from its groups; their `updated_at` does not change.",
)
def forget_bearer(call: Call, gone: Object, kind: ObjectKind) -> None:
    """Remove the API keys and memberships of a user or application, and detach its policies."""
    field = f"{kind.resource}_id"
    for key in call.store.having(API_KEY, field, gone["id"]):
        call.store.remove(API_KEY, key["access_key"])
    orphan_policies(call, field, gone["id"])
    members = f"{field}s"
    for group in list(call.store.all(GROUP)):
        if gone["id"] in group[members]:
            left = [member for member in group[members] if member != gone["id"]]
            call.store.put(GROUP, {**group, members: left})


@behaviour(
    DOCUMENTED,
    "The policies of a deleted user, application or group stay without effect, and an update can set "
    "another principal.",
)
@behaviour(ASSUMED, "A policy shows `no_principal: true` after its principal was deleted.")
def orphan_policies(call: Call, field: str, principal_id: str) -> None:
    """Set `no_principal` on the policies of a deleted principal."""
    for policy in call.store.having(POLICY, field, principal_id):
        orphan = {name: value for name, value in policy.items() if name != field}
        call.store.put(POLICY, {**orphan, "no_principal": True})


declare_list(APPLICATION, PATH, ground=RECORDED)
declare_get(APPLICATION, ONE, "application", ground=RECORDED)
declare_update(APPLICATION, ONE, "application", ground=RECORDED)
declare_delete(
    APPLICATION,
    ONE,
    "application",
    cascade=lambda call, gone: forget_bearer(call, gone, APPLICATION),
    ground=RECORDED,
)
