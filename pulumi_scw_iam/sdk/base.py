"""The base class of all resource classes."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Protocol, TypeVar

import pulumi
from pulumi import dynamic

from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.core.fields import Field, fields
from pulumi_scw_iam.core.names import dynamic_token
from pulumi_scw_iam.dynamic import PROVIDER_KEY, SECRETS_KEY, pickled_provider
from pulumi_scw_iam.sdk.providers import check_options

if TYPE_CHECKING:
    import types
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from typing_extensions import Self

    from pulumi_scw_iam.dynamic import Provider

__all__ = ["IamResource", "attributes_of", "declares"]

P = ParamSpec("P")
R = TypeVar("R")


class _Constructed(Protocol):
    """A resource with a generated constructor."""

    def _declare(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None,
        arguments: Mapping[str, pulumi.Input[Any]],
    ) -> None: ...


class _Declared(NamedTuple):
    """A resource of the program, with its id and its arguments.

    The reference to the output keeps its `id()` from being reused.
    """

    id: pulumi.Output[str]
    values: Mapping[str, Any]


_declared: dict[int, _Declared] = {}
"""The resources of the program, by the `id()` of their `id` output.

During the preview of a create, the id of a group is unknown, so the provider cannot match memberships to groups.
The program can: `group_id` is the same object as the `id` output of the group.
"""


_IMPORT = "leave it out, and import the object with `pulumi-scw-iam adopt --program . --stack NAME`"
_IGNORED = (
    "has no effect on this class, because the engine does not compare single properties;"
    " use replacement_trigger"
)


def declares(signature: Callable[P, None]) -> Callable[P, None]:
    """Decorate a signature as a constructor. The body of the decorated function never runs.

    The constructor accepts unknown arguments too. Check then reports each unknown argument with the most
    similar name, together with all other failures.

    The SDK records the stack of a resource from the caller of the third `__init__`: `Resource`,
    `CustomResource`, and this constructor. No other function in between may have this name.
    """

    @functools.wraps(signature)
    def __init__(  # noqa: N807 - the SDK counts this name, see above
        self: _Constructed,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: pulumi.Input[Any],
    ) -> None:
        self._declare(resource_name, opts, arguments)

    return __init__  # type: ignore[return-value] # accepts more


def _reads(signature: Callable[P, R]) -> Callable[P, R]:
    """Decorate the signature of `get`. As in `declares`, the name `__init__` ends the recorded stack."""

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
        if unknown := cls._iam.kind.secrets_note():
            pulumi.log.info(unknown, resource)
        return resource

    return __init__  # type: ignore[return-value] # returns the class of the call


class IamResource(dynamic.Resource):
    """A resource of one kind, managed by the dynamic provider of the kind."""

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
        # The SDK resolves only outputs that are passed as properties, so unset outputs are passed as None.
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
        props[PROVIDER_KEY] = pickled_provider(kind.name)
        # Not the constructor of dynamic.Resource: see `declares`.
        options = pulumi.ResourceOptions(
            additional_secret_outputs=list(kind.secrets()),
            # The engine calls the provider's diff only for changed properties, not for replacement_trigger.
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
        """Look up an existing object by its id. Pulumi reads the object, and never changes it."""


_SDK_FRAMES = 6
"""The number of frames to allow for the SDK: four in use, and two in reserve for SDK changes.

The two extra frames are the frames of `runpy` below the program. The state stores each as `{}`.
"""


def _frames_to_record(frame: types.FrameType | None) -> int:
    """Return the number of stack frames for the SDK: its own frames, and all frames of the program."""
    count = _SDK_FRAMES
    while frame is not None and not _runs_programs(frame.f_globals.get("__name__")):
        count += 1
        frame = frame.f_back
    return count


def _runs_programs(module: object) -> bool:
    return module == "runpy" or str(module).partition(".")[0] == "pulumi"


@contextlib.contextmanager
def _recorded(frames: int) -> Iterator[None]:
    """Context manager: limit the stack that the SDK records to the innermost `frames` frames.

    The engine stores the stack of each resource in the state, and writes the state after each step. The ten
    frames below a program are always the same, and were 40 % of the state. `sys.tracebacklimit` also limits
    the recorded stack.
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


def _input(field: Field, value: Any, resource_name: str) -> Any:
    """Return the input for an argument, with the default name, and as a secret if declared so."""
    if value is None:
        return resource_name if field.prop.autoname else None
    if field.prop.autoname and not isinstance(value, str):
        # The provider does not know the name of the resource, so a None is replaced here.
        return pulumi.Output.from_input(value).apply(
            lambda name: resource_name if name is None else name
        )
    return pulumi.Output.secret(value) if field.prop.secret else value


def attributes_of(value: Any) -> Any:
    """Return the attributes of an input class as a dict, and any other value unchanged."""
    return vars(value) if hasattr(type(value), "_pulumi_input_type") else value


def _has_output(value: Any) -> bool:
    """Return whether a value is or contains an output."""
    match attributes_of(value):
        case pulumi.Output():
            return True
        case dict() as parts:
            return any(map(_has_output, parts.values()))
        case list() | tuple() as items:
            return any(map(_has_output, items))
        case _:
            return False


async def _secret_paths(value: Any) -> list[str] | None:
    """Return the paths of secret outputs in a value, without list indexes, or None."""
    try:
        return sorted({path async for path in _secrets(value, "")}) or None
    except Exception:  # noqa: BLE001 - the SDK reports the failed output itself
        return None


async def _secrets(value: Any, path: str) -> AsyncIterator[str]:
    match attributes_of(value):
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
