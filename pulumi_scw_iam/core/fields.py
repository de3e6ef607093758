"""What a dataclass tells the core about its fields.

A field of a kind is declared once, as `name: Annotated[type, Prop("description", limits…)]`. Check,
diff, secrets, the plain form in the state and the wire form are derived from that declaration; this
module is where it is read.

Values have two shapes. *Plain* values are what travels: JSON with `None` left out, lists in the program's
order, and `UNKNOWN` where a preview does not know yet. *Typed* values are what the dataclasses hold:
a list without order is a `frozenset`, a nested object its own dataclass.
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
"""A value that a preview does not know yet; it never fails a check, and differs from everything."""

Props = Mapping[str, Any]
"""Plain values by property name."""


class Sent(enum.Enum):
    """Which calls have a field in their body, among the other fields.

    Fields that are part of a call's path count as sent.
    """

    ALWAYS = "the create and the update"
    BY_CREATE = "the create; a change has a call of its own"
    BY_UPDATE = "the update; the API does not take it when it creates the object"
    APART = "neither; the kind has calls of its own for it"


@dataclass(frozen=True)
class Prop:
    """What is to be said about a field beside its name and its type.

    Limits of a list's items (`format`, the lengths, `choices`) are declared on the field of the list.
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
    """Typed values with equal keys mean the same; without it, equal values do."""
    item_key: Callable[[Any], Hashable] | None = None
    """Typed items of a list with equal keys are the same item, maybe changed."""
    replace: bool | Callable[[Props, Props], bool] = False
    """A change replaces the resource: always, or where this says so of the old state and the new
    inputs (both plain)."""
    secret: bool = False
    unshown: bool = False
    """Not a secret, but one may stand there by mistake: no message shows a wrong value."""
    setting: str | None = None
    """The setting of the provider's configuration that fills the field when the program does not."""
    setting_at_creation: bool = False
    """The setting counts when the resource is created; later an unset field keeps its old value."""
    autoname: bool = False
    """Filled with the resource's name when the program does not say it."""
    server_default: bool = False
    """Unset, it is whatever the API says, so leaving it out is never a change."""
    always_set: bool = False
    """The state has it even if the program leaves it out, because the API always tells it."""
    create_only: bool = False
    """Counts when the resource is created; a later change means nothing."""
    unique: bool = False
    """No two of the kind may have the same in an organization."""
    sent: Sent = Sent.ALWAYS
    """Which calls have the field in their body. An update never has a field whose every change replaces
    the resource, nor one that counts at creation only."""
    kept: bool = False
    """The API does not tell it, or not again; the state keeps what was said or answered once."""

    def __post_init__(self) -> None:
        if not self.description.endswith("."):
            raise ValueError(f"a description is a sentence: {self.description!r}")


_SIMPLE = frozenset({bool, int, str, type(None)})


@dataclass(frozen=True)
class OneOf:
    """Exactly one of some fields must be set: the API's one-of groups. `False` counts as unset."""

    what: str
    """What the fields say, as in "set exactly one of … as the bearer"."""
    names: tuple[str, ...]


class Step(enum.Enum):
    """What happens to a value between an old and a new state."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"

    @classmethod
    def of(cls, old: Any, new: Any) -> Step:
        """What happens to a value as a whole."""
        if old is None:
            return cls.ADD
        return cls.DELETE if new is None else cls.UPDATE


Path = tuple[str | int, ...]
"""Where a value is: names of fields, and indexes of lists."""


@dataclass(frozen=True)
class Field:
    """One field of a dataclass, as the core sees it."""

    name: str
    prop: Prop
    item: type
    """`str`, `bool`, `int` or a dataclass; of a list, the type of its items."""
    container: type[frozenset[Any]] | type[tuple[Any, ...]] | None
    """`frozenset` or `tuple` for a list."""
    nested: bool
    """Whether the item is a dataclass."""
    required: bool
    default: Any

    @property
    def chosen_by_api(self) -> bool:
        """Whether the API gives it a value at creation if it is unset."""
        return self.prop.server_default or (self.prop.create_only and self.default is None)

    @property
    def is_in_create(self) -> bool:
        """Whether the create has it in its body."""
        return self.prop.sent in (Sent.ALWAYS, Sent.BY_CREATE)

    @property
    def is_in_update(self) -> bool:
        """Whether an update has it in its body when it differs."""
        is_fixed = self.prop.replace is True or self.prop.create_only
        return self.prop.sent in (Sent.ALWAYS, Sent.BY_UPDATE) and not is_fixed

    def same(self, old: Any, new: Any) -> bool:
        """Whether two plain values mean the same."""
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
        """The typed value of a plain one in its normalized spelling; the field's default for None."""
        if plain is None:
            return self.default
        if self.container is None:
            return self._typed_item(plain)
        return self.container(self._typed_item(item) for item in plain)

    def merged(self, olds: Any, news: Any) -> Any:
        """Return a plain list with the new items, in which each known item keeps its old index.

        A known item is one that means the same, else one with the same `item_key`. New items take the
        places of the items that are gone, and the rest follows. If fewer are new than gone, the last
        items of a set take the places that stay free, so that the others need not move.
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
        """Yield where two plain values differ: a path below the field, and what happens there.

        The items of a list have no order, so an item differs if the other list has none that means the
        same. The path of a deleted item has the old index, the path of an added one the new index.
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
        """Return the index of each item by what equal items have in common; an unknown item equals none."""
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
        """Return a plain value in which nested objects have their defaults, as a state has them."""
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
            # What the API holds is taken as it is, even where a program could not say it.
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
    """The declared fields of a dataclass, in order.

    Raises TypeError when a field is not `Annotated[…, Prop(…)]` of a type that the core knows.
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
    """The one-of groups of a dataclass: its class variable `exactly_one_of`."""
    return typing.cast("tuple[OneOf, ...]", getattr(cls, "exactly_one_of", ()))


def decode(cls: type[T], plain: Props) -> T:
    """The dataclass for plain values: a state, checked inputs, or an object as the API sends it.

    Unknown keys are ignored, so that a newer API or an older state does no harm. Raises KeyError for
    a required field that is not there.
    """
    values = {}
    for field in fields(cls):
        if field.required or plain.get(field.name) is not None:
            values[field.name] = field.typed(plain[field.name])
    return cls(**values)


def encode(value: Any) -> Any:
    """The plain form of a typed value; a frozenset becomes a sorted list."""
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
    """Whether a plain value is, or contains, UNKNOWN."""
    if type(plain) in _SIMPLE:
        return False  # as most are; the questions below take longer
    if isinstance(plain, Mapping):
        return any(has_unknown(item) for item in plain.values())
    if isinstance(plain, Sequence) and not isinstance(plain, str):
        return any(has_unknown(item) for item in plain)
    return plain is UNKNOWN
