"""No command prints a value marked as secret, also after failures."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.stack import Run, Stack

pytestmark = pytest.mark.engine

fronts = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
PLANTED = "hush"
"""Part of every planted value, and of no other text."""


def wrong_inputs(cls: type, name: str) -> dict[str, Any]:
    """Return a value for each string input, also of nested objects. Most are invalid."""
    values: dict[str, Any] = {}
    for field in fields(cls):
        value: Any = f":é {name}.{field.name}"
        if field.nested:
            value = wrong_inputs(field.item, f"{name}.{field.name}")
        elif field.item is not str:
            continue
        values[field.name] = [value] if field.container else value
    return values


WRONG = {name: wrong_inputs(kind.inputs, name) for name, kind in KINDS.items()}
WRONG_PROGRAM = f"""
word = pulumi.Config().GET("word")

def planted(value):
    if isinstance(value, dict):
        return {{name: planted(item) for name, item in value.items()}}
    if isinstance(value, list):
        return [planted(item) for item in value]
    return JOIN(word, value)

arguments = planted({WRONG!r}["KIND"])
iam.KIND("it", **arguments, nmae=JOIN(word, "-unknown"))
"""
RIGHT = {
    "group": f"{PLANTED}-group-{'g' * 30}-{'h' * 20}",
    "application": f"{PLANTED}-application",
    "policy": f"{PLANTED} policy",
    "condition": f'request.ip == "{PLANTED}"',
    "email": f"{PLANTED}@example.com",
    "username": f"{PLANTED}-username",
    "ssh": f'{PLANTED} "key"\\',
    "description": f"{PLANTED}  of\tthe API key",
    "entity": f"https://{PLANTED}.example.com",
}
RIGHT_PROGRAM = f"""
planted = pulumi.Config().GET("right")
group = iam.Group("group", name=pulumi.Output.concat("", planted["group"]), tags=TAGS)
robot = iam.Application("robot", name=planted["application"], tags=TAGS)
iam.Policy("policy", name=planted["policy"], group_id=group.id, tags=TAGS, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"],
        organization_id=iam.default_organization_id(), condition=planted["condition"])])
iam.User("user", email=planted["email"], username=planted["username"], tags=TAGS)
iam.SSHKey("ssh", public_key="{SSH_KEY}", name=planted["ssh"], disabled=DISABLED)
iam.APIKey("key", application_id=robot.id, description=planted["description"], expires_at=EXPIRES)
iam.SAML("saml", entity_id=planted["entity"], single_sign_on_url=URL)
"""
FIRST = {"TAGS": "[]", "DISABLED": "False", "EXPIRES": "None", "URL": "None"}
CHANGED = {
    "TAGS": '["a"]',
    "DISABLED": "True",
    "EXPIRES": '"2040-01-31T12:00:00Z"',
    "URL": '"https://idp.example.com"',
}


QUOTED = {
    "group": ["group"],
    "application": ["application"],
    "polic": ["policy", "condition"],
    "rule": ["policy", "condition"],
    "user": ["email", "username"],
    "ssh_key": ["ssh"],
    "api_key": ["description"],
    "saml": ["entity"],
}
"""The planted values in the API's refusals, by a part of the operation's name."""
ON = "--continue-on-error"
"""Makes the engine continue with other resources after a failure."""


def program(source: str, **words: str) -> str:
    for word, text in words.items():
        source = source.replace(word, text)
    return source


def transcript(run: Run, stack: Stack) -> str:
    """Return the whole output of a command, and its events."""
    events = stack.folder.parent / "events.json"
    return run.output + (events.read_text() if events.exists() else "")


def leaks(run: Run, stack: Stack) -> list[str]:
    return [line for line in transcript(run, stack).splitlines() if PLANTED in line]


@fronts
def test_no_value_that_a_program_marks_as_secret_shows_in_a_check_failure(stack: Stack) -> None:
    """The engine stops at the first invalid resource, so each kind has its own preview."""
    secret = {"GET": "require_secret", "JOIN": "pulumi.Output.concat"}
    public = {"GET": "require", "JOIN": "str.__add__"}
    for kind in KINDS:
        stack.pulumi("config", "set", "--secret", "word", PLANTED)
        run = stack.preview(program(WRONG_PROGRAM, KIND=kind, **secret), ok=False)
        assert leaks(run, stack) == [], kind
        assert "is invalid; the value is secret" in run.output, kind
        assert f"nmae is not an input of {kind}; " in run.output, kind

        # Without the marks, the values are shown.
        stack.pulumi("config", "set", "word", PLANTED)
        run = stack.preview(program(WRONG_PROGRAM, KIND=kind, **public), ok=False)
        assert any("has a problem" in line for line in leaks(run, stack)), kind


@fronts
def test_no_value_that_a_program_marks_as_secret_shows_when_calls_fail(
    stack: Stack, iam_emulator: Emulator
) -> None:
    stack.pulumi("config", "set", "--secret", "right", json.dumps(RIGHT))
    secret = program(RIGHT_PROGRAM, GET="require_secret_object", **FIRST)
    changed = program(RIGHT_PROGRAM, GET="require_secret_object", **CHANGED)

    def failing(method: str, command: Callable[..., Run], *arguments: str) -> list[str]:
        """Run a command while the API refuses calls and quotes planted values; return the leaks."""
        for noun, names in QUOTED.items():
            words = ", ".join(f'"{RIGHT[name]}" ({RIGHT[name]}) is taken' for name in names)
            body = {"type": "invalid_arguments", "message": words}
            fault = Fault(operation=f"*{noun}*", method=method, status=400, body=body)
            iam_emulator.faults.add(fault)
        run = command(*arguments, ok=False)
        iam_emulator.faults.clear()
        titles = re.findall(r" (\w+) [a-zA-Z ]+ \[secret\]: ", run.output)
        return [*titles, *leaks(run, stack)]

    assert set(failing("POST", stack.up, secret, ON)) == {"create"}
    assert leaks(stack.up(secret), stack) == []
    assert set(stack.up(secret).changes) == {"same"}
    assert set(failing("PATCH", stack.up, changed, ON)) == {"update"}
    assert set(failing("GET", stack.refresh)) == {"read"}
    assert leaks(stack.refresh(), stack) == []
    assert set(failing("DELETE", stack.destroy, ON)) == {"delete"}
    assert PLANTED not in stack.state_text()
    stack.destroy()

    # Without the marks, the values are shown.
    stack.pulumi("config", "set", "right", json.dumps(RIGHT))
    shown = failing("POST", stack.up, program(RIGHT_PROGRAM, GET="require_object", **FIRST), ON)
    assert any("error: create " in line for line in shown)
