"""Declarations: generated files and other modules match the declared fields; users' states rely on both."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import pkgutil
import typing
from importlib import import_module
from pathlib import Path
from typing import Any

import dill
import pytest
from pulumi.dynamic.dynamic import serialize_provider

import pulumi_scw_iam as iam
from pulumi_scw_iam import dynamic
from pulumi_scw_iam import functions as package
from pulumi_scw_iam.api import types
from pulumi_scw_iam.common.words import dashed
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.names import camel, token
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.sdk import functions, resources
from tests.support.pickled import PICKLED
from tools.generate.schema import is_always_set, package_schema

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_provider_in_an_old_state_is_still_found(kind: str) -> None:
    provider = dill.loads(base64.b64decode(PICKLED[kind]))
    assert type(provider) is getattr(dynamic, f"{kind}Provider")
    assert provider.kind is KINDS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickled_provider_is_a_few_dozen_bytes_without_attributes(kind: str) -> None:
    provider: dynamic.Provider = getattr(dynamic, f"{kind}Provider")()
    assert vars(provider) == {}
    assert len(base64.b64decode(serialize_provider(provider))) < 100
    assert serialize_provider(provider) == serialize_provider(type(provider)())


def test_every_kind_has_a_class_a_provider_and_a_pickle() -> None:
    assert set(KINDS) < set(iam.__all__)
    assert {f"{kind}Provider" for kind in KINDS} | {"Provider"} == set(dynamic.__all__)
    assert set(KINDS) == set(PICKLED)
    for kind in KINDS:
        resource: Any = getattr(iam, kind)
        assert resource._resource_type_name == f"dynamic/scw_iam:{kind}"
        assert type(resource._iam) is getattr(dynamic, f"{kind}Provider")


def test_doctor_finds_every_kind_of_which_an_organization_may_have_a_forgotten_one() -> None:
    """The audit log records each kind, or doctor lists it, or no object can be forgotten."""
    recorded = {word.replace("_", "-") for word in typing.get_args(types.LogResourceType)}
    others = {
        name
        for name, kind in KINDS.items()
        if dashed(kind.noun) not in recorded and not kind.listed_by_doctor
    }
    assert others == {
        "GroupMembership",  # deleted with the group or the member
        "RotatingAPIKey",  # its objects are API keys
        "OrganizationSecuritySettings",  # every organization has one
        "SAML",  # a second create finds the existing configuration
        "SCIM",
    }


def test_every_module_of_functions_is_registered() -> None:
    modules = (
        import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    )
    declared = {
        function.name for module in modules for function in getattr(module, "FUNCTIONS", ())
    }
    assert declared - FUNCTIONS.keys() == set(), "not in functions/__init__.py"


def test_every_function_is_there_for_plain_values_and_for_inputs() -> None:
    names = [name for name in functions.__all__ if name.startswith(("get_", "parse_"))]
    assert len(names) == 2 * len(FUNCTIONS)
    for name in names:
        if not name.endswith("_output"):
            plain = inspect.signature(getattr(iam, name))
            assert (
                plain.parameters.keys()
                == inspect.signature(getattr(iam, f"{name}_output")).parameters.keys()
            )
            assert getattr(iam, str(plain.return_annotation)).__doc__


def test_all_is_exact() -> None:
    assert {*resources.__all__, *functions.__all__} < set(iam.__all__)
    assert set(iam.__all__) < set(dir(iam))
    for name in iam.__all__:
        assert getattr(iam, name).__name__.removeprefix("pulumi_scw_iam.") == name
    with pytest.raises(AttributeError, match="module 'pulumi_scw_iam' has no attribute 'Grop'"):
        iam.Grop  # type: ignore[attr-defined] # noqa: B018


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_an_output_with_the_type_that_the_schema_tells(kind: str) -> None:
    """The type of a required output does not include None."""
    resource = getattr(iam, kind)
    required = package_schema()["resources"][token(kind)]["required"]
    types = {
        name: member.fget.__annotations__["return"]
        for name, member in vars(resource).items()
        if isinstance(member, property)
    }
    assert types.keys() == {field.name for field in fields(KINDS[kind].state)}
    assert {camel(name) for name, annotation in types.items() if "None" not in annotation} == set(
        required
    )
    assert all(annotation.startswith("pulumi.Output[") for annotation in types.values())


def test_what_only_the_api_tells_is_required_and_what_it_may_leave_out_is_not() -> None:
    optional = {
        f"{kind}.{field.name}"
        for kind in KINDS
        for field in fields(KINDS[kind].state)
        if not is_always_set(field, fields(KINDS[kind].inputs))
    }
    assert optional == {
        "APIKey.application_id",
        "APIKey.expires_at",
        "APIKey.secret_format",
        "APIKey.secret_id",
        "APIKey.secret_version",
        "APIKey.user_id",
        "Group.application_ids",
        "Group.user_ids",
        "GroupMembership.application_id",
        "GroupMembership.user_id",
        "OrganizationSecuritySettings.grace_period_duration",
        "OrganizationSecuritySettings.max_api_key_expiration_duration",
        "OrganizationSecuritySettings.max_login_session_duration",
        "Policy.application_id",
        "Policy.group_id",
        "Policy.user_id",
        "RotatingAPIKey.application_id",
        "RotatingAPIKey.expires_at",
        "RotatingAPIKey.next_rotation_at",
        "RotatingAPIKey.previous_access_key",
        "RotatingAPIKey.previous_secret_key",
        "RotatingAPIKey.rotate_after",
        "RotatingAPIKey.secret_format",
        "RotatingAPIKey.secret_id",
        "RotatingAPIKey.secret_version",
        "RotatingAPIKey.user_id",
        "SAML.metadata",
        "User.password",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_has_the_inputs_and_nothing_else(kind: str) -> None:
    parameters = inspect.signature(getattr(iam, kind)).parameters
    declared = {field.name for field in fields(KINDS[kind].inputs)}
    assert parameters.keys() == {"resource_name", "opts"} | declared


@pytest.mark.parametrize("kind", KINDS)
def test_no_repr_holds_a_secret(kind: str) -> None:
    """Crash reporters show the repr of local variables in a traceback."""
    for cls in (KINDS[kind].inputs, KINDS[kind].state):
        shown = {field.name for field in dataclasses.fields(cls) if field.repr}
        assert shown & {field.name for field in fields(cls) if field.prop.secret} == set()
