"""Record the resources of Scaleway's Terraform provider, on which the pulumiverse package is built."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from pulumi_scw_iam.adopt.recorded import Recorded, Recordings, brief, distinct
from pulumi_scw_iam.api import parsers
from pulumi_scw_iam.common.formats import uuid_of
from pulumi_scw_iam.common.redaction import hidden
from pulumi_scw_iam.core.fields import Field, fields
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.members import MEMBER_LISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["KIND_NAMES", "Recorder"]

KIND_NAMES: Final = {
    "group": "Group",
    "application": "Application",
    "policy": "Policy",
    "api_key": "APIKey",
    "ssh_key": "SSHKey",
    "user": "User",
    "group_membership": "GroupMembership",
    "saml": "SAML",
    "saml_certificate": "SAMLCertificate",
    "scim": "SCIM",
    "scim_token": "SCIMToken",
}
"""Our kinds by the resource types of the provider, without `scaleway_iam_`."""

_COMPUTED: Final = {
    "SAML": frozenset({"entity_id", "single_sign_on_url"}),
    "User": frozenset({"locked"}),
}
"""The inputs of our kinds that are only read by the provider."""

_WORDS: Final = {str: "a text", bool: "true or false", int: "a whole number"}


class _WrongError(Exception):
    """A value has another type or form. The message follows the name of the value, and never quotes it."""


class Recorder:
    """Collects the objects of one file, and one line for each other resource.

    No line contains a value of the file: a damaged file may have a secret anywhere.
    """

    def __init__(self, name: str, spell: Spell = str) -> None:
        self._name = name
        self._spell = spell
        self._objects: dict[tuple[str, str], tuple[Recorded, Sequence[str]]] = {}
        self._failures: list[str] = []
        self._notes: list[str] = []
        self._skipped: list[str] = []
        self._foreign: Counter[str] = Counter()

    def add_failure(self, address: str, reason: str) -> None:
        """Add the failure of a resource; `address` is empty for the whole file."""
        self._failures.append(self._line(address, reason))

    def add_skipped(self, address: str, reason: str) -> None:
        """Add a resource outside of the adoption."""
        self._skipped.append(self._line(address, reason))

    def add_note(self, address: str, reason: str) -> None:
        """Add a fact about an adopted resource."""
        self._notes.append(self._line(address, reason))

    def skip_foreign(self, resource_type: str, count: int = 1) -> None:
        """Count resources of other products."""
        self._foreign[resource_type] += count

    def record(
        self,
        kind: AnyKind,
        given_id: Any,
        props: Mapping[str, Any],
        *,
        address: str,
        labels: Sequence[str],
    ) -> None:
        """Add an object, or the reason of a failure.

        `props` are the properties of the provider by declared name. `labels` are the possible logical
        names, the preferred name first.
        """
        try:
            resource_id = _own_id(kind, given_id, props, self._spell)
            known = dict(self._secrets(kind, props))
        except _WrongError as error:
            self.add_failure(address, str(error))
            return
        if (same := self._objects.get((kind.name, resource_id))) is not None:
            self.add_failure(
                address, f"is the same object as {brief(same[0].address)}, which is adopted"
            )
            return
        unmanaged = _COMPUTED.get(kind.name, frozenset())
        if kind.name == "Group":
            # The provider manages both lists, set or unset, unless the group is marked so.
            props = {**props, **{name: props.get(name) or [] for name in MEMBER_LISTS}}
            if props.get("external_membership") is True:
                unmanaged = frozenset(MEMBER_LISTS)
        organization_id = props.get("organization_id")
        recorded = Recorded(
            kind=kind,
            id=resource_id,
            label="",
            values=dict(self._values(kind, props, unmanaged, address)),
            known=known,
            unmanaged=unmanaged,
            organization_id=organization_id.lower() if isinstance(organization_id, str) else "",
            address=address,
        )
        for name in _secret_outputs(kind):
            if name not in known:
                self.add_note(
                    address,
                    f"has no {self._spell(name)} in this state, so it is adopted without one",
                )
        self._objects[kind.name, resource_id] = recorded, labels

    def result(self) -> Recordings:
        """Return the content of the file, with unique labels."""
        objects = {}
        for kind_name in KINDS:
            of_kind = {key: item for key, item in self._objects.items() if key[0] == kind_name}
            names = distinct([labels for _, labels in of_kind.values()])
            for (key, (recorded, _)), label in zip(of_kind.items(), names, strict=True):
                objects[key] = replace(recorded, label=label)
        foreign = [
            self._line("", f"{count} of type {brief(name)}, no object of Scaleway IAM")
            for name, count in sorted(self._foreign.items())
        ]
        return Recordings(
            name=self._name,
            objects=tuple(objects[key] for key in self._objects),
            failures=tuple(self._failures),
            notes=tuple(self._notes),
            skipped=(*self._skipped, *foreign),
        )

    def _line(self, address: str, reason: str) -> str:
        return ": ".join(part for part in (self._name, brief(address), reason) if part)

    def _secrets(self, kind: AnyKind, props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the secret outputs. Raises _WrongError if a secret is malformed."""
        for name in _secret_outputs(kind):
            value = props.get(name)
            if value in (None, ""):
                continue
            problem = ""
            if not isinstance(value, str):
                problem = "is not a text"
            elif name == "secret_key":
                try:
                    parsers.secret_key(value)
                except ValueError as error:
                    problem = str(error)
            if problem:
                raise _WrongError(
                    f"{self._spell(name)} {problem}, so the object is left out; repair the state,"
                    " and run the command again"
                )
            yield name, hidden(value, secret=True)

    def _values(
        self,
        kind: AnyKind,
        props: Mapping[str, Any],
        unmanaged: frozenset[str],
        address: str,
    ) -> Iterator[tuple[str, Any]]:
        """Yield the inputs under the management of the provider."""
        for field in fields(kind.inputs):
            prop = field.prop
            if (
                field.name not in props
                or field.name == "organization_id"
                or field.name in unmanaged
                or prop.secret
                or prop.kept
                or prop.create_only
            ):
                continue
            try:
                yield field.name, _plain(field, props[field.name])
            except _WrongError as error:
                self.add_failure(
                    address,
                    f"{self._spell(field.name)} {error}, so only the organization's value is used",
                )


