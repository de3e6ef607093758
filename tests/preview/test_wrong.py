"""A check says all of what is wrong, in whole sentences, and only looks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_scw_iam.core.names import camel, to_pulumi, token
from pulumi_scw_iam.kinds import KINDS
from tests.preview.conftest import brought_up
from tests.preview.wrong import IF_OWN, WRONG
from tests.support.plugin import Provider, served, struct, urn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.preview.conftest import Worlds
    from tests.preview.wrong import Wrong

GET = re.compile(r'look it up with (\w+)\.get\("(.*?)", "(.*?)"\)')
"""How programs in Python take over what exists; in other languages an import does."""

IF_OWN_ANYWHERE = (
    'if this stack has it under an old name, add {name: "OLD NAME"} to its aliases; else'
)
"""The same in all languages."""

each_case = pytest.mark.parametrize("case", WRONG, ids=str)


def text(path: str, reason: str) -> str:
    """What the user sees; where the latest date that is allowed comes from the clock, `$then`."""
    reason = re.sub(r"(choose a date before )\S+", r"\1$then", reason)
    within = reason.startswith((f"{path}[", f"{path}."))
    return f"{path}: {reason}" if path and not within else reason


def camelled(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Failures or warnings of a case as the native front says them."""
    return tuple(
        GET.sub(
            lambda get: f"import it with `pulumi import {token(get[1])} {get[2]} {get[3]}`",
            re.sub(
                r"\b[a-z]+(?:_[a-z]+)+\b",
                lambda name: camel(name[0]),
                line.replace(IF_OWN, IF_OWN_ANYWHERE),
            ),
        )
        for line in texts
    )


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
        assert [text(*each.told) for each in failures] == list(world.fill(case.failures))
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
