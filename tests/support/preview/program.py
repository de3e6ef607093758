"""One resource of a program, with checked inputs and previews."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from tests.support.secret_manager import new_secret
from tests.support.strategies import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.core.declared import Change
    from pulumi_scw_iam.core.kind import Kind
    from tests.support.strategies import Ids


class Program:
    """One resource of a program on the local IAM API. Each run has a new provider core."""

    def __init__(self) -> None:
        self.emulator = Emulator()
        self.settings = Settings.resolve(environ=self.emulator.environment)
        made = self.emulator.seed({"users": 3, "applications": 3, "groups": 2, "projects": 2})
        projects = [self.emulator.project_id, *(item["id"] for item in made["projects"])]
        self.ids: Ids = {
            "organization": [self.emulator.organization_id],
            "project": projects,
            **{
                noun: [item["id"] for item in made[f"{noun}s"]]
                for noun in ("user", "application", "group")
            },
        }
        self.ids["secret"] = [
            new_secret(self.emulator, f"vault-{region}", region) for region in ("fr-par", "nl-ams")
        ]
        self.defaults = {
            "organization_id": self.emulator.organization_id,
            "project_id": self.emulator.project_id,
        }

    @contextmanager
    def fresh(self, kind: Kind[Any, Any]) -> Iterator[None]:
        """Create the objects that the kind requires; restore the organization afterwards."""
        snapshot = self.emulator.snapshot()
        nouns = {getattr(field.prop.format, "noun", None) for field in fields(kind.inputs)}
        iam = IamClient(self.settings)
        if "SAML configuration" in nouns:
            self.ids["SAML configuration"] = [iam.enable_organization_saml()["id"]]
        if "SCIM configuration" in nouns:
            self.ids["SCIM configuration"] = [iam.enable_organization_scim()["id"]]
        try:
            yield
        finally:
            self.emulator.restore(snapshot)

    def core(self) -> ProviderCore:
        return ProviderCore(lambda: self.settings)

    def checked(
        self, kind: Kind[Any, Any], olds: dict[str, Any], news: dict[str, Any]
    ) -> dict[str, Any]:
        """Return checked inputs. Fails on check failures."""
        checked, failures = self.core().check(kind, olds, news, resource_name=RESOURCE)
        assert failures == []
        return checked

    def as_of_now(
        self,
        kind: Kind[Any, Any],
        held: dict[str, Any],
        state: dict[str, Any],
        news: dict[str, Any],
    ) -> dict[str, Any]:
        """Return a state for the preview of an update to checked inputs."""
        core = self.core()
        core.check(kind, held, news, resource_name=RESOURCE)
        return core.as_of_now(kind, state, news)

    def changes(
        self,
        kind: Kind[Any, Any],
        held: dict[str, Any],
        state: tuple[str, dict[str, Any]],
        news: dict[str, Any],
    ) -> dict[str, Change]:
        """Return the changes in the next preview for equal inputs in another spelling."""
        resource_id, outputs = state
        read = self.core().read(kind, resource_id, outputs)
        assert read == outputs
        assert kind.refreshed(held, outputs, read) is None
        return kind.diff(read, self.checked(kind, held, news))
