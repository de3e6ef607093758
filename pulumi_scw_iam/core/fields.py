"""The declared fields of dataclasses.

A field of a kind is declared once, as `name: Annotated[type, Prop("description", limits…)]`. Check,
diff, secrets, plain values and request bodies are derived from the declaration. This module parses
the declarations.

Values have two forms. *Plain* values are used in states and requests: JSON without `None`, lists in
the program's order, and `UNKNOWN` for values unknown at preview. *Typed* values are the values in
dataclasses: a `frozenset` for a list without order, a dataclass for a nested object.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pulumi_scw_iam.common.formats import Format
from pulumi_scw_iam.common.redaction import hidden

__all__ = [
    "UNKNOWN",
    "Field",
    "OneOf",
    "Path",
    "Prop",
    "Sent",
    "Step",
    "Unknown",
    "decode",
    "encode",
    "fields",
    "has_unknown",
    "one_ofs",
]

T = TypeVar("T")


class Unknown(enum.Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN
"""A value unknown at preview; passes every check, and differs from every value."""

Props = Mapping[str, Any]
"""Plain values by property name."""


class Sent(enum.Enum):
    """The requests with a field in the body.

    Fields in the path of a request count as sent.
    """

    ALWAYS = "the create and the update"
    BY_CREATE = "the create; a change is a separate API call"
    BY_UPDATE = "the update; the create does not accept the field"
    APART = "neither; the kind sends the field in separate API calls"
    DERIVED = "neither; the kind derives other values that it sends from the field"


@dataclass(frozen=True)
class Prop:
    """The properties of a field, beside its name and its type.

    For a list, `format`, `choices` and the length limits apply to each item.
    """

    description: str
    format: Format | None = None
    min_length: int = 0
    """In characters."""
    max_length: int | None = None
    """In characters."""
    min_items: int = 0
    max_items: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    key: Callable[[Any], Hashable] | None = None
    """Typed values with equal keys are equivalent; by default, equal values are."""
    item_key: Callable[[Any], Hashable] | None = None
    """Typed items of a list with equal keys are versions of the same item."""
    replace: bool | Callable[[Props, Props], bool] = False
    """A change replaces the resource: always, or if the function returns True for the old state and
    the new inputs (both plain)."""
    secret: bool = False
    unshown: bool = False
    """Not a secret, but may hold a secret by mistake: no message shows an invalid value."""
    setting: str | None = None
    """The setting of the provider's configuration that is the default of the field."""
    setting_at_creation: bool = False
    """The setting is the default at creation only; later an unset field keeps its old value."""
    autoname: bool = False
    """The default is the resource's name."""
    server_default: bool = False
    """If unset, the API chooses the value, so removing the field is never a change."""
    always_set: bool = False
    """The state has the field even if the program does not: the API always returns it."""
    may_be_unset: bool = False
    """An output that is unset in some states, so SDKs type it as optional."""
    create_only: bool = False
    """Used at creation only; a later change has no effect."""
    unique: bool = False
    """Values must be unique in the organization among objects of the kind."""
    sent: Sent = Sent.ALWAYS
    """The requests with the field in the body. Updates never send a field with `replace=True` or
    `create_only`."""
    kept: bool = False
    """The API returns the value once or never; the state keeps the last known value."""
    plain: bool = False
    """An input of a component with a value that must be known, because it decides which children exist."""

    def __post_init__(self) -> None:
        if not self.description.endswith("."):
            raise ValueError(f"a description is a sentence: {self.description!r}")


_SIMPLE = frozenset({bool, int, str, type(None)})


@dataclass(frozen=True)
class OneOf:
    """A one-of group of the API: exactly one of the fields must be set. `False` counts as unset."""

    what: str
    """The noun for the fields, as in "set exactly one of … as the bearer"."""
    names: tuple[str, ...]


