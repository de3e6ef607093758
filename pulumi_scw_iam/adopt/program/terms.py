"""Resources of a program, independent of its language: references in place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.formats import UuidOf
from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.core.fields import Field, fields
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.policy_rule import PolicyRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_scw_iam.adopt.objects import Adoption
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = [
    "Choice",
    "Condition",
    "Context",
    "Entry",
    "Organization",
    "Record",
    "Reference",
    "Resource",
    "Term",
    "kinds_in_order",
    "nouns_of",
    "referable",
    "resources_of",
    "terms_in",
]


@dataclass(frozen=True)
class Reference:
    """The id of another resource of the program."""

    kind: str
    id: str
    name: str = field(compare=False)


@dataclass(frozen=True, order=True)
class Entry:
    """The id of an object outside the program, by its name in a table."""

    noun: str
    name: str
    id: str


@dataclass(frozen=True)
class Organization:
    """The id of the organization."""


@dataclass(frozen=True)
class Condition:
    """The condition of a rule, as CEL text."""

    text: str


@dataclass(frozen=True)
class Choice:
    """One of the choices of a field."""

    enum: str
    """The name of the type in the schema."""
    value: str


@dataclass(frozen=True)
class Record:
    """A nested object."""

    type: str
    """The name of the type in the schema."""
    values: tuple[tuple[str, Term], ...]


Term = (
    str
    | int
    | bool
    | Reference
    | Entry
    | Organization
    | Condition
    | Choice
    | Record
    | tuple["Term", ...]
)
"""A value in a program."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a program."""

    kind: AnyKind
    id: str
    name: str
    arguments: tuple[tuple[str, Term], ...]

    @property
    def key(self) -> tuple[str, str]:
        """The kind and the id."""
        return self.kind.name, self.id


@dataclass(frozen=True, kw_only=True)
class Context:
    """The objects to which arguments may refer."""

    organization_id: str
    references: Mapping[tuple[str, str], Reference]
    """The resources of the program, by noun and id."""
    entries: Mapping[tuple[str, str], Entry]
    """The objects outside the program, by noun and id."""


def resources_of(adoptions: Iterable[Adoption], context: Context) -> list[Resource]:
    """Return the resources of a program: dependencies first, then by name."""
    ranks = {name: rank for rank, name in enumerate(kinds_in_order())}
    found = [
        Resource(
            kind=adoption.kind,
            id=adoption.id,
            name=adoption.name,
            arguments=tuple(_arguments(adoption, context)),
        )
        for adoption in adoptions
    ]
    return sorted(found, key=lambda r: (ranks[r.kind.name], r.name.casefold(), r.name, r.id))


def _arguments(adoption: Adoption, context: Context) -> Iterator[tuple[str, Term]]:
    """Yield the arguments to write, nested objects last."""
    for declared in sorted(fields(adoption.kind.inputs), key=lambda each: each.nested):
        value = adoption.arguments.get(declared.name)
        if value is None or declared.prop.secret:
            continue
        if declared.prop.autoname and value == adoption.name:
            continue
        if declared.prop.setting == "organization_id" and value == context.organization_id:
            continue
        yield declared.name, _term(declared, value, adoption.kind.name, context)


def _term(declared: Field, value: Any, owner: str, context: Context) -> Term:
    if not isinstance(value, list | tuple | frozenset):
        return _item(declared, value, owner, context)
    items = [_item(declared, item, owner, context) for item in value]
    if declared.container is frozenset and isinstance(declared.prop.format, UuidOf):
        items.sort(key=_order)
    return tuple(items)


def _order(term: Term) -> tuple[str, str, str]:
    """Return the key that sorts references by name. Lists of ids have no order."""
    match term:
        case Reference(_, object_id, name) | Entry(_, name, object_id):
            return name.casefold(), name, object_id
    return "\U0010ffff", str(term), ""


def _item(declared: Field, value: Any, owner: str, context: Context) -> Term:
    if declared.nested:
        return _record(declared, value, owner, context)
    if isinstance(declared.prop.format, UuidOf) and isinstance(value, str):
        noun = declared.prop.format.noun
        if noun == "organization" and value == context.organization_id:
            return Organization()
        return context.references.get((noun, value)) or context.entries.get((noun, value)) or value
    if declared.prop.choices and isinstance(value, str):
        words = declared.name.split("_")
        return Choice(owner + "".join(word.capitalize() for word in words), value)
    if not isinstance(value, str | int):
        raise TypeError(f"{declared.name} has a value of type {type(value).__name__}")
    return value


def _record(declared: Field, value: Mapping[str, Any], owner: str, context: Context) -> Record:
    if declared.item is PolicyRule:
        value = _with_all_projects(value, context.organization_id)
    values: list[tuple[str, Term]] = []
    for inner in fields(declared.item):
        item = value.get(inner.name)
        if item is None or inner.prop.secret or (not inner.required and item == inner.default):
            continue
        is_condition = declared.item is PolicyRule and inner.name == "condition"
        term = Condition(item) if is_condition else _term(inner, item, owner, context)
        values.append((inner.name, term))
    return Record(declared.item.__name__, tuple(values))


def _with_all_projects(rule: Mapping[str, Any], organization_id: str) -> Mapping[str, Any]:
    """Return a rule with `all_projects` if its scope is all projects of the organization."""
    if rule.get("organization_id") != organization_id:
        return rule
    known = catalogue().by_name
    scopes = {
        known[name].scope_type if name in known else "" for name in rule["permission_set_names"]
    }
    if scopes != {"projects"}:
        return rule
    plain = {name: value for name, value in rule.items() if name != "organization_id"}
    return {**plain, "all_projects": True}


@cache
def kinds_in_order() -> tuple[str, ...]:
    """Return the names of all kinds: a kind follows the kinds to which it refers."""
    by_noun = {kind.noun: name for name, kind in KINDS.items()}
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        for noun in _nouns(KINDS[name].inputs):
            if noun in by_noun:
                visit(by_noun[noun])
        order.setdefault(name)

    for name in KINDS:
        visit(name)
    return tuple(order)


@cache
def referable() -> frozenset[str]:
    """Return the names of the kinds to which other kinds refer by id."""
    nouns = {noun for kind in KINDS.values() for noun in _nouns(kind.inputs)}
    return frozenset(name for name, kind in KINDS.items() if kind.noun in nouns)


def nouns_of(kind: AnyKind) -> frozenset[str]:
    """Return the nouns of the objects to which a kind may refer."""
    return frozenset(_nouns(kind.inputs))


def _nouns(cls: type) -> Iterator[str]:
    for declared in fields(cls):
        if declared.nested:
            yield from _nouns(declared.item)
        elif isinstance(declared.prop.format, UuidOf):
            yield declared.prop.format.noun


def terms_in(resources: Sequence[Resource]) -> Iterator[Term]:
    """Yield all terms of resources, at any depth."""
    for resource in resources:
        for _, term in resource.arguments:
            yield from _below(term)


def _below(term: Term) -> Iterator[Term]:
    yield term
    if isinstance(term, Record):
        for _, inner in term.values:
            yield from _below(inner)
    elif isinstance(term, tuple):
        for item in term:
            yield from _below(item)
