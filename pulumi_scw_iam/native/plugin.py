"""The native front: the plugin `pulumi-resource-scw-iam`, for every Pulumi language.

It speaks the engine's protocol directly, over the stubs of the SDK: the SDK's own provider server
appends a Python stack to every error, takes a missing object for an empty one, and cannot say that a
create is not finished.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import logging
import os
import shlex
import sys
from concurrent import futures
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2

from pulumi_scw_iam import __version__
from pulumi_scw_iam.api.settings import PROFILE, SETTINGS, Settings, found
from pulumi_scw_iam.common.errors import Incomplete, NotFound, Refused
from pulumi_scw_iam.common.redaction import declared_secrets, hidden
from pulumi_scw_iam.common.signals import Shutdown
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.check import Failure, concealed
from pulumi_scw_iam.core.fields import UNKNOWN, Step, encode
from pulumi_scw_iam.core.kind import Change
from pulumi_scw_iam.core.names import camel, from_pulumi, in_component, name_of, to_pulumi, token
from pulumi_scw_iam.core.provider import Cures, ProviderCore, one_line, show_user_log
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.native.protocol import (
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pulumi_scw_iam.core.fields import Path
    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Plugin", "main", "serve"]

F = TypeVar("F", bound="Callable[..., Any]")

# The engine's marks in values: an object with the first key is special, and the others say how.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, the same for all
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWNS = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # of a string, and of what has no type yet
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# What the engine itself puts among the inputs of a provider.
_ENGINES_OWN = {"version", "pluginDownloadURL", "pluginChecksums", "parameterization"}

_ORGANIZATION = camel("organization_id")

# As many as the engine may ask for at once; a thread is only made when it is needed.
_MOST_CALLS_AT_ONCE = 512

_GRACE_SECONDS = 5
_LOOKS_AFTER_SECONDS = 1.0

_TOKENS: Mapping[str, str] = {token(name): name for name in KINDS}


def _told(method: F) -> F:
    """Answer an exception with its one line, which is what the engine shows.

    The secrets of the request are kept out of that line, and of all messages from now on.
    """

    @functools.wraps(method)
    def wrapper(self: Plugin, request: Any, context: grpc.ServicerContext) -> Any:
        for _, value in request.ListFields():
            if isinstance(value, struct_pb2.Struct):
                declared_secrets.learn_values(_secret_texts(value.fields.values()))
        try:
            return method(self, request, context)
        except Incomplete as error:
            line = _tell_incomplete(error, request, context)
        except Exception as error:  # noqa: BLE001 - whatever it is, the user sees one line of it
            line = one_line(error) or f"{type(error).__name__} in the plugin of pulumi-scw-iam"
        return context.abort(grpc.StatusCode.UNKNOWN, line)

    return wrapper  # type: ignore[return-value]


def _tell_incomplete(error: Incomplete, request: Any, context: grpc.ServicerContext) -> str:
    """Tell the engine that there is a resource, and what it lacks; the next update finishes it."""
    kind, line = _kind_of(request.urn), declared_secrets.text(str(error))
    inputs = request.news if isinstance(request, provider_pb2.UpdateRequest) else request.properties
    properties = to_pulumi(kind.state, encode(error.state))
    failed = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=_struct(properties, _secrets(kind) | _secret_names(inputs)),
        inputs=inputs,
        reasons=[line],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=line)
    status.details.add().Pack(failed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    return line


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The engine's calls, each translated to a verb of `ProviderCore` and back."""

    def __init__(self, engine: str | None = None) -> None:
        self._new_core = functools.partial(
            ProviderCore, cures=_CURES, name="native", engine=engine, spell=camel
        )
        self._core = self._new_core(Settings.resolve)
        self._cancelled = False

    # --- the plugin --------------------------------------------------------------------------

    @_told
    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, accept_outputs=False
        )

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=__version__)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    @_told
    def GetSchema(self, request: Any, context: Any) -> Any:
        # `make generate` makes the file of the declarations, and `make check` compares them.
        schema = (files("pulumi_scw_iam.native") / "schema.json").read_text("utf-8")
        return provider_pb2.GetSchemaResponse(schema=schema)

    def GetMapping(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingsResponse()

    def Parameterize(self, request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "scw-iam takes no parameters")

    def Construct(self, request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "scw-iam has no components")

    def Call(self, request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "the resources of scw-iam have no methods")

    def Cancel(self, request: Any, context: Any) -> Any:
        """End all waits, now and later; what was begun is finished or undone."""
        self.cancel()
        return empty_pb2.Empty()

    def close(self) -> None:
        """Look once more for what lost creates made; takes less time than the engine allows."""
        self._core.close()

    def cancel(self) -> None:
        """End all waits, as when the engine cancels, or is gone."""
        self._cancelled = True
        self._core.cancel()

    # --- its configuration -------------------------------------------------------------------

    @_told
    def CheckConfig(self, request: Any, context: Any) -> Any:
        known = {camel(setting.name): setting for setting in (*SETTINGS.values(), PROFILE)}
        failures = []
        for name, value in _plain_map(request.news).items():
            if name in _ENGINES_OWN or name.startswith("__") or value is None or value is UNKNOWN:
                continue
            setting = known.get(name)
            if setting is None:
                reason = f"is not a setting of {token('Provider')}; it has {', '.join(known)}"
                failures.append(Failure(name, reason, hidden=True))
            elif not isinstance(value, str):
                failures.append(Failure(name, "is not a string", setting.secret))
            elif value:
                try:
                    setting.format(value)
                except ValueError as wrong:
                    failures.append(Failure(name, str(wrong), setting.secret))
        news = dict(request.news.fields)
        if (organization := _organization_of(request.news)) is not None:
            news[_ORGANIZATION] = _value(organization)
        marked = _secret_names(request.news)
        secrets = marked | {n for n, s in known.items() if s.secret}
        inputs = struct_pb2.Struct(
            fields={n: _as_secret(v) if n in secrets else v for n, v in news.items()}
        )
        told = _failures(concealed(failures, marked))
        return provider_pb2.CheckResponse(inputs=inputs, failures=told)

    @_told
    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Compare settings; another organization replaces the provider.

        The engine then deletes with the old provider what is in the old organization. Other credentials
        and defaults replace nothing.
        """
        olds, news = _plain_map(request.olds), _plain_map(request.news)
        names = sorted(n for n in {*olds, *news} - _ENGINES_OWN if olds.get(n) != news.get(n))
        changes = dict.fromkeys(names, Change.UPDATE)
        steps = [((name,), Step.of(olds.get(name), news.get(name))) for name in names]
        known = [isinstance(it.get(_ORGANIZATION), str) for it in (olds, news)]
        if _ORGANIZATION in changes and all(known):
            changes[_ORGANIZATION] = Change.REPLACE
        return _diff(changes, steps)

    @_told
    def Configure(self, request: Any, context: Any) -> Any:
        arguments = {
            name: value for name, value in _plain_map(request.args).items() if value is not UNKNOWN
        }

        def configured(key: str) -> str | None:
            return arguments.get(key.partition(":")[2])

        self._core = self._new_core(lambda: Settings.resolve(pulumi_config=configured))
        # Asked after the front is in place: a Cancel that comes meanwhile finds either or both.
        if self._cancelled:
            self._core.cancel()
        # Bad credentials are told once, here, and not for every resource.
        _ = self._core.settings
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    # --- resources ---------------------------------------------------------------------------

    @_told
    def Check(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        inputs, failures = self._core.check(
            kind,
            from_pulumi(kind.inputs, _plain_map(request.olds)),
            from_pulumi(kind.inputs, _plain_map(request.news)),
            resource_name=name_of(request.urn),
            urn=request.urn,
            spell=camel,
            # A reason may quote a value, unless its property is declared a secret.
            secrets=_secret_paths(request.news) - _secrets(kind),
        )
        if failures:
            return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))
        secrets = _secrets(kind) | _secret_names(request.news)
        return provider_pb2.CheckResponse(inputs=_struct(to_pulumi(kind.inputs, inputs), secrets))

    @_told
    def Diff(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, _plain_map(request.olds))
        news = from_pulumi(kind.inputs, _plain_map(request.news))
        changes = self._core.diff(kind, request.id, olds, news, urn=request.urn)
        # Of a secret list, not even the number of changes is told.
        secret = _secret_names(request.olds) | _secret_names(request.news)
        opaque = {name for name in changes if camel(name) in secret}
        return _diff(
            {camel(name): change for name, change in changes.items()},
            self._core.differences(kind, changes, olds, news, opaque=opaque),
            stables=[camel(name) for name in kind.outputs()] if changes else [],
            deletes_first=self._core.deletes_first(kind, olds, news),
        )

    @_told
    def Create(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        news = from_pulumi(kind.inputs, _plain_map(request.properties))
        if request.preview:
            resource_id, outputs = "", kind.preview(None, news)
        else:
            with self._core.bounded(request.timeout):
                resource_id, outputs = self._core.create(kind, news, urn=request.urn)
            if not context.is_active():
                # The engine is gone, or waits no longer: no state will ever know of this one.
                self._core.undo_create(kind, resource_id, outputs)
        properties = _outputs(kind, outputs, _secret_names(request.properties))
        return provider_pb2.CreateResponse(id=resource_id, properties=properties)

    @_told
    def Read(self, request: Any, context: Any) -> Any:
        """A refresh, or an import when the engine knows no properties."""
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, _plain_map(request.properties)) or None
        inputs = request.inputs
        resource_id = request.id if olds else self._core.find(kind, request.id)
        try:
            # A refresh sends what the API told; a program sends the same values as inputs and as state.
            looks_up = request.properties == request.inputs
            outputs = self._core.read(kind, resource_id, olds, urn=request.urn, looks_up=looks_up)
        except NotFound:
            outputs = None
        if outputs is None:
            return provider_pb2.ReadResponse(id="")
        if olds is None:
            inputs = _struct(to_pulumi(kind.inputs, kind.inputs_of(outputs)), _secrets(kind))
            if unknown := kind.told_once(camel):
                user_log.info("%s: %s", kind.describe(outputs, resource_id), unknown)
        else:
            said = from_pulumi(kind.inputs, _plain_map(inputs))
            if (changed := self._core.refreshed(kind, said, olds, outputs)) is not None:
                secrets = _secrets(kind) | _secret_names(inputs)
                inputs = _struct(to_pulumi(kind.inputs, changed), secrets)
        properties = _outputs(kind, outputs, _secret_names(request.properties))
        return provider_pb2.ReadResponse(id=resource_id, properties=properties, inputs=inputs)

    @_told
    def List(self, request: Any, context: Any) -> Any:
        """The ids of all there are of a kind, in the form in which they can be imported."""
        kind = _kind(request.token)
        if request.query.fields:
            names = ", ".join(sorted(request.query.fields))
            raise Refused(f"lists of scw-iam take no query; leave out {names}")
        results = [
            provider_pb2.ListResponse.Result(id=it, name=str(item.get(kind.described_by) or ""))
            for it, item in self._core.listed(kind, request.limit)
        ]
        return iter([provider_pb2.ListResponse(result=result) for result in results])

    @_told
    def Invoke(self, request: Any, context: Any) -> Any:
        function = _functions().get(request.tok)
        if function is None:
            raise Refused(f"{request.tok} is not a function of scw-iam")
        arguments = from_pulumi(function.arguments, _plain_map(request.args))
        secrets = _secret_paths(request.args)
        result, failures = self._core.call(function, arguments, spell=camel, secrets=secrets)
        if failures:
            return provider_pb2.InvokeResponse(failures=_failures(failures))
        answer = _struct(to_pulumi(function.result, result))
        # The field's name is a word of Python's.
        return provider_pb2.InvokeResponse(**{"return": answer})  # type: ignore[arg-type]

    @_told
    def Update(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, _plain_map(request.olds))
        news = from_pulumi(kind.inputs, _plain_map(request.news))
        if request.preview:
            outputs = self._core.preview(kind, request.id, olds, news)
        else:
            with self._core.bounded(request.timeout):
                outputs = self._core.update(kind, request.id, olds, news)
        properties = _outputs(kind, outputs, _secret_names(request.news))
        return provider_pb2.UpdateResponse(properties=properties)

    @_told
    def Delete(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, _plain_map(request.properties))
        with self._core.bounded(request.timeout):
            self._core.delete(kind, request.id, olds, urn=request.urn)
        return empty_pb2.Empty()


@functools.cache
def _functions() -> Mapping[str, Function[Any, Any]]:
    # Imported here: few programs call any, and a start is felt at each command.
    from pulumi_scw_iam.functions import FUNCTIONS  # noqa: PLC0415

    return {token(name): function for name, function in FUNCTIONS.items()}


def _kind_of(urn: str) -> AnyKind:
    """The kind of a resource; within a component its type reads `Parent$Child`."""
    return _kind(urn.split("::")[2].rpartition("$")[2])


def _kind(asked: str) -> AnyKind:
    """The kind of a token."""
    if asked not in _TOKENS:
        raise Refused(f"{asked} is not a resource of scw-iam; it has {', '.join(_TOKENS)}")
    return KINDS[_TOKENS[asked]]


def _adopt(kind: str, name: str, resource_id: str) -> str:
    line = shlex.join(["pulumi", "import", token(kind), name, resource_id])
    return f"import it with `{line}`"


def _alias(urn: str | None) -> str:
    if urn is not None and in_component(urn):
        # Another name alone would not do.
        return f"add {json.dumps(urn)} to its aliases"
    name = json.dumps("OLD NAME" if urn is None else name_of(urn))
    return f"add {{name: {name}}} to its aliases"


_CURES = Cures(_adopt, _alias)
"""The cures for programs in any language."""


def _organization_of(settings: struct_pb2.Struct) -> str | None:
    """Return the organization that the environment or the profile chooses; None if the program does.

    It stands in the state then, so that another organization is a change of the provider.
    """
    given = _plain_map(settings)
    if given.get(_ORGANIZATION) or UNKNOWN in given.values():
        return None
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    return found("organization_id", lambda key: texts.get(key.partition(":")[2]))


# --- values --------------------------------------------------------------------------------------


def _plain(value: struct_pb2.Value) -> Any:  # noqa: PLR0911 - a value has as many forms
    """The plain value of one of the engine's: secrets in clear, unknowns as UNKNOWN."""
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_plain(item) for item in value.list_value.values]
        case "struct_value":
            inner = value.struct_value.fields
            if _SIGNATURE not in inner:
                return _plain_map(value.struct_value)
            if inner[_SIGNATURE].string_value in (_SECRET, _OUTPUT):
                return hidden(_plain(inner["value"]), secret=True) if "value" in inner else UNKNOWN
            return _plain_map(value.struct_value)  # an asset or alike: check refuses it
        case _:
            return None


