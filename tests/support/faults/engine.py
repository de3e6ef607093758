"""A small model of the Pulumi engine, exact in its effects on a provider and a state.

A *program* is the desired state: resources by name, in the order of their creation. A *state*
changes only after successful calls, and after failed calls that report an unfinished resource.
Resources are handled one at a time. The first failure ends the operation.
"""

from __future__ import annotations

import copy
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Incomplete
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, Props, encode
from pulumi_scw_iam.core.names import from_pulumi, to_pulumi, token
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.native.values import from_struct, to_struct

if TYPE_CHECKING:
    from google.protobuf import struct_pb2
    from typing_extensions import Self


DEADLINE = 60
"""The timeout of each call, in seconds."""


@dataclass(frozen=True)
class Ref:
    """The id of another resource of the program."""

    name: str


Program = Mapping[str, tuple[str, Mapping[str, Any]]]
"""Resources by name: the kind and the arguments of each."""


@dataclass
class Held:
    """A resource in the state."""

    kind: str
    id: str
    inputs: Props
    outputs: Props
    unfinished: bool = False
    """A create or update ended halfway. The next `up` updates the resource."""


@dataclass
class State:
    """The state of a stack."""

    resources: dict[str, Held] = field(default_factory=dict)
    replaced: dict[str, list[Held]] = field(default_factory=dict)
    """Replaced objects that are still to be deleted, by the name of the resource."""

    @property
    def ids(self) -> set[str]:
        """All ids in the state, including the parts of composed ids."""
        resources = [*self.resources.values()]
        resources += [held for replaced in self.replaced.values() for held in replaced]
        return {part for held in resources for part in (held.id, *held.id.split("/"))}


class Failed(Exception):
    """A failed call of the provider; `left` is the reported unfinished resource."""

    def __init__(self, line: str, left: tuple[str, Props] | None = None) -> None:
        super().__init__(line)
        self.line = line
        self.left = left


class Driver(ABC):
    """A provider as the engine calls it, with plain values and declared names."""

    @abstractmethod
    def begin(self) -> None:
        """Start another operation of the engine."""

    @abstractmethod
    def check(self, kind: str, name: str, held: Held | None, news: Props) -> Props:
        """Return the inputs to use; `held` is the old state. Raises Failed for invalid inputs."""

    @abstractmethod
    def diff(self, kind: str, held: Held, inputs: Props) -> set[str]:
        """Return the necessary changes, "update" and "replace"; empty without a difference."""

    @abstractmethod
    def create(self, kind: str, name: str, inputs: Props) -> tuple[str, Props]: ...

    @abstractmethod
    def read(
        self, kind: str, name: str, resource_id: str, held: Held | None
    ) -> tuple[Props, Props] | None:
        """Return outputs and inputs, or None without an object. Without `held`, an import."""

    @abstractmethod
    def update(self, kind: str, name: str, held: Held, inputs: Props) -> Props: ...

    @abstractmethod
    def delete(self, kind: str, name: str, held: Held) -> None: ...


class Engine:
    """Applies programs to a state through a provider."""

    def __init__(self, driver: Driver, state: State | None = None) -> None:
        self.driver = driver
        self.state = copy.deepcopy(state) if state is not None else State()

    def up(self, program: Program) -> None:
        """Create, update and delete resources. Raises Failed at the first failure."""
        self.driver.begin()
        for name, (kind, given) in program.items():
            self._bring(name, kind, self._resolved(given))
        # The engine deletes at the end, newest resource first.
        for name in [n for n in reversed(self.state.resources) if n not in program]:
            self.driver.delete(self.state.resources[name].kind, name, self.state.resources[name])
            del self.state.resources[name]
        for name in reversed(list(self.state.replaced)):
            while self.state.replaced[name]:
                old = self.state.replaced[name][-1]
                self.driver.delete(old.kind, name, old)
                self.state.replaced[name].pop()
            del self.state.replaced[name]

    def _bring(self, name: str, kind: str, given: Props) -> None:
        held = self.state.resources.get(name)
        inputs = self.driver.check(kind, name, held, given)
        if held is None:
            self._create(name, kind, inputs)
            return
        changes = self.driver.diff(kind, held, inputs)
        if "replace" in changes:
            # The engine checks a resource to replace again, without the old inputs.
            self._create(name, kind, self.driver.check(kind, name, None, given))
            self.state.replaced.setdefault(name, []).append(held)
        elif changes or held.unfinished:
            try:
                held.outputs = self.driver.update(kind, name, held, inputs)
            except Failed as failed:
                if failed.left is not None:
                    held.outputs, held.inputs, held.unfinished = failed.left[1], inputs, True
                raise
            held.inputs, held.unfinished = inputs, False
        else:
            held.inputs = inputs

    def _create(self, name: str, kind: str, inputs: Props) -> None:
        try:
            resource_id, outputs = self.driver.create(kind, name, inputs)
        except Failed as failed:
            if failed.left is not None:
                resource_id, outputs = failed.left
                self.state.resources[name] = Held(kind, resource_id, inputs, outputs, True)
            raise
        self.state.resources[name] = Held(kind, resource_id, inputs, outputs)

    def preview(self, program: Program) -> dict[str, str]:
        """Return the plan of `up` by name; empty without differences."""
        self.driver.begin()
        plan = dict.fromkeys([*self.state.replaced, *self.state.resources], "delete")
        for name, (kind, given) in program.items():
            held = self.state.resources.get(name)
            inputs = self.driver.check(kind, name, held, self._resolved(given))
            if held is None:
                plan[name] = "create"
                continue
            changes = self.driver.diff(kind, held, inputs)
            if changes or held.unfinished:
                plan[name] = "replace" if "replace" in changes else "update"
            elif name not in self.state.replaced:
                del plan[name]
        return plan

    def refresh(self) -> None:
        """Read all resources; drop those without an object. Raises Failed at the first failure."""
        self.driver.begin()
        for name, held in list(self.state.resources.items()):
            found = self.driver.read(held.kind, name, held.id, held)
            if found is None:
                del self.state.resources[name]
            else:
                held.outputs, held.inputs = found

    def adopt(self, name: str, kind: str, resource_id: str) -> None:
        """Adopt an existing object, like `pulumi import`."""
        self.driver.begin()
        found = self.driver.read(kind, name, resource_id, None)
        if found is None:
            raise Failed(f"import {name}: {kind} {resource_id} does not exist")
        outputs, inputs = found
        self.state.resources[name] = Held(kind, resource_id, inputs, outputs)

    def _resolved(self, value: Any) -> Any:
        match value:
            case Ref():
                held = self.state.resources.get(value.name)
                return UNKNOWN if held is None else held.id
            case Mapping():
                return {name: self._resolved(item) for name, item in value.items()}
            case list():
                return [self._resolved(item) for item in value]
            case _:
                return value


