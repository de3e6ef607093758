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
    """A key of an object's JSON, and the requests that write it: none by default."""

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
    """One kind of objects. A request has exactly one key of each group in `one_of`; an update has one at most."""

    resource: str
    """What errors call one."""
    items: str
    """The key of the list."""
    keys: Mapping[str, Key]
    """The keys of the JSON, in their order. The JSON leaves out what an object does not have."""
    ground: Ground
    """How the keys are known."""
    guard: Guard
    """What the bearer of an API key needs."""
    key: str = "id"
    """The key whose value identifies an object."""
    unshown: Mapping[str, Argument] = field(default_factory=dict)
    """Arguments that a create takes and the JSON does not show."""
    create_body: Body | None = None
    """The body of a create that is not made of the keys."""
    one_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of_ground: Ground | None = None
    """How the groups are known."""
    fresh: Mapping[str, Any] = field(default_factory=dict)
    """Values of a new object, beside the zero values of what an update takes."""
    derive: Callable[[Counting, Object], Mapping[str, Any]] | None = None
    """Return keys that are computed for each answer."""
    touch: Touch = Touch.SHOWN
    orders: tuple[str, ...] = ("created_at",)
    """The orders of the list; the first is the default."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    indexed: tuple[str, ...] = ()
    """Keys by whose values the store finds objects."""
    quota: str = ""
    """The name of the quotum that limits the number of objects; empty without a limit."""
    logged: str = ""
    """The resource type in the audit log; empty if the log does not record the kind."""

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """The keys of the JSON, in their order."""
        return tuple(self.keys)

    @cached_property
    def create(self) -> Body:
        """The body of a create. Its first arguments are those that updates take too."""
        if self.create_body is not None:
            return self.create_body
        keys = sorted(self.keys.items(), key=lambda item: not item[1].in_update)
        taken = {
            name: key.argument for name, key in keys if key.in_create and key.argument is not None
        }
        return Body({**taken, **self.unshown}, one_of=self.one_of, ground=self.one_of_ground)

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
        """The values of a new object that its create may replace."""
        zeros, _ = Body(self.update.arguments).judge({})
        return {**zeros, **self.fresh}


def words(text: str) -> tuple[str, ...]:
    """Split a list of names."""
    return tuple(text.split())