def _plain_map(struct: struct_pb2.Struct) -> dict[str, Any]:
    plain = {name: _plain(value) for name, value in struct.fields.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _secret_names(struct: struct_pb2.Struct) -> set[str]:
    """The properties that the engine holds as secret, as a whole or in a part."""
    return {name for name, value in struct.fields.items() if _holds_secret(value)}


def _holds_secret(value: struct_pb2.Value) -> bool:
    return any(True for _ in _marked_secret(value))


def _secret_paths(struct: struct_pb2.Struct) -> set[str]:
    """The paths of the secrets, without the places in lists: `tags`, `rules.condition`."""
    return {
        f"{name}{path}"
        for name, value in struct.fields.items()
        for path, _ in _marked_secret(value)
    }


def _marked_secret(
    value: struct_pb2.Value, path: str = ""
) -> Iterator[tuple[str, struct_pb2.Value]]:
    """The values that the engine marks as secret within a value, with their paths."""
    match value.WhichOneof("kind"):
        case "list_value":
            for item in value.list_value.values:
                yield from _marked_secret(item, path)
        case "struct_value":
            inner = value.struct_value.fields
            if _SIGNATURE not in inner:
                for name, item in inner.items():
                    yield from _marked_secret(item, f"{path}.{name}")
                return
            if _is_secret(inner):
                yield path, value


def _secret_texts(values: Iterable[struct_pb2.Value], *, secret: bool = False) -> Iterator[str]:
    """The texts that the engine marks as secret, also within what it marks; all where `secret` says so."""
    for value in values:
        match value.WhichOneof("kind"):
            case "string_value" if secret and value.string_value not in _UNKNOWNS:
                yield value.string_value
            case "list_value":
                yield from _secret_texts(value.list_value.values, secret=secret)
            case "struct_value":
                inner = value.struct_value.fields
                items = [item for name, item in inner.items() if name != _SIGNATURE]
                yield from _secret_texts(items, secret=secret or _is_secret(inner))


def _is_secret(inner: Mapping[str, struct_pb2.Value]) -> bool:
    """Whether these are the fields of what the engine marks as secret."""
    if _SIGNATURE not in inner:
        return False
    mark = inner[_SIGNATURE].string_value
    return mark == _SECRET or (mark == _OUTPUT and inner["secret"].bool_value)


def _value(plain: Any) -> struct_pb2.Value:
    """The engine's value for a plain one."""
    match plain:
        case bool():
            return struct_pb2.Value(bool_value=plain)
        case str():
            return struct_pb2.Value(string_value=plain)
        case int() | float():
            return struct_pb2.Value(number_value=plain)
        case list():
            items = [_value(item) for item in plain]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
        case dict():
            return struct_pb2.Value(struct_value=_struct(plain))
        case _:
            assert plain is UNKNOWN
            return struct_pb2.Value(string_value=_UNKNOWN)


def _as_secret(value: struct_pb2.Value) -> struct_pb2.Value:
    if _SIGNATURE in value.struct_value.fields:
        return value
    mark = {_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": value}
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=mark))


