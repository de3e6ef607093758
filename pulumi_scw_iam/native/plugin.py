"""The gRPC service of the native plugin, for programs in every Pulumi language.

The service uses the generated stubs of the SDK, not the SDK's own provider server. That server appends a
Python stack to every error, reads a missing object as an empty object, and cannot report an unfinished
create.
"""

from __future__ import annotations

import functools
import json
import shlex
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf import empty_pb2, struct_pb2

from pulumi_scw_iam.api.settings import PROFILE, SETTINGS, Settings, found
from pulumi_scw_iam.common.errors import Incomplete, NotFound, Refused
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.version import __version__
from pulumi_scw_iam.core.check import Failure, concealed
from pulumi_scw_iam.core.cures import Cures
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, Step, encode
from pulumi_scw_iam.core.names import camel, from_pulumi, in_component, name_of, to_pulumi, token
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.core.reporting import one_line
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.native.protocol import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)
from pulumi_scw_iam.native.values import (
    as_secret,
    check_failures,
    diff_response,
    from_struct,
    secret_names,
    secret_paths,
    secret_texts,
    to_struct,
    to_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Plugin"]

F = TypeVar("F", bound="Callable[..., Any]")

_ENGINES_OWN = {"version", "pluginDownloadURL", "pluginChecksums", "parameterization"}
"""Inputs of a provider that the engine adds by itself."""

_ORGANIZATION = camel("organization_id")

_TOKENS: Mapping[str, str] = {token(name): name for name in KINDS}


def _one_line_errors(method: F) -> F:
    """Decorator: turn an exception into an error of one line, for the engine to show to the user.

    Secrets of the request are redacted in that line and in all later messages.
    """

    @functools.wraps(method)
    def wrapper(self: Plugin, request: Any, context: grpc.ServicerContext) -> Any:
        for _, value in request.ListFields():
            if isinstance(value, struct_pb2.Struct):
                declared_secrets.learn_values(secret_texts(value.fields.values()))
        try:
            return method(self, request, context)
        except Incomplete as error:
            line = _send_incomplete(error, request, context)
        except Exception as error:  # noqa: BLE001 - every error becomes one line
            line = one_line(error) or f"{type(error).__name__} in the plugin of pulumi-scw-iam"
        return context.abort(grpc.StatusCode.UNKNOWN, line)

    return wrapper  # type: ignore[return-value]


def _send_incomplete(error: Incomplete, request: Any, context: grpc.ServicerContext) -> str:
    """Attach the unfinished resource to the response, and return the error line.

    The engine saves the resource as failed to initialize. The next update finishes the create.
    """
    kind, line = _kind_of(request.urn), declared_secrets.text(str(error))
    inputs = request.news if isinstance(request, provider_pb2.UpdateRequest) else request.properties
    properties = to_pulumi(kind.state, encode(error.state))
    failed = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=to_struct(properties, _secrets(kind) | secret_names(inputs)),
        inputs=inputs,
        reasons=[line],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=line)
    status.details.add().Pack(failed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    return line


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The service `ResourceProvider`: translates each call to a method of `ProviderCore` and back.

    `engine` is the address of the engine, or None.
    """

    def __init__(self, engine: str | None = None) -> None:
        self._new_core = functools.partial(
            ProviderCore, cures=_CURES, name="native", engine=engine, spell=camel
        )
        self._core = self._new_core(Settings.resolve)
        self._engine = engine
        self._reference: str | None = None
        self._cancelled = False

    # --- the plugin --------------------------------------------------------------------------

    @_one_line_errors
    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, accept_outputs=False
        )

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=__version__)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    @_one_line_errors
    def GetSchema(self, request: Any, context: Any) -> Any:
        # `make generate` writes the file from the declarations, and `make check` compares them.
        schema = (files("pulumi_scw_iam.native") / "schema.json").read_text("utf-8")
        return provider_pb2.GetSchemaResponse(schema=schema)

    def GetMapping(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetMappingsResponse()

    def Parameterize(self, request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "scw-iam accepts no parameters")

    @_one_line_errors
    def Construct(self, request: Any, context: Any) -> Any:
        # Imported here: the module imports the Pulumi SDK.
        from pulumi_scw_iam.native.construct import construct  # noqa: PLC0415

        return construct(request, self._engine, self._reference)

    def Call(self, request: Any, context: Any) -> Any:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "the resources of scw-iam have no methods")

    def Cancel(self, request: Any, context: Any) -> Any:
        """End all waits, now and later. API calls in progress are finished or undone."""
        self.cancel()
        return empty_pb2.Empty()

    def close(self) -> None:
        """Run create recovery a last time, for creates with a lost response.

        The engine gives a plugin a limited time to exit; the recovery takes less.
        """
        self._core.close()

    def cancel(self) -> None:
        """End all waits, now and later: on `Cancel`, or after the end of the engine."""
        self._cancelled = True
        self._core.cancel()

    # --- configuration -----------------------------------------------------------------------

    @_one_line_errors
    def CheckConfig(self, request: Any, context: Any) -> Any:
        known = {camel(setting.name): setting for setting in (*SETTINGS.values(), PROFILE)}
        failures = []
        for name, value in from_struct(request.news).items():
            if name in _ENGINES_OWN or name.startswith("__") or value is None or value is UNKNOWN:
                continue
            setting = known.get(name)
            if setting is None:
                reason = f"is not a setting of {token('Provider')}; use one of {', '.join(known)}"
                failures.append(Failure(name, reason, hidden=True))
            elif not isinstance(value, str):
                failures.append(Failure(name, "must be a string", setting.secret))
            elif value:
                try:
                    setting.parse(value)
                except ValueError as error:
                    failures.append(Failure(name, str(error), setting.secret))
        news = dict(request.news.fields)
        if (organization := _organization_of(request.news)) is not None:
            news[_ORGANIZATION] = to_value(organization)
        marked = secret_names(request.news)
        secrets = marked | {n for n, s in known.items() if s.secret}
        inputs = struct_pb2.Struct(
            fields={n: as_secret(v) if n in secrets else v for n, v in news.items()}
        )
        messages = check_failures(concealed(failures, marked))
        return provider_pb2.CheckResponse(inputs=inputs, failures=messages)

    @_one_line_errors
    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Compare the settings of a provider. A new organization replaces the provider.

        The engine then deletes the resources in the old organization with the old provider. New
        credentials or defaults replace nothing.
        """
        olds, news = from_struct(request.olds), from_struct(request.news)
        names = sorted(n for n in {*olds, *news} - _ENGINES_OWN if olds.get(n) != news.get(n))
        changes = dict.fromkeys(names, Change.UPDATE)
        steps = [((name,), Step.of(olds.get(name), news.get(name))) for name in names]
        known = all(isinstance(values.get(_ORGANIZATION), str) for values in (olds, news))
        if _ORGANIZATION in changes and known:
            changes[_ORGANIZATION] = Change.REPLACE
        return diff_response(changes, steps)

    @_one_line_errors
    def Configure(self, request: Any, context: Any) -> Any:
        arguments = {
            name: value for name, value in from_struct(request.args).items() if value is not UNKNOWN
        }

        def configured(key: str) -> str | None:
            return arguments.get(key.partition(":")[2])

        self._core = self._new_core(lambda: Settings.resolve(pulumi_config=configured))
        # Children of a component belong to the provider of the component. Older engines do not name it.
        self._reference = f"{request.urn}::{request.id}" if request.urn and request.id else None
        # Checked after the assignment, so that a concurrent Cancel reaches either the old or the new core.
        if self._cancelled:
            self._core.cancel()
        # Invalid credentials fail here once, instead of once per resource.
        _ = self._core.settings
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False
        )

    # --- resources ---------------------------------------------------------------------------

    @_one_line_errors
    def Check(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        inputs, failures = self._core.check(
            kind,
            from_pulumi(kind.inputs, from_struct(request.olds)),
            from_pulumi(kind.inputs, from_struct(request.news)),
            # Older engines send none.
            outputs=from_pulumi(kind.state, from_struct(request.old_outputs)),
            resource_name=name_of(request.urn),
            urn=request.urn,
            spell=camel,
            # A reason may quote a value, unless the property is declared secret.
            secrets=secret_paths(request.news) - _secrets(kind),
        )
        if failures:
            return provider_pb2.CheckResponse(
                inputs=request.news, failures=check_failures(failures)
            )
        secrets = _secrets(kind) | secret_names(request.news)
        return provider_pb2.CheckResponse(inputs=to_struct(to_pulumi(kind.inputs, inputs), secrets))

    @_one_line_errors
    def Diff(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, from_struct(request.olds))
        news = from_pulumi(kind.inputs, from_struct(request.news))
        olds = self._core.as_of_now(kind, olds, news, urn=request.urn)
        changes = self._core.diff(kind, request.id, olds, news, urn=request.urn)
        # The diff of a secret list does not show the number of changed items.
        secret = secret_names(request.olds) | secret_names(request.news)
        opaque = {name for name in changes if camel(name) in secret}
        moving = kind.moving_outputs(olds, news)
        stables = [camel(name) for name in kind.outputs() if name not in moving]
        return diff_response(
            {camel(name): change for name, change in changes.items()},
            self._core.differences(kind, changes, olds, news, opaque=opaque),
            stables=stables if changes else [],
            deletes_first=self._core.deletes_first(kind, olds, news),
        )

    @_one_line_errors
    def Create(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        news = from_pulumi(kind.inputs, from_struct(request.properties))
        if request.preview:
            resource_id, outputs = "", kind.preview(None, news)
        else:
            with self._core.bounded(request.timeout):
                resource_id, outputs = self._core.create(kind, news, urn=request.urn)
            if not context.is_active():
                # The engine has ended or no longer waits, so no state will ever contain this object.
                self._core.undo_create(kind, resource_id, outputs)
        properties = _outputs(kind, outputs, secret_names(request.properties))
        return provider_pb2.CreateResponse(id=resource_id, properties=properties)

    @_one_line_errors
    def Read(self, request: Any, context: Any) -> Any:
        """Read a resource for a refresh, or for an import if the request has no properties."""
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, from_struct(request.properties)) or None
        inputs = request.inputs
        resource_id = request.id if olds else self._core.find(kind, request.id)
        try:
            # A refresh sends API values as the state; `get` in a program sends inputs as the state.
            looks_up = request.properties == request.inputs
            outputs = self._core.read(kind, resource_id, olds, urn=request.urn, looks_up=looks_up)
        except NotFound:
            outputs = None
        if outputs is None:
            return provider_pb2.ReadResponse(id="")
        if olds is None:
            inputs = to_struct(to_pulumi(kind.inputs, kind.inputs_of(outputs)), _secrets(kind))
            if unknown := kind.secrets_note(camel):
                user_log.info("%s: %s", kind.describe(outputs, resource_id), unknown)
        else:
            given = from_pulumi(kind.inputs, from_struct(inputs))
            if (changed := self._core.refreshed(kind, given, olds, outputs)) is not None:
                secrets = _secrets(kind) | secret_names(inputs)
                inputs = to_struct(to_pulumi(kind.inputs, changed), secrets)
        properties = _outputs(kind, outputs, secret_names(request.properties))
        return provider_pb2.ReadResponse(id=resource_id, properties=properties, inputs=inputs)

    @_one_line_errors
    def List(self, request: Any, context: Any) -> Any:
        """List all objects of a kind, with the ids for `pulumi import`."""
        kind = _kind(request.token)
        if request.query.fields:
            names = ", ".join(sorted(request.query.fields))
            raise Refused(f"lists of scw-iam accept no query; remove {names}")
        results = [
            provider_pb2.ListResponse.Result(
                id=resource_id, name=str(item.get(kind.described_by) or "")
            )
            for resource_id, item in self._core.listed(kind, request.limit)
        ]
        return iter([provider_pb2.ListResponse(result=result) for result in results])

    @_one_line_errors
    def Invoke(self, request: Any, context: Any) -> Any:
        function = _functions().get(request.tok)
        if function is None:
            names = ", ".join(_functions())
            raise Refused(f"{request.tok} is not a function of scw-iam; use one of {names}")
        arguments = from_pulumi(function.arguments, from_struct(request.args))
        secrets = secret_paths(request.args)
        result, failures = self._core.call(function, arguments, spell=camel, secrets=secrets)
        if failures:
            return provider_pb2.InvokeResponse(failures=check_failures(failures))
        returned = to_struct(to_pulumi(function.result, result))
        # The field is called `return`, a keyword of Python.
        return provider_pb2.InvokeResponse(**{"return": returned})  # type: ignore[arg-type]

    @_one_line_errors
    def Update(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, from_struct(request.olds))
        news = from_pulumi(kind.inputs, from_struct(request.news))
        if request.preview:
            olds = self._core.as_of_now(kind, olds, news, urn=request.urn)
            outputs = self._core.preview(kind, request.id, olds, news)
        else:
            with self._core.bounded(request.timeout):
                outputs = self._core.update(kind, request.id, olds, news)
        properties = _outputs(kind, outputs, secret_names(request.news))
        return provider_pb2.UpdateResponse(properties=properties)

    @_one_line_errors
    def Delete(self, request: Any, context: Any) -> Any:
        kind = _kind_of(request.urn)
        olds = from_pulumi(kind.state, from_struct(request.properties))
        with self._core.bounded(request.timeout):
            self._core.delete(kind, request.id, olds, urn=request.urn)
        return empty_pb2.Empty()


@functools.cache
def _functions() -> Mapping[str, Function[Any, Any]]:
    # Imported here: few programs call functions, and every Pulumi command waits for the plugin's start.
    from pulumi_scw_iam.functions import FUNCTIONS  # noqa: PLC0415

    return {token(name): function for name, function in FUNCTIONS.items()}


def _kind_of(urn: str) -> AnyKind:
    """Return the kind of a resource by URN. In a component, the type in the URN reads `Parent$Child`."""
    return _kind(urn.split("::")[2].rpartition("$")[2])


def _kind(type_token: str) -> AnyKind:
    """Return the kind of a type token such as `scw-iam:index:Group`; raise Refused if unknown."""
    if type_token not in _TOKENS:
        raise Refused(f"{type_token} is not a resource of scw-iam; use one of {', '.join(_TOKENS)}")
    return KINDS[_TOKENS[type_token]]


@functools.cache
def _secrets(kind: AnyKind) -> frozenset[str]:
    """Return the names of the properties declared secret, in camelCase."""
    return frozenset(map(camel, kind.secrets()))


def _outputs(kind: AnyKind, outputs: Mapping[str, Any], secrets: set[str]) -> struct_pb2.Struct:
    """Return the engine's struct for outputs; `secrets` names the secret inputs."""
    return to_struct(to_pulumi(kind.state, outputs), _secrets(kind) | secrets)


def _adopt(kind: str, name: str, resource_id: str) -> str:
    line = shlex.join(["pulumi", "import", token(kind), name, resource_id])
    return f"import it with `{line}`"


def _alias(urn: str | None) -> str:
    if urn is not None and in_component(urn):
        # In a component, an alias by name would have the wrong parent.
        return f"add {json.dumps(urn)} to its aliases"
    name = json.dumps("OLD NAME" if urn is None else name_of(urn))
    return f"add {{name: {name}}} to its aliases"


_CURES = Cures(_adopt, _alias)
"""The fixes in messages, for programs in any language."""


def _organization_of(settings: struct_pb2.Struct) -> str | None:
    """Return the organization from the environment or the profile; None if the program sets one.

    The organization is saved in the provider's state, so that a new organization is a provider change.
    """
    given = from_struct(settings)
    if given.get(_ORGANIZATION) or UNKNOWN in given.values():
        return None
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    organization_id: str | None = found(
        "organization_id", lambda key: texts.get(key.partition(":")[2])
    )
    return organization_id
