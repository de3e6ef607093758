"""The base class of the resource classes that programs use."""

from __future__ import annotations

import base64
import contextlib
import functools
import inspect
import pickle
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

import pulumi
from pulumi import dynamic

from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.core.fields import Field, fields
from pulumi_scw_iam.core.names import dynamic_token
from pulumi_scw_iam.dynamic import PROVIDER_KEY, SECRETS_KEY
from pulumi_scw_iam.sdk.providers import check_options

if TYPE_CHECKING:
    import types
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from typing_extensions import Self

    from pulumi_scw_iam.dynamic import Provider

__all__ = ["IamResource", "declares"]

P = ParamSpec("P")
R = TypeVar("R")


class _Declared(NamedTuple):
    """A resource of the program: its id and its arguments.

    The reference to the id keeps its identity: no other object can get the same.
    """

    id: pulumi.Output[str]
    values: Mapping[str, Any]


_declared: dict[int, _Declared] = {}
"""The resources of the program, by the identity of the output of their id.

In a preview, the id of a resource that is not created yet is unknown, so the provider cannot tell which group a
membership belongs to. The program can: the argument is the very output of the group's id.
"""


_IMPORT = (
    "use `pulumi import --file FILE`, where the resource has inputs and outputs with __provider"
    " (engine 3.254 or newer)"
)
_IGNORED = (
    "has no effect on this class, since the engine does not compare its properties one by one;"
    " use replacement_trigger"
)


def declares(signature: Callable[P, None]) -> Callable[P, None]:
    """Decorator: return a constructor with this signature; the body of the function is never run.

    The constructor also takes arguments that the signature does not have. Check reports each of them with
    the most similar argument, together with all other failures.

    The SDK records the stack of a resource from the caller of the third `__init__` on: `Resource`,
    `CustomResource`, and this one. So no other function between them and the program has this name.
    """

    @functools.wraps(signature)
    def __init__(  # noqa: N807 - the name counts, see above
        self: IamResource,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: pulumi.Input[Any],
    ) -> None:
        self._declare(resource_name, opts, arguments)

    return __init__  # type: ignore[return-value] # it takes more


def _reads(signature: Callable[P, R]) -> Callable[P, R]:
    """Decorator: return `get` under the name that ends the recorded stack, as `declares` does."""

    @functools.wraps(signature)
    def __init__(  # noqa: N807
        cls: type[IamResource],
        resource_name: str,
        id: pulumi.Input[str] | None,  # noqa: A002
        opts: pulumi.ResourceOptions | None = None,
    ) -> IamResource:
        if id is None:
            raise pulumi.RunError(f"{cls.__name__}.get: the id of {resource_name} is None; pass it")
        resource = cls.__new__(cls)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        resource._declare(resource_name, options, {})  # noqa: SLF001 - of the same class
        if unknown := cls._iam.kind.told_once():
            pulumi.log.info(unknown, resource)
        return resource

    return __init__  # type: ignore[return-value] # of the class that it is called on


class IamResource(dynamic.Resource):
    """A resource of one kind, brought up by the kind's dynamic provider."""

    _iam: Provider

    def _declare(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None,
        arguments: Mapping[str, pulumi.Input[Any]],
    ) -> None:
        kind = self._iam.kind
        looked_up = opts is not None and opts.id is not None
        if opts is not None and opts.import_ is not None:
            line = f"{kind.name} {resource_name}: import_ does not work with this class; {_IMPORT}"
            raise pulumi.RunError(shown(line))
        check_options(f"{kind.name} {resource_name}", opts)
        # Only outputs that are among the properties can be read; those without an argument are None.
        props = dict.fromkeys(field.name for field in fields(kind.state))
        for name, value in arguments.items():
            props[name] = value
        if not looked_up:
            for field in fields(kind.inputs):
                props[field.name] = _input(field, props[field.name], resource_name)
            given = {name: value for name, value in arguments.items() if value is not None}
            referred = {
                name: (other.values, other.values.keys())
                for name, value in given.items()
                if (other := _declared.get(id(value)))
            }
            if conflict := kind.overlap.conflict(given.keys(), referred):
                name, reason = conflict
                line = f"{kind.name} {resource_name}: {name}: {reason}"
                raise pulumi.RunError(shown(line))
            given = {name: value for name, value in props.items() if name not in kind.secrets()}
            if _has_output(given):
                props[SECRETS_KEY] = pulumi.Output.from_input(_secret_paths(given))
        if opts is not None and opts.replace_on_changes:
            pulumi.log.warn(shown(f"{kind.name} {resource_name}: replace_on_changes {_IGNORED}"))
        props[PROVIDER_KEY] = _pickled(type(self._iam))  # type: ignore[arg-type] # classes are hashable
        # Not the constructor of dynamic.Resource: see `declares`.
        options = pulumi.ResourceOptions(
            additional_secret_outputs=list(kind.secrets()),
            # The engine asks the provider's diff only if a property asks for the replacement.
            delete_before_replace=True if kind.is_exclusive() else None,
        )
        options = pulumi.ResourceOptions.merge(options, opts)
        with _recorded(_frames_to_record(inspect.currentframe())):
            pulumi.CustomResource.__init__(
                self, dynamic_token(kind.name), resource_name, props, options
            )
        if not looked_up:
            values = {name: value for name, value in props.items() if value is not None}
            _declared[id(self.id)] = _Declared(self.id, values)

    @classmethod
    @_reads
    def get(  # type: ignore[empty-body] # see _reads
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's own name for it
        opts: pulumi.ResourceOptions | None = None,
    ) -> Self:
        """Look up an existing object by its id; Pulumi reads it and never changes it."""


