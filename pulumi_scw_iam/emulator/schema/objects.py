"""What is declared of a kind of objects: its keys, filters, and whom it is open to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from pulumi_scw_iam.emulator.schema.arguments import Argument, Body
from pulumi_scw_iam.emulator.schema.grounds import Ground

Object: TypeAlias = dict[str, Any]
"""One object as it is kept: what the API shows, and a few keys that it does not. It is never changed in
place, but replaced by another through `Store.put`."""


class Touch(Enum):
    """What an update does to `updated_at`."""

    SHOWN = "the answer has the new time"
    BEHIND = "the answer has the old time, the next read the new one"
    NEVER = "the time stays"


@dataclass(frozen=True)
class Filter:
    """A query key of a list: how it is read, and which objects it keeps."""

    argument: Argument
    keeps: Callable[[Object, Any, datetime], bool]
    says: str
    """The same as `keeps`, for people."""
    ground: Ground
    unless: object = None
    """The value that stands for "no filter"."""


@dataclass(frozen=True)
class Guard:
    """What the bearer of an API key needs where permissions are enforced.

    `word` is what a 403 calls the resource. A bearer with one of the permission sets `readers` may list
    and read it, a bearer with one of the `managers` may do all that can be done. `ground` is about these.
    """

    word: str
    ground: Ground
    readers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()

    def sets(self, action: str) -> set[str]:
        """Return the permission sets of which one is enough for the action."""
        return {*self.managers, *(self.readers if action in {"list", "read"} else ())}


def iam(word: str, ground: Ground, family: str = "") -> Guard:
    """Declare the guard of a resource of IAM, which may have a family of permission sets of its own."""
    own = (f"{family}ReadOnly", f"{family}Manager") if family else ()
    return Guard(
        word, ground, ("IAMReadOnly", *own[:1]), ("IAMManager", "OrganizationManager", *own[1:])
    )


class Counting(Protocol):
    """What a computed key may ask of all the objects that there are."""

    def count_having(self, kind: ObjectKind, field: str, value: str) -> int:
        """Count the objects of a kind that have a value in an indexed field."""


@dataclass(frozen=True)
class Key:
    """A key of an object's JSON, and how requests write it; by default none does."""

    argument: Argument | None = None
    in_create: bool = False
    in_update: bool = False


SHOWN = Key()
"""A key that no request writes in the body of a create or an update."""


def shown(names: str) -> dict[str, Key]:
    """Declare several keys that no request writes."""
    return dict.fromkeys(words(names), SHOWN)


def written(argument: Argument) -> Key:
    """Declare a key that creates and updates take."""
    return Key(argument, in_create=True, in_update=True)


def created(argument: Argument) -> Key:
    """Declare a key that creates take, and updates do not."""
    return Key(argument, in_create=True)


def updated(argument: Argument) -> Key:
    """Declare a key that updates take, and creates do not."""
    return Key(argument, in_update=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectKind:
    """One kind of objects.

    `resource` is the word that errors use, and `items` the key of its list. `keys` are those of its JSON in
    their order; keys that an object does not have are left out of its JSON. `ground` says how we know these.
    A create takes the keys that say so and `more`, which the API does not show, or the whole `body` in their
    place; of each group in `one_of` a request has one, which rests on `one_of_ground`.
    Every new object starts with the zero values of what updates take, and with `fresh`. `derive` computes
    what is shown but not kept. `indexed` fields can be looked up.
    A kind with a `quota` is limited by the quotum of that name; `logged` is the word that the logs have
    for it. Its `guard` says what a bearer needs.
    The first of the `orders` is the one that a list has unless it is asked for another.
    """

    resource: str
    items: str
    keys: Mapping[str, Key]
    ground: Ground
    guard: Guard
    key: str = "id"
    more: Mapping[str, Argument] = field(default_factory=dict)
    body: Body | None = None
    one_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of_ground: Ground | None = None
    fresh: Mapping[str, Any] = field(default_factory=dict)
    derive: Callable[[Counting, Object], Mapping[str, Any]] | None = None
    touch: Touch = Touch.SHOWN
    orders: tuple[str, ...] = ("created_at",)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    indexed: tuple[str, ...] = ()
    quota: str = ""
    logged: str = ""

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """The keys of the JSON, in their order."""
        return tuple(self.keys)

    @cached_property
    def create(self) -> Body:
        """The body of a create: first what updates take too."""
        if self.body is not None:
            return self.body
        keys = sorted(self.keys.items(), key=lambda item: not item[1].in_update)
        taken = {
            name: key.argument for name, key in keys if key.in_create and key.argument is not None
        }
        return Body({**taken, **self.more}, one_of=self.one_of, ground=self.one_of_ground)

    @cached_property
    def update(self) -> Body:
        """The body of an update."""
        taken = {
            name: key.argument
            for name, key in self.keys.items()
            if key.in_update and key.argument is not None
        }
        groups = {group: names for group, names in self.one_of.items() if taken.keys() >= {*names}}
        ground = self.one_of_ground if groups else None
        return Body(taken, one_of=groups, partial=True, ground=ground)

    @cached_property
    def initial(self) -> Mapping[str, Any]:
        """What a new object has, unless its create says otherwise."""
        zeros, _ = Body(self.update.arguments).judge({})
        return {**zeros, **self.fresh}


def words(text: str) -> tuple[str, ...]:
    """Split a list of names."""
    return tuple(text.split())