# --- the provider in this process ----------------------------------------------------------------


class InProcess(Driver):
    """The provider core in this process, called like the dynamic provider calls it.

    `keeps` says whether the engine keeps an unfinished create or update. The native provider can
    report one to the engine; a dynamic provider cannot.
    """

    def __init__(self, environment: Mapping[str, str], *, keeps: bool) -> None:
        self._settings = Settings.resolve(environ=dict(environment))
        self._client = IamClient(self._settings)
        self._keeps = keeps
        self.begin()

    def begin(self) -> None:
        self._core = ProviderCore(lambda: self._settings)
        self._core._clients._client = (
            self._client
        )  # shared by all operations: its connections stay open

    def check(self, kind: str, name: str, held: Held | None, news: Props) -> Props:
        olds = held.inputs if held else {}
        with _Failing(keeps=False):
            inputs, failures = self._core.check(KINDS[kind], olds, news, resource_name=name)
        if failures:
            raise Failed(
                "; ".join(" ".join(filter(None, failure.for_engine)) for failure in failures)
            )
        return inputs

    def diff(self, kind: str, held: Held, inputs: Props) -> set[str]:
        # A diff of the core also records the resource, which the cases do not need.
        with _Failing(keeps=False):
            olds = self._core.as_of_now(KINDS[kind], dict(held.outputs), inputs)
        return {change.value for change in KINDS[kind].diff(olds, inputs).values()}

    def create(self, kind: str, name: str, inputs: Props) -> tuple[str, Props]:
        del name
        with _Failing(keeps=self._keeps):
            return self._core.create(KINDS[kind], inputs)

    def read(
        self, kind: str, name: str, resource_id: str, held: Held | None
    ) -> tuple[Props, Props] | None:
        del name
        known = KINDS[kind]
        with _Failing(keeps=False):
            outputs = self._core.read(known, resource_id, held.outputs if held else None)
        if outputs is None:
            return None
        if held is None:
            return outputs, known.inputs_of(outputs)
        changed = known.refreshed(held.inputs, held.outputs, outputs)
        return outputs, held.inputs if changed is None else changed

    def update(self, kind: str, name: str, held: Held, inputs: Props) -> Props:
        del name
        with _Failing(keeps=self._keeps):
            return self._core.update(
                KINDS[kind], held.id, held.outputs, inputs, keeps_incomplete=self._keeps
            )

    def delete(self, kind: str, name: str, held: Held) -> None:
        del name
        with _Failing(keeps=False):
            self._core.delete(KINDS[kind], held.id, held.outputs)


class _Failing:
    """Converts an error of the package to Failed. Any other exception is a bug and propagates."""

    def __init__(self, *, keeps: bool) -> None:
        self._keeps = keeps

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, Incomplete) and self._keeps:
            raise Failed(str(error), (error.resource_id, encode(error.state))) from None
        if isinstance(error, IamError):
            raise Failed(str(error)) from None


# --- the plugin in a process of its own ----------------------------------------------------------


