"""The resources that rules look at, in one form, whichever package made them.

IAM is declared by three families of types: the dynamic resources of this package, its native plugin, and
pulumiverse's Scaleway package. All are read into the fields of our kinds, in snake_case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN, Field, fields
from pulumi_scw_iam.core.names import camel
from pulumi_scw_iam.kinds import KINDS

__all__ = ["MEMBERS", "PRINCIPALS", "Resource", "Stack", "kind_of", "read"]

_FAMILIES = (
    re.compile(r"(?P<dynamic>pulumi-python:dynamic/scw_iam:)(?P<kind>\w+)"),
    re.compile(r"scw-iam:index:(?P<kind>\w+)"),
    re.compile(r"scaleway:iam/\w+:(?P<kind>\w+)"),
    re.compile(r"scaleway:index/(?:iam|account)\w+:(?:Iam|Account)(?P<kind>\w+)"),
)
# Pulumiverse writes acronyms as words.
_KINDS = {kind.casefold(): kind for kind in KINDS}
PRINCIPALS = (("user_id", "User"), ("group_id", "Group"), ("application_id", "Application"))
"""Whom a policy can be attached to, and other resources name: the property of the id, and the kind."""
MEMBERS = (("user_id", "user_ids", "User"), ("application_id", "application_ids", "Application"))
"""Who can be in a group: the property of a membership, that of the group's list, and the kind."""
# Outputs of pulumiverse's types that our kinds do not have, and rules ask for.
_MORE = {"User": {"mfa": bool}}


def kind_of(type_token: str) -> str | None:
    """The kind that a type token means, in any of the families."""
    for family in _FAMILIES:
        if match := family.fullmatch(type_token):
            return _KINDS.get(match["kind"].casefold())
    return None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One IAM resource, as a rule sees it."""

    kind: str
    name: str
    """As the program calls it, not as the API does."""
    urn: str
    values: Mapping[str, Any]
    """Plain values by declared name. What is not known yet, or not of the declared type, is UNKNOWN."""
    snake: bool = True
    """Whether the user spells properties in snake_case."""
    protect: bool = False
    refers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The URNs of the resources that a property was made of."""

    def get(self, name: str) -> Any:
        """A value, None or UNKNOWN."""
        return self.values.get(name)

    def items(self, name: str) -> tuple[Any, ...]:
        """The items of a list; one that is UNKNOWN for a list that is."""
        value = self.values.get(name)
        return (UNKNOWN,) if value is UNKNOWN else tuple(value or ())

    def spell(self, name: str) -> str:
        """A property as the user writes it."""
        return name if self.snake else camel(name)

    @property
    def title(self) -> str:
        """What messages call it when they speak of another one."""
        return f"{KINDS[self.kind].noun} {quoted(self.name)}"


def read(
    type_token: str,
    props: Mapping[str, Any],
    *,
    name: str = "",
    urn: str = "",
    protect: bool = False,
    refers: Mapping[str, Sequence[str]] | None = None,
) -> Resource | None:
    """The resource that the engine tells of, with plain props; None where it is none of IAM's."""
    kind = kind_of(type_token)
    if kind is None:
        return None
    snake = type_token.startswith("pulumi-python:")
    declared = {one.name: one for one in fields(KINDS[kind].state)}
    values = _values(declared.values(), props, snake=snake)
    for more, its_type in _MORE.get(kind, {}).items():
        if isinstance(props.get(more), its_type):
            values[more] = props[more]
    if kind == "Group" and props.get("externalMembership") in (True, UNKNOWN):
        # Its members are GroupMemberships; what stands in the lists is only what they came to.
        values = {key: it for key, it in values.items() if not key.endswith("_ids")}
    links = {
        known: tuple((refers or {}).get(known if snake else camel(known), ())) for known in declared
    }
    return Resource(
        kind=kind,
        name=name,
        urn=urn,
        values=values,
        snake=snake,
        protect=protect,
        refers={known: urns for known, urns in links.items() if urns},
    )


