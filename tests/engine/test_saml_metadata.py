"""SAML with metadata on the real engine: ignored changes, imports, unknown metadata and assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.local_api import certificate, metadata

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
PEM, OTHER_PEM = certificate(), certificate()
OURS, OTHERS = ("https://idp", "https://idp/sso"), ("https://new", "https://new/sso")


def program(document: str, *ignored: str) -> str:
    """Return a program with metadata, and with the option `ignore_changes` for some properties."""
    options = f"pulumi.ResourceOptions(ignore_changes={list(ignored)!r})"
    return f'it = iam.SAML("it", {options}, metadata={document!r})\n'


def provider_of(iam: IamClient) -> tuple[str, str]:
    """Return the entity id and the URL of the configured identity provider."""
    saml = iam.get_organization_saml()
    return saml["entity_id"], saml["single_sign_on_url"]


def new_provider() -> str:
    """Return the metadata of another identity provider."""
    return metadata(OTHER_PEM, entity_id=OTHERS[0], url=OTHERS[1])


@FRONTS
def test_an_ignored_field_keeps_a_change_made_outside_the_program(
    stack: Stack, iam: IamClient
) -> None:
    ignoring = program(metadata(PEM), "entity_id")
    assert stack.up(ignoring).changes == {"create": 1}
    saml_id = stack.resources()["it"]["id"]
    iam.update_saml(saml_id, entity_id="https://theirs", single_sign_on_url="https://theirs/sso")
    stack.refresh()
    # The URL is not ignored, and returns to the value of the metadata.
    assert stack.preview(ignoring).changes == {"update": 1}
    assert stack.up(ignoring).changes == {"update": 1}
    assert provider_of(iam) == ("https://theirs", "https://idp/sso")
    assert stack.up(ignoring).changes == {"same": 1}
    stack.destroy()


@FRONTS
def test_ignored_fields_keep_their_values_when_the_metadata_change(
    stack: Stack, iam: IamClient
) -> None:
    stack.up(program(metadata(PEM)))
    ignoring = program(new_provider(), "entity_id", "single_sign_on_url")
    run = stack.up(ignoring)
    assert run.changes == {"update": 1}
    assert provider_of(iam) == OURS
    assert stack.outputs_of("it")["metadata_certificates"] == [OTHER_PEM]
    assert stack.up(ignoring).changes == {"same": 1}
    # Without the option, the metadata decide again.
    assert stack.up(program(new_provider())).changes == {"update": 1}
    assert provider_of(iam) == OTHERS
    stack.destroy()


@FRONTS
def test_ignored_metadata_keep_the_identity_provider(stack: Stack, iam: IamClient) -> None:
    stack.up(program(metadata(PEM)))
    ignoring = program(new_provider(), "metadata")
    assert stack.preview(ignoring).changes == {"same": 1}
    assert stack.up(ignoring).changes == {"same": 1}
    assert provider_of(iam) == OURS
    assert stack.outputs_of("it")["metadata"] == metadata(PEM)
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    stack.destroy()


@FRONTS
def test_new_certificates_change_the_output_only(stack: Stack, iam: IamClient) -> None:
    stack.up(program(metadata(PEM)))
    before = iam.get_organization_saml()
    both = program(metadata(PEM, OTHER_PEM))
    assert stack.preview(both).changes == {"update": 1}
    assert stack.up(both).changes == {"update": 1}
    assert stack.outputs_of("it")["metadata_certificates"] == [PEM, OTHER_PEM]
    assert iam.get_organization_saml() == before
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    stack.destroy()


@FRONTS
def test_metadata_of_another_resource_are_unknown_until_it_is_created(
    stack: Stack, iam: IamClient
) -> None:
    # The description of a group stands for the output of another resource.
    of_resource = f"""
group = iam.Group("source")
document = group.id.apply(lambda _: {metadata(PEM)!r})
it = iam.SAML("it", metadata=document)
iam.SAMLCertificate("certificate", saml_id=it.id, type="signing",
                    content=it.metadata_certificates.apply(lambda pems: pems[0]))
pulumi.export("entity", it.entity_id)
"""
    assert stack.preview(of_resource).changes == {"create": 3}
    assert stack.up(of_resource).changes == {"create": 3}
    assert provider_of(iam) == OURS
    assert stack.outputs() == {"entity": "https://idp"}
    assert stack.preview(of_resource).changes == {"same": 3}
    stack.destroy()


@FRONTS
def test_an_asset_is_no_metadata(stack: Stack) -> None:
    (stack.folder / "idp.xml").write_text(metadata(PEM))
    run = stack.preview('iam.SAML("it", metadata=pulumi.FileAsset("idp.xml"))', ok=False)
    assert "metadata is a" in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize("stack", ["native"], indirect=True)
def test_an_imported_configuration_gets_metadata_without_a_call(
    stack: Stack, iam: IamClient
) -> None:
    saml_id = iam.enable_organization_saml()["id"]
    iam.update_saml(saml_id, entity_id=OURS[0], single_sign_on_url=OURS[1])
    fields = f'entity_id="{OURS[0]}", single_sign_on_url="{OURS[1]}"'
    options = f'pulumi.ResourceOptions(import_="{saml_id}")'
    assert stack.up(f'iam.SAML("it", {options}, {fields})').changes == {"import": 1}
    assert stack.preview(f'iam.SAML("it", {fields})').changes == {"same": 1}
    before = iam.get_organization_saml()
    assert stack.up(program(metadata(PEM))).changes == {"update": 1}
    assert iam.get_organization_saml() == before
    assert stack.preview(program(metadata(PEM))).changes == {"same": 1}
    stack.destroy()
