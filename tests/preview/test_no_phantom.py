"""Up, refresh and preview show no change for equivalent spellings of the inputs, for all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate
from tests.support.strategies import inputs, spelled

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind
    from tests.support.preview.program import Program


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
    """Return the same certificate with another line length."""
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
