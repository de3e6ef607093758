"""SCIMToken: the credential of an identity provider for SCIM."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import Gone, Refused
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import Prop, Props
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.kinds.shared.fields import CreatedAt, InOrganization, enabled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient


@dataclass(frozen=True, kw_only=True)
class SCIMTokenInputs:
    """A token for the calls of an identity provider to the SCIM endpoints, valid for one year.

    A configuration has at most two tokens, so a token can be replaced while the other works.
    """

    scim_id: Annotated[
        str,
        Prop(
            "The id of the SCIM configuration.",
            format=formats.uuid_of("SCIM configuration"),
            replace=True,
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class SCIMTokenState(SCIMTokenInputs):
    """The state of a token, with the secret of the create response."""

    bearer_token: Annotated[
        str | None,
        Prop(
            "The secret token. The API returns it only at creation, so it is unset for an imported or"
            " looked-up token.",
            secret=True,
            kept=True,
        ),
    ] = field(default=None, repr=False)
    created_at: CreatedAt = ""
    expires_at: Annotated[str, Prop("The expiry time (RFC 3339, UTC).")] = ""
    organization_id: InOrganization = None


class SCIMTokenKind(Kind[SCIMTokenInputs, SCIMTokenState]):
    """SCIMToken, managed through `scim/{id}/tokens` and `scim-tokens/{id}`.

    The id is `SCIM_ID/TOKEN_ID`. A read lists the tokens of the configuration.
    """

    name = "SCIMToken"
    noun = "SCIM token"
    listed_by_doctor = True
    inputs = SCIMTokenInputs
    state = SCIMTokenState

    def create(self, client: IamClient, inputs: SCIMTokenInputs) -> tuple[str, SCIMTokenState]:
        response = client.create_scim_token(**self.body(inputs))
        token = response["token"]
        state = self.state_of({**token, "bearer_token": response["bearer_token"]})
        return f"{inputs.scim_id}/{token['id']}", state

    def read(
        self, client: IamClient, resource_id: str, state: SCIMTokenState | None
    ) -> SCIMTokenState:
        scim_id, token_id = _parts(resource_id)
        # The list is one call, like the GET of a token, and proves that a token is deleted: older API
        # servers do not have the GET. A token is deleted with its configuration.
        with own_get(scim_id):
            tokens = list(client.list_scim_tokens(scim_id))
        for token in tokens:
            if token["id"] == token_id:
                return self.state_of(token, state)
        raise Gone(f"SCIM configuration {scim_id} has no token {token_id}", status=404)

    def delete(self, client: IamClient, resource_id: str, state: SCIMTokenState) -> None:
        _, token_id = _parts(resource_id)
        client.delete_scim_token(token_id)

    def parts_of(self, resource_id: str) -> Props:
        scim_id, _ = _parts(resource_id)
        return {"scim_id": scim_id}

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        scim = enabled(client.get_organization_scim)
        if scim is not None:
            for token in client.list_scim_tokens(scim["id"]):
                yield f"{scim['id']}/{token['id']}", token


def _parts(resource_id: str) -> tuple[str, str]:
    match resource_id.split("/"):
        case [scim_id, token_id] if scim_id and token_id:
            return scim_id, token_id
    raise Refused(f"{quoted(resource_id)} is not the id of a SCIM token; write SCIM_ID/TOKEN_ID")
