"""The client has every operation, argument and field of Scaleway's SDKs, apart from a list with reasons.

`tools/official_names.py` writes the names of the Go and the JavaScript SDK to tests/api/official. `make newest` reads
the newest releases, and names what is new.
"""

from __future__ import annotations

import inspect
import os
import re
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.client import IamClient
from tools import official_names
from tools.official_names import Names, Unreachable, committed

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECTIONS = "a person connects organizations with a login of the console, not with an API key"
PASSKEYS = "a person registers and changes passkeys with a browser"

LEFT_OUT = {
    "POST /iam/v1alpha1/users/{}/initiate-connection": CONNECTIONS,
    "POST /iam/v1alpha1/users/{}/join-connection": CONNECTIONS,
    "POST /iam/v1alpha1/users/{}/remove-connection": CONNECTIONS,
    "InitiateUserConnectionResponse": CONNECTIONS,
    "POST /iam/v1alpha1/users/{}/start-webauthn-registration": PASSKEYS,
    "POST /iam/v1alpha1/users/{}/finish-webauthn-registration": PASSKEYS,
    "PATCH /iam/v1alpha1/webauthn-authenticator/{}": PASSKEYS,
    "DELETE /iam/v1alpha1/webauthn-authenticator/{}": PASSKEYS,
    "StartUserWebAuthnRegistrationResponse": PASSKEYS,
    "FinishUserWebAuthnRegistrationResponse": PASSKEYS,
    "GetUserConnectionsResponse": "the client returns the list in its only field",
    "SetRulesResponse": "the client returns the list in its only field",
}
"""The names without a place in the client, and the reason. A type without its fields is left out as a whole."""

OUR_NAMES = {
    "ConnectionConnectedOrganization": "ConnectionOrganization",
    "ConnectionConnectedUser": "ConnectionUser",
    "CreateScimTokenResponse": "CreateSCIMTokenResponse",
    "ParseSamlMetadataResponse": "ParsedSAMLMetadata",
    "CreateUserRequestMember": "CreateMember",
    "Saml": "SAML",
    "SamlCertificate": "SAMLCertificate",
    "SamlServiceProvider": "SAMLServiceProvider",
    "Scim": "SCIM",
    "ScimToken": "SCIMToken",
}
PAGING = {"page", "page_size"}
"""The client reads all pages."""


def client_calls() -> dict[str, set[str]]:
    """Return the parameters of the client's methods, by the call in the docstring."""
    calls: dict[str, set[str]] = {}
    for _, method in inspect.getmembers(IamClient, inspect.isfunction):
        for verb, path in re.findall(
            r"^\s*(GET|POST|PUT|PATCH|DELETE) (/\S+)$", method.__doc__ or "", re.MULTILINE
        ):
            call = f"{verb} {re.sub(r'{.*?}', '{}', path)}"
            calls.setdefault(call, set()).update(inspect.signature(method).parameters)
    return calls


def missing(names: Names, calls: Mapping[str, set[str]]) -> set[str]:
    """Return the names of an SDK without a place in the client."""
    found = set()
    for operation in names["operations"]:
        call = operation["call"]
        if call not in calls:
            found.add(call)
            continue
        arguments = {*operation["arguments"]} - calls[call] - PAGING
        found |= {f"{call} {argument}" for argument in arguments}
    for sdk_name, fields in names["types"].items():
        name = OUR_NAMES.get(sdk_name, sdk_name)
        if not hasattr(types, name):
            found.add(name)
            continue
        found |= {
            f"{name}.{field}" for field in {*fields} - {*getattr(types, name).__annotations__}
        }
    return found


@pytest.mark.parametrize("sdk", official_names.NEWEST)
def test_the_client_has_every_name_of_an_official_sdk_or_a_reason(sdk: str) -> None:
    assert missing(committed(sdk), client_calls()) - {*LEFT_OUT} == set()


def test_each_name_that_is_left_out_is_in_an_sdk_and_not_in_the_client() -> None:
    every = [missing(committed(sdk), client_calls()) for sdk in official_names.NEWEST]
    assert {*LEFT_OUT} - set().union(*every) == set()


