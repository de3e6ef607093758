"""Projects: the part of the account API with the projects of IAM objects."""

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
    RECORDED, "A project has the fields of the account API, without the newer field `status`."
)
@operation("POST", PATH, PROJECT.guard, body=PROJECT.create, ground=RECORDED)
def create_project(call: Call) -> Json:
    """Create a project."""
    own_organization(call)
    return call.show(PROJECT, call.add(PROJECT, **call.body))


@behaviour(ASSUMED, "A delete of the default project is a 412.")
@behaviour(
    DOCUMENTED,
    "Only an empty project can be deleted; the local API checks for SSH keys. The 412 is assumed.",
)
def check_empty(call: Call, project: Object) -> None:
    """Raise a 412 for the default project, and for a project with SSH keys."""
    if project["id"] == project["organization_id"]:
        raise precondition("protected_resource", "the default project cannot be deleted")
    if call.store.count_having(SSH_KEY, "project_id", project["id"]):
        raise precondition("resource_still_in_use", "the project is not empty")


declare_list(PROJECT, PATH, ground=RECORDED)
declare_get(PROJECT, ONE, "project", ground=RECORDED)
declare_update(PROJECT, ONE, "project", ground=DOCUMENTED)
declare_delete(PROJECT, ONE, "project", cascade=check_empty, ground=RECORDED)
