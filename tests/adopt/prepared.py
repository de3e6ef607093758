"""An organization with one object for each reference, for tests of adopted objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Existing
from pulumi_scw_iam.kinds import KINDS
from tests.support.organization import LocalOrganization
from tests.support.secret_manager import new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.strategies import Ids

__all__ = ["Prepared"]


class Prepared:
    """An organization with one object for each reference, restored before each example."""

    def __init__(self) -> None:
        self.organization = LocalOrganization()
        iam = self.organization.iam
        self.ids: Ids = {
            "organization": [self.organization.organization],
            "project": [self.organization.project],
            "user": [iam.create_user(email="u@example.com")["id"]],
            "application": [iam.create_application(name="app")["id"]],
            "group": [iam.create_group(name="group")["id"]],
            "secret": [new_secret(self.organization.emulator)],
        }
        self.snapshot = self.organization.emulator.snapshot()

    @property
    def defaults(self) -> Mapping[str, str | None]:
        """The settings of a program in the organization."""
        return {
            "organization_id": self.organization.organization,
            "project_id": self.organization.project,
        }

    def begin(self, kind: str) -> None:
        """Restore the organization, and enable the feature to which objects of a kind belong."""
        self.organization.emulator.restore(self.snapshot)
        self.organization.begin()
        if kind == "SAMLCertificate":
            saml = self.organization.iam.enable_organization_saml()
            self.ids["SAML configuration"] = [saml["id"]]
        if kind == "SCIMToken":
            scim = self.organization.iam.enable_organization_scim()
            self.ids["SCIM configuration"] = [scim["id"]]

    def existing(self, kind: str, resource_id: str, **more: Any) -> Existing:
        """Return an object as the survey finds it."""
        item = dict(KINDS[kind].listed(self.organization.iam))[resource_id]
        if kind == "Policy":
            item = {**item, "rules": list(self.organization.iam.list_rules(policy_id=resource_id))}
        return Existing(kind=KINDS[kind], id=resource_id, item=item, **more)
