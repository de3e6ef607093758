"""How a program calls a function: in its own process, with the settings of its stack."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pulumi
from pulumi.runtime import rpc

from pulumi_scw_iam import forms
from pulumi_scw_iam.config import Settings
from pulumi_scw_iam.defaults import stack_config
from pulumi_scw_iam.errors import IamError
from pulumi_scw_iam.front import Front, one_line
from pulumi_scw_iam.lookups import FUNCTIONS
from pulumi_scw_iam.redact import declared_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["call", "call_output"]

T = TypeVar("T")


def call(
    name: str, result: type[T], arguments: Mapping[str, Any], *, secrets: Collection[str] = ()
) -> T:
    """The result of a function, as the output type `result`; None among the arguments is unset.

    Raises pulumi.RunError, which the user sees as one line, when the arguments are wrong or the API
    does not have what is asked for. The line shows no value of the arguments that `secrets` names.
    """
    for secret in secrets:
        value = arguments.get(secret)
        values = value if isinstance(value, list | tuple) else [value]
        declared_secrets.learn_values(item for item in values if isinstance(item, str))
    # Resolved anew for each call: a process of the Automation API runs programs of several stacks.
    front = Front(lambda: Settings.resolve(pulumi_config=stack_config))
    said = {key: value for key, value in arguments.items() if value is not None}
    try:
        outputs, failures = front.call(FUNCTIONS[name], said, secrets=secrets)
    except IamError as error:
        raise pulumi.RunError(one_line(error)) from None
    if failures:
        reasons = "; ".join(f"{failure.path}: {failure.reason}" for failure in failures)
        raise pulumi.RunError(forms.shown(f"{FUNCTIONS[name].attempt({})}: {reasons}"))
    return cast("T", rpc.translate_output_properties(outputs, str, result))


def call_output(
    name: str, result: type[T], arguments: Mapping[str, pulumi.Input[Any] | None]
) -> pulumi.Output[T]:
    """The result of a function as soon as its arguments are known; unknown while one of them is.

    In a thread, so that programs which ask for much do not wait for one answer after the other.
    """

    async def asked(known: dict[str, Any]) -> T:
        secrets = [
            argument
            for argument, value in arguments.items()
            if value is not None and await pulumi.Output.from_input(value).is_secret()
        ]
        return await asyncio.to_thread(call, name, result, known, secrets=secrets)

    return pulumi.Output.all(**arguments).apply(asked)
