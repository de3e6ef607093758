"""The source positions of resources in the engine's state."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi
import pulumi_scw_iam as iam

class Team(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Team", name)
        iam.Group("component", pulumi.ResourceOptions(parent=self))  # component

class Tagged(iam.Group):
    def __init__(self, name, **arguments):
        super().__init__(name, tags=["a"], **arguments)  # subclass

def helper():
    return iam.Application("function")  # function

iam.Application("module")  # module
helper()  # calls the function
Team("team")  # makes the component
Tagged("subclass", description="d")  # makes the subclass
iam.Group.get("looked-up", "GROUP")  # looked-up
iam.Application("first").id.apply(lambda _: iam.Application("callback"))  # first callback
"""


def test_the_recorded_stack_starts_and_ends_in_the_program(stack: Stack, iam: IamClient) -> None:
    program = textwrap.dedent(PROGRAM).replace("GROUP", iam.create_group(name="theirs")["id"])
    (stack.folder / "__main__.py").write_text(program)
    stack.up()

    def line(words: str) -> list[dict[str, str]]:
        (number,) = [
            number for number, line in enumerate(program.splitlines(), 1) if line.endswith(words)
        ]
        return [{"sourcePosition": f"project:///__main__.py#{number}"}]

    expected = {
        "module": line("# module"),
        "function": line("# function") + line("# calls the function"),
        "component": line("# component") + line("# makes the component"),
        "subclass": line("# subclass") + line("# makes the subclass"),
        "looked-up": line("# looked-up"),
        "first": line("# first callback"),
    }
    resources = stack.resources()
    recorded = {name: resources[name]["stackTrace"] for name in expected}
    # The last two frames belong to `runpy`.
    assert {name: frames[:-2] for name, frames in recorded.items()} == expected
    below = [frames[-2:] for frames in recorded.values()]
    assert "__main__.py" not in json.dumps(below)
    assert {name: resources[name].get("sourcePosition") for name in expected} == {
        name: frames[0]["sourcePosition"] for name, frames in expected.items()
    }
    # The callback's caller is the SDK.
    assert resources["callback"]["stackTrace"][:-2] == line("# first callback")
