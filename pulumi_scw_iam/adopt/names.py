"""Names for a program: logical names of resources, variables of Python, keys of YAML.

All names are ASCII. A letter of another script could look like an ASCII letter, or change the
direction of a line.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.formats import UuidOf
from pulumi_scw_iam.core.fields import fields, one_ofs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pulumi_scw_iam.adopt.objects import Existing, External
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["WORDS", "Named", "logical_names", "python_names", "table_key", "title_of", "yaml_keys"]

_LONGEST = 64
_LONGEST_SLUG = 40
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML does not read as strings, in lower case."""
_BUILTIN = frozenset(dir(builtins))


@dataclass(frozen=True, kw_only=True)
class Named:
    """A resource that needs a variable or a key."""

    kind: AnyKind
    name: str
    """The logical name."""
    id: str
    rank: int = 0
    """The order of the kinds. If resources of several kinds clash, the lowest rank keeps the name."""


def logical_names(
    existing: Sequence[Existing],
    taken: Mapping[str, Collection[str]],
    externals: Mapping[str, External] = MappingProxyType({}),
) -> list[str]:
    """Return the logical name of each object, unique among the objects of its kind.

    `taken` has the used names by name of the kind. `externals` names the objects outside the list.
    A name depends on its object only, and on the objects to which the object refers. Objects with
    equal names get the first characters of their ids.
    """
    titles = {known.id: known.name for known in externals.values()}
    titles.update({found.id: title_of(found) for found in existing})
    options = [_options(found, titles) for found in existing]
    return _distinct(
        options,
        [found.kind.name for found in existing],
        {name: set(names) for name, names in taken.items()},
    )


def python_names(named: Sequence[Named], taken: Collection[str]) -> list[str]:
    """Return the variable of each resource, unique among all.

    `taken` has the used names: modules, tables, variables.
    """

    def option(resource: Named) -> Callable[[int], str]:
        noun = _snake(resource.kind.noun)
        plain = _snake(resource.name)
        with_noun = f"{plain}_{noun}" if plain[:1].isalpha() else f"{noun}_{plain}"
        with_noun = with_noun.strip("_")
        options = (plain, with_noun, f"{with_noun}_{_tail(resource.id)}")
        is_plain = plain[:1].isalpha() and not _is_reserved(plain) and plain not in taken
        return lambda level: _at(options[0 if is_plain else 1 :], level, resource, "_")

    return _distinct(
        [option(resource) for resource in named],
        [""] * len(named),
        {"": set(taken)},
        [resource.rank for resource in named],
    )


def yaml_keys(named: Sequence[Named], taken: Collection[str]) -> list[str]:
    """Return the key of each resource, unique among all. A key is the logical name if possible."""

    def option(resource: Named) -> Callable[[int], str]:
        noun = _slug(resource.kind.noun)
        slug = _slug(resource.name)
        plain = resource.name if _KEY.fullmatch(resource.name) else slug
        if not _KEY.fullmatch(plain):
            plain = f"{noun}-{slug}".strip("-")
        options = (plain, f"{plain}-{noun}", f"{plain}-{noun}-{_tail(resource.id)}")
        is_word = plain.lower() in WORDS
        return lambda level: _at(options[is_word:], level, resource, "-")

    return _distinct(
        [option(resource) for resource in named],
        [""] * len(named),
        {"": set(taken)},
        [resource.rank for resource in named],
    )


def table_key(noun: str, name: str) -> str:
    """Return the key of an object in a table of YAML; empty for a name without ASCII letters.

    The language reads `${projects.data-platform}`, but no keys in brackets.
    """
    if _KEY.fullmatch(name) and name.lower() not in WORDS:
        return name
    slug = _slug(name)
    return slug if not slug or _KEY.fullmatch(slug) else f"{_slug(noun)}-{slug}"


