"""getAccess and getAccessHolders: whether a principal has a permission set, and who has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.core.fields import Prop
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import OrganizationArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.access.model import Access, Answer, Grant
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.run import Run

# Arguments

PermissionSetArgument = Annotated[
    str, Prop("The name of the permission set, as in the rule of a policy.", min_length=1)
]
ProjectArgument = Annotated[
    str | None,
    Prop(
        "The id of the project. If unset, the question is about any project. Ignored for permission sets"
        " of the organization.",
        format=formats.uuid_of("project"),
    ),
]

# Results

AsOf = Annotated[str, Prop("The time at which the organization was read (RFC 3339, UTC).")]


@dataclass(frozen=True, kw_only=True)
class GetAccess:
    """Get whether a user, an application or a group has a permission set, with all paths.

    The answer includes policies from outside of the program. It is about the organization before
    this update: all calls of a run share one read of the organization, and changes of the same run
    are not part of it. Needs the permission sets `IAMReadOnly` and `ProjectReadOnly`.
    """

    principal: Annotated[
        str,
        Prop(
            "The principal: `user:EMAIL`, `user:USERNAME`, `application:NAME`, `group:NAME`, or an id.",
            min_length=1,
        ),
    ]
    permission_set: PermissionSetArgument
    project_id: ProjectArgument = None
    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class GetAccessHolders:
    """List the users, applications and groups that have a permission set, with all paths.

    The answer is about the organization before this update, as for `getAccess`.
    """

    permission_set: PermissionSetArgument
    project_id: ProjectArgument = None
    organization_id: OrganizationArgument


@dataclass(frozen=True, kw_only=True)
class AccessPathResult:
    """A path from a principal to a permission set: a rule of a policy."""

    sentence: Annotated[str, Prop("The path as a sentence.")]
    permission_sets: Annotated[
        tuple[str, ...],
        Prop("The permission sets of the rule that include the permission set in question."),
    ]
    project_ids: Annotated[
        tuple[str, ...] | None,
        Prop("The ids of the projects. Unset if the scope is the whole organization."),
    ] = None
    condition: Annotated[str | None, Prop("The condition of the rule, if any.")] = None
    group_id: Annotated[
        str | None, Prop("The id of the group with the policy, if the principal is a member.")
    ] = None
    group_name: Annotated[str | None, Prop("The name of this group.")] = None
    policy_id: Annotated[
        str | None, Prop("The id of the policy. Unset for the owner of the organization.")
    ] = None
    policy_name: Annotated[str | None, Prop("The name of the policy.")] = None
    rule: Annotated[int | None, Prop("The number of the rule in the policy, from 1.")] = None


@dataclass(frozen=True, kw_only=True)
class AccessResult:
    """The answer whether a principal has a permission set."""

    verdict: Annotated[
        str,
        Prop(
            "The answer: `yes`, `only if` (under a condition), `cannot tell` (see `doubts`) or `no`."
        ),
    ]
    conditions: Annotated[tuple[str, ...], Prop("The conditions of all paths.")]
    paths: Annotated[tuple[AccessPathResult, ...], Prop("All paths.")]
    doubts: Annotated[
        tuple[str, ...],
        Prop("The reasons why the answer is not certain, or why there may be more paths."),
    ]
    can_obtain: Annotated[
        bool,
        Prop(
            "Whether another permission set of the principal leads to any right. False with `yes`."
        ),
    ]
    locked: Annotated[
        bool,
        Prop("Whether the user is locked. The paths then have an effect after the unlock only."),
    ]
    principal_id: Annotated[str, Prop("The id of the principal.")]
    principal_kind: Annotated[str, Prop("The type: `user`, `application` or `group`.")]
    principal_name: Annotated[str, Prop("The name of the principal.")]
    permission_set: Annotated[str, Prop("The name of the permission set.")]
    as_of: AsOf


@dataclass(frozen=True, kw_only=True)
class AccessHoldersResult:
    """The principals that have a permission set."""

    holders: Annotated[
        tuple[AccessResult, ...],
        Prop("The principals, without those with the verdict `no`."),
    ]
    as_of: AsOf


def _read(run: Run, client: IamClient, organization_id: str, permission_set: str) -> Access:
    """Return the access of an organization, read once per run. Raises Refused for a wrong name, or for an unreadable list."""
    # Imported here: most programs ask nothing about access.
    from pulumi_scw_iam.access.live import live_world  # noqa: PLC0415
    from pulumi_scw_iam.access.lookup import (  # noqa: PLC0415
        LookupFailure,
        check_permission_set,
    )
    from pulumi_scw_iam.access.model import Access  # noqa: PLC0415

    def read() -> Access:
        world = live_world(client, organization_id)
        for gap in world.gaps:
            raise Refused(gap.reason, hint="an answer could miss permissions")
        return Access(world)

    access = run.once(("access", client, organization_id), read)
    try:
        check_permission_set(access, permission_set)
    except LookupFailure as error:
        raise Refused(str(error)) from None
    return access


def _answer(run: Run, client: IamClient, arguments: GetAccess) -> Mapping[str, Any]:
    from pulumi_scw_iam.access.lookup import LookupFailure, find_principal  # noqa: PLC0415

    access = _read(run, client, arguments.organization_id, arguments.permission_set)
    try:
        principal = find_principal(access, arguments.principal)
    except LookupFailure as error:
        raise Refused(
            str(error),
            hint=f"the organization was read at {access.world.as_of}, before this update",
        ) from None
    return _result(
        access, access.answer(principal.id, arguments.permission_set, arguments.project_id)
    )


def _holders(run: Run, client: IamClient, arguments: GetAccessHolders) -> Mapping[str, Any]:
    access = _read(run, client, arguments.organization_id, arguments.permission_set)
    found = access.who(arguments.permission_set, arguments.project_id)
    return {"holders": [_result(access, answer) for answer in found], "as_of": access.world.as_of}


def _result(access: Access, answer: Answer) -> dict[str, Any]:
    conditions = [grant.condition for grant in answer.grants if grant.condition]
    return {
        "verdict": answer.verdict.value,
        "conditions": list(dict.fromkeys(conditions)),
        "paths": [_path(access, grant, answer.permission_set) for grant in answer.grants],
        "doubts": [doubt.reason for doubt in answer.doubts],
        "can_obtain": bool(answer.escalation),
        "locked": answer.is_locked,
        "principal_id": answer.principal.id,
        "principal_kind": answer.principal.kind,
        "principal_name": answer.principal.name,
        "permission_set": answer.permission_set,
        "as_of": access.world.as_of,
    }


def _path(access: Access, grant: Grant, permission_set: str) -> dict[str, Any]:
    from pulumi_scw_iam.access.wording import path_sentence  # noqa: PLC0415

    group, policy, projects = grant.group, grant.policy, grant.project_ids
    return {
        "sentence": path_sentence(access, grant, permission_set),
        "permission_sets": list(grant.permission_sets),
        "project_ids": None if projects is None else sorted(projects),
        "condition": grant.condition or None,
        "group_id": group.id if group else None,
        "group_name": group.name if group else None,
        "policy_id": policy.id if policy else None,
        "policy_name": policy.name if policy else None,
        "rule": grant.number or None,
    }


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getAccess",
        noun="access of",
        arguments=GetAccess,
        result=AccessResult,
        query_in_run=_answer,
    ),
    Function(
        name="getAccessHolders",
        noun="holders of",
        arguments=GetAccessHolders,
        result=AccessHoldersResult,
        query_in_run=_holders,
    ),
)
