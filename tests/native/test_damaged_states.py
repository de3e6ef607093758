"""Both fronts delete and refresh a damaged state. Other operations fail with one line."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import json_format
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import provider_pb2

from pulumi_scw_iam import dynamic
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.core.fields import encode, fields
from pulumi_scw_iam.core.misfits import misfits
from pulumi_scw_iam.core.names import from_pulumi, to_pulumi
from pulumi_scw_iam.core.reporting import one_line
from pulumi_scw_iam.kinds import KINDS
from tests.support.one_of_each import World, damaged
from tests.support.plugin import Provider, served, struct, urn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


REFRESH = (
    "run `pulumi refresh` to read the object again, or remove the resource from the state with"
    " `pulumi state delete URN`"
)
STAYS = {"OrganizationSecuritySettings"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.emulator.close()


class Dynamic:
    """The dynamic provider of a kind, called like Pulumi's host for dynamic providers."""

    spell = staticmethod(str)

    def __init__(self, world: World, kind: str) -> None:
        self.provider: Any = getattr(dynamic, f"{kind}Provider")()
        type(self.provider)._core = world.core()

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return functools.partial(self._call, verb)

    def _call(self, verb: str, *arguments: Any) -> Any:
        try:
            return getattr(self.provider, verb)(*copy.deepcopy(arguments))
        except Exception as error:
            raise FrontError(
                str(one_line(error)), is_intended=isinstance(error, IamError)
            ) from error

    def outputs(self, resource_id: str, state: Any) -> Any:
        return self.read(resource_id, state).outs

    def refreshed_inputs(self, resource_id: str, state: Any, inputs: Any) -> Any:
        del inputs  # the host does not pass inputs to read
        return self.read(resource_id, state).inputs


class Native:
    """The native plugin, called over the protocol, with the same methods as `Dynamic`."""

    def __init__(self, world: World, provider: Provider, kind: str) -> None:
        self.provider, self.kind, self.urn = provider, KINDS[kind], urn(kind)
        environment = world.emulator.environment
        provider.configure(
            {
                "apiUrl": environment["SCW_API_URL"],
                "secretKey": environment["SCW_SECRET_KEY"],
                "accessKey": environment["SCW_ACCESS_KEY"],
                "organizationId": world.emulator.organization_id,
                "projectId": world.emulator.project_id,
            }
        )

    def _ask(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.provider.stub, method)(request, timeout=60)
        except grpc.RpcError as error:
            line = str(error.details())
            raise FrontError(line, is_intended="a bug in" not in line) from error

    def _state(self, plain: Any) -> Any:
        return struct(to_pulumi(self.kind.state, plain))

    def check(self, olds: Any, news: Any) -> Any:
        request = provider_pb2.CheckRequest(
            urn=self.urn, olds=self._state(olds), news=self._state(news)
        )
        return self._ask("Check", request)

    def diff(self, resource_id: str, olds: Any, news: Any) -> Any:
        request = provider_pb2.DiffRequest(
            id=resource_id, urn=self.urn, olds=self._state(olds), news=self._state(news)
        )
        return self._ask("Diff", request)

    def update(self, resource_id: str, olds: Any, news: Any) -> Any:
        request = provider_pb2.UpdateRequest(
            id=resource_id, urn=self.urn, olds=self._state(olds), news=self._state(news)
        )
        return self._ask("Update", request)

    def delete(self, resource_id: str, state: Any) -> Any:
        request = provider_pb2.DeleteRequest(
            id=resource_id, urn=self.urn, properties=self._state(state)
        )
        return self._ask("Delete", request)

    def _read(self, resource_id: str, state: Any, inputs: Any) -> Any:
        request = provider_pb2.ReadRequest(
            id=resource_id, urn=self.urn, properties=self._state(state), inputs=self._state(inputs)
        )
        response = json_format.MessageToDict(self._ask("Read", request))
        return {
            part: from_pulumi(self.kind.state, _without_marks(response.get(part, {})))
            for part in ("properties", "inputs")
        }

    def outputs(self, resource_id: str, state: Any) -> Any:
        return self._read(resource_id, state, {})["properties"]

    def refreshed_inputs(self, resource_id: str, state: Any, inputs: Any) -> Any:
        return self._read(resource_id, state, inputs)["inputs"]


