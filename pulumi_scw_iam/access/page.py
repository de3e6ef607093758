"""The access of an organization as one HTML page, without any request to a network.

The folder `assets` has the sources of the page. `render` puts them and the data into one text. The page shows
names that any member of the organization may choose. Therefore:

- The data is JSON in ASCII without `<`, `>` and `&`, so no name can end the element with the data.
- The script creates text nodes only. Trusted Types make the browser refuse HTML from strings.
- The content security policy allows one script and one style sheet, by their hashes, and no request.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = [
    "Grant",
    "Noun",
    "Organization",
    "PageData",
    "Path",
    "PermissionSet",
    "Principal",
    "Project",
    "Scope",
    "render",
]

Noun = Literal["owner", "user", "application", "group"]
Scope = Literal["organization", "all projects"] | int
"""The organization itself, all its present and future projects, or the index of a project."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Organization:
    """The organization of the page."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """A user, an application, a group, or the owner of the organization."""

    id: str
    noun: Noun
    name: str
    notes: tuple[str, ...] = ()
    """Facts for a reader, such as `locked`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project of the organization."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionSet:
    """A permission set that a rule may grant."""

    name: str
    scope_type: str
    """`organization` or `projects`."""
    leads_to_any_right: bool = False
    """Whether a holder of the set can give any right to anybody."""
    includes: tuple[str, ...] = ()
    """The names of the permission sets that this one includes. A search for them finds this one."""


class Path(NamedTuple):
    """The rule that a grant comes from."""

    group: str | None
    """The group with the principal as a member; None if the policy names the principal."""
    policy: str
    rule: int
    """The number of the rule in the policy, from 1."""


