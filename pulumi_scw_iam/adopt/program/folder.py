"""The folder of a program: the index of adopted objects, and what the program declares by now."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from pulumi_scw_iam.adopt.objects import Front
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.kinds import KINDS

__all__ = ["INDEX", "LOADER", "Declared", "Index", "ProgramError", "Scan", "scan_of"]

INDEX = "adopted.json"
_VERSION = 1
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C if possible: a program may have thousands of lines."""
_FRONTS: tuple[Front, ...] = ("python", "native", "yaml")


class ProgramError(Exception):
    """The program cannot be written. The message is one line."""


@dataclass(frozen=True, kw_only=True)
class Index:
    """The objects that earlier runs wrote into the program."""

    front: Front
    has_modules: bool
    """Whether each kind has a module of its own."""
    objects: Mapping[tuple[str, str], tuple[str, str]]
    """The logical name and the file of each object, by kind and id."""

    def text(self) -> str:
        """Return the text of the file."""
        objects = [
            {"kind": kind, "id": object_id, "name": name, "file": file}
            for (kind, object_id), (name, file) in self.objects.items()
        ]
        objects.sort(key=lambda item: (item["kind"], item["name"], item["id"]))
        rows = ",\n".join(f"    {json.dumps(item)}" for item in objects)
        return (
            f'{{\n  "version": {_VERSION},\n  "front": "{self.front}",\n'
            f'  "modules": {json.dumps(self.has_modules)},\n  "objects": [\n{rows}\n  ]\n}}\n'
        )

    @classmethod
    def parse(cls, text: str) -> Index:
        """Return the index in a text. Raises ProgramError for any other text."""
        try:
            content = json.loads(text)
            if content["version"] != _VERSION:
                raise ProgramError(
                    f"{INDEX} has version {content['version']!r}, and this command reads version"
                    f" {_VERSION}; upgrade pulumi-scw-iam"
                )
            fronts: dict[str, Front] = {name: name for name in _FRONTS}
            return cls(
                front=fronts[content["front"]],
                has_modules=bool(content["modules"]),
                objects={
                    (str(item["kind"]), str(item["id"])): (str(item["name"]), str(item["file"]))
                    for item in content["objects"]
                },
            )
        except (ValueError, KeyError, TypeError):
            raise ProgramError(
                f"{INDEX} is damaged; restore it, or adopt into an empty folder"
            ) from None


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource of the program."""

    file: str
    variable: str | None
    """The variable of Python, or the key of YAML; None if the program cannot refer to it."""


@dataclass(kw_only=True)
class Scan:
    """The content of the program by now, with the edits of a person."""

    declared: dict[tuple[str, str], Declared] = field(default_factory=dict)
    """The resources, by kind and logical name."""
    bound: dict[str, set[str]] = field(default_factory=dict)
    """The names of each file."""
    tables: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """The entries of each table (id by name), by file and name of the table."""
    imports: dict[str, set[str]] = field(default_factory=dict)
    """The modules of the folder that each file imports."""

    def taken(self) -> dict[str, set[str]]:
        """Return the used logical names by kind."""
        names: dict[str, set[str]] = {}
        for kind, name in self.declared:
            names.setdefault(kind, set()).add(name)
        return names

    def reaches(self, file: str, target: str) -> bool:
        """Return whether a file imports another file, directly or not."""
        seen: set[str] = set()
        waiting = [file]
        while waiting:
            here = waiting.pop()
            if here == target:
                return True
            if here not in seen:
                seen.add(here)
                waiting += [f"{name}.py" for name in self.imports.get(here, ())]
        return False


def scan_of(front: Front, texts: Mapping[str, str]) -> Scan:
    """Return what the files of a program declare. Raises ProgramError for a malformed file."""
    scan = Scan()
    for file, text in sorted(texts.items()):
        if front == "yaml":
            if file in ("Pulumi.yaml", "Main.yaml"):
                _scan_yaml(scan, file, text)
        elif file.endswith(".py"):
            _scan_python(scan, file, text)
    return scan


def _scan_python(scan: Scan, file: str, text: str) -> None:
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f", line {line}" if line else ""
        raise ProgramError(f"{file}{place} is not valid Python; correct it first") from None
    scan.bound[file] = _bound(tree)
    scan.imports[file] = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    variables: dict[int, str] = {}
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                variables[id(value)] = name
                if (entries := _table(value)) is not None:
                    scan.tables[file, name] = entries
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)))
                ],
                value=ast.Constant(value=str(object_id)),
            ):
                scan.tables.setdefault((file, name), {})[key] = object_id
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=kind) | ast.Name(id=kind),
                args=[ast.Constant(value=str(name)), *_],
            ) if kind in KINDS:
                found = Declared(file=file, variable=variables.get(id(node)))
                scan.declared.setdefault((kind, name), found)


def _bound(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name.split(".")[0])
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
    return names


def _table(value: ast.expr) -> dict[str, str] | None:
    if not isinstance(value, ast.Dict):
        return None
    return {
        key.value: item.value
        for key, item in zip(value.keys, value.values, strict=True)
        if isinstance(key, ast.Constant)
        and isinstance(key.value, str)
        and isinstance(item, ast.Constant)
        and isinstance(item.value, str)
    }


def _scan_yaml(scan: Scan, file: str, text: str) -> None:
    try:
        content = yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise ProgramError(f"{file}{place} is not valid YAML; correct it first") from None
    content = content if isinstance(content, dict) else {}
    resources, variables = (_mapping(content.get(name)) for name in ("resources", "variables"))
    scan.bound[file] = {str(name) for name in (*resources, *variables)}
    scan.bound[file] |= {str(name) for name in _mapping(content.get("config"))}
    for name, value in variables.items():
        if isinstance(value, dict):
            entries = {str(key): item for key, item in value.items() if isinstance(item, str)}
            scan.tables[file, str(name)] = entries
    for key, resource in resources.items():
        resource = _mapping(resource)  # noqa: PLW2901
        kind = str(resource.get("type")).rpartition(":")[2]
        if kind in KINDS:
            name = str(resource.get("name", key))
            scan.declared[kind, name] = Declared(file=file, variable=str(key))


def _mapping(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def refuse_front(index: Index, front: Front) -> None:
    """Raise ProgramError if the program has another front."""
    if index.front != front:
        raise ProgramError(
            f"the program was written with --front {index.front}, not {quoted(front)};"
            " use the same front, or another folder"
        )
