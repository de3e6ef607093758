"""Application: the identity of a machine or a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import EndsCaller
from pulumi_scw_iam.kinds.shared.fields import Description, Facts, Label, OrganizationId, Tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.plan import Loss


@dataclass(frozen=True, kw_only=True)
class ApplicationInputs:
    """The identity of a machine or a program. Policies give permissions to an application.

    Deleting an application deletes its API keys at once. Its policies stay, without effect.
    """

    name: Label
    description: Description = ""
    tags: Tags = frozenset()
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class ApplicationState(Facts, ApplicationInputs):
    """The state of an application in the API."""


class ApplicationKind(Kind[ApplicationInputs, ApplicationState]):
    """Application, managed through `applications`."""

    name = "Application"
    noun = "application"
    quota = "iam_applications"
    found_by = ("name",)
    inputs = ApplicationInputs
    state = ApplicationState

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: ApplicationState
    ) -> Loss | None:
        if self.is_protected(state) or directory.caller("application_id") != resource_id:
            return None
        return EndsCaller("deletes the application whose API key runs the program")

    def create(self, client: IamClient, inputs: ApplicationInputs) -> tuple[str, ApplicationState]:
        application = client.create_application(**self.body(inputs))
        return application["id"], self.state_of(application)

    def read(
        self, client: IamClient, resource_id: str, state: ApplicationState | None
    ) -> ApplicationState:
        with own_get(resource_id):
            application = client.get_application(resource_id)
        return self.state_of(application, state)

    def update(
        self,
        client: IamClient,
        resource_id: str,
        state: ApplicationState,
        inputs: ApplicationInputs,
    ) -> ApplicationState:
        self.refuse_locked("change", state)
        fields = self.differing(state, inputs)
        return self.state_of(client.update_application(resource_id, **fields))

    def delete(self, client: IamClient, resource_id: str, state: ApplicationState) -> None:
        self.refuse_locked("delete", state)
        client.delete_application(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_applications(name=named.get("name")))
