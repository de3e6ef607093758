"""Unsupported resource options of the Python classes fail when the resource is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine


def test_an_import_option_names_the_command_adopt(stack: Stack) -> None:
    run = stack.preview("iam.Group('g', pulumi.ResourceOptions(import_='x'))\n", ok=False)
    assert (
        "Group g: import_ does not work with this class; leave it out, and import the object with"
        " `pulumi-scw-iam adopt --program . --stack NAME`" in run.output
    )
    assert "Traceback" not in run.output
    assert "KeyError" not in run.output


def test_replace_on_changes_names_the_replacement_trigger(stack: Stack) -> None:
    run = stack.preview("iam.Group('g', pulumi.ResourceOptions(replace_on_changes=['tags']))\n")
    assert (
        "Group g: replace_on_changes has no effect on this class, because the engine does not compare"
        " single properties; use replacement_trigger" in run.output
    )
