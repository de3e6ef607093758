"""parseSAMLMetadata: parsed locally, with the words of the resource SAML, for one SAMLCertificate each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

import pulumi_scw_iam as iam
from pulumi_scw_iam.common.errors import ConfigError
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate, metadata

if TYPE_CHECKING:
    from pulumi_scw_iam.api.settings import Settings
    from tests.functions.world import World

PARSE = FUNCTIONS["parseSAMLMetadata"]
PEM, OTHER_PEM = certificate(), certificate()
PARSED = {
    "entity_id": "https://idp",
    "single_sign_on_url": "https://idp/sso",
    "signing_certificates": [PEM, OTHER_PEM],
}
NO_METADATA = [
    "identity.xml",
    "<html/>",
    "<html>",
    "<!DOCTYPE x><x/>",
    metadata(PEM).replace("SingleSignOnService", "Other"),
    f"<!-- {'x' * 1_000_000} -->",
]


def without_settings() -> Settings:
    raise ConfigError("there is no secret key")


def test_metadata_are_parsed_without_a_call_and_without_credentials(world: World) -> None:
    assert world.call("parseSAMLMetadata", metadata=metadata(PEM, OTHER_PEM, PEM)) == PARSED
    assert world.calls() == []
    core = ProviderCore(without_settings)
    assert core.call(PARSE, {"metadata": metadata(PEM, OTHER_PEM)}) == (PARSED, [])


def test_each_certificate_is_the_content_of_a_resource(world: World) -> None:
    saml_id, _ = world.create("SAML", metadata=metadata(PEM, OTHER_PEM))
    parsed = world.call("parseSAMLMetadata", metadata=metadata(PEM, OTHER_PEM))
    for content in parsed["signing_certificates"]:
        inputs = {"saml_id": saml_id, "type": "signing", "content": content}
        assert world.inputs("SAMLCertificate", {}, inputs) == inputs
        world.create("SAMLCertificate", **inputs)
    held = [item["content"] for item in world.iam.list_saml_certificates(saml_id)]
    assert held == parsed["signing_certificates"]


def test_metadata_without_certificates_have_an_empty_list(world: World) -> None:
    assert world.call("parseSAMLMetadata", metadata=metadata())["signing_certificates"] == []


@pytest.mark.parametrize("text", NO_METADATA, ids=range(len(NO_METADATA)))
def test_text_that_is_no_metadata_has_the_words_of_the_resource(world: World, text: str) -> None:
    _, of_resource = world.core.check(KINDS["SAML"], {}, {"metadata": text})
    result, failures = world.core.call(PARSE, {"metadata": text})
    assert (result, failures) == ({}, of_resource)
    (failure,) = failures
    assert failure.path == "metadata"
    assert failure.hidden
    assert text not in failure.reason


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "metadata: is required; pass it"),
        (
            {"metadata": "<html/>"},
            "metadata: is not SAML metadata: the root element is not an EntityDescriptor of SAML 2.0;"
            " pass the metadata that your identity provider publishes",
        ),
    ],
)
def test_a_program_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, arguments: dict[str, Any], reason: str
) -> None:
    for name in ("SCW_ACCESS_KEY", "SCW_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(pulumi.RunError) as refused:
        iam.parse_saml_metadata(metadata=arguments.get("metadata"))  # type: ignore[arg-type]
    assert str(refused.value) == f"parse SAML metadata: {reason}"


def test_a_program_gets_the_parsed_metadata_without_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SCW_ACCESS_KEY", "SCW_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    parsed = iam.parse_saml_metadata(metadata=metadata(PEM, OTHER_PEM))
    assert {name: getattr(parsed, name) for name in PARSED} == PARSED