def _struct(plain: Mapping[str, Any], secrets: Collection[str] = ()) -> struct_pb2.Struct:
    values = {name: _value(value) for name, value in plain.items()}
    return struct_pb2.Struct(
        fields={n: _as_secret(v) if n in secrets else v for n, v in values.items()}
    )


@functools.cache
def _secrets(kind: AnyKind) -> frozenset[str]:
    return frozenset(map(camel, kind.secrets()))


def _outputs(kind: AnyKind, outputs: Mapping[str, Any], secrets: set[str]) -> struct_pb2.Struct:
    return _struct(to_pulumi(kind.state, outputs), _secrets(kind) | secrets)


def _failures(failures: list[Failure]) -> Iterator[Any]:
    for failure in failures:
        name, reason = failure.told
        yield provider_pb2.CheckFailure(property=name, reason=reason)


def _spelled(path: Path) -> str:
    """The path as the engine parses it: `rules[0].permissionSetNames[1]`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{camel(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _diff(
    changes: Mapping[str, Change],
    steps: Iterable[tuple[Path, Step]],
    stables: Collection[str] = (),
    *,
    deletes_first: bool = False,
) -> Any:
    """The engine's diff, with what happens to each property, or to each item of a list.

    `deletes_first` counts if the resource is replaced, which may have other reasons than the changes.
    """
    detailed = {}
    for path, step in steps:
        suffix = "_REPLACE" if changes[camel(str(path[0]))] is Change.REPLACE else ""
        detailed[_spelled(path)] = provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.Kind.Value(step.value + suffix)
        )
    some = provider_pb2.DiffResponse.DIFF_SOME
    none = provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if changes else none,
        replaces=[name for name, change in changes.items() if change is Change.REPLACE],
        diffs=list(changes),
        stables=stables,
        detailedDiff=detailed,
        hasDetailedDiff=True,
        deleteBeforeReplace=deletes_first,
    )


class _EngineLog(logging.Handler):
    """Hands messages to the engine, which shows them to the user."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def emit(self, record: logging.LogRecord) -> None:
        severity = engine_pb2.WARNING if record.levelno >= logging.WARNING else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=self.format(record))
        # An engine that is gone shows nothing, and what is being undone must not fail for that.
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(request)


