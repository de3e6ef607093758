"""Write docs/reference/local-iam-api.md: every operation, limit and behaviour of the local IAM API.

The part of the page above the mark is written by hand. The part below is generated from the declarations in
pulumi_scw_iam/emulator with their evidence.
"""

from __future__ import annotations

import html
import importlib
import itertools
import json
import pkgutil
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam import emulator
from pulumi_scw_iam.emulator.http.api import NOT_IMPLEMENTED
from pulumi_scw_iam.emulator.operations.base import IAM, OPERATIONS, PAGE
from pulumi_scw_iam.emulator.schema.arguments import Argument, Body, Flag, Many, Number, Text
from pulumi_scw_iam.emulator.schema.grounds import (
    ASSUMED,
    BEHAVIOURS,
    DOCUMENTED,
    RECORDED,
    Behaviour,
    Ground,
)
from pulumi_scw_iam.emulator.schema.objects import ObjectKind, Touch
from tools.generate.pages import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORDED_FACTS = Path(__file__).parents[2] / "tests" / "emulator" / "recorded"

TARGET = Path(__file__).parents[2] / "docs" / "reference" / "local-iam-api.md"

ERRORS = "pulumi_scw_iam.emulator.schema.refusals"
TOUCHES = {
    Touch.SHOWN: ("the new time", "the new time"),
    Touch.BEHIND: ("the old time", "the new time"),
    Touch.NEVER: ("the old time", "the old time"),
}


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, generated(), check=check)


def generated() -> str:
    """Return the generated part of the page."""
    return (
        "\n\n".join(
            [
                "## Operations",
                f"Paths are relative to `{IAM}`, except those of the account API, the Secret Manager and the Audit Trail.",
                table("operation, call, evidence, replayed", operations()),
                replayed(),
                "## Objects",
                "The fields of each object, in the order of the JSON. Fields that do not apply are absent.",
                table(
                    "object, fields, evidence",
                    ([k.resource, coded(k.shape), k.ground] for k in kinds()),
                ),
                "### updated_at",
                "The effect of an update on `updated_at`:",
                table("update, its response has, the next read has, evidence", touches()),
                "## Arguments",
                "Arguments with a limit. All other arguments have the type in Scaleway's SDKs, without a limit.",
                table("argument, operations, limit, evidence", arguments()),
                "## Lists",
                "The first order is the default.",
                table("list, `order_by`, evidence", orders()),
                table("list, query parameter, filter, evidence", filters()),
                "## Permissions",
                "If permissions are enforced, an API key needs one of these permission sets.",
                table("resource, list and read, every action, evidence", guards()),
                "## Errors",
                "Fields are in alphabetical order, with `type` last.",
                table(
                    "error, evidence",
                    ([r.text, r.ground] for r in behaviours() if r.module == ERRORS),
                ),
                "## Behaviours",
                *itertools.chain.from_iterable(chapters()),
            ]
        )
        + "\n"
    )


def table(head: str, rows: Iterable[Iterable[str | Ground]]) -> str:
    """Return a table in Markdown."""
    titles = head.split(", ")
    cells = [titles, ["---"] * len(titles)]
    cells += [[c.value if isinstance(c, Ground) else c for c in row] for row in rows]
    return "\n".join(f"| {' | '.join(map(cell, row))} |" for row in cells)


def cell(text: str) -> str:
    """Return the text of a cell. A pipe within code is an entity: Markdown processors disagree about a backslash."""

    def code(span: re.Match[str]) -> str:
        inside = html.escape(span[2].strip(), quote=False)
        return f"<code>{inside.replace('|', '&#124;')}</code>" if "|" in span[2] else span[0]

    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", code, text).replace("|", "\\|")


def coded(names: Iterable[str]) -> str:
    """Format names as code."""
    return ", ".join(f"`{name}`" for name in names)


def weakest(*grounds: Ground | None) -> Ground:
    """Return the weakest of several kinds of evidence."""
    order = list(Ground)
    return max((ground for ground in grounds if ground), key=order.index)


def kinds() -> list[ObjectKind]:
    """Return all object types."""
    module = importlib.import_module("pulumi_scw_iam.emulator.schema.kinds")
    return [value for value in vars(module).values() if isinstance(value, ObjectKind)]


def operations() -> Iterator[list[str | Ground]]:
    """Yield every operation of the real API, with its evidence or `501`, and its number of replayed calls."""
    calls = recorded_calls()
    rows: list[tuple[str, str, str, str | Ground]] = [
        *(
            (operation.path, operation.method, name, operation.ground)
            for name, operation in OPERATIONS.items()
        ),
        *((path, method, name, "501") for name, (method, path) in NOT_IMPLEMENTED.items()),
    ]
    for path, method, name, ground in sorted(rows, key=lambda row: row[:2]):
        shown = path.removeprefix(IAM).replace("<", "{").replace(">", "}")
        yield [f"`{name}`", f"{method} `{shown}`", ground, str(calls[name] or "")]


def recorded_calls() -> Counter[str]:
    """Return the number of replayed API calls of each operation."""
    routes = [
        (name, re.compile(f"{one.method} {re.sub('<[^>]*>', '[^/]+', one.path)}"))
        for name, one in OPERATIONS.items()
    ]
    calls: Counter[str] = Counter()
    for line in recorded_lines():
        if "call" in line:
            (name,) = (name for name, route in routes if route.fullmatch(line["call"]))
            calls[name] += line.get("times", 1)
    return calls


