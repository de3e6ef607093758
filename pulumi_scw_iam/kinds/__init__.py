"""The kinds: one module each, and `KINDS`, all of them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.kinds.api_key import APIKeyKind
from pulumi_scw_iam.kinds.application import ApplicationKind
from pulumi_scw_iam.kinds.group import GroupKind
from pulumi_scw_iam.kinds.group_membership import GroupMembershipKind
from pulumi_scw_iam.kinds.organization_security_settings import OrganizationSecuritySettingsKind
from pulumi_scw_iam.kinds.policy import PolicyKind
from pulumi_scw_iam.kinds.saml import SAMLKind
from pulumi_scw_iam.kinds.saml_certificate import SAMLCertificateKind
from pulumi_scw_iam.kinds.scim import SCIMKind
from pulumi_scw_iam.kinds.scim_token import SCIMTokenKind
from pulumi_scw_iam.kinds.ssh_key import SSHKeyKind
from pulumi_scw_iam.kinds.user import UserKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.kind import Kind

__all__ = ["KINDS"]

KINDS: Mapping[str, Kind[Any, Any]] = {
    kind.name: kind
    for kind in (
        GroupKind(),
        ApplicationKind(),
        PolicyKind(),
        APIKeyKind(),
        SSHKeyKind(),
        UserKind(),
        GroupMembershipKind(),
        OrganizationSecuritySettingsKind(),
        SAMLKind(),
        SAMLCertificateKind(),
        SCIMKind(),
        SCIMTokenKind(),
    )
}
