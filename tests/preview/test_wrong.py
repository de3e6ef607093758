"""A check reports all failures in exact words, and makes no writing call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_scw_iam.core.names import to_pulumi
from pulumi_scw_iam.kinds import KINDS
from tests.support.plugin import Provider, served, struct, urn
from tests.support.preview.organizations import brought_up
from tests.support.preview.texts import camelled, text
from tests.support.preview.wrong import WRONG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.preview.organizations import Worlds
    from tests.support.preview.wrong import Wrong

each_case = pytest.mark.parametrize("case", WRONG, ids=str)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with served() as provider:
        yield provider


@each_case
def test_a_check_says_what_is_wrong_and_only_looks(
    case: Wrong, worlds: Worlds, caplog: pytest.LogCaptureFixture
) -> None:
    with worlds.of(case) as world:
        held = brought_up(world, case)
        world.lines.clear()
        core = world.core()
        if case.beside is not None:
            given = world.fill(dict(case.beside.inputs))
            kind = KINDS[case.beside.kind]
            _, failures = core.check(kind, held.get("other", {}), given, resource_name="other")
            assert failures == []
        given = world.fill(dict(case.inputs))
        _, failures = core.check(KINDS[case.kind], held.get("it", {}), given, resource_name="it")
        assert [text(*each.for_engine) for each in failures] == list(world.fill(case.failures))
        assert caplog.messages == list(world.fill(case.warnings))
        assert world.writes == []


@each_case
def test_the_plugin_says_the_same_in_camel_case(
    case: Wrong, worlds: Worlds, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    with worlds.of(case) as world:
        held = brought_up(world, case)
        world.lines.clear()
        provider.configure(world.settings())
        for name, resource in {"other": case.beside, "it": case}.items():
            if resource is None:
                continue
            inputs = KINDS[resource.kind].inputs
            request = provider_pb2.CheckRequest(
                urn=urn(resource.kind, name),
                olds=struct(to_pulumi(inputs, held.get(name, {}))),
                news=struct(to_pulumi(inputs, world.fill(dict(resource.inputs)))),
            )
            failures = provider.ask("Check", request).get("failures", [])
            lines = [text(each.get("property", ""), each["reason"]) for each in failures]
            assert lines == (list(world.fill(camelled(case.failures))) if name == "it" else [])
        assert caplog.messages == list(world.fill(camelled(case.warnings)))
        assert world.writes == []
