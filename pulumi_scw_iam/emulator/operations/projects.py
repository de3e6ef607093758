"""Projects: the part of the account API with the projects of IAM objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import ACCOUNT, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
)
from pulumi_scw_iam.emulator.schema.arguments import Body, Text
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import PROJECT, SECRET, SECRET_VERSION, SSH_KEY
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid, precondition

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{ACCOUNT}/projects"
ONE = f"{PATH}/<project_id>"

IN_PROJECTS = (SSH_KEY, SECRET)
"""The object types of projects."""


@operation("POST", PATH, PROJECT.guard, body=PROJECT.create, ground=RECORDED)
def create_project(call: Call) -> Json:
    """Create a project."""
    return _written(call.show(PROJECT, call.add(PROJECT, **call.body)))


@operation("PATCH", ONE, PROJECT.guard, body=PROJECT.update, ground=RECORDED)
def update_project(call: Call) -> Json:
    """Change the name or the description of a project."""
    return _written(call.change(PROJECT, call.named(PROJECT), **call.body))


@behaviour(
    RECORDED,
    "The response to a create or an update of a project has a null `qualification` and no `status`."
    " Reads and lists show an unknown type of architecture.",
)
@behaviour(DOCUMENTED, "Reads and lists show the `status` of a project.")
def _written(project: Json) -> Json:
    shown = {**project, "qualification": None}
    del shown["status"]
    return shown


@behaviour(
    DOCUMENTED,
    "Only an empty project can be deleted; the local API checks for SSH keys and secrets. The 412 is"
    " assumed.",
)
def check_empty(call: Call, project: Object) -> None:
    """Raise a 412 for the default project, and for a project with SSH keys or secrets."""
    _refuse_default(project)
    if any(call.store.count_having(kind, "project_id", project["id"]) for kind in IN_PROJECTS):
        raise precondition("resource_still_in_use", "the project is not empty")


@behaviour(ASSUMED, "A delete of the default project is a 412.")
def _refuse_default(project: Object) -> None:
    if project["id"] == project["organization_id"]:
        raise precondition("protected_resource", "the default project cannot be deleted")


@behaviour(
    DOCUMENTED,
    "A project can be deleted with all resources in it. The body confirms the name of the project.",
)
@behaviour(ASSUMED, "A delete of a project with resources and with another name is a 400.")
@behaviour(
    ASSUMED,
    "A delete with resources responds with the status `deleting`; the project, its SSH keys and its"
    " secrets are deleted at once.",
)
@operation(
    "POST",
    f"{ONE}/delete-with-resources",
    PROJECT.guard,
    body=Body({"project_name": Text(1, 64, ground=ASSUMED)}),
    ground=DOCUMENTED,
)
def delete_project_with_resources(call: Call) -> Json:
    """Delete a project with its SSH keys and secrets."""
    project = call.named(PROJECT)
    _refuse_default(project)
    if call.body["project_name"] != project["name"]:
        reason = "value must be the name of the project"
        raise invalid(InvalidArgument("project_name", reason, "constraint"))
    for kind in IN_PROJECTS:
        for item in list(call.store.having(kind, "project_id", project["id"])):
            for version in list(call.store.having(SECRET_VERSION, "secret_id", item["id"])):
                call.store.remove(SECRET_VERSION, version["id"])
            call.store.remove(kind, item["id"])
    call.store.remove(PROJECT, project["id"])
    return call.show(PROJECT, {**project, "status": "deleting"})


declare_list(PROJECT, PATH, ground=RECORDED)
declare_get(PROJECT, ONE, "project", ground=RECORDED)
declare_delete(PROJECT, ONE, "project", cascade=check_empty, ground=RECORDED)