_SDK_FRAMES = 6
"""The SDK has four frames between this module and the stack it records; two more leave room for changes.

The two are those of `runpy` below the program, which the state holds as `{}`.
"""


def _frames_to_record(frame: types.FrameType | None) -> int:
    """Return how many frames the SDK needs to see: its own, and those from this one to the program's last."""
    count = _SDK_FRAMES
    while frame is not None and not _runs_programs(frame.f_globals.get("__name__")):
        count += 1
        frame = frame.f_back
    return count


def _runs_programs(module: object) -> bool:
    return module == "runpy" or str(module).partition(".")[0] == "pulumi"


@contextlib.contextmanager
def _recorded(frames: int) -> Iterator[None]:
    """Context manager: the SDK records at most so many frames, from the innermost on.

    The engine keeps the stack of each resource in the state, and writes the state after each step. The ten
    frames below a program are always the same, and were 40 % of the state. Python's limit for tracebacks
    holds for the recorded stack as well.
    """
    before: int | None = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = frames if before is None else min(before, frames)
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before


@functools.cache
def _pickled(provider: type[Provider]) -> str:
    """Return the provider as the host of dynamic providers reads it from the state: pickled by reference."""
    return base64.b64encode(pickle.dumps(provider(), pickle.DEFAULT_PROTOCOL)).decode()


def _input(field: Field, value: Any, resource_name: str) -> Any:
    """Return the input for an argument: with the default name, and secret if it is declared so."""
    if value is None:
        return resource_name if field.prop.autoname else None
    if field.prop.autoname and not isinstance(value, str):
        # The output may be None, and the provider does not know the name of the resource.
        return pulumi.Output.from_input(value).apply(
            lambda name: resource_name if name is None else name
        )
    return pulumi.Output.secret(value) if field.prop.secret else value


def _parts(value: Any) -> Any:
    """Return the dict of an object of arguments, and other values as they are."""
    return vars(value) if hasattr(type(value), "_pulumi_input_type") else value


def _has_output(value: Any) -> bool:
    """Whether a value is an output, or contains one."""
    match _parts(value):
        case pulumi.Output():
            return True
        case dict() as parts:
            return any(map(_has_output, parts.values()))
        case list() | tuple() as items:
            return any(map(_has_output, items))
        case _:
            return False


async def _secret_paths(value: Any) -> list[str] | None:
    """Return the paths of the secret outputs in a value, without the places in lists; None without any."""
    try:
        return sorted({path async for path in _secrets(value, "")}) or None
    except Exception:  # noqa: BLE001 - a failed output is reported for the argument itself
        return None


async def _secrets(value: Any, path: str) -> AsyncIterator[str]:
    match _parts(value):
        case pulumi.Output() as output:
            if await pulumi.Output.from_input(output).is_secret():
                yield path
        case dict() as parts:
            for name, part in parts.items():
                async for secret in _secrets(part, f"{path}.{name}" if path else name):
                    yield secret
        case list() | tuple() as items:
            for item in items:
                async for secret in _secrets(item, path):
                    yield secret