def _values(declared: Iterable[Field], props: Mapping[str, Any], *, snake: bool) -> dict[str, Any]:
    values = {}
    for one in declared:
        value = props.get(one.name if snake else camel(one.name))
        if value is not None:
            values[one.name] = _fit(one, value, snake=snake)
    return values


def _fit(declared: Field, value: Any, *, snake: bool) -> Any:
    """A value of the declared type. All else is for check to refuse, so it is UNKNOWN here."""
    if declared.container is None or value is UNKNOWN:
        return _fit_item(declared, value, snake=snake)
    if not isinstance(value, list):
        return UNKNOWN
    return [_fit_item(declared, item, snake=snake) for item in value]


def _fit_item(declared: Field, value: Any, *, snake: bool) -> Any:
    if declared.nested:
        if not isinstance(value, Mapping):
            return UNKNOWN
        return _values(fields(declared.item), value, snake=snake)
    if declared.item is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is declared.item else UNKNOWN


@dataclass(frozen=True)
class Stack:
    """The IAM resources of a stack, and how they refer to each other."""

    resources: tuple[Resource, ...]

    def of(self, *kinds: str) -> tuple[Resource, ...]:
        """The resources of some kinds."""
        return tuple(resource for resource in self.resources if resource.kind in kinds)

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _urns(self) -> Mapping[str, str]:
        """The URNs of resources by their ids, as far as others tell them: outputs do not have the id."""
        found: dict[str, str] = {}
        for resource in self.resources:
            for name, kind in PRINCIPALS:
                value, urns = resource.get(name), self._linked(resource, name, kind)
                if isinstance(value, str) and len(urns) == 1:
                    found.setdefault(value, urns[0])
        return found

    def _linked(self, resource: Resource, name: str, kind: str) -> tuple[str, ...]:
        urns = resource.refers.get(name, ())
        return tuple(
            urn
            for urn in dict.fromkeys(urns)
            if urn in self.by_urn and self.by_urn[urn].kind == kind
        )

    def one(self, resource: Resource, name: str, kind: str) -> Any:
        """Whom a property names: a URN of this stack, else an id; None or UNKNOWN.

        A resource that is not made yet has no id, and is known by its URN all the same.
        """
        value = resource.get(name)
        if value is None:
            return None
        linked = self._linked(resource, name, kind)
        if len(linked) == 1:
            return linked[0]
        return self._urns.get(value, value) if isinstance(value, str) else UNKNOWN

    def many(self, resource: Resource, name: str, kind: str) -> frozenset[Any]:
        """Whom a list names; UNKNOWN is among them where it names others that cannot be told."""
        items = resource.items(name)
        if not items:
            return frozenset()
        linked = self._linked(resource, name, kind)
        known = {self._urns.get(item, item) for item in items if isinstance(item, str)}
        ids = {key for key in known if key not in self.by_urn}
        unknown = sum(item is UNKNOWN for item in items)
        new = set(linked) - known
        if len(ids) + unknown <= len(new):
            ids = set()  # these are their ids, though not which is whose
        found: set[Any] = {*(known & self.by_urn.keys()), *ids, *new}
        return frozenset({*found, UNKNOWN} if unknown > len(new) else found)

    @cached_property
    def members(self) -> Mapping[Any, frozenset[tuple[str, Any]]]:
        """The members of each group, as pairs of a kind and whom it names."""
        found: dict[Any, set[tuple[str, Any]]] = defaultdict(set)
        for group in self.of("Group"):
            for _, name, kind in MEMBERS:
                found[group.urn] |= {(kind, key) for key in self.many(group, name, kind)}
        for membership in self.of("GroupMembership"):
            group_key = self.one(membership, "group_id", "Group")
            for name, _, kind in MEMBERS:
                if (key := self.one(membership, name, kind)) is not None:
                    found[group_key].add((kind, key))
        return {key: frozenset(them) for key, them in found.items()}

    def describe(self, key: Any, kind: str) -> str:
        """What messages call whom a property names."""
        if key in self.by_urn:
            return self.by_urn[key].title
        return f"{KINDS[kind].noun} {key}" if isinstance(key, str) else f"a new {KINDS[kind].noun}"