def _secret_outputs(kind: AnyKind) -> list[str]:
    """Return the secrets of create responses, such as `secret_key`.

    The password of a user is an input: the user may have changed the password, and an import needs none.
    """
    outputs = kind.outputs()
    return [name for name in kind.secrets() if name in outputs]


def _own_id(kind: AnyKind, given: Any, props: Mapping[str, Any], spell: Spell) -> str:
    """Return the id in our spelling. Raises _WrongError with the reason."""
    if given in (None, ""):
        raise _WrongError("has no id")
    if not isinstance(given, str):
        raise _WrongError("the id is not a text")
    if kind.name == "APIKey":
        return _checked("the id", given, parsers.access_key)
    if kind.name == "GroupMembership":
        return _membership_id(given)
    resource_id = _uuid("the id", given)
    if kind.name == "SCIMToken":
        scim_id = props.get("scim_id")
        if scim_id in (None, ""):
            raise _WrongError(f"has no {spell('scim_id')}")
        return f"{_uuid(spell('scim_id'), scim_id)}/{resource_id}"
    return resource_id


def _membership_id(given: str) -> str:
    """Return our id of a membership; the provider abbreviates `application` to `app`."""
    match given.split("/"):
        case [group_id, ("user" | "app" | "application") as member, member_id]:
            return "/".join(
                (
                    _uuid("the group in the id", group_id),
                    "user" if member == "user" else "application",
                    _uuid("the member in the id", member_id),
                )
            )
    raise _WrongError("the id is not GROUP_ID/user/USER_ID or GROUP_ID/app/APPLICATION_ID")


def _uuid(title: str, given: Any) -> str:
    try:
        return uuid_of("object")(given)
    except (TypeError, ValueError):
        raise _WrongError(f"{title} is not a UUID") from None


def _checked(title: str, given: str, parse: Callable[[str], str]) -> str:
    try:
        return parse(given)
    except ValueError as error:
        raise _WrongError(f"{title} {error}") from None


def _plain(field: Field, value: Any) -> Any:
    """Return a value in our plain form; None if unset. Raises _WrongError for another type.

    The provider writes unset texts as empty texts, and unset lists as empty lists.
    """
    if value is None or (value == "" and not field.required and field.default is None):
        if field.required:
            raise _WrongError("is missing")
        return None
    if field.container is None:
        return _item(field, value)
    if not isinstance(value, list):
        raise _WrongError("is not a list")
    items = [_item(field, item) for item in value]
    return None if not items and field.prop.min_items and not field.required else items


def _item(field: Field, value: Any) -> Any:
    if not field.nested:
        if type(value) is not field.item:
            raise _WrongError(
                f"is not {_WORDS[field.item]}"
                if field.container is None
                else f"has an item that is not {_WORDS[field.item]}"
            )
        return value
    if not isinstance(value, dict):
        raise _WrongError("has an item that is not an object")
    try:
        plain = {inner.name: _plain(inner, value.get(inner.name)) for inner in fields(field.item)}
    except _WrongError:
        raise _WrongError("has a malformed item") from None
    return {name: item for name, item in plain.items() if item is not None}