# --- the process ---------------------------------------------------------------------------------


def main() -> None:
    """Serve the plugin until the engine ends it, and end at once: the engine waits for that."""
    try:
        serve()
    except BrokenPipeError:
        os._exit(1)  # nobody has read the port, so nobody will ever call
    # The interpreter would take 20 ms to tidy up what goes with the process.
    sys.stderr.flush()
    os._exit(0)


def serve() -> None:
    """Serve the plugin until the engine ends it: prints the port, as the engine expects."""
    # Before anybody can know the port: an engine may be killed as soon as it does.
    parent = os.getppid()
    parser = argparse.ArgumentParser(description="The Pulumi plugin scw-iam; Pulumi starts it.")
    parser.add_argument("--version", action="version", version=f"scw-iam {__version__}")
    parser.add_argument("engine", nargs="?", help="the engine's address")
    if engine := parser.parse_known_args()[0].engine:
        show_user_log(_EngineLog(engine))
    with Shutdown() as ending:
        server = grpc.server(
            futures.ThreadPoolExecutor(_MOST_CALLS_AT_ONCE),
            options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
        )
        plugin = Plugin(engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        # An engine that is killed asks for nothing: who then has another parent has none.
        while not ending.wait(_LOOKS_AFTER_SECONDS) and os.getppid() == parent:
            pass
        # What was begun is finished: the engine asks for the end only when it waits for nothing.
        plugin.close()
        plugin.cancel()
        server.stop(grace=_GRACE_SECONDS).wait()