def test_every_call_of_the_client_is_in_an_official_sdk() -> None:
    known = {
        operation["call"]
        for sdk in official_names.NEWEST
        for operation in committed(sdk)["operations"]
    }
    iam = {call for call in client_calls() if "/iam/" in call}
    assert iam - known == set()


def test_a_new_operation_argument_type_or_field_is_named() -> None:
    new: Names = {
        "version": "2",
        "operations": [
            {"name": "GetGroup", "call": "GET /iam/v1alpha1/groups/{}", "arguments": ["deep"]},
            {"name": "GetRobot", "call": "GET /iam/v1alpha1/robots/{}", "arguments": []},
        ],
        "types": {"Robot": ["id"], "Scim": ["id", "color"]},
    }
    assert missing(new, client_calls()) == {
        "GET /iam/v1alpha1/groups/{} deep",
        "GET /iam/v1alpha1/robots/{}",
        "Robot",
        "SCIM.color",
    }
    old: Names = {**new, "types": {"Robot": ["id", "name"]}}
    assert official_names.differences(old, new) == ["+ Scim.color", "+ Scim.id", "- Robot.name"]


GO = """
type Thing struct {
\t// ID: the id.
\tID string `json:"id"`
\tNbThings uint32 `json:"nb_things"`
}

type UpdateThingRequest struct {
\tThingID string `json:"-"`
\tName *string `json:"name,omitempty"`
}

func (s *API) UpdateThing(req *UpdateThingRequest, opts ...scw.RequestOption) (*Thing, error) {
\tparameter.AddToQuery(query, "order_by", req.OrderBy)
\tscwReq := &scw.ScalewayRequest{
\t\tMethod: "PATCH",
\t\tPath:   "/iam/v1alpha1/things/" + fmt.Sprint(req.ThingID) + "/name",
\t}
}
"""
JS = """
  updateThing = (request) => this.client.fetch(
    {
      urlParams: urlParams(["order_by", request.orderBy]),
      method: "PATCH",
      path: `/iam/v1alpha1/things/${validatePathParam("thingId", request.thingId)}/name`
    },
    unmarshalThing
  );
"""
JS_TYPES = """
export interface Thing {
    /**
     * The id.
     */
    id: string;
    nbThings: number;
}
export type UpdateThingRequest = {
    thingId: string;
    orderBy?: string;
    name?: string;
};
"""


def test_both_sdks_are_read_to_the_same_names() -> None:
    operation = {
        "name": "UpdateThing",
        "call": "PATCH /iam/v1alpha1/things/{}/name",
        "arguments": ["name", "order_by"],
    }
    go, go_types = official_names.read_go(GO)
    js, js_types = official_names.read_js(JS, JS_TYPES)
    assert (go, js) == ([operation], [operation])
    assert go_types["Thing"] == js_types["Thing"] == ["id", "nb_things"]


def test_an_operation_that_cannot_be_read_is_an_error() -> None:
    other = '\n\tPath: "/iam/v1alpha1/others",\n'
    with pytest.raises(ValueError, match=r"^1 operations were read, but the SDK has 2$"):
        official_names.read_go(GO + other)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for program, read in (("go", official_names.newest_go), ("npm", official_names.newest_js)):
        with pytest.raises(Unreachable, match=rf"^{program} is not installed$"):
            read()


@pytest.mark.skipif("NEWEST" not in os.environ, reason="reads the newest SDKs: make newest")
@pytest.mark.parametrize("sdk", official_names.NEWEST)
def test_the_newest_release_of_an_official_sdk_has_no_new_names(sdk: str) -> None:
    try:
        newest = official_names.NEWEST[sdk]()
    except Unreachable as problem:
        pytest.skip(f"NOT CHECKED: the newest SDK ({sdk}) is not reachable: {problem}")
    cure = (
        "run `python -m tools.official_names`, and add the new names to the client or to LEFT_OUT"
    )
    release = f"{sdk} {newest['version']}"
    assert official_names.differences(committed(sdk), newest) == [], f"{release}: {cure}"
    assert missing(newest, client_calls()) - {*LEFT_OUT} == set(), f"{release}: {cure}"
