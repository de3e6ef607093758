"""Valid inputs cause no message, and no later preview shows a difference."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.kinds import KINDS
from tests.support.preview.right import RIGHT

if TYPE_CHECKING:
    from tests.support.preview.organizations import Worlds
    from tests.support.preview.right import Right


@pytest.mark.parametrize("case", RIGHT, ids=str)
def test_what_is_right_is_taken_in_silence_and_stays_as_it_is(
    case: Right, worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pulumi_scw_iam.common.user_log")
    kind = KINDS[case.kind]
    with worlds.of(case) as world:
        given = world.fill(dict(case.inputs))
        core = world.core()
        inputs, failures = core.check(kind, {}, given, resource_name="it")
        assert failures == []
        assert [record.getMessage() for record in caplog.records] == list(case.warnings)
        resource_id, outputs = core.create(kind, inputs)

        # A new run without caches: a refresh, and a preview.
        caplog.clear()
        core = world.core()
        held = core.read(kind, resource_id, outputs)
        assert held is not None
        assert held == outputs
        assert kind.refreshed(inputs, outputs, held) is None
        assert core.check(kind, inputs, given, resource_name="it") == (inputs, [])
        assert kind.diff(held, inputs) == {}
        assert caplog.records == []
