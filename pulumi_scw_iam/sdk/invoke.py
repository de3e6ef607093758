"""Calls of functions in the process of the program, with the settings of the stack."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pulumi
from pulumi.runtime import rpc, settings
from pulumi.runtime.proto import resource_pb2_grpc

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.core.reporting import one_line
from pulumi_scw_iam.core.run import Run
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.sdk.defaults import stack_config
from pulumi_scw_iam.sdk.providers import check_invoke_options

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["call", "call_output"]

T = TypeVar("T")

# An Automation API process has several runs, each with its own connection to the engine.
_RUNS: weakref.WeakKeyDictionary[object, Run] = weakref.WeakKeyDictionary()
_runs_turn = threading.Lock()


def _current_run() -> Run:
    """Return the run of the calling program; a new one for each call of a unit test, without an engine."""
    monitor = settings.SETTINGS.monitor
    if not isinstance(monitor, resource_pb2_grpc.ResourceMonitorStub):
        return Run()
    with _runs_turn:
        return _RUNS.setdefault(monitor, Run())


class _ProgramLog(logging.Handler):
    """Log handler that sends the warnings of one thread to the engine of the running program."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            pulumi.log.warn(self.format(record))


@contextlib.contextmanager
def _warnings_shown() -> Iterator[None]:
    """Context manager: show the warnings of this thread to the user."""
    handler = _ProgramLog()
    user_log.addHandler(handler)
    try:
        yield
    finally:
        user_log.removeHandler(handler)


def call(
    name: str,
    result: type[T],
    arguments: Mapping[str, Any],
    opts: pulumi.InvokeOptions | None = None,
    *,
    secrets: Collection[str] = (),
) -> T:
    """Call a function and return its result as the output type `result`. Arguments of None are unset.

    Raises pulumi.RunError (one line for the user) for wrong arguments and failed API calls. The message
    never shows the values of the arguments in `secrets`.
    """
    check_invoke_options(FUNCTIONS[name].attempt({}), opts)
    for secret_name in secrets:
        value = arguments.get(secret_name)
        values = value if isinstance(value, list | tuple) else [value]
        declared_secrets.learn_values(item for item in values if isinstance(item, str))
    # Settings are resolved per call, because an Automation API process may run several stacks.
    core = ProviderCore(lambda: Settings.resolve(pulumi_config=stack_config), run=_current_run())
    given = {key: value for key, value in arguments.items() if value is not None}
    try:
        with _warnings_shown():
            outputs, failures = core.call(FUNCTIONS[name], given, secrets=secrets)
    except IamError as error:
        raise pulumi.RunError(one_line(error)) from None
    if failures:
        reasons = "; ".join(f"{failure.path}: {failure.reason}" for failure in failures)
        raise pulumi.RunError(shown(f"{FUNCTIONS[name].attempt({})}: {reasons}"))
    return cast("T", rpc.translate_output_properties(outputs, str, result))


def call_output(
    name: str,
    result: type[T],
    arguments: Mapping[str, pulumi.Input[Any] | None],
    opts: pulumi.InvokeOptions | None = None,
) -> pulumi.Output[T]:
    """Call a function once its arguments are known, and return the result as an output.

    The call also waits for the resources of the arguments, and for `depends_on`. If such a resource is not
    created yet, as in a preview, the result is unknown and the API is not called.

    The API call runs in a thread, so several functions of a program run in parallel.
    """
    check_invoke_options(FUNCTIONS[name].attempt({}), opts)
    given = pulumi.Output.all(**arguments)
    depends_on = opts.depends_on if isinstance(opts, pulumi.InvokeOutputOptions) else None

    async def sources() -> pulumi.Output[Any]:
        return _created(await given.resources())

    async def call_with(known: dict[str, Any]) -> T:
        secrets = [
            argument
            for argument, value in arguments.items()
            if value is not None and await pulumi.Output.from_input(value).is_secret()
        ]
        return await asyncio.to_thread(call, name, result, known, secrets=secrets)

    declared: pulumi.Output[Any] = pulumi.Output.from_input(depends_on)
    awaited: list[pulumi.Input[Any]] = [
        sources(),
        declared.apply(lambda found: _created(found if isinstance(found, Sequence) else [found])),
    ]
    return pulumi.Output.all(given, *awaited).apply(lambda values: call_with(values[0]))


def _created(resources: Iterable[pulumi.Resource | None]) -> pulumi.Output[Any]:
    """Return an output that depends on the resources, and is known once all are created.

    A component counts as created once all its children are created.
    """
    waiting, seen = list(resources), set[pulumi.Resource]()
    created: list[pulumi.Input[Any]] = []
    while waiting:
        resource = waiting.pop()
        if resource is None or resource in seen:
            continue
        seen.add(resource)
        created.append(resource.urn)
        if isinstance(resource, pulumi.CustomResource):
            # A resource of a remote component has no id attribute.
            created.append(vars(resource).get("id"))
        else:
            # The SDK has no public attribute for the children of a component.
            waiting.extend(getattr(resource, "_childResources", ()))
    return pulumi.Output.all(*created)
