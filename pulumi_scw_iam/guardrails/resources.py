"""The resources of guardrails, in one form for all packages.

IAM resources have three families of types: the dynamic front, the native plugin, and pulumiverse's Scaleway
package. All are converted to the fields of the kinds, in snake_case.
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
# Pulumiverse spells acronyms as words.
_KINDS = {kind.casefold(): kind for kind in KINDS}
PRINCIPALS = (("user_id", "User"), ("group_id", "Group"), ("application_id", "Application"))
"""The principals of a policy: the property with the id, and the kind."""
MEMBERS = (("user_id", "user_ids", "User"), ("application_id", "application_ids", "Application"))
"""The members of a group: the property of a membership, the list property of a group, and the kind."""
BUILT_IN = (("all_users", "User"), ("all_applications", "Application"))
"""The flag of each built-in group, and the kind of its members."""
_REDACTED = "[secret]"
"""The text that `pulumi policy analyze` puts in place of a secret that it cannot decrypt."""
# Outputs of pulumiverse's types without a counterpart in the kinds.
_MORE = {"User": {"mfa": bool}}


def kind_of(type_token: str) -> str | None:
    """Return the kind of a type token of any family; None for other types."""
    for family in _FAMILIES:
        if match := family.fullmatch(type_token):
            return _KINDS.get(match["kind"].casefold())
    return None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """An IAM resource as the subject of a guardrail."""

    kind: str
    name: str
    """The name of the resource in the program, not in the API."""
    urn: str
    values: Mapping[str, Any]
    """Plain values by declared name. A value with the wrong type, or not known yet, is UNKNOWN."""
    snake: bool = True
    """Whether the program spells properties in snake_case."""
    protect: bool = False
    dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each property, the URNs of the resources with outputs in the property."""
    linked: bool = True
    """Whether the engine recorded references. False for an import that no update has followed."""

    def get(self, name: str) -> Any:
        """Return the value of a property; None if unset; UNKNOWN if not known yet."""
        return self.values.get(name)

    def items(self, name: str) -> tuple[Any, ...]:
        """Return the items of a list; a single UNKNOWN for an unknown list."""
        value = self.values.get(name)
        return (UNKNOWN,) if value is UNKNOWN else tuple(value or ())

    def spell(self, name: str) -> str:
        """Return the name of a property in the spelling of the program."""
        return name if self.snake else camel(name)

    @property
    def is_built_in(self) -> bool:
        """Whether the resource is a built-in group: all users or all applications are members."""
        return any(self.get(flag) is True for flag, _ in BUILT_IN)

    @property
    def title(self) -> str:
        """The noun and the name, for messages about other resources."""
        return f"{KINDS[self.kind].noun} {quoted(self.name)}"


def read(
    type_token: str,
    props: Mapping[str, Any],
    *,
    name: str = "",
    urn: str = "",
    protect: bool = False,
    dependencies: Mapping[str, Sequence[str]] | None = None,
    linked: bool = True,
) -> Resource | None:
    """Return the resource for a type token and plain properties; None for other types."""
    kind = kind_of(type_token)
    if kind is None:
        return None
    snake = type_token.startswith("pulumi-python:")
    declared = {field.name: field for field in fields(KINDS[kind].state)}
    values = _values(declared.values(), props, snake=snake)
    for more, expected_type in _MORE.get(kind, {}).items():
        if isinstance(props.get(more), expected_type):
            values[more] = props[more]
    if kind == "Group" and props.get("externalMembership") in (True, UNKNOWN):
        # The members are GroupMembership resources. The lists are outputs and declare no members.
        values = {key: value for key, value in values.items() if not key.endswith("_ids")}
    links = {
        known: tuple((dependencies or {}).get(known if snake else camel(known), ()))
        for known in declared
    }
    return Resource(
        kind=kind,
        name=name,
        urn=urn,
        values=values,
        snake=snake,
        protect=protect,
        dependencies={known: urns for known, urns in links.items() if urns},
        linked=linked,
    )


def _values(declared: Iterable[Field], props: Mapping[str, Any], *, snake: bool) -> dict[str, Any]:
    values = {}
    for declaration in declared:
        name = declaration.name
        value = props.get(name if snake else camel(name))
        if value is not None:
            values[name] = _fit(declaration, value, snake=snake)
    return values


def _fit(declared: Field, value: Any, *, snake: bool) -> Any:
    """Return a value of the declared type, or UNKNOWN for another type. Check refuses the latter."""
    if declared.container is None or value is UNKNOWN:
        return _fit_item(declared, value, snake=snake)
    if not isinstance(value, list):
        return UNKNOWN
    return [_fit_item(declared, item, snake=snake) for item in value]


