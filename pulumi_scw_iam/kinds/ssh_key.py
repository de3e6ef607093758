"""SSHKey: a public key for login to the servers of a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.core.fields import Prop, Sent
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared.fields import CreatedAt, Srn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class SSHKeyInputs:
    """A public key for SSH login to the servers of a project.

    A server installs the key at its next start.
    """

    name: Annotated[
        str,
        Prop(
            "The name, at most 1000 characters. Defaults to the resource's name.",
            max_length=1000,
            autoname=True,
        ),
    ]
    public_key: Annotated[
        str,
        Prop(
            "The public key as in a .pub file: algorithm and base64. A trailing comment is ignored.",
            format=formats.public_key,
            min_length=1,
            max_length=65000,
            replace=True,
            unshown=True,
        ),
    ]
    disabled: Annotated[
        bool,
        Prop("Whether the key is disabled. Servers ignore a disabled key.", sent=Sent.BY_UPDATE),
    ] = False
    project_id: Annotated[
        str,
        Prop(
            "The id of the project. Defaults to the provider's project.",
            format=formats.uuid_of("project"),
            replace=True,
            setting="project_id",
            setting_at_creation=True,
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class SSHKeyState(SSHKeyInputs):
    """The state of an SSH key in the API."""

    fingerprint: Annotated[
        str, Prop("The size in bits, MD5 hash and algorithm: `256 MD5:… (ssh-ed25519)`.")
    ] = ""
    organization_id: Annotated[str, Prop("The id of the project's organization.")] = ""
    created_at: CreatedAt = ""
    srn: Srn = None


class SSHKeyKind(Kind[SSHKeyInputs, SSHKeyState]):
    """SSHKey, managed through `ssh-keys`."""

    name = "SSHKey"
    noun = "SSH key"
    quota = "iam_ssh_keys"
    found_by = ("name",)
    listed_with = "SSHKeysReadOnly"
    listed_by_doctor = True
    inputs = SSHKeyInputs
    state = SSHKeyState

    def create(self, client: IamClient, inputs: SSHKeyInputs) -> tuple[str, SSHKeyState]:
        key = client.create_ssh_key(**self.body(inputs))
        key_id = key["id"]
        if inputs.disabled:
            # The API always creates an enabled key.
            created = self.state_of(key)
            with undone_by(
                client, lambda: client.delete_ssh_key(key_id), self.noun, key_id, created
            ):
                key = client.update_ssh_key(key_id, disabled=True)
        return key_id, self.state_of(key)

    def read(self, client: IamClient, resource_id: str, state: SSHKeyState | None) -> SSHKeyState:
        with own_get(resource_id):
            key = client.get_ssh_key(resource_id)
        return self.state_of(key, state)

    def update(
        self, client: IamClient, resource_id: str, state: SSHKeyState, inputs: SSHKeyInputs
    ) -> SSHKeyState:
        fields = self.differing(state, inputs)
        return self.state_of(client.update_ssh_key(resource_id, **fields))

    def delete(self, client: IamClient, resource_id: str, state: SSHKeyState) -> None:
        client.delete_ssh_key(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_ssh_keys(name=named.get("name")))