def _distinct(
    options: Sequence[Callable[[int], str]],
    spaces: Sequence[str],
    taken: Mapping[str, Collection[str]],
    ranks: Sequence[int] | None = None,
) -> list[str]:
    """Return a name for each option, unique in its space: the first without a clash."""
    ranks = ranks or [0] * len(options)
    levels = [0] * len(options)
    while True:
        names = [option(level) for option, level in zip(options, levels, strict=True)]
        keys = list(zip(spaces, names, strict=True))
        count = Counter(keys)
        first: dict[tuple[str, str], int] = {}
        for key, rank in zip(keys, ranks, strict=True):
            first[key] = min(rank, first.get(key, rank))
        best = Counter(key for key, rank in zip(keys, ranks, strict=True) if rank == first[key])
        clashing = [
            index
            for index, (key, rank) in enumerate(zip(keys, ranks, strict=True))
            if key[1] in taken.get(key[0], ())
            or (count[key] > 1 and (rank != first[key] or best[key] > 1))
        ]
        if not clashing:
            return names
        for index in clashing:
            levels[index] += 1


class _Options:
    """The possible logical names of an object, from the shortest to the longest."""

    def __init__(self, first: Sequence[str], object_id: str) -> None:
        self._first = tuple(dict.fromkeys(first))
        self._id = object_id

    def __call__(self, level: int) -> str:
        if level < len(self._first):
            return self._first[level]
        level -= len(self._first)
        base = self._first[0][:_LONGEST_SLUG]
        if level == 0:
            return f"{base}-{_tail(self._id)}"
        return f"{base}-{_digest(f'{self._id} {level}')}"


def _options(found: Existing, titles: Mapping[str, str]) -> _Options:
    title = found.label or title_of(found) or _joined_references(found, titles)
    short, _, domain = title.partition("@") if not found.label else (title, "", "")
    names = [_logical(short if domain else title), _logical(title), _slug(found.kind.noun)]
    return _Options([name for name in names if name][: 2 if names[0] else 1], found.id)


def title_of(found: Existing) -> str:
    """Return the text that names an object: its login, its name, its description."""
    for name in ("username", found.kind.described_by):
        text = found.item.get(name)
        if isinstance(text, str) and text and text != found.id and _ascii(text).strip():
            return text
    return ""


def _joined_references(found: Existing, titles: Mapping[str, str]) -> str:
    """Return the names of the objects that make up an object, such as the group and the member."""
    choices = {name for group in one_ofs(found.kind.inputs) for name in group.names}
    parts = []
    for field in fields(found.kind.inputs):
        is_part = field.required or field.name in choices
        if is_part and isinstance(field.prop.format, UuidOf) and not field.prop.setting:
            title = titles.get(str(found.item.get(field.name)), "")
            parts.append(_slug(title.partition("@")[0]))
    return "-".join(part for part in parts if part)


def _logical(text: str) -> str:
    if len(text) <= _LONGEST and _PLAIN.fullmatch(text):
        return text
    return _slug(text)


def _slug(text: str) -> str:
    """Return lower-case words with hyphens: `data-engineers-eu` for `Data Engineers (EU)`."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", _ascii(text).replace("'", "")).strip("-").lower()
    if len(words) <= _LONGEST_SLUG:
        return words
    return words[:_LONGEST_SLUG].rpartition("-")[0] or words[:_LONGEST_SLUG]


def _snake(text: str) -> str:
    return _slug_of_variable(text).replace("-", "_")


def _slug_of_variable(text: str) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", _ascii(text)).strip("-")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", words).lower()


def _ascii(text: str) -> str:
    """Return the text without accents and without letters of other scripts."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[^\x20-\x7e]", " ", plain)


def _tail(object_id: str) -> str:
    """Return the first characters of an id, without what all ids share."""
    return _slug(object_id.rpartition("/")[2].removeprefix("SCW")).replace("-", "")[:8]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _at(options: Sequence[str], level: int, resource: Named, joint: str) -> str:
    if level < len(options):
        return options[level]
    return f"{options[-1]}{joint}{_digest(f'{resource.kind.name} {resource.id} {level}')}"


def _is_reserved(name: str) -> bool:
    return keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _BUILTIN
