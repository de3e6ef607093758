"""States with appended resources, for `pulumi stack import`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.adopt.import_file import Component
from pulumi_scw_iam.adopt.state import StackContent, default_inputs, extended, sort_out
from tests.adopt.entries import (
    ACCESS_KEY,
    APPLICATION,
    GROUP,
    STACK,
    api_key,
    application,
    export,
    group,
    policy,
    resource,
)
from tests.support.secret_mark import SECRET

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.import_file import ImportEntry
    from pulumi_scw_iam.adopt.objects import Front

PREFIX = "urn:pulumi:dev::iam::"
DYNAMIC = f"{PREFIX}pulumi-python:dynamic/scw_iam:"
NATIVE = f"{PREFIX}scw-iam:index:"
PROVIDER = f"{PREFIX}pulumi:providers:pulumi-python::default"
OTHER_PROVIDER = f"{PREFIX}pulumi:providers:pulumi-python::other"
OTHER_ID = "99999999-9999-4999-8999-999999999999"


def content_of(exported: dict[str, Any]) -> StackContent:
    return StackContent(exported, "dev", "iam")


def appended(
    content: StackContent, *entries: ImportEntry, front: Front = "python", **more: Any
) -> list[dict[str, Any]]:
    """Return the resources of the state after the import."""
    found = sort_out(entries, content, front, more.get("components", ()))
    assert found.refused == ()
    state = extended(content, found.new, front, lambda _: {"scw-iam:projectId": "p"}, **more)
    resources: list[dict[str, Any]] = state["deployment"]["resources"]
    return resources


def test_resources_follow_what_they_depend_on_in_a_new_stack() -> None:
    content = content_of(export())
    resources = appended(content, policy(), api_key(), group(), application())
    stack, provider, *ours = resources
    assert (stack["urn"], stack["custom"], stack["type"]) == (STACK, False, "pulumi:pulumi:Stack")
    assert provider["urn"] == PROVIDER
    assert provider["inputs"] == provider["outputs"] == {"scw-iam:projectId": "p"}
    assert {r["provider"] for r in ours} == {f"{PROVIDER}::{provider['id']}"}
    assert {r["parent"] for r in ours} == {STACK}
    robot, devs, readers, key = (
        f"{DYNAMIC}{name}"
        for name in ("Application::robot", "Group::devs", "Policy::readers", "APIKey::key")
    )
    assert {r["urn"]: r["dependencies"] for r in ours} == {
        robot: [],
        devs: [robot],
        readers: [devs],
        key: [robot],
    }
    order = [r["urn"] for r in ours]
    assert order.index(robot) < order.index(devs) < order.index(readers)
    assert order.index(robot) < order.index(key)
    by_urn = {r["urn"]: r for r in ours}
    assert by_urn[key]["propertyDependencies"] == {
        "__provider": [],
        "application_id": [robot],
        "default_project_id": [],
    }
    assert by_urn[key]["additionalSecretOutputs"] == ["secret_key"]
    assert by_urn[key]["id"] == ACCESS_KEY
    assert by_urn[key]["custom"] is True
    assert "additionalSecretOutputs" not in by_urn[devs]


def test_the_plugin_has_its_own_provider_and_spelling() -> None:
    _, provider, robot, key = appended(
        content_of(export()), api_key(), application(), front="native"
    )
    assert provider["type"] == "pulumi:providers:scw-iam"
    assert robot["urn"] == f"{NATIVE}Application::robot"
    assert key["propertyDependencies"] == {
        "applicationId": [robot["urn"]],
        "defaultProjectId": [],
    }
    assert key["additionalSecretOutputs"] == ["secretKey"]


def test_what_the_stack_has_stays_and_its_default_provider_is_used() -> None:
    stack = resource(STACK, custom=False)
    provider = resource(PROVIDER, id="old", inputs={"scw-iam:apiUrl": "u"})
    robot = resource(f"{DYNAMIC}Application::machine", id=APPLICATION.upper())
    content = content_of(export(stack, provider, robot))
    *before, devs = appended(content, group())
    assert before == [stack, provider, robot]
    assert devs["provider"] == f"{PROVIDER}::old"
    assert devs["dependencies"] == [robot["urn"]]


def test_parents_and_explicit_providers() -> None:
    outer, team = f"{PREFIX}my:index:Outer::o", f"{PREFIX}my:index:Outer$my:index:Team::t"
    stack = resource(STACK, custom=False)
    other = resource(OTHER_PROVIDER, id="x")
    content = content_of(export(stack, other))
    components = [Component(urn=outer), Component(urn=team, parent=outer)]
    resources = appended(
        content,
        group(parent=team, provider=OTHER_PROVIDER),
        application(parent=STACK, provider=OTHER_PROVIDER),
        components=components,
    )
    places = [(r["urn"], r.get("parent"), r["custom"], r.get("provider")) for r in resources[2:]]
    types = "my:index:Outer$my:index:Team$pulumi-python:dynamic/scw_iam:Group"
    assert places == [
        (outer, STACK, False, None),
        (team, outer, False, None),
        (f"{DYNAMIC}Application::robot", STACK, True, f"{OTHER_PROVIDER}::x"),
        (f"{PREFIX}{types}::devs", team, True, f"{OTHER_PROVIDER}::x"),
    ]


def test_a_resource_that_the_stack_has_already_is_not_imported_again() -> None:
    devs = resource(f"{NATIVE}Group::devs", id=GROUP)
    found = sort_out([group(), application()], content_of(export(devs)), "native")
    assert [placed.urn for placed in found.present] == [devs["urn"]]
    assert [placed.urn for placed in found.new] == [f"{NATIVE}Application::robot"]
    assert found.refused == ()


@pytest.mark.parametrize(
    ("known", "entries", "refused"),
    [
        (
            [resource(f"{DYNAMIC}Group::devs", id=OTHER_ID)],
            [group()],
            f'group "devs" {GROUP}: the stack has another resource "devs" of this type, {OTHER_ID}',
        ),
        (
            [resource(f"{NATIVE}Group::team", id=GROUP)],
            [group()],
            f'group "devs" {GROUP}: the stack has it as "team" already',
        ),
        (
            [],
            [group(), group("again")],
            f'group "devs" {GROUP}: the import has it as "devs" already',
        ),
        (
            [],
            [group(), group(resource_id=OTHER_ID)],
            f'group "devs" {OTHER_ID}: the import has another resource "devs" of this type',
        ),
        (
            [],
            [group(parent=f"{PREFIX}my:index:Team::t")],
            f'group "devs" {GROUP}: its parent "t" is not in the stack; create it with'
            " `pulumi up --target`, and run again",
        ),
        (
            [],
            [group(provider=OTHER_PROVIDER)],
            f'group "devs" {GROUP}: its provider "other" is not in the stack; create it with'
            " `pulumi up --target`, and run again",
        ),
    ],
)
def test_a_resource_without_a_place_is_refused_with_one_line(
    known: list[dict[str, Any]], entries: list[ImportEntry], refused: str
) -> None:
    content = content_of(export(*known))
    found = sort_out([*entries, application()], content, "python")
    assert found.refused == (refused,)
    assert found.new[-1].urn == f"{DYNAMIC}Application::robot"


def test_a_new_stack_has_no_deployment_on_some_backends() -> None:
    state = extended(content_of({"version": 3, "deployment": None}), [], "python", lambda _: {})
    assert [r["urn"] for r in state["deployment"]["resources"]] == [STACK]
    assert state["deployment"]["manifest"].keys() == {"time", "magic", "version"}


def test_the_default_provider_has_the_configuration_of_the_stack() -> None:
    config: dict[str, dict[str, Any]] = {
        "scw-iam:apiUrl": {"value": "u", "secret": False},
        "scw-iam:secretKey": {"value": "k", "secret": True},
        "iam:colour": {"value": "red", "secret": False},
        "iam:unknown": {"secret": False},
    }
    secret = {**SECRET, "plaintext": '"k"'}
    assert default_inputs("scw-iam", config) == {"apiUrl": "u", "secretKey": secret}
    assert default_inputs("pulumi-python", config) == {
        "scw-iam:apiUrl": "u",
        "scw-iam:secretKey": secret,
        "iam:colour": "red",
    }
