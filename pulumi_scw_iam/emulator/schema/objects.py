"""Declarations of an object type: fields, list filters and permission sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from pulumi_scw_iam.emulator.schema.arguments import Argument, Body
from pulumi_scw_iam.emulator.schema.grounds import Ground

Object: TypeAlias = dict[str, Any]
"""A stored object: the fields of the API, and a few internal fields.

Objects are never changed in place: `Store.put` replaces the whole object.
"""


class Touch(Enum):
    """The effect of an update on `updated_at`."""

    SHOWN = "the response has the new time"
    BEHIND = "the response has the old time, the next read has the new time"
    NEVER = "the time does not change"


@dataclass(frozen=True)
class Filter:
    """A query parameter of a list: its type, and the test for objects in the result."""

    argument: Argument
    keeps: Callable[[Object, Any, datetime], bool]
    description: str
    """The test of `keeps`, in words."""
    ground: Ground
    unless: object = None
    """The value with the meaning "no filter"."""


@dataclass(frozen=True)
class Guard:
    """The permission sets for a resource, checked if permissions are enforced.

    `word` is the name of the resource in a 403. Each permission set in `readers` allows list and
    read; each in `managers` allows every action. `ground` is the evidence for both lists. `action`
    is the action in a 403, if it does not follow from the name of the operation.
    """

    word: str
    ground: Ground
    readers: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    action: str = ""

    def sets(self, action: str) -> set[str]:
        """Return the permission sets for the action; one of them is enough."""
        return {*self.managers, *(self.readers if action in {"list", "read"} else ())}


def iam(word: str, ground: Ground, family: str = "") -> Guard:
    """Declare the guard of an IAM resource; `family` is the prefix of its own permission sets."""
    own = (f"{family}ReadOnly", f"{family}Manager") if family else ()
    return Guard(
        word, ground, ("IAMReadOnly", *own[:1]), ("IAMManager", "OrganizationManager", *own[1:])
    )


class Counting(Protocol):
    """The interface of the store for computed fields."""

    def all(self, kind: ObjectKind) -> Iterable[Object]:
        """Return all objects of a kind."""

    def count_having(self, kind: ObjectKind, field: str, value: str) -> int:
        """Count the objects of a kind with this value in an indexed field."""


@dataclass(frozen=True)
class Key:
    """A field of an object's JSON, and the requests with this field: none by default."""

    argument: Argument | None = None
    in_create: bool = False
    in_update: bool = False


SHOWN = Key()
"""A read-only field."""


def shown(names: str) -> dict[str, Key]:
    """Declare several read-only fields."""
    return dict.fromkeys(words(names), SHOWN)


def written(argument: Argument) -> Key:
    """Declare a field of create and update requests."""
    return Key(argument, in_create=True, in_update=True)


def created(argument: Argument) -> Key:
    """Declare a field of create requests only."""
    return Key(argument, in_create=True)


def updated(argument: Argument) -> Key:
    """Declare a field of update requests only."""
    return Key(argument, in_update=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class ObjectKind:
    """An object type of the API.

    A create request has exactly one field of each group in `one_of`, an update request at most one.
    """

    resource: str
    """The resource name in errors."""
    path_resource: str = ""
    """The name in a 404 about an id in the path, if different."""
    items: str
    """The field with the objects in a list response."""
    keys: Mapping[str, Key]
    """The fields of the JSON, in order. Fields without a value in the object are left out."""
    ground: Ground
    """The evidence for the fields."""
    guard: Guard
    """The permission sets of the bearer of an API key."""
    key: str = "id"
    """The field with the object's identifier."""
    unshown: Mapping[str, Argument] = field(default_factory=dict)
    """Arguments of a create request without a field in the JSON."""
    create_body: Body | None = None
    """The body of a create request, if it differs from the fields."""
    one_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_of_ground: Ground | None = None
    """The evidence for the groups."""
    fresh: Mapping[str, Any] = field(default_factory=dict)
    """Initial values other than the zero values of the update's arguments."""
    derive: Callable[[Counting, Object], Mapping[str, Any]] | None = None
    """Return the fields that are computed for each response."""
    touch: Touch = Touch.SHOWN
    orders: tuple[str, ...] = ("created_at",)
    """The orders of the list; the first is the default."""
    total_first: bool = False
    """Whether a list begins with `total_count`."""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    indexed: tuple[str, ...] = ()
    """Fields with an index in the store."""
    quota: str = ""
    """The name of the quotum for the number of objects; empty without a limit."""
    logged: str = ""
    """The resource type in the audit log; empty if changes are not logged."""
    srn: str = ""
    """The collection in the SRN of an object; empty without an SRN."""

    @cached_property
    def shape(self) -> tuple[str, ...]:
        """The fields of the JSON, in order."""
        return tuple(self.keys)

    @cached_property
    def create(self) -> Body:
        """The body of a create request. Arguments shared with updates come first."""
        if self.create_body is not None:
            return self.create_body
        keys = sorted(self.keys.items(), key=lambda item: not item[1].in_update)
        taken = {
            name: key.argument for name, key in keys if key.in_create and key.argument is not None
        }
        return Body({**taken, **self.unshown}, one_of=self.one_of, ground=self.one_of_ground)

    @cached_property
    def update(self) -> Body:
        """The body of an update request."""
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
        """The default values of a new object."""
        zeros, _ = Body(self.update.arguments).judge({})
        return {**zeros, **self.fresh}


def words(text: str) -> tuple[str, ...]:
    """Split a list of names."""
    return tuple(text.split())
