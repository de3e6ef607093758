"""OrganizationSecuritySettings: the security settings of an organization."""

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
    """The security settings of an organization.

    Every organization has these settings. Creating the resource adopts the settings and changes
    the declared ones. Deleting the resource changes nothing. Settings that are not declared are
    not managed. Durations are in seconds, such as `259200s`.
    """

    enforce_password_renewal: Annotated[
        bool | None,
        Prop(
            "Whether members with a password must renew the password at their first login.",
            server_default=True,
            always_set=True,
        ),
    ] = None
    grace_period_duration: Annotated[
        str | None,
        Prop(
            "The time that a member has to renew the password and enable MFA before being locked.",
            format=formats.duration,
            server_default=True,
        ),
    ] = None
    login_attempts_before_locked: Annotated[
        int | None,
        Prop(
            "The number of failed logins, from 1 to 50, after which a member is locked.",
            minimum=1,
            maximum=50,
            server_default=True,
            always_set=True,
        ),
    ] = None
    max_login_session_duration: Annotated[
        str | None,
        Prop(
            "The maximum duration of a console session. Also applies to running sessions.",
            format=formats.duration,
            server_default=True,
        ),
    ] = None
    max_api_key_expiration_duration: Annotated[
        str | None,
        Prop(
            "The maximum lifetime of a new API key. The API then refuses keys with a longer"
            " lifetime or without expiry. `0s` means no limit.",
            format=formats.duration,
            server_default=True,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class OrganizationSecuritySettingsState(OrganizationSecuritySettingsInputs):
    """All settings in the API, including settings that the program does not declare."""


class OrganizationSecuritySettingsKind(
    Kind[OrganizationSecuritySettingsInputs, OrganizationSecuritySettingsState]
):
    """OrganizationSecuritySettings, managed through `organizations/{id}/security-settings`.

    The id is the id of the organization.
    """

    name = "OrganizationSecuritySettings"
    noun = "security settings"
    described_by = "organization_id"
    outlives_resource = True
    inputs = OrganizationSecuritySettingsInputs
    state = OrganizationSecuritySettingsState

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also declare the settings, because API keys of the same program are checked against them."""
        known = {name: value for name, value in news.items() if value is not UNKNOWN}
        return replace(super().declares(organization, olds, news), security_settings=known)

    def create(
        self, client: IamClient, inputs: OrganizationSecuritySettingsInputs
    ) -> tuple[str, OrganizationSecuritySettingsState]:
        # Unset settings are not sent, so the API keeps their values.
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
            "the security settings of organization %s keep their values, because they cannot be"
            " deleted; Pulumi no longer manages them",
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
