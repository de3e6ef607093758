"""Keywords of client methods, declared by TypedDicts: all are accepted, and no others."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.client import IamClient

if TYPE_CHECKING:
    from tests.support.scripted_api import Api

METHODS = {
    name: method
    for name, method in inspect.getmembers(IamClient, inspect.isfunction)
    if hasattr(method, "__wrapped__") and not name.startswith("changing")
}


def test_these_methods_take_keywords_that_types_declare() -> None:
    assert sorted(METHODS) == [
        "create_api_key",
        "create_application",
        "create_group",
        "create_policy",
        "create_ssh_key",
        "update_api_key",
        "update_application",
        "update_group",
        "update_organization_login_methods",
        "update_organization_security_settings",
        "update_policy",
        "update_saml",
        "update_ssh_key",
        "update_user",
    ]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_at_run_time_what_type_checkers_are_told(name: str) -> None:
    method: Any = METHODS[name]
    match = re.fullmatch(r"Unpack\[types\.(\w+)\]", method.__wrapped__.__annotations__["fields"])
    assert match is not None
    fields = getattr(types, match[1]).__annotations__
    *others, _ = inspect.signature(method.__wrapped__).parameters
    assert [*inspect.signature(method).parameters] == [*others, *fields]


@pytest.mark.parametrize("name", METHODS)
def test_a_keyword_that_no_type_declares_is_refused(name: str, api: Api, client: IamClient) -> None:
    needed = {
        parameter.name: "x"
        for parameter in inspect.signature(METHODS[name]).parameters.values()
        if parameter.default is parameter.empty and parameter.name != "self"
    }
    with pytest.raises(TypeError) as caught:
        METHODS[name](client, **needed, colour="red")
    assert str(caught.value) == f"IamClient.{name}() got an unexpected keyword argument 'colour'"
    assert api.received == []
