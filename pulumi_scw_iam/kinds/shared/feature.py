"""What an organization enables, and has one configuration of at most: SAML and SCIM."""

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
    """A feature that is enabled by its configuration; `name` is what messages call it."""

    @abstractmethod
    def held(self, client: IamClient, organization_id: str) -> Mapping[str, Any]:
        """The configuration of an organization, as the API sends it; raises NotFound without one."""

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also a feature that is enabled already: a warning, unless another resource of the stack has it."""
        yield from super().check_against(organization, proposal)
        if proposal.olds:
            return
        configuration_id = organization.configuration_id(self.noun, self.held)
        if configuration_id is not None:
            cure = organization.adopt(self.name, self.name.lower(), configuration_id)
            reason = (
                f"{self.name} is enabled already in organization {organization.id}; {cure.words}, or"
                " disable it first"
            )
            if cure.is_of_stack:
                yield CheckFinding("", reason)
            else:
                yield self.in_the_way(reason, proposal)

    def is_exclusive(self) -> bool:
        """Return True: an organization has one configuration at most."""
        return True

    def excludes(self, olds: Props, news: Props) -> bool:
        """Return True: an organization has one configuration at most."""
        del olds, news
        return True

    def refuse_enabled(self, client: IamClient, organization_id: str) -> None:
        """Raise Refused when an organization has a configuration already.

        To look first costs a call. But what the API answers to enabling twice is not known, and a
        configuration that others made must never be taken over unasked.
        """
        held = enabled(lambda: self.held(client, organization_id))
        if held is not None:
            raise Refused(
                f"{self.name} is enabled already in organization {organization_id}",
                hint="if this stack has it under an old name, give the resource that name as an alias; else"
                f" import it by its id {held['id']}, look it up with {self.name}.get, or disable it first",
            )

    def read(self, client: IamClient, resource_id: str, state: S | None) -> S:
        organization_id = (state and state.organization_id) or client.default_organization_id
        with own_get(organization_id):
            held = self.held(client, organization_id)
        if held["id"] != resource_id:
            raise Gone(
                f"the {self.noun} of organization {organization_id} is another one, {held['id']}",
                status=404,
            )
        return self.state_in(organization_id, held)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        organization_id = client.default_organization_id
        held = enabled(lambda: self.held(client, organization_id))
        if held is not None:
            yield held["id"], {**held, "organization_id": organization_id}

    def state_in(self, organization_id: str, held: Mapping[str, Any]) -> S:
        """The state for a configuration as the API sent it, without its organization."""
        return self.state_of({**held, "organization_id": organization_id})