def _fit_item(declared: Field, value: Any, *, snake: bool) -> Any:
    # The presence of a declared secret is known, and no guardrail needs its text.
    if value == _REDACTED and not declared.prop.secret:
        return UNKNOWN
    if declared.nested:
        if not isinstance(value, Mapping):
            return UNKNOWN
        return _values(fields(declared.item), value, snake=snake)
    if declared.item is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is declared.item else UNKNOWN


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)


@dataclass(frozen=True)
class Stack:
    """The IAM resources of a stack and their references."""

    resources: tuple[Resource, ...]

    def of(self, *kinds: str) -> tuple[Resource, ...]:
        """Return the resources of the given kinds."""
        return tuple(resource for resource in self.resources if resource.kind in kinds)

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _urns(self) -> Mapping[str, str]:
        """The URNs of resources by id.

        Policies do not see the ids of resources. Ids are taken from properties that refer to a resource.
        """
        found: dict[str, str] = {}
        for resource in self.resources:
            for name, kind in PRINCIPALS:
                value, urns = resource.get(name), self._linked(resource, name, kind)
                if isinstance(value, str) and len(urns) == 1:
                    found.setdefault(value, urns[0])
        return found

    def _linked(self, resource: Resource, name: str, kind: str) -> tuple[str, ...]:
        urns = resource.dependencies.get(name, ())
        return tuple(
            urn
            for urn in dict.fromkeys(urns)
            if urn in self.by_urn and self.by_urn[urn].kind == kind
        )

    def target(self, resource: Resource, name: str, kind: str) -> Any:
        """Return the target of a property: a URN of this stack, an id, None if unset, or UNKNOWN.

        Before its creation, a resource has a URN but no id.
        """
        value = resource.get(name)
        if value is None:
            return None
        linked = self._linked(resource, name, kind)
        if len(linked) == 1:
            return linked[0]
        return self._urns.get(value, value) if isinstance(value, str) else UNKNOWN

    def targets(self, resource: Resource, name: str, kind: str) -> frozenset[Any]:
        """Return the targets of a list, like `target`. Includes UNKNOWN if a target is not known yet."""
        items = resource.items(name)
        if not items:
            return frozenset()
        linked = self._linked(resource, name, kind)
        known = {self._urns.get(item, item) for item in items if isinstance(item, str)}
        ids = {key for key in known if key not in self.by_urn}
        unknown = sum(item is UNKNOWN for item in items)
        new = set(linked) - known
        if len(ids) + unknown <= len(new):
            ids = set()  # the ids of the new resources, in unknown order
        found: set[Any] = {*(known & self.by_urn.keys()), *ids, *new}
        return frozenset({*found, UNKNOWN} if unknown > len(new) else found)

    @cached_property
    def members(self) -> Mapping[Any, frozenset[tuple[str, Any]]]:
        """The members of each group, as pairs: the kind, and the URN or id."""
        found: dict[Any, set[tuple[str, Any]]] = defaultdict(set)
        for group in self.of("Group"):
            if group.is_built_in:
                found[group.urn] = self._everyone(group)
                continue
            for _, name, kind in MEMBERS:
                found[group.urn] |= {(kind, key) for key in self.targets(group, name, kind)}
        for membership in self.of("GroupMembership"):
            group_key = self.target(membership, "group_id", "Group")
            for name, _, kind in MEMBERS:
                if (key := self.target(membership, name, kind)) is not None:
                    found[group_key].add((kind, key))
        return {key: frozenset(members) for key, members in found.items()}

    def _everyone(self, group: Resource) -> set[tuple[str, Any]]:
        """Return the members of a built-in group: all users or applications of the stack."""
        kinds = [kind for flag, kind in BUILT_IN if group.get(flag) is True]
        return {
            (member.kind, member.urn)
            for member in self.of(*kinds)
            # An application of a Scaleway product is in no built-in group.
            if member.get("managed") is not True
        }

    def may_refer_to(self, kind: str) -> bool:
        """Return whether an id of unrecorded origin may belong to a resource of a kind in this stack."""
        return kind in self._kinds_of_unlinked_ids

    @cached_property
    def _kinds_of_unlinked_ids(self) -> frozenset[str]:
        references = (
            *(
                (resource, name, kind)
                for name, kind in PRINCIPALS
                for resource in self.of("Policy")
            ),
            *((resource, many, kind) for _, many, kind in MEMBERS for resource in self.of("Group")),
            *(
                (resource, name, kind)
                for name, _, kind in MEMBERS
                for resource in self.of("GroupMembership")
            ),
        )
        return frozenset(
            kind
            for resource, name, kind in references
            if not resource.linked
            for value in _listed(resource.get(name))
            if isinstance(value, str) and value not in self._urns
        )

    def describe(self, key: Any, kind: str) -> str:
        """Return the noun and the name of a URN or id, for a message."""
        if key in self.by_urn:
            return self.by_urn[key].title
        return f"{KINDS[kind].noun} {key}" if isinstance(key, str) else f"a new {KINDS[kind].noun}"