def _without_marks(value: Any) -> Any:
    match value:
        case {"4dabf18193072939515e22adb298388d": _, "value": inner}:
            return _without_marks(inner)
        case dict():
            return {name: _without_marks(item) for name, item in value.items()}
        case list():
            return [_without_marks(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


class FrontError(Exception):
    """The one-line error of a front. `is_intended` is False for a bug report."""

    def __init__(self, line: str, *, is_intended: bool) -> None:
        super().__init__(line)
        self.is_intended = is_intended


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with served() as provider:
        yield provider


@pytest.fixture(params=["dynamic", "native"])
def front_of(
    request: pytest.FixtureRequest, world: World, provider: Provider
) -> Callable[[str], Any]:
    """Create a new front without cached objects, for a kind."""
    if request.param == "dynamic":
        return functools.partial(Dynamic, world)
    return functools.partial(Native, world, provider)


# --- damage ---------------------------------------------------------------------------------------


def healed(kind: str, state: Mapping[str, Any], broken: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state after the refresh of a damaged state: without values that the API never returns."""
    values = dict(state)
    wrong = {path.split(".")[0].split("[")[0] for path, _ in misfits(KINDS[kind].state, broken)}
    for field in fields(KINDS[kind].state):
        name = field.name
        if name == "organization_id":
            continue  # known from the credentials
        if name in state and (name in wrong or broken.get(name) is None) and field.prop.kept:
            values.pop(name)
            if field.default is not None:
                values[name] = encode(field.default)
        if kind == "Group" and name in ("user_ids", "application_ids") and broken.get(name) is None:
            # A list missing in the state is not managed by the program.
            values.pop(name, None)
    return values


every = pytest.mark.parametrize("kind", KINDS)
few_examples = settings(max_examples=25, derandomize=True)


@every
def test_a_damaged_state_is_refreshed_from_the_api(
    kind: str, world: World, front_of: Callable[[str], Any]
) -> None:
    made = world.made[kind]

    @few_examples
    @given(damaged(made.state, KINDS[kind].state))
    def refreshed(state: dict[str, Any]) -> None:
        assert front_of(kind).outputs(made.id, state) == healed(kind, made.state, state)

    refreshed()


@every
def test_damaged_inputs_are_refreshed_from_the_api(
    kind: str, world: World, front_of: Callable[[str], Any]
) -> None:
    made = world.made[kind]

    @few_examples
    @given(damaged(made.inputs, KINDS[kind].inputs))
    def refreshed(inputs: dict[str, Any]) -> None:
        kept = front_of(kind).refreshed_inputs(made.id, {**made.state, **inputs}, inputs)
        assert kept is None or not [
            name for name, _ in misfits(KINDS[kind].inputs, kept) if name in made.inputs
        ]

    refreshed()


@every
def test_a_damaged_state_is_deleted_by_its_id(
    kind: str, world: World, front_of: Callable[[str], Any]
) -> None:
    made = world.made[kind]

    @few_examples
    @given(damaged(made.state, KINDS[kind].state))
    def deleted(state: dict[str, Any]) -> None:
        try:
            front_of(kind).delete(made.id, state)
            assert world.is_there(kind) is (kind in STAYS)
        finally:
            world.emulator.restore(world.snapshot)

    deleted()


@every
def test_a_change_of_a_damaged_state_names_the_property_and_the_cure(
    kind: str, world: World, front_of: Callable[[str], Any]
) -> None:
    made = world.made[kind]

    @few_examples
    @given(damaged(made.state, KINDS[kind].state), st.sampled_from(["diff", "update"]))
    def refused(state: dict[str, Any], verb: str) -> None:
        front = front_of(kind)
        wrong = dict(misfits(KINDS[kind].state, state))
        if not wrong:
            front.diff(made.id, state, made.inputs)
            return
        with pytest.raises(FrontError) as raised:
            getattr(front, verb)(made.id, state, made.inputs)
        line = str(raised.value)
        assert raised.value.is_intended, line
        path, words = next(iter(wrong.items()))
        spelled = getattr(front, "spell", dynamic_to_native)(path)
        assert f": the state cannot be used: {spelled} {words}; {REFRESH}" in line
        assert "\n" not in line

    refused()


@every
def test_damaged_inputs_of_a_state_are_a_change_that_replaces_nothing(
    kind: str, world: World, front_of: Callable[[str], Any]
) -> None:
    """The engine compares a refreshed state with these inputs to show drift."""
    made = world.made[kind]

    @few_examples
    @given(damaged(made.inputs, KINDS[kind].inputs))
    def compared(inputs: dict[str, Any]) -> None:
        wrong = {
            path.split(".")[0].split("[")[0] for path, _ in misfits(KINDS[kind].inputs, inputs)
        }
        assume(wrong)
        rest = {name: made.inputs[name] for name in made.inputs if name not in wrong}
        found = front_of(kind).diff(made.id, made.state, {**inputs, **rest})
        some_changes = provider_pb2.DiffResponse.DIFF_SOME
        assert found.changes is True or found.changes == some_changes
        assert list(found.replaces) == []

    compared()


@every
def test_a_check_takes_damaged_old_inputs_for_unknown(
    kind: str, world: World, front_of: Callable[[str], Any]
) -> None:
    made = world.made[kind]

    @few_examples
    @given(damaged(made.inputs, KINDS[kind].inputs))
    def checked(olds: dict[str, Any]) -> None:
        assert not front_of(kind).check(olds, made.inputs).failures

    checked()


def dynamic_to_native(path: str) -> str:
    """Return a path in the spelling of the native front."""
    first, *rest = path.split("_")
    return first + "".join(part.capitalize() for part in rest)
