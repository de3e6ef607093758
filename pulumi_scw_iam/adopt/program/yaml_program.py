"""Programs in YAML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from pulumi_scw_iam.adopt.names import WORDS, Named, yaml_keys
from pulumi_scw_iam.adopt.program.builders import operands
from pulumi_scw_iam.adopt.program.folder import LOADER, ProgramError
from pulumi_scw_iam.adopt.program.terms import (
    Choice,
    Condition,
    Entry,
    Organization,
    Record,
    Reference,
    Resource,
    Term,
    kinds_in_order,
    nouns_of,
    terms_in,
)
from pulumi_scw_iam.common.words import plural, shown
from pulumi_scw_iam.core.names import PACKAGE, camel
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

from pulumi_scw_iam.adopt.program.folder import Scan

__all__ = ["PROJECT", "escaped", "scalar", "table_of", "yaml_text"]


PROJECT = "Pulumi.yaml"
_WIDTH = 100
_ORGANIZATION = "organizationId"
_PLAIN = re.compile(r"[A-Za-z]([A-Za-z0-9 _./@+=()'-]*[A-Za-z0-9)])?")
_PLAIN_IN_BLOCK = re.compile(r"[A-Za-z]([A-Za-z0-9 _./@+=()',-]|:(?! ))*(?<![ :])")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LATER = "# Added by a later run of `pulumi-scw-iam adopt`."


def yaml_text(
    resources: Sequence[Resource],
    *,
    organization_id: str,
    keys: Mapping[tuple[str, str], str],
    scan: Scan,
    file: str,
    text: str,
    is_first: bool,
) -> str:
    """Return the text of a program with more resources.

    `keys` has the keys of earlier resources, by kind and id. `text` is the header of the project in
    the first run, and the program of the folder in later runs. It is kept unchanged.
    """
    ranks = {name: rank for rank, name in enumerate(kinds_in_order())}
    tables = _tables(resources, organization_id)
    bound = scan.bound.get(file, set())
    named = [Named(kind=r.kind, name=r.name, id=r.id, rank=ranks[r.kind.name]) for r in resources]
    new_keys = yaml_keys(named, {"pulumi", _ORGANIZATION, *_all_tables(), *bound})
    new = dict(zip((r.key for r in resources), new_keys, strict=True))
    rows = list(_rows(resources, _Writer({**keys, **new}), new))
    if is_first:
        sections = [text]
        if tables:
            sections.append("\n".join(["variables:", *_indented(_table_rows(tables))]) + "\n")
        if rows:
            sections.append("\n".join(["resources:", *_indented(rows)]) + "\n")
        return "\n".join(sections)
    if not resources:
        return text
    insertions = [
        *_of_tables(tables, scan, file),
        (("resources",), ["", _LATER, *rows]),
    ]
    return _inserted(text, file, insertions)


_Insertion = tuple[tuple[str, ...], list[str]]
"""The path of a mapping, and its new lines."""


def _of_tables(
    tables: Mapping[str, dict[str, str] | str], scan: Scan, file: str
) -> Iterator[_Insertion]:
    """Yield the insertions for new tables, and for new entries of known tables."""
    fresh: dict[str, dict[str, str] | str] = {}
    for name, entries in tables.items():
        known = scan.tables.get((file, name))
        if name not in scan.bound.get(file, ()):
            fresh[name] = entries
        elif isinstance(entries, str):
            continue
        elif known is None:
            raise ProgramError(
                f"{file}: {name} is not a variable with the ids of {name}; give it another name"
            )
        elif missing := {key: row for key, row in entries.items() if known.get(key) != row}:
            yield ("variables", name), _entry_rows(missing)
    if fresh:
        yield ("variables",), _table_rows(fresh)


def _rows(
    resources: Sequence[Resource], writer: _Writer, keys: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    kinds = {resource.kind.name for resource in resources}
    previous = ""
    for resource in resources:
        if len(kinds) > 1 and resource.kind.name != previous:
            title = plural(resource.kind.noun)
            if previous:
                yield ""
            yield f"# {title[0].upper()}{title[1:]}"
        previous = resource.kind.name
        yield from writer.resource(resource, keys[resource.key])


def _indented(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}" if line else ""


def _tables(resources: Sequence[Resource], organization_id: str) -> dict[str, dict[str, str] | str]:
    terms = list(terms_in(resources))
    tables: dict[str, dict[str, str] | str] = {}
    for entry in sorted({term for term in terms if isinstance(term, Entry)}):
        rows = tables.setdefault(table_of(entry.noun), {})
        assert isinstance(rows, dict)
        rows[entry.name] = entry.id
    if any(isinstance(term, Organization) for term in terms):
        tables[_ORGANIZATION] = organization_id
    return tables


def _all_tables() -> set[str]:
    return {table_of(noun) for kind in KINDS.values() for noun in nouns_of(kind)}


def table_of(noun: str) -> str:
    """Return the name of the variable with the ids of one noun: `projects`."""
    return camel(plural(noun).lower().replace(" ", "_"))


def _table_rows(tables: Mapping[str, dict[str, str] | str]) -> list[str]:
    rows = []
    for name, entries in tables.items():
        if isinstance(entries, str):
            rows.append(f"{name}: {quoted(entries)}")
        else:
            rows += [f"{name}:", *_indented(_entry_rows(entries))]
    return rows


def _entry_rows(entries: Mapping[str, str]) -> list[str]:
    return [f"{scalar(key)}: {quoted(row)}" for key, row in entries.items()]


class _Writer:
    def __init__(self, keys: Mapping[tuple[str, str], str]) -> None:
        self._keys = keys

    def resource(self, resource: Resource, key: str) -> Iterator[str]:
        """Yield the lines of a resource."""
        yield f"{key}:"
        yield f"  type: {PACKAGE}:{resource.kind.name}"
        if key != resource.name:
            yield f"  name: {scalar(resource.name)}"
        if resource.arguments:
            yield "  properties:"
            for name, term in resource.arguments:
                yield from self._lines(f"{camel(name)}:", term, 4)

    def _lines(self, before: str, term: Term, indent: int) -> Iterator[str]:
        """Yield the lines of a value after its key."""
        margin = " " * indent
        if not isinstance(term, tuple):
            text = self._inline(term)
            if "\n" in text:
                head, *lines = text.split("\n")
                yield f"{margin}{before} {head}"
                yield from (f"{margin}  {line}" if line else "" for line in lines)
            else:
                yield f"{margin}{before} {text}"
            return
        if any(isinstance(item, Record) for item in term):
            yield f"{margin}{before}"
            for item in term:
                assert isinstance(item, Record)
                dash = "- "
                for name, value in item.values:
                    for line in self._lines(f"{camel(name)}:", value, 0):
                        yield f"{margin}  {dash}{line}" if line else ""
                        dash = "  "
            return
        items = [self._inline(item, is_flow=True) for item in term]
        flat = f"{margin}{before} [{', '.join(items)}]"
        if len(flat) <= _WIDTH:
            yield flat
            return
        yield f"{margin}{before}"
        yield f"{margin}  ["
        line = f"{margin}   "
        for item in items:
            if len(line) + len(item) + 2 > _WIDTH and line.strip():
                yield line
                line = f"{margin}   "
            line += f" {item},"
        yield line
        yield f"{margin}  ]"

    def _inline(self, term: Term, *, is_flow: bool = False) -> str:
        match term:
            case bool() | int():
                return str(term).lower()
            case Reference(kind, object_id):
                text = f"${{{self._keys[kind, object_id]}.id}}"
            case Entry(noun, name):
                text = f"${{{table_of(noun)}.{name}}}"
            case Organization():
                text = f"${{{_ORGANIZATION}}}"
            case Choice(_, value):
                return scalar(value)
            case Condition(text):
                return _condition(escaped(text))
            case str():
                return scalar(escaped(term), is_flow=is_flow)
            case _:
                raise TypeError(f"not a scalar: {type(term).__name__}")
        return f'"{text}"' if is_flow else text


def escaped(text: str) -> str:
    """Return a text that the language reads as it is, without interpolation."""
    return re.sub(r"\$(?=[${])", "$$", text)


def scalar(text: str, *, is_flow: bool = False) -> str:
    """Return a string in YAML: plain, in quotes, or as a block of lines."""
    plain = _PLAIN if is_flow else _PLAIN_IN_BLOCK
    if plain.fullmatch(text) and text.lower() not in WORDS and not _UUID.fullmatch(text):
        return text
    lines = text.split("\n")
    is_block = (
        len(lines) > 2
        and not is_flow
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and all(lines[:-1])
        and not lines[0].startswith(" ")
    )
    if is_block:
        return "\n".join(["|", *lines[:-1]] if not lines[-1] else ["|-", *lines])
    return quoted(text)


def quoted(text: str) -> str:
    """Return a string in quotes: single quotes if these need fewer escapes."""
    if ('"' in text or "\\" in text) and text.isprintable():
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    literal = json.dumps(text, ensure_ascii=False)
    return shown(literal)


def _condition(text: str) -> str:
    """Return a condition. A long one has a line for each operand."""
    *most, last = operands(text) or [""]
    parts = [*(part.removesuffix(" ") for part in most), last]
    can_fold = text.isprintable() and all(
        part and not part.startswith(" ") and not part.endswith(" ") for part in parts
    )
    if len(text) > _WIDTH // 2 and len(parts) > 1 and can_fold:
        return "\n".join([">-", *parts])
    return scalar(text)


# --- insertions into the program of an earlier run -------------------------------------------


def _inserted(text: str, file: str, insertions: Sequence[tuple[tuple[str, ...], list[str]]]) -> str:
    """Return a text with more lines at the end of mappings. All other lines stay as they are."""
    root = yaml.compose(text, Loader=LOADER)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    places: list[tuple[int, list[str]]] = []
    for path, rows in insertions:
        node = _at(root, path)
        if node is None or not node.value:
            if len(path) > 1 or (node is not None and node.flow_style):
                raise _refused(file, path)
            places.append(_new_section(root, lines, path[0], rows))
            continue
        if node.flow_style:
            raise _refused(file, path)
        column = node.value[0][0].start_mark.column
        margin = " " * column
        block = [f"{margin}{row}\n" if row else "\n" for row in rows]
        places.append((_end_of(node, lines, column), block))
    for place, block in sorted(places, key=lambda item: item[0], reverse=True):
        lines[place:place] = block
    new = "".join(lines)
    if not _contains(yaml.load(new, Loader=LOADER), yaml.load(text, Loader=LOADER)):  # noqa: S506
        raise ProgramError(
            f"{file}: new lines would become part of the last value; add a comment line after it"
        )
    return new


def _contains(new: Any, old: Any) -> bool:
    """Return whether a value has all entries of another value, at any depth of mappings."""
    if isinstance(new, dict) and isinstance(old, dict):
        return all(name in new and _contains(new[name], value) for name, value in old.items())
    return old is None or bool(new == old)


def _at(root: yaml.Node | None, path: tuple[str, ...]) -> yaml.MappingNode | None:
    node = root
    for name in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == name), None)
    return node if isinstance(node, yaml.MappingNode) else None


def _end_of(node: yaml.MappingNode, lines: Sequence[str], column: int) -> int:
    """Return the line after a mapping. Comments of the next section are not part of it."""
    end = min(node.end_mark.line, len(lines))
    while end > 0:
        line = lines[end - 1]
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if bare and (not bare.startswith("#") or indent >= column):
            return end
        end -= 1
    return end


def _new_section(
    root: yaml.Node | None, lines: list[str], name: str, rows: Sequence[str]
) -> tuple[int, list[str]]:
    """Return the place and the lines of a new section: variables are before the resources."""
    block = [f"{line}\n" for line in (f"{name}:", *_indented([row for row in rows if row]))]
    before = next(
        (
            key.start_mark.line
            for key, _ in (root.value if isinstance(root, yaml.MappingNode) else ())
            if name == "variables" and key.value == "resources"
        ),
        None,
    )
    if before is not None:
        return before, [*block, "\n"]
    return len(lines), ["\n", *block]


def _refused(file: str, path: tuple[str, ...]) -> ProgramError:
    return ProgramError(
        f"{file}: {'.'.join(path)} is not a block of lines, so nothing can be added; write it as"
        " `key: value`, one a line"
    )
