"""Up, refresh and preview never show a change that is none, whatever the spelling, for all kinds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.kinds import KINDS
from tests.preview.strategies import RESOURCE, inputs, spelled
from tests.support.local_api import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.core.kind import Kind
    from tests.preview.strategies import Ids


class Program:
    """One resource of a program on an IAM API, which every run meets with a front of its own."""

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
        self.defaults = {
            "organization_id": self.emulator.organization_id,
            "project_id": self.emulator.project_id,
        }

    @contextmanager
    def fresh(self, kind: Kind[Any, Any]) -> Iterator[None]:
        """The organization with what the kind needs; afterwards it is as it was."""
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
        """Checked inputs; a failure fails the test."""
        checked, failures = self.core().check(kind, olds, news, resource_name=RESOURCE)
        assert failures == []
        return checked

    def changes(
        self,
        kind: Kind[Any, Any],
        held: dict[str, Any],
        state: tuple[str, dict[str, Any]],
        news: dict[str, Any],
    ) -> dict[str, Change]:
        """What the next preview shows of other words for the same, after no or a refresh."""
        resource_id, outputs = state
        read = self.core().read(kind, resource_id, outputs)
        assert read == outputs
        assert kind.refreshed(held, outputs, read) is None
        return kind.diff(read, self.checked(kind, held, news))


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.emulator.close()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@settings(max_examples=12)
@given(data=st.data())
def test_other_words_for_the_same_are_no_change(
    program: Program, kind: Kind[Any, Any], data: st.DataObject
) -> None:
    def words(values: dict[str, Any]) -> dict[str, Any]:
        return data.draw(spelled(kind.inputs, values, program.defaults))

    with program.fresh(kind):
        meant = data.draw(inputs(kind, program.ids))
        held = program.checked(kind, {}, words(meant))
        resource_id, state = program.core().create(kind, held)
        assert program.changes(kind, held, (resource_id, state), words(meant)) == {}

        meant = data.draw(inputs(kind, program.ids, olds=meant))
        news = program.checked(kind, held, words(meant))
        changes = kind.diff(state, news)
        assert Change.REPLACE not in changes.values()
        if changes:
            state = program.core().update(kind, resource_id, state, news)
        assert program.changes(kind, news, (resource_id, state), words(meant)) == {}
        assert kind.diff(state, program.checked(kind, news, words(meant))) == {}


def rewrapped(pem: str) -> str:
    """The same certificate in lines of another length."""
    first, *lines, last = pem.strip().splitlines()
    text = "".join(lines)
    return "\n".join([first, *(text[i : i + 48] for i in range(0, len(text), 48)), last])


CERTIFICATE = certificate()
MEMBER = {"email": "a@example.com", "username": "alice"}
SPELLINGS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    (
        "User",
        {**MEMBER, "locale": ""},
        {**MEMBER, "locale": ""},
        "an empty locale is the API's choice",
    ),
    (
        "OrganizationSecuritySettings",
        {"grace_period_duration": "1.000000001s"},
        {"grace_period_duration": "1.000000001s"},
        "durations count to the microsecond",
    ),
    (
        "SAMLCertificate",
        {"type": "signing", "content": CERTIFICATE},
        {"type": "signing", "content": rewrapped(CERTIFICATE)},
        "the lines of a certificate may have any length",
    ),
]


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [pytest.param(name, first, again, id=why) for name, first, again, why in SPELLINGS],
)
def test_another_spelling_of_a_declaration_is_no_change(
    program: Program, name: str, first: dict[str, Any], again: dict[str, Any]
) -> None:
    kind = KINDS[name]
    with program.fresh(kind):
        saml = (
            {} if name != "SAMLCertificate" else {"saml_id": program.ids["SAML configuration"][0]}
        )
        held = program.checked(kind, {}, {**first, **saml})
        state = program.core().create(kind, held)
        assert program.changes(kind, held, state, {**again, **saml}) == {}