def recorded_lines() -> Iterator[dict[str, Any]]:
    """Yield the lines of all files with recorded facts."""
    for path in RECORDED_FACTS.glob("*.jsonl"):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def replayed() -> str:
    """Return the figures of the recorded facts."""
    heads = [line for line in recorded_lines() if "recorded" in line]
    left_out = sum((Counter(head["left_out"]) for head in heads), Counter[str]())
    reasons = "; ".join(f"{number} ({reason})" for reason, number in sorted(left_out.items()))
    return (
        f"The last column counts {sum(recorded_calls().values())} replayed API calls of {len(heads)} recordings. "
        f"The recordings contain {sum(head['recorded'] for head in heads)} API calls. "
        f"Not replayed: {reasons}."
    )


def touches() -> Iterator[list[str | Ground]]:
    """Yield the effect of each update on `updated_at`: recorded, or else assumed."""
    for kind in kinds():
        updates = [operation for operation in OPERATIONS.values() if operation.body is kind.update]
        if updates and "updated_at" in kind.shape:
            (update,) = updates
            ground = RECORDED if update.ground is RECORDED else ASSUMED
            yield [f"`{update.name}`", *TOUCHES[kind.touch], ground]


def arguments() -> Iterator[list[str | Ground]]:
    """Yield the limits of bodies and pages, each with its operations."""
    users: dict[tuple[str, str, Ground], list[str]] = defaultdict(list)
    for operation in OPERATIONS.values():
        for limit in limits("", operation.body or Body({})):
            users[limit].append(f"`{operation.name}`")
    for name, field in PAGE.items():
        for limit in limits(name, field):
            users[limit].append("every list with pages")
    for (name, text, ground), names in users.items():
        yield [f"`{name}`", ", ".join(names), text, ground]


def limits(name: str, field: Argument) -> Iterator[tuple[str, str, Ground]]:
    """Yield the limits of an argument and of its nested arguments."""
    match field:
        case Body():
            inner = f"{name}." if name else ""
            for key, value in field.arguments.items():
                yield from limits(inner + key, value)
            for group, names in field.one_of.items():
                number = "at most one" if field.partial else "exactly one"
                yield inner + group, f"{number} of {coded(names)}", weakest(field.ground)
        case Many(item=Body()):
            yield from limits(f"{name}[]", field.item)
        case Many():
            inside = list(limits("", field.item))
            texts = [*items(field), *(f"each {text}" for _, text, _ in inside)]
            if texts:
                yield name, "; ".join(texts), weakest(field.ground, *(item[2] for item in inside))
        case Number():
            yield name, f"{field.min} to {field.max}", field.ground
        case Flag(only=bool() as only):
            yield name, f"`{str(only).lower()}` only", weakest(field.ground)
        case Text(ground=Ground() as ground):
            yield name, "; ".join(characters(field)), ground


def characters(field: Text) -> Iterator[str]:
    """Yield the limits of a string in words."""
    unit = "bytes" if field.unit == "bytes" else "characters"
    if field.max is None:
        yield "not empty" if field.min == 1 else f"at least {field.min} {unit}"
    elif field.min == field.max:
        yield f"{field.max} {unit}"
    else:
        yield f"{field.min} to {field.max} {unit}"
    if field.pattern:
        yield f"`{field.pattern}`"


def items(field: Many) -> Iterator[str]:
    """Yield the limits of a list in words."""
    if field.min:
        yield f"at least {field.min}"
    if field.max is not None:
        yield f"at most {field.max}"
    if field.unique:
        yield "unique"


def listing(kind: ObjectKind) -> list[Ground]:
    """Return the evidence for a kind's list operation with orders, if there is such an operation."""
    return [
        operation.ground
        for operation in OPERATIONS.values()
        if operation.guard is kind.guard and "order_by" in operation.query
    ]


def orders() -> Iterator[list[str | Ground]]:
    """Yield the orders of every list."""
    for kind in kinds():
        for ground in listing(kind):
            names = (f"{name}_{direction}" for name in kind.orders for direction in ("asc", "desc"))
            yield [kind.items, coded(names), weakest(ground, DOCUMENTED)]


def filters() -> Iterator[list[str | Ground]]:
    """Yield the filters of every list. No evidence is stronger than that of the list itself."""
    for kind in kinds():
        for key, filter_ in kind.filters.items():
            yield [
                kind.items,
                f"`{key}`",
                filter_.description,
                weakest(filter_.ground, *listing(kind)),
            ]


def guards() -> Iterator[list[str | Ground]]:
    """Yield the permission sets for every resource."""
    known = {operation.guard for operation in OPERATIONS.values()}
    for guard in sorted(known, key=lambda guard: (guard.word, guard.action)):
        word = f"{guard.word}: {guard.action}" if guard.action else guard.word
        yield [word, coded(guard.readers) or "none", coded(guard.managers) or "none", guard.ground]


def behaviours() -> list[Behaviour]:
    """Return all behaviours in the order of the source."""
    for module in pkgutil.walk_packages(emulator.__path__, f"{emulator.__name__}."):
        importlib.import_module(module.name)
    grouped = itertools.groupby(
        BEHAVIOURS, key=lambda behaviour: (behaviour.module, behaviour.function)
    )
    return [behaviour for _, group in grouped for behaviour in reversed(list(group))]


def chapters() -> Iterator[list[str]]:
    """Yield a title and a table of behaviours for each module."""
    by_module: dict[str, list[Behaviour]] = defaultdict(list)
    for behaviour in behaviours():
        by_module[behaviour.module].append(behaviour)
    for name in sorted(by_module.keys() - {ERRORS}):
        title = (sys.modules[name].__doc__ or "").partition("\n")[0].rstrip(".")
        rows: list[list[str | Ground]] = [
            [
                f"`{behaviour.function}`" if behaviour.function in OPERATIONS else "",
                behaviour.text,
                behaviour.ground,
            ]
            for behaviour in by_module[name]
        ]
        yield [f"### {title}", table("operation, behaviour, evidence", rows)]