class Plugins:
    """Starts processes of the native plugin, quickly."""

    def __init__(self) -> None:
        self._maker = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.plugins"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, environment: Mapping[str, str]) -> tuple[int, int]:
        """Return the id and the port of a new process."""
        assert self._maker.stdin
        assert self._maker.stdout
        self._maker.stdin.write(" ".join(f"{n}={v}" for n, v in environment.items()) + "\n")
        self._maker.stdin.flush()
        process, port = self._maker.stdout.readline().split()
        return int(process), int(port)

    def close(self) -> None:
        with self._maker:
            assert self._maker.stdin
            self._maker.stdin.close()


class Plugin(Driver):
    """The native plugin, over the engine's protocol."""

    def __init__(self, plugins: Plugins, environment: Mapping[str, str]) -> None:
        self.process, port = plugins.start(environment)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)

    def begin(self) -> None:
        # Configure drops the cached responses of the process.
        self._ask("Configure", provider_pb2.ConfigureRequest())

    def _ask(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=DEADLINE)
        except grpc.RpcError as error:
            raise Failed(str(error.details()), _left(error)) from None

    def check(self, kind: str, name: str, held: Held | None, news: Props) -> Props:
        request = provider_pb2.CheckRequest(
            urn=_urn(kind, name),
            olds=_inputs(kind, held.inputs if held else {}),
            news=_inputs(kind, news),
            old_outputs=_outputs(kind, held.outputs if held else {}),
        )
        answer = self._ask("Check", request)
        if answer.failures:
            reasons = (
                f"{failure.property} {failure.reason}".strip() for failure in answer.failures
            )
            raise Failed("; ".join(reasons))
        return from_pulumi(KINDS[kind].inputs, from_struct(answer.inputs))

    def diff(self, kind: str, held: Held, inputs: Props) -> set[str]:
        request = provider_pb2.DiffRequest(
            id=held.id,
            urn=_urn(kind, "it"),
            olds=_outputs(kind, held.outputs),
            news=_inputs(kind, inputs),
        )
        answer = self._ask("Diff", request)
        changes = {Change.UPDATE.value} if answer.diffs else set()
        return changes | ({Change.REPLACE.value} if answer.replaces else set())

    def create(self, kind: str, name: str, inputs: Props) -> tuple[str, Props]:
        request = provider_pb2.CreateRequest(urn=_urn(kind, name), properties=_inputs(kind, inputs))
        try:
            answer = self._ask("Create", request)
        except Failed as failed:
            raise _renamed(failed, kind) from None
        return answer.id, from_pulumi(KINDS[kind].state, from_struct(answer.properties))

    def read(
        self, kind: str, name: str, resource_id: str, held: Held | None
    ) -> tuple[Props, Props] | None:
        request = provider_pb2.ReadRequest(id=resource_id, urn=_urn(kind, name))
        if held is not None:
            request.properties.CopyFrom(_outputs(kind, held.outputs))
            request.inputs.CopyFrom(_inputs(kind, held.inputs))
        answer = self._ask("Read", request)
        if not answer.id:
            return None
        return (
            from_pulumi(KINDS[kind].state, from_struct(answer.properties)),
            from_pulumi(KINDS[kind].inputs, from_struct(answer.inputs)),
        )

    def update(self, kind: str, name: str, held: Held, inputs: Props) -> Props:
        request = provider_pb2.UpdateRequest(
            id=held.id,
            urn=_urn(kind, name),
            olds=_outputs(kind, held.outputs),
            news=_inputs(kind, inputs),
        )
        try:
            answer = self._ask("Update", request)
        except Failed as failed:
            raise _renamed(failed, kind) from None
        return from_pulumi(KINDS[kind].state, from_struct(answer.properties))

    def delete(self, kind: str, name: str, held: Held) -> None:
        request = provider_pb2.DeleteRequest(
            id=held.id, urn=_urn(kind, name), properties=_outputs(kind, held.outputs)
        )
        self._ask("Delete", request)


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test::test::{token(kind)}::{name}"


def _inputs(kind: str, props: Props) -> struct_pb2.Struct:
    return to_struct(to_pulumi(KINDS[kind].inputs, props))


def _outputs(kind: str, props: Props) -> struct_pb2.Struct:
    return to_struct(to_pulumi(KINDS[kind].state, props))


def _left(error: grpc.RpcError) -> tuple[str, Props] | None:
    """Return the unfinished resource of an error, with the names of the schema."""
    metadata: Any = error.trailing_metadata()
    for name, value in metadata or ():
        if name == "grpc-status-details-bin":
            details = status_pb2.Status.FromString(value).details
            failed = provider_pb2.ErrorResourceInitFailed()
            if details and details[0].Unpack(failed):
                return failed.id, from_struct(failed.properties)
    return None


def _renamed(failed: Failed, kind: str) -> Failed:
    if failed.left is None:
        return failed
    resource_id, properties = failed.left
    return Failed(failed.line, (resource_id, from_pulumi(KINDS[kind].state, properties)))
