"""The dynamic front: one `pulumi.dynamic` provider class per kind.

The state of each resource holds the provider, pickled by reference. Users' states thus contain the path of this
module and the names of its classes, which must never change. The objects have no attributes, for two reasons: the
pickle is a few dozen bytes, equal for all resources of a kind; and the SDK's pickler exceeds Python's recursion
limit at about 980 objects with attributes.
"""

from __future__ import annotations

import functools
import logging
import sys
import traceback
import types
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
from pulumi import dynamic

from pulumi_scw_iam.api.settings import PROFILE, SETTINGS, Settings
from pulumi_scw_iam.common.errors import Incomplete
from pulumi_scw_iam.common.redaction import declared_secrets, hidden
from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.common.words import dashed
from pulumi_scw_iam.core.claims import engine_address
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.core.reporting import one_line, show_user_log
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.core.kind import Kind

# Begin of what `make generate` writes.
__all__ = [
    "APIKeyProvider",
    "ApplicationProvider",
    "GroupMembershipProvider",
    "GroupProvider",
    "OrganizationSecuritySettingsProvider",
    "PolicyProvider",
    "Provider",
    "SAMLCertificateProvider",
    "SAMLProvider",
    "SCIMProvider",
    "SCIMTokenProvider",
    "SSHKeyProvider",
    "UserProvider",
]
# End of what `make generate` writes.

PROVIDER_KEY = "__provider"
"""The property with the pickled provider."""

SECRETS_KEY = "__secrets"
"""The property with the paths of secret values, such as `tags` and `rules.condition`.

The host passes all values in clear, without secret markers. `sdk/base.py` sets this property if the program passes
secrets. The property contains only names and is never compared. The state keeps it for refresh and destroy.
"""

_DECLARED_SECRETS = frozenset(name for kind in KINDS.values() for name in kind.secrets())


class Provider(dynamic.ResourceProvider):
    """The base of all providers, called by Pulumi's dynamic provider host."""

    serialize_as_secret_always = False
    kind: ClassVar[Kind[Any, Any]]
    _core: ClassVar[ProviderCore]

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Store the stack's configuration, and set up one-line errors.

        The credentials are stored on the class, in this process, because attributes of the object are pickled.
        """
        names = (setting.config_key for setting in (*SETTINGS.values(), PROFILE))
        type(self)._core = _core(tuple((name, req.config.get(name)) for name in names))  # noqa: SLF001
        _show_errors_as_one_line()
        # The engine shows each line of the host's stderr.
        handler = logging.StreamHandler()
        handler.setFormatter(_UserLine())
        show_user_log(handler)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        olds, paths = self._plain(_olds), _secret_paths(news)
        inputs, failures = self._core.check(self.kind, olds, self._plain(news), secrets=paths)
        return dynamic.CheckResult(
            news if failures else _with_secret_paths(_to_host(inputs), paths),
            [dynamic.CheckFailure(*failure.told) for failure in failures],
        )

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        olds, news = self._plain(_olds), self._plain(_news)
        changes = self._core.diff(self.kind, _id, olds, news)
        replaces = [name for name, change in changes.items() if change is Change.REPLACE]
        secret = {path.split(".")[0] for path in (*_secret_paths(_olds), *_secret_paths(_news))}
        for line in self._core.moved_items(self.kind, _id, changes.keys() - secret, olds, news):
            user_log.info("%s", line)
        return dynamic.DiffResult(
            changes=bool(changes),
            replaces=replaces,
            delete_before_replace=self._core.deletes_first(self.kind, olds, news),
        )

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        paths, props = _secret_paths(props), self._plain(props)
        try:
            resource_id, outputs = self._core.create(self.kind, props)
        except Incomplete as error:
            # The host's protocol, unlike the engine's, has no response for an incomplete resource.
            command = f"pulumi-scw-iam delete {dashed(self.kind.noun)} {error.resource_id}"
            error.hint = f"{error.hint}; delete it with `{command}`, and run again"
            raise
        return dynamic.CreateResult(resource_id, _with_secret_paths(outputs, paths))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        # A looked-up resource (`Group.get`) has no state yet.
        paths, props = _secret_paths(props), self._plain(props)
        outputs = self._core.read(self.kind, id_, props or None)
        if outputs is None:
            return dynamic.ReadResult("", {})
        # The host passes no inputs, but the outputs contain the inputs. An input equal to its default was
        # probably not set by the program, and a diff would show it as removed.
        inputs_before = self.kind.without_defaults(props)
        inputs = self._core.refreshed(self.kind, inputs_before, props, outputs)
        return dynamic.ReadResult(
            id_,
            _with_secret_paths(outputs, paths),
            None if inputs is None else _with_secret_paths(inputs, paths),
        )

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        # The host cannot store an incomplete update, so the completed part is undone.
        paths = _secret_paths(_news)
        _olds, _news = self._plain(_olds), self._plain(_news)
        outputs = self._core.update(self.kind, _id, _olds, _news, keeps_incomplete=False)
        return dynamic.UpdateResult(_with_secret_paths(outputs, paths))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        _props = self._plain(_props)
        self._core.delete(self.kind, _id, _props)

    def _plain(self, props: dict[str, Any]) -> dict[str, Any]:
        """Return plain values, with secrets hidden from crash reporters."""
        return hidden(_from_host(props), self.kind.secrets())


# Begin of what `make generate` writes.
class GroupProvider(Provider):
    """Provider of `Group`."""

    kind = KINDS["Group"]


class ApplicationProvider(Provider):
    """Provider of `Application`."""

    kind = KINDS["Application"]


class PolicyProvider(Provider):
    """Provider of `Policy`."""

    kind = KINDS["Policy"]


class APIKeyProvider(Provider):
    """Provider of `APIKey`."""

    kind = KINDS["APIKey"]


class SSHKeyProvider(Provider):
    """Provider of `SSHKey`."""

    kind = KINDS["SSHKey"]


class UserProvider(Provider):
    """Provider of `User`."""

    kind = KINDS["User"]


class GroupMembershipProvider(Provider):
    """Provider of `GroupMembership`."""

    kind = KINDS["GroupMembership"]


class OrganizationSecuritySettingsProvider(Provider):
    """Provider of `OrganizationSecuritySettings`."""

    kind = KINDS["OrganizationSecuritySettings"]


class SAMLProvider(Provider):
    """Provider of `SAML`."""

    kind = KINDS["SAML"]


class SAMLCertificateProvider(Provider):
    """Provider of `SAMLCertificate`."""

    kind = KINDS["SAMLCertificate"]


class SCIMProvider(Provider):
    """Provider of `SCIM`."""

    kind = KINDS["SCIM"]


class SCIMTokenProvider(Provider):
    """Provider of `SCIMToken`."""

    kind = KINDS["SCIMToken"]


# End of what `make generate` writes.


@functools.cache
def _core(configured: tuple[tuple[str, str | None], ...]) -> ProviderCore:
    """Return the core for a configuration. All kinds share the core and its organization cache."""
    return ProviderCore(
        lambda: Settings.resolve(pulumi_config=dict(configured).get),
        name="dynamic",
        engine=engine_address(sys.argv),
    )


class _UserLine(logging.Formatter):
    """Formatter with the prefix `warning: `, because the engine shows all lines alike."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return f"warning: {line}" if record.levelno >= logging.WARNING else line


