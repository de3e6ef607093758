"""OrganizationSecuritySettings: what an organization demands of its users."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, Props
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.kinds.shared.fields import OrganizationId

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration


@dataclass(frozen=True, kw_only=True)
class OrganizationSecuritySettingsInputs:
    """What an organization demands of its users.

    An organization always has these settings. So creating the resource adopts them and changes
    those that are said here, and deleting it leaves them as they are. What is not said is left
    alone. Durations are in seconds, such as `259200s`.
    """

    enforce_password_renewal: Annotated[
        bool | None,
        Prop(
            "Whether members who have a password must renew it when they first log in.",
            server_default=True,
            always_set=True,
        ),
    ] = None
    grace_period_duration: Annotated[
        str | None,
        Prop(
            "How long a member has to renew the password and to enable MFA before it is locked.",
            format=formats.duration,
            server_default=True,
        ),
    ] = None
    login_attempts_before_locked: Annotated[
        int | None,
        Prop(
            "After how many failed logins, 1 to 50, a member is locked.",
            minimum=1,
            maximum=50,
            server_default=True,
            always_set=True,
        ),
    ] = None
    max_login_session_duration: Annotated[
        str | None,
        Prop(
            "How long a login to the console lasts at most; running sessions are cut as well.",
            format=formats.duration,
            server_default=True,
        ),
    ] = None
    max_api_key_expiration_duration: Annotated[
        str | None,
        Prop(
            "How long a new API key may last at most: one that lasts longer, or for ever, is then"
            " refused. `0s` is no limit.",
            format=formats.duration,
            server_default=True,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class OrganizationSecuritySettingsState(OrganizationSecuritySettingsInputs):
    """The settings as the API holds them: all of them, also those that the program leaves alone."""


class OrganizationSecuritySettingsKind(
    Kind[OrganizationSecuritySettingsInputs, OrganizationSecuritySettingsState]
):
    """OrganizationSecuritySettings, over `organizations/{id}/security-settings`.

    Its id is that of the organization.
    """

    name = "OrganizationSecuritySettings"
    noun = "security settings"
    described_by = "organization_id"
    outlives_resource = True
    inputs = OrganizationSecuritySettingsInputs
    state = OrganizationSecuritySettingsState

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also the settings: API keys of this program are judged by what it is about to demand."""
        known = {name: value for name, value in news.items() if value is not UNKNOWN}
        return replace(super().declares(organization, olds, news), security_settings=known)

    def create(
        self, client: IamClient, inputs: OrganizationSecuritySettingsInputs
    ) -> tuple[str, OrganizationSecuritySettingsState]:
        # Settings that are not set are not sent, so that they stay as they are.
        settings = client.update_organization_security_settings(**self.body(inputs))
        return inputs.organization_id, self._state(inputs.organization_id, settings)

    def read(
        self,
        client: IamClient,
        resource_id: str,
        state: OrganizationSecuritySettingsState | None,
    ) -> OrganizationSecuritySettingsState:
        return self._state(resource_id, client.get_organization_security_settings(resource_id))

    def update(
        self,
        client: IamClient,
        resource_id: str,
        state: OrganizationSecuritySettingsState,
        inputs: OrganizationSecuritySettingsInputs,
    ) -> OrganizationSecuritySettingsState:
        fields = self.differing(state, inputs)
        settings = client.update_organization_security_settings(resource_id, **fields)
        return self._state(resource_id, settings)

    def delete(
        self, client: IamClient, resource_id: str, state: OrganizationSecuritySettingsState
    ) -> None:
        user_log.info(
            "the security settings of organization %s stay as they are, since an organization"
            " always has some; Pulumi no longer looks after them",
            resource_id,
        )

    def parts_of(self, resource_id: str) -> Props:
        return {"organization_id": resource_id}

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        organization_id = client.default_organization_id
        settings = client.get_organization_security_settings(organization_id)
        yield organization_id, {**settings, "organization_id": organization_id}

    def _state(
        self, organization_id: str, settings: types.OrganizationSecuritySettings
    ) -> OrganizationSecuritySettingsState:
        return self.state_of({**settings, "organization_id": organization_id})
