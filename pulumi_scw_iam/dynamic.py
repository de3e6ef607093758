"""The dynamic front: one `pulumi.dynamic` provider class per kind.

Every resource's state holds its provider, pickled. The classes are pickled by reference, so the module
path and the class names here are in users' state files: they never move and are never renamed. The
objects have no attributes, so that the pickle is the same few dozen bytes for all resources of a kind
(and because the SDK's pickler runs into Python's recursion limit at about 980 objects that have some).
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
"""The property with the paths of the values that the program marks as secret: `tags`, `rules.condition`.

The host hands all values over in clear, and does not tell which are secret. `resource.py` sets it, where
there are any; it holds names only, and it is never compared. The state keeps it for refresh and destroy.
"""

_DECLARED = frozenset(name for kind in KINDS.values() for name in kind.secrets())


class Provider(dynamic.ResourceProvider):
    """A kind, as Pulumi's dynamic provider host calls it."""

    serialize_as_secret_always = False
    kind: ClassVar[Kind[Any, Any]]
    _core: ClassVar[ProviderCore]

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Take the stack's configuration, and have errors shown as one line.

        The credentials stay in this process, on the class: what is on the object would be pickled.
        """
        names = (setting.config_key for setting in (*SETTINGS.values(), PROFILE))
        type(self)._core = _core(tuple((name, req.config.get(name)) for name in names))  # noqa: SLF001
        _show_errors_as_one_line()
        # The engine shows each line of the host's stderr.
        handler = logging.StreamHandler()
        handler.setFormatter(_Line())
        show_user_log(handler)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        olds, paths = self._plain(_olds), _secret_paths(news)
        inputs, failures = self._core.check(self.kind, olds, self._plain(news), secrets=paths)
        return dynamic.CheckResult(
            news if failures else _marked(_pulumi(inputs), paths),
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
        except Incomplete as left:
            # Unlike a plugin, the host has no way to keep a resource that is not finished.
            command = f"pulumi-scw-iam delete {dashed(self.kind.noun)} {left.resource_id}"
            left.hint = f"{left.hint}; delete it with `{command}`, and run again"
            raise
        return dynamic.CreateResult(resource_id, _marked(outputs, paths))

    def read(self, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        # A resource that the program looks up (`Group.get`) has no state yet.
        paths, props = _secret_paths(props), self._plain(props)
        outputs = self._core.read(self.kind, id_, props or None)
        if outputs is None:
            return dynamic.ReadResult("", {})
        # The host does not tell the inputs, but what they were is among the outputs. Of what has its
        # default, the program has most likely said nothing, and a diff would show it as removed.
        given = self.kind.without_defaults(props)
        inputs = self._core.refreshed(self.kind, given, props, outputs)
        return dynamic.ReadResult(
            id_, _marked(outputs, paths), None if inputs is None else _marked(inputs, paths)
        )

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        # The host cannot keep an update that is not finished, so what was done of it is undone.
        paths = _secret_paths(_news)
        _olds, _news = self._plain(_olds), self._plain(_news)
        outputs = self._core.update(self.kind, _id, _olds, _news, keeps_incomplete=False)
        return dynamic.UpdateResult(_marked(outputs, paths))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        _props = self._plain(_props)
        self._core.delete(self.kind, _id, _props)

    def _plain(self, props: dict[str, Any]) -> dict[str, Any]:
        """Plain values, whose secrets crash reporters do not show."""
        return hidden(_plain(props), self.kind.secrets())


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
    """One front for all kinds: what it learns of the organization serves them all."""
    return ProviderCore(
        lambda: Settings.resolve(pulumi_config=dict(configured).get),
        name="dynamic",
        engine=engine_address(sys.argv),
    )


class _Line(logging.Formatter):
    """A line for the user, who must see that a warning is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return f"warning: {line}" if record.levelno >= logging.WARNING else line


def _plain(props: dict[str, Any]) -> dict[str, Any]:
    """Plain values for what the host hands over; its unknowns become UNKNOWN.

    What is secret among them is kept out of all messages from now on.
    """
    plain = {
        name: _translated(value)
        for name, value in props.items()
        if name not in (PROVIDER_KEY, SECRETS_KEY) and value is not None
    }
    for path in (*_DECLARED, *_secret_paths(props)):
        declared_secrets.learn_values(_texts(plain, *path.split(".")))
    return plain


def _secret_paths(props: dict[str, Any]) -> list[str]:
    """The paths of the values that the program marks as secret."""
    paths = props.get(SECRETS_KEY)
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def _marked(values: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The values with the paths of those that the program marks as secret."""
    return {**values, SECRETS_KEY: paths} if paths else values


def _texts(value: Any, *names: str) -> Iterator[str]:
    """The texts of a plain value below some names, in lists too."""
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


def _translated(value: Any) -> Any:
    match value:
        case pulumi.output.Unknown():
            return UNKNOWN
        case float() if value.is_integer():
            return int(value)  # the host has one type of numbers
        case dict():
            return {name: _translated(item) for name, item in value.items() if item is not None}
        case list():
            return [_translated(item) for item in value]
        case _:
            return value


def _pulumi(value: Any) -> Any:
    """What the host takes for plain values; UNKNOWN becomes its unknown."""
    match value:
        case dict():
            return {name: _pulumi(item) for name, item in value.items()}
        case list():
            return [_pulumi(item) for item in value]
        case _:
            return pulumi.output.UNKNOWN if value is UNKNOWN else value


def _show_errors_as_one_line() -> None:
    """Make the provider host send what goes wrong here to the engine as one line.

    The host answers every exception with `traceback.format_exc()`, which the engine shows to the user
    as it is. Its main module is given a `traceback` that has one line for what was raised in this
    package, and is as before for other people's providers. Should the host change, the whole traceback
    is back, with the message as its last line.
    """
    host = sys.modules["__main__"]
    if getattr(host, "traceback", None) is traceback:
        vars(host)["traceback"] = _OneLine("traceback")


class _OneLine(types.ModuleType):
    """The standard `traceback`, but for what was raised in this package."""

    def format_exc(self, *arguments: Any, **options: Any) -> str:
        error = sys.exc_info()[1]
        line = one_line(error) if error is not None else None
        return line or traceback.format_exc(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)
