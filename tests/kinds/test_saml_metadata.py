"""SAML with the metadata of an identity provider: parsed at preview, never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate, metadata

if TYPE_CHECKING:
    from tests.kinds.world import World

SAML = KINDS["SAML"]
PEM, OTHER_PEM = certificate(), certificate()
DERIVED = {"entity_id": "https://idp", "single_sign_on_url": "https://idp/sso"}


def inputs(world: World, **news: Any) -> dict[str, Any]:
    """Return checked inputs, as in the state after `pulumi up`."""
    checked, failures = world.core.check(SAML, {}, news)
    assert failures == []
    return checked


def test_metadata_set_the_fields_of_the_identity_provider(world: World) -> None:
    document = metadata(PEM)
    resource_id, state = world.create("SAML", metadata=document)
    assert world.calls() == [
        "GET organizations/ID/saml 404",
        "POST organizations/ID/saml 200",
        "PATCH saml/ID 200",
    ]
    saml = world.iam.get_organization_saml()
    assert (saml["entity_id"], saml["single_sign_on_url"]) == ("https://idp", "https://idp/sso")
    assert state == {
        "metadata": document,
        **DERIVED,
        "organization_id": world.organization,
        "metadata_certificates": [PEM],
        "service_provider": saml["service_provider"],
    }
    assert world.core.read(SAML, resource_id, state) == state
    # The API does not return the metadata, so a look-up has none.
    looked_up = world.core.read(SAML, resource_id, None, looks_up=False)
    assert looked_up == {
        name: value for name, value in state.items() if not name.startswith("metadata")
    }


def test_metadata_with_other_words_for_the_same_are_no_change(world: World) -> None:
    resource_id, state = world.create("SAML", metadata=metadata(PEM))
    other_words = metadata(PEM).replace(
        "xmlns=", 'ID="_2" validUntil="2099-01-01T00:00:00Z" xmlns='
    )
    for document in (f"\n{metadata(PEM)}\n\n", other_words):
        assert SAML.diff(state, inputs(world, metadata=document)) == {}
    assert world.core.read(SAML, resource_id, state) == state


def test_new_certificates_in_metadata_change_the_output_without_a_call(world: World) -> None:
    resource_id, state = world.create("SAML", metadata=metadata(PEM))
    news = inputs(world, metadata=metadata(PEM, OTHER_PEM))
    world.calls()
    assert SAML.diff(state, news) == {"metadata": Change.UPDATE}
    expected = {**state, **news, "metadata_certificates": [PEM, OTHER_PEM]}
    assert SAML.preview(state, news) == expected
    assert world.update("SAML", resource_id, state, metadata=news["metadata"]) == expected
    assert world.calls() == []


def test_metadata_of_another_identity_provider_are_an_update(world: World) -> None:
    resource_id, state = world.create("SAML", metadata=metadata(PEM))
    document = metadata(OTHER_PEM, entity_id="https://new", url="https://new/sso")
    news = inputs(world, metadata=document)
    world.calls()
    state = world.update("SAML", resource_id, state, metadata=document)
    assert world.calls() == ["PATCH saml/ID 200"]
    assert state == SAML.preview(state, news)
    assert world.iam.get_organization_saml()["entity_id"] == "https://new"
    assert state["metadata_certificates"] == [OTHER_PEM]


def test_removed_metadata_keep_the_identity_provider(world: World) -> None:
    resource_id, state = world.create("SAML", metadata=metadata(PEM))
    news = inputs(world)
    expected = {name: value for name, value in state.items() if not name.startswith("metadata")}
    assert SAML.preview(state, news) == expected
    world.calls()
    assert world.update("SAML", resource_id, state) == expected
    assert world.calls() == []
    assert world.iam.get_organization_saml()["entity_id"] == "https://idp"


def test_fields_in_place_of_metadata_with_the_same_values_are_no_call(world: World) -> None:
    resource_id, state = world.create("SAML", **DERIVED)
    world.calls()
    state = world.update("SAML", resource_id, state, metadata=metadata(PEM))
    assert world.calls() == []
    assert state["metadata_certificates"] == [PEM]


def test_a_change_outside_the_program_is_undone_by_the_next_update(world: World) -> None:
    resource_id, state = world.create("SAML", metadata=metadata(PEM))
    world.iam.update_saml(resource_id, entity_id="https://theirs")
    found = world.core.read(SAML, resource_id, state)
    assert found is not None
    assert found["entity_id"] == "https://theirs"
    news = inputs(world, metadata=metadata(PEM))
    assert SAML.diff(found, news) == {"entity_id": Change.UPDATE}
    world.update("SAML", resource_id, found, metadata=metadata(PEM))
    assert world.iam.get_organization_saml()["entity_id"] == "https://idp"


def test_unknown_metadata_leave_the_fields_unknown(world: World) -> None:
    news = inputs(world, metadata=UNKNOWN)
    assert news == {
        "metadata": UNKNOWN,
        "entity_id": UNKNOWN,
        "single_sign_on_url": UNKNOWN,
        "organization_id": world.organization,
    }
    assert SAML.preview(None, news)["metadata_certificates"] is UNKNOWN
    _, state = world.create("SAML", metadata=metadata(PEM))
    assert SAML.preview(state, news)["metadata_certificates"] is UNKNOWN


@pytest.mark.parametrize(
    "given",
    [
        {"entity_id": "https://idp"},
        {"single_sign_on_url": "https://idp/post"},
        {"entity_id": UNKNOWN, "single_sign_on_url": UNKNOWN},
    ],
)
def test_a_field_that_agrees_with_the_metadata_is_kept(world: World, given: dict[str, Any]) -> None:
    post = (
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
        ' Location="https://idp/post"/></IDPSSODescriptor>'
    )
    document = metadata(PEM).replace("</IDPSSODescriptor>", post)
    news = inputs(world, metadata=document, **given)
    assert {name: news[name] for name in DERIVED} == {**DERIVED, **given}


def test_an_old_value_that_contradicts_new_metadata_is_a_warning(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The engine passes the old value of an input in `ignore_changes`."""
    olds = inputs(world, metadata=metadata(PEM))
    news = {"metadata": metadata(PEM, entity_id="https://new"), "entity_id": "https://idp"}
    checked, failures = world.core.check(SAML, olds, news)
    assert failures == []
    assert checked["entity_id"] == "https://idp"
    assert caplog.messages == [
        'SAML configuration: entity_id stays "https://idp", but metadata has "https://new"; remove entity_id'
        " from the program and from ignore_changes to follow metadata"
    ]
    caplog.clear()
    # Without new metadata, the contradiction is already known.
    assert world.core.check(SAML, checked, checked) == (checked, [])
    assert caplog.messages == []


def test_a_new_value_that_contradicts_metadata_is_a_failure(world: World) -> None:
    olds = inputs(world, metadata=metadata(PEM))
    news = {"metadata": metadata(PEM), "entity_id": "https://new"}
    _, failures = world.core.check(SAML, olds, news)
    assert [(failure.path, failure.reason) for failure in failures] == [
        (
            "entity_id",
            '"https://new" contradicts metadata, which has "https://idp"; remove entity_id or metadata',
        )
    ]
