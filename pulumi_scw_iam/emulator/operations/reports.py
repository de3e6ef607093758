"""Audit log and quota of the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import declare_get, declare_list
from pulumi_scw_iam.emulator.schema.arguments import Uuid
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import LOG, QUOTUM, STORED
from pulumi_scw_iam.emulator.schema.refusals import not_found

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator.schema.objects import Object

LOGS = f"{IAM}/logs"
QUOTA = f"{IAM}/quota"


@behaviour(
    ASSUMED,
    "The quota are `projects`, `iam_users`, `iam_applications`, `iam_groups`, "
    "`iam_policies`, `iam_api_keys` and `iam_ssh_keys`; without a limit, a quotum is `unlimited`.",
)
def quota_of(call: Call) -> list[Object]:
    """Return all quota of the organization."""
    quota = []
    for kind in STORED:
        if not kind.quota:
            continue
        limit = call.quotas.get(kind.quota)
        bound = {"unlimited": True} if limit is None else {"limit": limit}
        title = kind.quota.removeprefix("iam_").replace("_", " ")
        quota.append(
            {
                "name": kind.quota,
                "pretty_name": title.capitalize(),
                "unit": "",
                "description": f"Number of {title}",
                "locality_type": "global",
                "limits": [{"global": True, **bound}],
                **bound,
                "organization_id": call.organization_id,
            }
        )
    return quota


@behaviour(ASSUMED, "An unknown quotum is a 404 `quotum`.")
@operation(
    "GET",
    f"{QUOTA}/<quotum_name>",
    QUOTUM.guard,
    query={"organization_id": Uuid()},
    ground=DOCUMENTED,
)
def get_quotum(call: Call) -> Json:
    """Return one quotum."""
    name = call.args["quotum_name"]
    for quotum in quota_of(call):
        if quotum["name"] == name:
            return call.show(QUOTUM, quotum)
    raise not_found(QUOTUM.resource, name)


declare_list(QUOTUM, QUOTA, items=quota_of, ground=DOCUMENTED)
declare_list(LOG, LOGS, ground=DOCUMENTED)
declare_get(LOG, f"{LOGS}/<log_id>", "log", ground=DOCUMENTED)