def _from_host(props: dict[str, Any]) -> dict[str, Any]:
    """Convert the host's properties to plain values, with UNKNOWN for unknowns.

    Registers the secret values, so that no later message shows a secret.
    """
    plain = {
        name: _plain_value(value)
        for name, value in props.items()
        if name not in (PROVIDER_KEY, SECRETS_KEY) and value is not None
    }
    for path in (*_DECLARED_SECRETS, *_secret_paths(props)):
        declared_secrets.learn_values(_texts(plain, *path.split(".")))
    return plain


def _secret_paths(props: dict[str, Any]) -> list[str]:
    """Return the paths of the secret values."""
    paths = props.get(SECRETS_KEY)
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def _with_secret_paths(values: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Return the values, with the property of secret paths if not empty."""
    return {**values, SECRETS_KEY: paths} if paths else values


def _texts(value: Any, *names: str) -> Iterator[str]:
    """Yield all strings below a path of names, also inside lists."""
    match value:
        case list():
            for item in value:
                yield from _texts(item, *names)
        case dict() if names:
            first, *others = names
            yield from _texts(value.get(first), *others)
        case dict():
            for item in value.values():
                yield from _texts(item)
        case str() if not names:
            yield value


def _plain_value(value: Any) -> Any:
    match value:
        case pulumi.output.Unknown():
            return UNKNOWN
        case float() if value.is_integer():
            return int(value)  # the host passes all numbers as floats
        case dict():
            return {name: _plain_value(item) for name, item in value.items() if item is not None}
        case list():
            return [_plain_value(item) for item in value]
        case _:
            return value


def _to_host(value: Any) -> Any:
    """Convert a plain value to a host value, with the host's unknown for UNKNOWN."""
    match value:
        case dict():
            return {name: _to_host(item) for name, item in value.items()}
        case list():
            return [_to_host(item) for item in value]
        case _:
            return pulumi.output.UNKNOWN if value is UNKNOWN else value


def _show_errors_as_one_line() -> None:
    """Make the provider host report errors of this package as one line.

    The host reports every exception by `traceback.format_exc()`, and the engine shows this text to the user.
    Therefore `traceback` in the host's main module is replaced. The replacement returns one line for errors of
    this package, and the usual traceback for errors of other providers. If a later host works differently, the
    user sees a traceback again, with the message as the last line.
    """
    host = sys.modules["__main__"]
    if getattr(host, "traceback", None) is traceback:
        vars(host)["traceback"] = _OneLine("traceback")


class _OneLine(types.ModuleType):
    """The module `traceback`, with one-line output for errors of this package."""

    def format_exc(self, *arguments: Any, **options: Any) -> str:
        error = sys.exc_info()[1]
        line = one_line(error) if error is not None else None
        return line or traceback.format_exc(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)