class Step(enum.Enum):
    """The change of a value between an old and a new state."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"

    @classmethod
    def of(cls, old: Any, new: Any) -> Step:
        """Return the step for a whole value."""
        if old is None:
            return cls.ADD
        return cls.DELETE if new is None else cls.UPDATE


Path = tuple[str | int, ...]
"""The path to a value: field names and list indexes."""


@dataclass(frozen=True)
class Field:
    """One declared field of a dataclass."""

    name: str
    prop: Prop
    item: type
    """`str`, `bool`, `int` or a dataclass; for a list, the type of its items."""
    container: type[frozenset[Any]] | type[tuple[Any, ...]] | None
    """`frozenset` or `tuple` for a list."""
    nested: bool
    """Whether the item is a dataclass."""
    required: bool
    default: Any

    @property
    def chosen_by_api(self) -> bool:
        """Whether the API chooses the value at creation if the field is unset."""
        return self.prop.server_default or (self.prop.create_only and self.default is None)

    @property
    def is_in_create(self) -> bool:
        """Whether the create sends the field in its body."""
        return self.prop.sent in (Sent.ALWAYS, Sent.BY_CREATE)

    @property
    def is_in_update(self) -> bool:
        """Whether an update sends a changed field in its body."""
        is_fixed = self.prop.replace is True or self.prop.create_only
        return self.prop.sent in (Sent.ALWAYS, Sent.BY_UPDATE) and not is_fixed

    def same(self, old: Any, new: Any) -> bool:
        """Return whether two plain values are equivalent."""
        if has_unknown(old) or has_unknown(new):
            return False
        if old == new:
            return True
        if new is None and self.prop.server_default:
            return True
        return self._key(old) == self._key(new)

    def _key(self, plain: Any) -> Hashable:
        value = self.typed(plain)
        if value is None or self.prop.key is None:
            return typing.cast("Hashable", value)
        return self.prop.key(value)

    def typed(self, plain: Any) -> Any:
        """Return the normalized typed value of a plain value; the field's default for None."""
        if plain is None:
            return self.default
        if self.container is None:
            return self._typed_item(plain)
        return self.container(self._typed_item(item) for item in plain)

    def merged(self, olds: Any, news: Any) -> Any:
        """Return a plain list of the new items; known items keep their old index.

        A known item is equivalent to an old item, or has the same `item_key`. New items fill the
        indexes of deleted items; the rest is appended. If some indexes stay free, the last items of
        a set move there, so that all other items keep their index.
        """
        if self.container is None or not (isinstance(olds, list) and isinstance(news, list)):
            return news
        key = self.prop.item_key
        left, placed = list(news), dict[int, Any]()
        for known in (self._typed_item, lambda item: key and key(self._typed_item(item))):
            for index, old in enumerate(olds):
                identity = known(old)
                for item in () if index in placed or identity is None else left:
                    if known(item) == identity:
                        placed[index] = (
                            old if self._typed_item(old) == self._typed_item(item) else item
                        )
                        left.remove(item)
                        break
        gone = [index for index in range(len(olds)) if index not in placed]
        placed.update(zip(gone, left, strict=False))
        for free in gone[len(left) :] if self.container is frozenset else ():
            if placed and (last := max(placed)) > free:
                placed[free] = placed.pop(last)
        return [placed[index] for index in sorted(placed)] + left[len(gone) :]

    def differences(self, old: Any, new: Any) -> Iterator[tuple[Path, Step]]:
        """Yield the path below the field and the step of each difference between two plain values.

        Lists have no order: an item differs if the other list has no equivalent item. The path of a
        deleted item has the old index; the path of an added item has the new index.
        """
        if old is None or new is None:
            yield (), Step.of(old, new)
        elif self.container is None or UNKNOWN in (old, new):
            yield from self._item_differences(old, new)
        else:
            olds, news = self._keyed(old), self._keyed(new)
            gone = {index for key, index in olds.items() if key not in news}
            added = {index for key, index in news.items() if key not in olds}
            for index in sorted(gone | added):
                if index not in added:
                    yield (index,), Step.DELETE
                elif index not in gone:
                    yield (index,), Step.ADD
                else:
                    for path, step in self._item_differences(old[index], new[index]):
                        yield (index, *path), step

    def _keyed(self, items: Sequence[Any]) -> dict[Hashable, int]:
        """Return the index of each item by a key; only equivalent items have equal keys."""
        keyed: dict[Hashable, int] = {}
        for index, item in enumerate(items):
            keyed.setdefault(index if has_unknown(item) else (self._typed_item(item),), index)
        return keyed

    def _item_differences(self, old: Any, new: Any) -> Iterator[tuple[Path, Step]]:
        if not self.nested or UNKNOWN in (old, new):
            yield (), Step.UPDATE
            return
        for field in fields(self.item):
            before, after = old.get(field.name), new.get(field.name)
            if not field.same(before, after):
                for path, step in field.differences(before, after):
                    yield (field.name, *path), step

    def completed(self, plain: Any) -> Any:
        """Return a plain value with the defaults of its nested objects, as in a state."""
        if not self.nested or plain is UNKNOWN or plain is None:
            return plain
        if self.container is None:
            return _completed(self.item, plain)
        return [_completed(self.item, item) for item in plain]

    def _typed_item(self, plain: Any) -> Any:
        if plain is UNKNOWN:
            return plain
        if self.nested:
            return decode(self.item, plain)
        if self.prop.format is not None:
            # Values from the API are accepted even if the format rejects them in a program.
            with contextlib.suppress(ValueError):
                plain = self.prop.format(plain)
        return hidden(plain, secret=self.prop.secret)


