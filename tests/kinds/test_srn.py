"""The Scaleway Resource Name: an output from the API, unset and no difference without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import Clock, Iam, certificate
from tests.support.organization import LocalOrganization
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLECTIONS = {
    "Application": "applications",
    "User": "users",
    "Group": "groups",
    "Policy": "policies",
    "APIKey": "api-keys",
    "SSHKey": "ssh-keys",
    "SAML": "saml",
    "SAMLCertificate": "saml-certificates",
}
CHANGED: dict[str, dict[str, Any]] = {
    "Application": {"description": "new"},
    "User": {"first_name": "Al"},
    "Group": {"description": "new"},
    "Policy": {"description": "new"},
    "APIKey": {"description": "new"},
    "SSHKey": {"disabled": True},
    "SAML": {"entity_id": "https://idp.example.com"},
    "SAMLCertificate": {},
}


@pytest.fixture
def named() -> Iterator[LocalOrganization]:
    """An organization on an API that returns the SRN of each object."""
    with Emulator(srn=True) as emulator:
        yield LocalOrganization(emulator)


def inputs_of(world: LocalOrganization) -> dict[str, dict[str, Any]]:
    """Return the inputs of each kind, and create the objects that they need."""
    robot = world.iam.create_application(name="bearer")["id"]
    saml = world.iam.enable_organization_saml()["id"]
    return {
        "Application": {},
        "User": {"email": "a@example.com", "username": "alice"},
        "Group": {"application_ids": [robot]},
        "Policy": {"no_principal": True, "rules": []},
        "APIKey": {"application_id": robot},
        "SSHKey": {"public_key": SSH_KEY},
        "SAML": {},
        "SAMLCertificate": {"saml_id": saml, "type": "signing", "content": certificate()},
    }


def created(world: LocalOrganization, kind: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Create an object of a kind; return its id, its state and its inputs."""
    inputs = inputs_of(world)[kind]
    if kind == "SAML":
        world.iam.delete_saml(world.iam.get_organization_saml()["id"])
    return *world.create(kind, **inputs), inputs


def test_every_kind_with_an_srn_has_the_output() -> None:
    declared = {name: {field.name for field in fields(kind.state)} for name, kind in KINDS.items()}
    assert {name for name, names in declared.items() if "srn" in names} == {*COLLECTIONS}


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_the_srn_of_the_api_is_an_output_after_create_update_and_read(
    kind: str, named: LocalOrganization
) -> None:
    resource_id, state, inputs = created(named, kind)
    srn = f"srn://iam.scw.eu/{COLLECTIONS[kind]}/{resource_id}"
    assert state["srn"] == srn
    if CHANGED[kind]:
        state = named.update(kind, resource_id, state, **inputs, **CHANGED[kind])
        assert state["srn"] == srn
    assert named.core.read(KINDS[kind], resource_id, state) == state


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_a_state_without_srn_has_no_difference_and_gets_the_srn_from_a_read(
    kind: str, named: LocalOrganization
) -> None:
    resource_id, state, inputs = created(named, kind)
    old = {name: value for name, value in state.items() if name != "srn"}
    checked = named.inputs(kind, old, inputs)
    assert named.core.diff(KINDS[kind], resource_id, old, checked) == {}
    read = named.core.read(KINDS[kind], resource_id, old)
    assert read == state
    # The inputs stay unchanged, so a refresh shows no change of the program.
    assert named.core.refreshed(KINDS[kind], checked, old, read) is None


@pytest.mark.parametrize("kind", COLLECTIONS)
def test_an_api_without_srn_leaves_the_output_unset(kind: str) -> None:
    with Emulator() as emulator:
        world = LocalOrganization(emulator)
        resource_id, state, inputs = created(world, kind)
        assert "srn" not in state
        newer = {**state, "srn": f"srn://iam.scw.eu/{COLLECTIONS[kind]}/{resource_id}"}
        checked = world.inputs(kind, newer, inputs)
        assert world.core.diff(KINDS[kind], resource_id, newer, checked) == {}
        assert world.core.read(KINDS[kind], resource_id, newer) == state


@pytest.mark.parametrize("kind", ["Application", "User", "Group", "Policy", "APIKey", "SSHKey"])
def test_functions_return_the_srn(kind: str, named: LocalOrganization) -> None:
    resource_id, state, _ = created(named, kind)
    name = {"APIKey": "access_key", "SSHKey": "ssh_key_id"}.get(kind, f"{kind.lower()}_id")
    result, failures = named.core.call(FUNCTIONS[f"get{kind}"], {name: resource_id})
    assert (result["srn"], failures) == (state["srn"], [])


def test_the_srn_is_the_last_field_of_every_response() -> None:
    with Emulator(srn=True) as emulator:
        iam = Iam(emulator, Clock())
        with iam.session:
            made = iam.create("/groups", name="devs")
            assert [*made][-1] == "srn"
            assert made["srn"] == f"srn://iam.scw.eu/groups/{made['id']}"
            assert iam.get(f"/groups/{made['id']}") == made
            assert iam.list("/groups")["groups"] == [made]
            (log,) = iam.list("/logs")["logs"]
            assert log["srn"] == f"srn://iam.scw.eu/logs/{log['id']}"
            quotum = iam.list("/quota")["quota"][0]
            assert quotum["srn"] == f"srn://iam.scw.eu/quota/{quotum['name']}"