class Grant(NamedTuple):
    """A permission set that a principal has on scopes, with one condition and the same paths.

    A principal may have several grants of one set, with other scopes, conditions or paths.
    """

    principal: int
    """The index in `PageData.principals`."""
    permission_set: int
    """The index in `PageData.sets`."""
    scopes: tuple[Scope, ...]
    condition: str = ""
    """The condition of the rules; empty if they have none."""
    paths: tuple[Path, ...] = ()
    """Every rule that makes this grant; empty for a right that needs no policy, as the owner has them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageData:
    """What the page shows."""

    as_of: str
    """The time of the data (RFC 3339)."""
    organization: Organization
    principals: Sequence[Principal]
    projects: Sequence[Project]
    sets: Sequence[PermissionSet]
    grants: Iterable[Grant]
    unknown: Sequence[str] = ()
    """One sentence for each fact that the data does not tell."""
    orphans: Sequence[str] = ()
    """The names of policies without a principal, so without effect."""


def render(data: PageData) -> str:
    """Return the whole page. Equal data makes an equal text, whatever the order of the grants.

    Raises IndexError for a grant of a principal, permission set or project that the data does not have.
    """
    style, script = _asset("page.css"), _asset("page.js")
    parts = {
        "policy": _content_security_policy(style, script),
        "style": style,
        "script": script,
        "data": _embedded(_encoded(data)),
    }
    # One pass: the data may contain the text of a placeholder.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("page.html"))


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("assets").joinpath(name).read_text("utf-8")


def _content_security_policy(style: str, script: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_source_hash(style)}'",
            f"script-src '{_source_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _source_hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _embedded(value: object) -> str:
    # ASCII: a lone surrogate in a name cannot be written as UTF-8, and U+2028 ends a line of some parsers.
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


_T = TypeVar("_T", bound="Hashable")


class _Table(Generic[_T]):
    """Distinct values in the order of their first use."""

    def __init__(self, *values: _T) -> None:
        self._indexes = {value: index for index, value in enumerate(values)}

    def index(self, value: _T) -> int:
        return self._indexes.setdefault(value, len(self._indexes))

    @property
    def values(self) -> list[_T]:
        return list(self._indexes)


_Ways = tuple[tuple[bool, str, str, int], ...]
"""Paths that can be sorted: whether there is a group, its name, the policy and the rule."""


class _ScopeIndexes(dict[tuple[Scope, ...], tuple[int, ...]]):
    """The sorted indexes of scopes, computed once for each tuple of scopes."""

    def __init__(self, projects: Sequence[Project]) -> None:
        super().__init__()
        self._projects = projects
        self._indexes: dict[Scope, int] = {"organization": -2, "all projects": -1}
        self._indexes.update((index, index) for index in range(len(projects)))

    def __missing__(self, scopes: tuple[Scope, ...]) -> tuple[int, ...]:
        for scope in scopes:
            if scope not in self._indexes:
                raise _missing("project", scope, self._projects)
        self[scopes] = indexes = tuple(sorted({self._indexes[scope] for scope in scopes}))
        return indexes


def _encoded(data: PageData) -> dict[str, object]:
    """Return the data as JSON values.

    An organization grants few combinations of sets, scopes and rules, to many principals. So a block is a
    principal with the index of a list of sets, of a list of scopes, of a condition and of a list of paths.
    """
    scopes_of = _ScopeIndexes(data.projects)
    conditions, names, path_table = _Table(""), _Table[str](), _Table[tuple[int, int, int]]()
    path_lists, set_lists, scope_lists = (_Table[tuple[int, ...]]() for _ in range(3))
    numbers: list[int] = []
    ways: dict[tuple[Path, ...], _Ways] = {}
    list_of: dict[_Ways, int] = {}
    # One principal after the other: the grants of all of them are many.
    ordered = sorted(data.grants, key=itemgetter(0))
    for principal, grants in groupby(ordered, key=itemgetter(0)):
        if not 0 <= principal < len(data.principals):
            raise _missing("principal", principal, data.principals)
        rights: dict[tuple[int, str, _Ways], tuple[Scope, ...]] = {}
        for _, permission_set, scopes, condition, paths in grants:
            if not 0 <= permission_set < len(data.sets):
                raise _missing("permission set", permission_set, data.sets)
            if paths not in ways:
                ways[paths] = _sortable(paths)
            key = (permission_set, condition, ways[paths])
            rights[key] = (*rights[key], *scopes) if key in rights else scopes
        blocks: dict[tuple[str, _Ways, tuple[int, ...]], list[int]] = defaultdict(list)
        for (permission_set, condition, steps), scopes in rights.items():
            blocks[condition, steps, scopes_of[scopes]].append(permission_set)
        for (condition, steps, scope_indexes), sets in sorted(blocks.items()):
            if steps not in list_of:
                list_of[steps] = path_lists.index(
                    tuple(
                        path_table.index(
                            (names.index(group) if is_member else -1, names.index(policy), rule)
                        )
                        for is_member, group, policy, rule in steps
                    )
                )
            numbers += (
                principal,
                set_lists.index(tuple(sorted(sets))),
                scope_lists.index(scope_indexes),
                conditions.index(condition),
                list_of[steps],
            )
    return {
        "as_of": data.as_of,
        "organization": {"id": data.organization.id, "name": data.organization.name},
        "principals": [
            {"id": one.id, "noun": one.noun, "name": one.name, "notes": one.notes}
            for one in data.principals
        ],
        "projects": [{"id": one.id, "name": one.name} for one in data.projects],
        "sets": [
            {"name": one.name, "any": one.leads_to_any_right, "includes": one.includes}
            for one in data.sets
        ],
        "unknown": list(data.unknown),
        "orphans": list(data.orphans),
        "names": names.values,
        "conditions": conditions.values,
        "paths": path_table.values,
        "path_lists": path_lists.values,
        "set_lists": set_lists.values,
        "scope_lists": scope_lists.values,
        "blocks": numbers,
    }


def _sortable(paths: tuple[Path, ...]) -> _Ways:
    return tuple(
        sorted({(group is not None, group or "", policy, rule) for group, policy, rule in paths})
    )


def _missing(noun: str, index: Scope, existing: Sequence[object]) -> IndexError:
    return IndexError(f"a grant names {noun} {index}; there are {len(existing)}")
