"""No error or log line of either front shows a value marked as secret by the program.

tests/engine/test_secret_values.py tests the same with the real engine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc
import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto import provider_pb2

import pulumi_scw_iam as iam
from pulumi_scw_iam import dynamic
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.core.reporting import LOG_VARIABLE, one_line
from pulumi_scw_iam.emulator import Fault
from tests.support.mocked import Mocks
from tests.support.plugin import served, struct, urn
from tests.support.secret_mark import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator

LONG = f"hush-{'g' * 55}"
"""A name longer than the limit for names in messages."""
NAMES = {"of a usual name": "hush-group", "of a name that is cut": LONG, "of a short name": "ab"}

Create = Callable[[dict[str, Any]], str]
"""Creates a group with a secret name, and returns the error line of the front."""


@pytest.fixture(params=["dynamic", "native"])
def refused(request: pytest.FixtureRequest, iam_emulator: Emulator) -> Iterator[Create]:
    resolved = Settings.resolve(environ=iam_emulator.environment)
    organization = {"organization_id": iam_emulator.organization_id}

    def by_dynamic(inputs: dict[str, Any]) -> str:
        dynamic.GroupProvider._core = ProviderCore(lambda: resolved)
        with pytest.raises(Exception) as raised:  # noqa: PT011 - the line is compared by the test
            dynamic.GroupProvider().create({**inputs, **organization, "__secrets": ["name"]})
        return str(one_line(raised.value))

    if request.param == "dynamic":
        yield by_dynamic
        del dynamic.GroupProvider._core
        return

    def by_native(inputs: dict[str, Any]) -> str:
        properties = {
            "name": {**SECRET, "value": inputs["name"]},
            "organizationId": iam_emulator.organization_id,
        }
        message = provider_pb2.CreateRequest(urn=urn("Group"), properties=struct(properties))
        code, line = provider.refusal("Create", message)
        assert code is grpc.StatusCode.UNKNOWN
        return line

    with served() as provider:
        provider.configure(
            {
                "apiUrl": iam_emulator.url,
                "secretKey": iam_emulator.secret_key,
                "organizationId": iam_emulator.organization_id,
            }
        )
        yield by_native


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_secret_name_shows_in_no_title_no_hint_and_no_words_of_the_api(
    name: str, refused: Create, iam_emulator: Emulator
) -> None:
    group_id = IamClient(Settings.resolve(environ=iam_emulator.environment)).create_group(
        name=name
    )["id"]
    body = {"type": "already_exists", "message": f'the name "{name}" is taken'}
    iam_emulator.faults.add(Fault(operation="create_group", status=409, body=body))
    line = refused({"name": name})
    request = line.partition("request ")[2].partition(")")[0]
    assert line in {
        f"create group [secret]: the name [secret] is taken (409, request {request}); if this"
        f" stack manages the object under an old name, {alias}; otherwise {hint}, or choose another name"
        for alias, hint in (
            (
                'add aliases=[pulumi.Alias(name="OLD NAME")]',
                f'look it up with Group.get([secret], "{group_id}"), import it with `pulumi-scw-iam adopt --program`',
            ),
            (
                'add {name: "OLD NAME"} to its aliases',
                f"import it with `pulumi import scw-iam:index:Group [secret] {group_id}`",
            ),
        )
    }


def test_a_notice_shows_no_secret_that_any_call_has_met(
    refused: Create, iam_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    iam_emulator.faults.add(Fault(operation="create_group", status=400))
    refused({"name": "hush-group"})
    with caplog.at_level(logging.INFO):
        user_log.warning("%s: %s", 'policy "p"', 'of group "hush-group", HUSH-GROUP')
    assert caplog.messages[-1] == 'policy "p": of group [secret], [secret]'


def test_the_log_of_the_calls_shows_no_secret(
    iam_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "calls.log"
    monkeypatch.setenv(LOG_VARIABLE, str(log))
    settings = Settings.resolve(environ=iam_emulator.environment)
    monkeypatch.setattr(
        dynamic.GroupProvider, "_core", ProviderCore(lambda: settings), raising=False
    )
    inputs = {"name": "hush group", "organization_id": iam_emulator.organization_id}
    logger = logging.getLogger("pulumi_scw_iam")
    handlers, level = list(logger.handlers), logger.level
    try:
        dynamic.GroupProvider().create({**inputs, "__secrets": ["name"]})
    finally:
        for handler in set(logger.handlers) - set(handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(level)
    assert "POST groups" in log.read_text()
    assert "hush" not in log.read_text()
    assert "[secret]" in log.read_text()


def test_what_is_secret_stays_known_from_create_to_delete(
    iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host passes all values in clear, so the state of the dynamic front saves the secret names."""
    settings = Settings.resolve(environ=iam_emulator.environment)
    monkeypatch.setattr(
        dynamic.GroupProvider, "_core", ProviderCore(lambda: settings), raising=False
    )
    provider: Any = dynamic.GroupProvider()
    client = IamClient(settings)
    given = {"name": "hush", "organization_id": iam_emulator.organization_id, "__secrets": ["name"]}
    inputs = provider.check({}, given).inputs
    assert inputs == given
    made = provider.create(inputs)
    assert made.outs is not None
    assert made.outs["__secrets"] == ["name"]
    client.update_group(made.id, description="by hand")
    read = provider.read(made.id, made.outs)
    assert (read.outs["__secrets"], read.inputs["__secrets"]) == (["name"], ["name"])
    changed = {**inputs, "description": "d"}
    updated = provider.update(made.id, read.outs, changed)
    assert updated.outs["__secrets"] == ["name"]
    # A changed secret mark is not a change of the group.
    del changed["__secrets"]
    assert provider.diff(made.id, updated.outs, changed).changes is False
    assert provider.check(inputs, changed).inputs == changed


