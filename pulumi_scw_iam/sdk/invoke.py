"""How a program calls a function: in its own process, with the settings of its stack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pulumi
from pulumi.runtime import rpc

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.core.reporting import one_line
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.sdk.defaults import stack_config
from pulumi_scw_iam.sdk.providers import check_invoke_options

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["call", "call_output"]

T = TypeVar("T")


def call(
    name: str,
    result: type[T],
    arguments: Mapping[str, Any],
    opts: pulumi.InvokeOptions | None = None,
    *,
    secrets: Collection[str] = (),
) -> T:
    """The result of a function, as the output type `result`; None among the arguments is unset.

    Raises pulumi.RunError, which the user sees as one line, when the arguments are wrong or the API
    does not have what is asked for. The line shows no value of the arguments that `secrets` names.
    """
    check_invoke_options(FUNCTIONS[name].attempt({}), opts)
    for secret in secrets:
        value = arguments.get(secret)
        values = value if isinstance(value, list | tuple) else [value]
        declared_secrets.learn_values(item for item in values if isinstance(item, str))
    # Resolved anew for each call: a process of the Automation API runs programs of several stacks.
    front = ProviderCore(lambda: Settings.resolve(pulumi_config=stack_config))
    said = {key: value for key, value in arguments.items() if value is not None}
    try:
        outputs, failures = front.call(FUNCTIONS[name], said, secrets=secrets)
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
    """Return the result of a function as soon as its arguments are known.

    It also waits for the resources that the arguments come from, and for `depends_on`. If one of them is
    not created yet, as in a preview, the result is unknown and the API is not called.

    In a thread, so that programs which ask for much do not wait for one answer after the other.
    """
    check_invoke_options(FUNCTIONS[name].attempt({}), opts)
    given = pulumi.Output.all(**arguments)
    depends_on = opts.depends_on if isinstance(opts, pulumi.InvokeOutputOptions) else None

    async def sources() -> pulumi.Output[Any]:
        return _created(await given.resources())

    async def asked(known: dict[str, Any]) -> T:
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
    return pulumi.Output.all(given, *awaited).apply(lambda values: asked(values[0]))


def _created(resources: Iterable[pulumi.Resource | None]) -> pulumi.Output[Any]:
    """Return an output that is known once all resources are created, and depends on them.

    A component is created once its children are.
    """
    waiting, seen = list(resources), set[pulumi.Resource]()
    told: list[pulumi.Input[Any]] = []
    while waiting:
        resource = waiting.pop()
        if resource is None or resource in seen:
            continue
        seen.add(resource)
        told.append(resource.urn)
        if isinstance(resource, pulumi.CustomResource):
            # What stands for a resource of a remote component has no id.
            told.append(vars(resource).get("id"))
        else:
            # There is no public way to the children. Without this one, they are not waited for.
            waiting.extend(getattr(resource, "_childResources", ()))
    return pulumi.Output.all(*told)
