"""Features of an organization with at most one configuration: SAML and SCIM."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pulumi_scw_iam.common.errors import Gone, Refused
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.kinds.shared.fields import enabled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.proposal import Proposal

__all__ = ["FeatureKind"]


class _OfOrganization(Protocol):
    @property
    def organization_id(self) -> str: ...


I = TypeVar("I", bound=_OfOrganization)  # noqa: E741 - as in Kind
S = TypeVar("S", bound=_OfOrganization)


class FeatureKind(Kind[I, S]):
    """A feature that is enabled by its configuration. Messages call the feature by `name`."""

    @abstractmethod
    def configuration(self, client: IamClient, organization_id: str) -> Mapping[str, Any]:
        """Fetch the configuration of an organization. Raises NotFound if the feature is disabled."""

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report a feature that is already enabled.

        This is a failure if another resource of the stack manages the configuration, else a warning.
        """
        yield from super().check_against(organization, proposal)
        if proposal.olds:
            return
        configuration_id = organization.configuration_id(self.noun, self.configuration)
        if configuration_id is not None:
            cure = organization.adopt(self.name, self.name.lower(), configuration_id)
            reason = (
                f"{self.name} is already enabled in organization {organization.id}; {cure.words}, or"
                " disable it first"
            )
            if cure.is_of_stack:
                yield CheckFinding("", reason)
            else:
                yield self.conflict_warning(reason, proposal)

    def is_exclusive(self) -> bool:
        """Return True: an organization has one configuration at most."""
        return True

    def excludes(self, olds: Props, news: Props) -> bool:
        """Return True: an organization has one configuration at most."""
        del olds, news
        return True

    def refuse_enabled(self, client: IamClient, organization_id: str) -> None:
        """Raise Refused if the organization already has a configuration.

        The lookup costs one API call. It is needed because the response to a second create is unknown, and a
        configuration from elsewhere must never be adopted silently.
        """
        existing = enabled(lambda: self.configuration(client, organization_id))
        if existing is not None:
            raise Refused(
                f"{self.name} is already enabled in organization {organization_id}",
                hint="if this stack manages it under an old name, add that name as an alias; otherwise"
                f" import it by id {existing['id']}, read it with {self.name}.get, or disable it first",
            )

    def read(self, client: IamClient, resource_id: str, state: S | None) -> S:
        organization_id = (state and state.organization_id) or client.default_organization_id
        with own_get(organization_id):
            configuration = self.configuration(client, organization_id)
        if configuration["id"] != resource_id:
            raise Gone(
                f"organization {organization_id} has another {self.noun}, {configuration['id']}",
                status=404,
            )
        return self.state_in(organization_id, configuration, state)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        organization_id = client.default_organization_id
        configuration = enabled(lambda: self.configuration(client, organization_id))
        if configuration is not None:
            yield configuration["id"], {**configuration, "organization_id": organization_id}

    def state_in(
        self, organization_id: str, configuration: Mapping[str, Any], known: I | S | None = None
    ) -> S:
        """Return the state of a configuration. The response does not name the organization."""
        return self.state_of({**configuration, "organization_id": organization_id}, known)