def test_a_failure_about_another_part_of_a_property_is_told(
    iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.resolve(environ=iam_emulator.environment)
    monkeypatch.setattr(
        dynamic.PolicyProvider, "_core", ProviderCore(lambda: settings), raising=False
    )
    rule = {"permission_set_names": ["IAMReadOnyl"], "condition": "hush ==", "all_projects": True}
    given = {"name": "p", "no_principal": True, "rules": [rule], "__secrets": ["rules.condition"]}
    failures = dynamic.PolicyProvider().check({}, given).failures
    assert {(failure.property, failure.reason) for failure in failures} == {
        (
            "",
            'rules[0].permission_set_names permission set "IAMReadOnyl" does not exist; did you mean'
            ' "IAMReadOnly"? If it is new, add it to scw-iam:allowUnknownPermissionSets',
        ),
        (
            "",
            "rules[0].condition is invalid; the value is secret, so the reason is not shown",
        ),
    }


@pytest.fixture
def engine(outputs_loop: None) -> Mocks:  # noqa: ARG001
    engine = Mocks()
    mocks.set_mocks(engine)
    return engine


def test_a_program_tells_the_provider_what_is_secret_and_nothing_else(engine: Mocks) -> None:
    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> pulumi.Output[Any]:
        secret, public = pulumi.Output.secret("hush"), pulumi.Output.from_input("open")
        made = [
            iam.Group("plain", name="devs"),
            iam.Group("outputs", name=public, tags=["a", public]),
            iam.Group("name", name=pulumi.Output.concat("team-", secret)),
            iam.Group("default", description=secret),
            iam.Group("item", tags=["a", secret]),
            iam.Policy(
                "nested",
                no_principal=True,
                rules=[
                    iam.PolicyRuleArgs(permission_set_names=["A"], condition=secret),
                    {"permission_set_names": ["B", secret], "all_projects": True},
                ],
            ),
            iam.User("declared", email="a@example.com", username="a1", password=secret),
        ]
        return pulumi.Output.all(*(resource.id for resource in made))

    program()
    assert {name: made.inputs.get("__secrets") for name, made in engine.made.items()} == {
        "plain": None,
        "outputs": None,
        "name": ["name"],
        "default": ["description"],
        "item": ["tags"],
        "nested": ["rules.condition", "rules.permission_set_names"],
        "declared": None,
    }
    assert "__secrets" not in engine.made["outputs"].inputs


@pytest.mark.usefixtures("engine")
def test_a_function_does_not_show_its_secret_arguments(
    iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in iam_emulator.environment.items():
        monkeypatch.setenv(name, value)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program(name: pulumi.Input[str]) -> pulumi.Output[Any]:
        return iam.get_group_output(name=name)

    missing = (
        f"no object in organization {iam_emulator.organization_id} has this name; the list is empty"
    )
    names = {'"open"': pulumi.Output.from_input("open"), "[secret]": pulumi.Output.secret("hush")}
    for title, given in names.items():
        with pytest.raises(pulumi.RunError) as raised:
            program(given)
        assert str(raised.value) == f"get group {title}: {missing}"
