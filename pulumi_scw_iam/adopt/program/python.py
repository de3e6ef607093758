"""Programs in Python: for the Python classes, and for the Python SDK of the plugin."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_scw_iam.adopt.names import Named, python_names
from pulumi_scw_iam.adopt.objects import Front
from pulumi_scw_iam.adopt.program.builders import Built, Call, Inverted, built, operands
from pulumi_scw_iam.adopt.program.folder import Scan
from pulumi_scw_iam.adopt.program.formatter import formatted
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
    referable,
    terms_in,
)
from pulumi_scw_iam.common.words import plural
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_scw_iam.adopt.objects import AnyKind

__all__ = ["IDS", "MAIN", "module_of", "python_files", "table_of"]

MAIN = "__main__.py"
IDS = "ids.py"
_ORGANIZATION = "ORGANIZATION_ID"
_MANY = 60
"""The number of ids from which a list is filled line by line."""
_WIDTH = 88
"""The line length of the formatter."""
_SHORT = 60
"""The length of a text that fits on a line at any depth."""
_BESIDE_LONG = re.compile(
    r"""
    ^(
        [)\]}]\n (?=[^#\n])                        # the end of a long statement, before code
        | [^#\s].*\n (?=(?!from[ ])\w.*[(\[{]\n)   # code before the start of a long statement
    )
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A line at the margin that a blank line must follow."""

_DOCSTRING = '"""Scaleway IAM, as found by `pulumi-scw-iam adopt`."""'
_IDS_DOCSTRING = '"""The ids of objects that this program refers to, but does not manage."""'
_LATER = "# Added by a later run of `pulumi-scw-iam adopt`."
_PACKAGES = {
    "python": "import pulumi_scw_iam as iam",
    "native": "import pulumi_scw_iam_native as iam",
}


def module_of(kind: AnyKind) -> str:
    """Return the file for the resources of a kind, in a program with modules."""
    return f"{re.sub('[^a-z]+', '_', plural(kind.noun).lower())}.py"


def table_of(noun: str) -> str:
    """Return the name of the table for the ids of one noun: `PROJECTS`."""
    return re.sub("[^A-Z]+", "_", plural(noun).upper())


_RESERVED = frozenset(
    {
        *("iam", "pulumi", "ids", _ORGANIZATION.lower()),
        *(module_of(kind).removesuffix(".py") for kind in KINDS.values()),
    }
)
"""Names that no variable may have: modules and packages of the program."""


def python_files(
    front: Front,
    resources: Sequence[Resource],
    *,
    organization_id: str,
    has_modules: bool,
    target: str | None,
    variables: Mapping[tuple[str, str], tuple[str, str]],
    scan: Scan,
    texts: Mapping[str, str],
) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return the new text of each file to write, and the file of each resource.

    `target` is the only file for the resources; by default, each kind has a module, or the main file has all.
    `variables` has the file and the variable of earlier resources, by kind and id. `scan` and `texts` describe
    the folder; a file in `texts` keeps its text, and gets a section at its end.
    """
    writer = _Writer(
        front=front,
        organization_id=organization_id,
        has_modules=has_modules,
        target=target,
        scan=scan,
        texts=texts,
        variables=dict(variables),
    )
    return writer.files(resources)


@dataclass(kw_only=True)
class _Section:
    """The text to write into one file."""

    packages: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    """The names to import from the module with the ids."""
    statements: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class _Writer:
    front: Front
    organization_id: str
    has_modules: bool
    target: str | None
    scan: Scan
    texts: Mapping[str, str]
    variables: dict[tuple[str, str], tuple[str, str]]

    def files(
        self, resources: Sequence[Resource]
    ) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
        by_file: dict[str, list[Resource]] = {}
        for resource in resources:
            file = self.target or (module_of(resource.kind) if self.has_modules else MAIN)
            by_file.setdefault(file, []).append(resource)
        names: dict[tuple[str, str], str] = {}
        for file, found in by_file.items():
            names.update(self._named(file, found))
        new: dict[str, str] = {}
        tables = self._tables(resources)
        if self.has_modules:
            if tables:
                new[IDS] = self._joined(IDS, _IDS_DOCSTRING, _Section(), tables)
            for file, found in by_file.items():
                section = self._section(file, found, names)
                title = "Objects" if self.target else plural(found[0].kind.noun)
                docstring = f'"""{title[0].upper()}{title[1:]} of the organization."""'
                new[file] = self._joined(file, docstring, section, [])
            new[MAIN] = self._main(by_file)
        elif resources or MAIN not in self.texts:
            file = self.target or MAIN
            section = self._section(file, resources, names)
            new[file] = self._joined(file, _DOCSTRING, section, tables)
            if file != MAIN:
                new[MAIN] = self._main({file: resources})
        files = {
            file: _appended(self.texts.get(file, ""), _BESIDE_LONG.sub(r"\1\n", text))
            for file, text in formatted({file: text for file, text in new.items() if text}).items()
        }
        return files, {r.key: file for file, found in by_file.items() for r in found}

    def _named(self, file: str, resources: Sequence[Resource]) -> dict[tuple[str, str], str]:
        ranks = {name: rank for rank, name in enumerate(kinds_in_order())}
        taken = _RESERVED | self.scan.bound.get(file, set())
        names = python_names(
            [Named(kind=r.kind, name=r.name, id=r.id, rank=ranks[r.kind.name]) for r in resources],
            taken,
        )
        named = {r.key: name for r, name in zip(resources, names, strict=True)}
        for resource in resources:
            if resource.kind.name in referable():
                self.variables[resource.key] = (file, named[resource.key])
        return named

    # --- tables ------------------------------------------------------------------------------

    def _tables(self, resources: Sequence[Resource]) -> list[str]:
        """Return the statements that define the tables, or add entries to them."""
        file = IDS if self.has_modules else self.target or MAIN
        terms = list(terms_in(resources))
        entries: dict[str, dict[str, str]] = {}
        for entry in sorted({term for term in terms if isinstance(term, Entry)}):
            entries.setdefault(table_of(entry.noun), {})[entry.name] = entry.id
        bound = self.scan.bound.get(file, set())
        statements = []
        for table, rows in sorted(entries.items()):
            known = self.scan.tables.get((file, table), {})
            missing = {name: row for name, row in rows.items() if known.get(name) != row}
            if table in bound:
                statements += [f"{table}[{name!r}] = {row!r}" for name, row in missing.items()]
            else:
                items = "".join(f"{name!r}: {row!r}," for name, row in rows.items())
                statements.append(f"{table} = {{{items}}}")
        if any(isinstance(term, Organization) for term in terms) and _ORGANIZATION not in bound:
            value = (
                "iam.default_organization_id()"
                if self.front == "python"
                else repr(self.organization_id)
            )
            statements.append(f"{_ORGANIZATION} = {value}")
        return statements

    # --- files -------------------------------------------------------------------------------

    def _main(self, by_file: Iterable[str]) -> str:
        """Return the text for the main file, which imports the modules; empty without a new module."""
        known = self.scan.imports.get(MAIN, set())
        modules = sorted({file.removesuffix(".py") for file in by_file} - known)
        lines = [f"import {module}  # noqa: F401" for module in modules]
        if MAIN in self.texts:
            return "\n".join([_LATER, *lines]) if lines else ""
        return "\n".join([_DOCSTRING, *lines])

    def _section(
        self, file: str, resources: Sequence[Resource], names: Mapping[tuple[str, str], str]
    ) -> _Section:
        section = _Section()
        if resources:
            section.packages.add(_PACKAGES[self.front])
        kinds = {resource.kind.name for resource in resources}
        previous = ""
        for resource in resources:
            if len(kinds) > 1 and resource.kind.name != previous:
                title = plural(resource.kind.noun)
                section.statements.append(f"\n# {title[0].upper()}{title[1:]}")
            previous = resource.kind.name
            section.statements += self._statements(file, resource, names[resource.key], section)
        return section

    def _joined(self, file: str, docstring: str, section: _Section, tables: list[str]) -> str:
        bound = self.scan.bound.get(file, set())
        if any(statement.startswith(f"{_ORGANIZATION} = iam.") for statement in tables):
            section.packages.add(_PACKAGES[self.front])
        packages = [line for line in sorted(section.packages) if line.split()[-1] not in bound]
        local = [f"import {name}" for name in sorted(section.modules - bound)]
        if names := sorted(section.ids - bound, key=_constants_first):
            local.append(f"from ids import {', '.join(names)}")
        head = _LATER if file in self.texts else f"{docstring}\n"
        body = "\n".join([*tables, *section.statements]).lstrip("\n")
        groups = ["\n".join(lines) for lines in (packages, local) if lines]
        return "\n".join([head, "\n\n".join([*groups, body])])

    # --- statements --------------------------------------------------------------------------

    def _statements(
        self, file: str, resource: Resource, variable: str, section: _Section
    ) -> list[str]:
        statements = []
        items = [repr(resource.name)]
        for name, term in resource.arguments:
            if isinstance(term, tuple) and len(term) > _MANY and _has_ids(term):
                section.packages.add("import pulumi")
                value = f"{variable}_{name}"
                ids = _filled(self._expression(file, item, section) for item in term)
                opening = f"{value}: list[pulumi.Input[str]] = ["
                statements.append(f"\n# fmt: off\n{opening}\n{ids}\n]\n# fmt: on\n")
            else:
                value = self._expression(file, term, section)
            items.append(f"{name}={value}")
        start = f"{variable} = " if resource.kind.name in referable() else ""
        statements.append(_call(f"{start}iam.{resource.kind.name}", items))
        return statements

    def _expression(self, file: str, term: Term, section: _Section) -> str:  # noqa: PLR0911
        match term:
            case bool() | int():
                return repr(term)
            case str():
                return _strings(term.splitlines(keepends=True))
            case Reference() | Entry() | Organization():
                return self._id(file, term, section)
            case Choice(enum, value):
                return f"iam.{enum}.{value.upper()}" if self.front == "native" else repr(value)
            case Condition(text):
                calls = built(text) if self.front == "python" else None
                return _strings(operands(text)) if calls is None else _calls(calls)
            case Record(name, values):
                items = [f"{key}={self._expression(file, value, section)}" for key, value in values]
                return _call(f"iam.{name}Args", items, indent=8)
            case _:
                items = [self._expression(file, item, section) for item in term]
                # The comma is for the formatter: each nested object has its own lines.
                comma = "," if any(isinstance(item, Record) for item in term) else ""
                return f"[{', '.join(items)}{comma}]"

    def _id(self, file: str, term: Reference | Entry | Organization, section: _Section) -> str:
        match term:
            case Reference(kind, object_id):
                home, variable = self.variables[kind, object_id]
                if home == file:
                    return f"{variable}.id"
                module = home.removesuffix(".py")
                section.modules.add(module)
                return f"{module}.{variable}.id"
            case Entry(noun, name):
                table = table_of(noun)
                self._from_ids(table, section)
                return f"{table}[{name!r}]"
            case Organization():
                self._from_ids(_ORGANIZATION, section)
                return _ORGANIZATION

    def _from_ids(self, name: str, section: _Section) -> None:
        if self.has_modules:
            section.ids.add(name)


def _has_ids(terms: Iterable[Term]) -> bool:
    return any(isinstance(term, Reference | Entry) for term in terms)


def _constants_first(name: str) -> tuple[bool, str]:
    return not name.isupper(), name


def _strings(parts: Sequence[str]) -> str:
    """Return a text: a long one has a literal for each part."""
    text = "".join(parts)
    if len(parts) < 2 or len(text) <= _SHORT:
        return repr(text)
    return f"({' '.join(map(repr, parts))})"


def _call(function: str, items: Sequence[str], indent: int = 0) -> str:
    """Return a call. A long one ends in a comma: the formatter then writes one argument per line."""
    call = f"{function}({', '.join(items)})"
    return call if indent + len(call) <= _WIDTH else f"{call[:-1]},)"


def _filled(items: Iterable[str]) -> str:
    """Return the lines of a list that the formatter leaves alone, with as many items on each as fit."""
    quoted = (item if {'"', "\\"} & set(item) else item.replace("'", '"') for item in items)
    text = textwrap.fill(
        " ".join(f"{item},".replace(" ", "\0") for item in quoted),  # no line ends within an item
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return text.replace("\0", " ")


def _calls(calls: Built) -> str:
    match calls:
        case Call(function, arguments, keywords):
            named = (f"{name}={value!r}" for name, value in keywords)
            return f"iam.conditions.{function}({', '.join([*map(repr, arguments), *named])})"
        case Inverted(of):
            return f"~{_calls(of)}"
        case _:
            return f"({f' {calls.operator} '.join(map(_calls, calls.sides))})"


def _appended(text: str, section: str) -> str:
    """Return a text with a section at its end. The text itself is unchanged."""
    gap = "" if text.endswith("\n\n") or not text else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}{section}"
