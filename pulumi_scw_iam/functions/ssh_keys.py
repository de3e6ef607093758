"""getSSHKey and getSSHKeys."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import OneOf, Prop
from pulumi_scw_iam.core.find import find_one
from pulumi_scw_iam.core.function import Function
from pulumi_scw_iam.functions.shared import (
    Id,
    Name,
    NameFilter,
    SearchedName,
    SearchedOrganization,
    UpdatedAt,
    look_up,
)
from pulumi_scw_iam.kinds.shared.fields import CreatedAt, Srn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.api.client import IamClient

ProjectFilter = Annotated[
    str | None,
    Prop(
        "The id of the project. If unset, all projects of the organization are searched.",
        format=formats.uuid_of("project"),
    ),
]


@dataclass(frozen=True, kw_only=True)
class GetSSHKey:
    """Get an SSH key by id, name, public key or fingerprint.

    Names, public keys and fingerprints are not always unique, not even in one project.
    """

    exactly_one_of: ClassVar[tuple[OneOf, ...]] = (
        OneOf("SSH key", ("ssh_key_id", "name", "public_key", "fingerprint")),
    )

    ssh_key_id: Annotated[
        str | None, Prop("The id of the SSH key.", format=formats.uuid_of("SSH key"))
    ] = None
    name: SearchedName = None
    public_key: Annotated[
        str | None,
        Prop(
            "The public key as in a .pub file. A trailing comment is ignored.",
            format=formats.public_key,
            min_length=1,
            unshown=True,
        ),
    ] = None
    fingerprint: Annotated[
        str | None,
        Prop("The fingerprint in the form of the API: `256 MD5:… (ssh-ed25519)`.", min_length=1),
    ] = None
    project_id: ProjectFilter = None
    organization_id: SearchedOrganization = None


@dataclass(frozen=True, kw_only=True)
class SSHKeyResult:
    """An SSH key."""

    id: Id
    name: Name
    public_key: Annotated[str, Prop("The public key: algorithm and base64, without comment.")]
    fingerprint: Annotated[
        str, Prop("The size in bits, MD5 hash and algorithm: `256 MD5:… (ssh-ed25519)`.")
    ]
    disabled: Annotated[bool, Prop("Whether the key is disabled. Servers ignore a disabled key.")]
    project_id: Annotated[str, Prop("The id of the project.")]
    organization_id: Annotated[str, Prop("The id of the project's organization.")]
    created_at: CreatedAt
    updated_at: UpdatedAt
    srn: Srn = None


def _ssh_key(client: IamClient, arguments: GetSSHKey) -> Mapping[str, Any]:
    key, value = look_up(arguments)
    if key == "ssh_key_id":
        return client.get_ssh_key(value)
    project, organization = _scope(arguments)
    return find_one(
        partial(client.list_ssh_keys, project_id=project, organization_id=organization),
        key,
        value,
        place=f"project {project}" if project else f"organization {organization}",
        filters={"name": value} if key == "name" else None,
        described_by="name" if key != "name" else None,
    )


def _scope(arguments: GetSSHKey | GetSSHKeys) -> tuple[str | None, str | None]:
    """Return the project or the organization, never both: permissions may cover only the project."""
    return arguments.project_id, arguments.organization_id if arguments.project_id is None else None


@dataclass(frozen=True, kw_only=True)
class GetSSHKeys:
    """List the SSH keys of a project or an organization, oldest first. All filters must match."""

    project_id: ProjectFilter = None
    organization_id: Annotated[
        str | None,
        Prop(
            "The id of the organization. Ignored with `project_id`. Defaults to the provider's"
            " organization.",
            format=formats.uuid_of("organization"),
            setting="organization_id",
        ),
    ] = None
    name: NameFilter = None
    disabled: Annotated[bool | None, Prop("Filter by whether the key is disabled.")] = None


@dataclass(frozen=True, kw_only=True)
class SSHKeysResult:
    """The list of matching SSH keys."""

    ssh_keys: Annotated[tuple[SSHKeyResult, ...], Prop("The SSH keys.")]


def _ssh_keys(client: IamClient, arguments: GetSSHKeys) -> Mapping[str, Any]:
    project, organization = _scope(arguments)
    keys = client.list_ssh_keys(
        project_id=project,
        organization_id=organization,
        name=arguments.name,
        disabled=arguments.disabled,
    )
    return {"ssh_keys": list(keys)}


FUNCTIONS: tuple[Function[Any, Any], ...] = (
    Function(
        name="getSSHKey", noun="SSH key", arguments=GetSSHKey, result=SSHKeyResult, query=_ssh_key
    ),
    Function(
        name="getSSHKeys",
        noun="SSH keys",
        arguments=GetSSHKeys,
        result=SSHKeysResult,
        query=_ssh_keys,
    ),
)
