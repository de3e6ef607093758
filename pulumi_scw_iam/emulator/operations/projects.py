"""Projects: the part of the account API that IAM objects refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import ACCOUNT, Call, Json, operation
from pulumi_scw_iam.emulator.operations.organizations import own_organization
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    declare_update,
)
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import PROJECT, SSH_KEY
from pulumi_scw_iam.emulator.schema.refusals import precondition

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{ACCOUNT}/projects"
ONE = f"{PATH}/<project_id>"


@behaviour(
    RECORDED, "The keys of a project are those of the account API, without the newer `status`."
)
@operation("POST", PATH, PROJECT.guard, body=PROJECT.create, ground=RECORDED)
def create_project(call: Call) -> Json:
    """Make a project."""
    own_organization(call)
    return call.show(PROJECT, call.add(PROJECT, **call.body))


@behaviour(ASSUMED, "The default project cannot be deleted: 412.")
@behaviour(
    DOCUMENTED,
    "A project must be empty to be deleted; here that means without SSH keys. The 412 is assumed.",
)
def check_empty(call: Call, project: Object) -> None:
    """Raise a 412 for the default project, and for one that still has SSH keys."""
    if project["id"] == project["organization_id"]:
        raise precondition("protected_resource", "the default project cannot be deleted")
    if call.store.count_having(SSH_KEY, "project_id", project["id"]):
        raise precondition("resource_still_in_use", "the project is not empty")


declare_list(PROJECT, PATH, ground=RECORDED)
declare_get(PROJECT, ONE, "project", ground=RECORDED)
declare_update(PROJECT, ONE, "project", ground=DOCUMENTED)
declare_delete(PROJECT, ONE, "project", cascade=check_empty, ground=RECORDED)
