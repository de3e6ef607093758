"""`customTimeouts` on the real engine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.emulator import Fault

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

LONGEST = 60
"""In seconds: half of the default retry timeout."""


@pytest.mark.parametrize("stack", ["native"], indirect=True)
def test_a_custom_timeout_ends_a_create_that_is_tried_again(
    stack: Stack, iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(Fault(operation="create_group", status=429))
    began = time.monotonic()
    run = stack.up(
        "timeouts = pulumi.CustomTimeouts(create='1s')\n"
        "iam.Group('devs', opts=pulumi.ResourceOptions(custom_timeouts=timeouts))",
        ok=False,
    )
    assert time.monotonic() - began < LONGEST
    assert "the custom timeout of the resource leaves no time for a retry" in run.errors[0]