def _completed(cls: type, plain: Any) -> Any:
    if plain is UNKNOWN:
        return plain
    values = {
        field.name: encode(field.default) if value is None else field.completed(value)
        for field in fields(cls)
        for value in (plain.get(field.name),)
    }
    return {name: value for name, value in values.items() if value is not None}


def fields(cls: type) -> tuple[Field, ...]:
    """Return the declared fields of a dataclass, in order.

    Raises TypeError if a field is not `Annotated[…, Prop(…)]` of a supported type.
    """
    declared: Any = cls
    return _fields(declared)


@functools.cache
def _fields(cls: Any) -> tuple[Field, ...]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(_field(cls, field, hints[field.name]) for field in dataclasses.fields(cls))


def _field(cls: type, field: dataclasses.Field[Any], hint: Any) -> Field:
    prop = next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Prop)), None)
    if prop is None:
        raise TypeError(f"{cls.__name__}.{field.name} has no Prop")
    kind = _without_none(typing.get_args(hint)[0])
    origin = typing.get_origin(kind)
    container = origin if origin in (frozenset, tuple) else None
    item = typing.get_args(kind)[0] if container else kind
    nested = dataclasses.is_dataclass(item)
    if not (nested or item in (str, bool, int)):
        raise TypeError(f"{cls.__name__}.{field.name} has a type that the core does not know")
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return Field(
        name=field.name,
        prop=prop,
        item=item,
        container=container,
        nested=nested,
        required=required,
        default=None if required else field.default,
    )


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = (arm for arm in typing.get_args(hint) if arm is not type(None))
    return hint


def one_ofs(cls: type) -> tuple[OneOf, ...]:
    """Return the one-of groups of a dataclass: its class variable `exactly_one_of`."""
    return typing.cast("tuple[OneOf, ...]", getattr(cls, "exactly_one_of", ()))


def decode(cls: type[T], plain: Props) -> T:
    """Create a dataclass from plain values: a state, checked inputs, or an object of a response.

    Undeclared keys are ignored, for newer APIs and older states. Raises KeyError if a required
    field is missing.
    """
    values = {}
    for field in fields(cls):
        if field.required or plain.get(field.name) is not None:
            values[field.name] = field.typed(plain[field.name])
    return cls(**values)


def encode(value: Any) -> Any:
    """Return the plain form of a typed value; a frozenset becomes a sorted list."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {name: item for name, item in plain.items() if item is not None}
    if isinstance(value, frozenset):
        return sorted((encode(item) for item in value), key=_stable_order)
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return value


def _stable_order(item: Any) -> tuple[bool, str]:
    return item is UNKNOWN, str(item)


def has_unknown(plain: Any) -> bool:
    """Return whether a plain value is, or contains, UNKNOWN."""
    if type(plain) in _SIMPLE:
        return False  # the most frequent case; the checks below are slower
    if isinstance(plain, Mapping):
        return any(has_unknown(item) for item in plain.values())
    if isinstance(plain, Sequence) and not isinstance(plain, str):
        return any(has_unknown(item) for item in plain)
    return plain is UNKNOWN
