"""Write schema.json, the Pulumi schema of the native plugin, from the declarations.

The plugin answers with this file, and a change of it shows in reviews.
"""

from __future__ import annotations

import json
import subprocess
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.generate.schema import package_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "pulumi_scw_iam" / "native" / "schema.json"


class Difference(NamedTuple):
    """One difference between two schemas that matters to programs and states."""

    change: str
    breaking: bool
    """Whether a program that works with the old schema may not with the new one."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What programs and states that know the old schema meet in the new one; additions are none."""
    return list(chain(_gone(old, new), _properties(old, new), _aliases(old, new), _enums(old, new)))


def _gone(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for section in ("resources", "functions", "types"):
        for token in old[section].keys() - new[section].keys():
            yield Difference(f"{section[:-1]} {token} is gone", breaking=True)


class _Object(NamedTuple):
    """A set of properties, and which way they go."""

    properties: Mapping[str, Any]
    required: frozenset[str]
    given: bool
    """By programs: what is required now and was not is missing in those that exist."""
    got: bool
    """By programs: what was always there and is not any more may be missed."""


def _objects(schema: Mapping[str, Any]) -> dict[str, _Object]:
    """All objects of a schema, by what a message calls them."""

    def schema_object(
        properties: Any, required: Any, *, given: bool = False, got: bool = False
    ) -> _Object:
        return _Object(properties, frozenset(required), given, got)

    found = {
        "setting": schema_object(schema["config"]["variables"], (), given=True),
        "provider's input": schema_object(schema["provider"]["inputProperties"], (), given=True),
    }
    for token, resource in schema["resources"].items():
        inputs, outputs = resource["inputProperties"], resource["properties"]
        found[f"{token}: input"] = schema_object(inputs, resource["requiredInputs"], given=True)
        found[f"{token}: output"] = schema_object(outputs, resource["required"], got=True)
    for token, function in schema["functions"].items():
        arguments, result = function["inputs"], function["outputs"]
        found[f"{token}: argument"] = schema_object(
            arguments["properties"], arguments["required"], given=True
        )
        found[f"{token}: result"] = schema_object(
            result["properties"], result["required"], got=True
        )
    for token, kind in schema["types"].items():
        if "properties" in kind:  # an enum has none
            found[f"{token}: property"] = schema_object(
                kind["properties"], kind["required"], given=True, got=True
            )
    return found


def _properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    new_objects = _objects(new)
    for title, before in _objects(old).items():
        if title not in new_objects:
            continue  # told by _gone
        after = new_objects[title]
        for name, old_property in before.properties.items():
            if name not in after.properties:
                yield Difference(f"{title} {name} is gone", breaking=True)
                continue
            yield from _property(f"{title} {name}", old_property, after.properties[name])
        for name in sorted(after.required - before.required) if after.given else ():
            yield Difference(f"{title} {name} is required now", breaking=True)
        if after.got:
            # One that is gone altogether has been told.
            for name in sorted((before.required & after.properties.keys()) - after.required):
                yield Difference(f"{title} {name} is not always there any more", breaking=True)


def _property(title: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = _type(old), _type(new)
    if before != after:
        yield Difference(f"{title} was {before} and is {after}", breaking=True)
    for mark, meaning in (
        ("secret", "a secret"),
        ("replaceOnChanges", "a reason to replace the resource"),
    ):
        if old.get(mark, False) != new.get(mark, False):
            turn = "now" if new.get(mark) else "no longer"
            yield Difference(f"{title} is {turn} {meaning}", breaking=False)


def _type(spec: Mapping[str, Any]) -> str:
    """The type of a property in words: `string`, `list of string`, the token of a type."""
    if spec.get("type") == "array":
        return f"list of {_type(spec['items'])}"
    return str(spec["$ref"]).removeprefix("#/types/") if "$ref" in spec else str(spec["type"])


def _aliases(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for token in old["resources"].keys() & new["resources"].keys():
        kept = new["resources"][token].get("aliases", [])
        for alias in old["resources"][token].get("aliases", []):
            if alias not in kept:
                yield Difference(f"{token}: alias {alias['type']} is gone", breaking=True)


def _enums(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for token in old["types"].keys() & new["types"].keys():
        kept = new["types"][token].get("enum", [])
        values = [choice["value"] for choice in kept]
        for choice in old["types"][token].get("enum", []):
            if choice["value"] not in values:
                yield Difference(f"{token}: value {choice['value']} is gone", breaking=True)


def _released() -> tuple[str, dict[str, Any]] | None:
    """The tag of the last release before this commit, and its schema; None before the first."""
    if not (ROOT / ".git").exists():
        return None  # the source without its history

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    tags = git("tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v*").split()
    return (
        (tags[0], json.loads(git("show", f"{tags[0]}:{TARGET.relative_to(ROOT)}")))
        if tags
        else None
    )


def _may_break(old: str, new: str) -> bool:
    """Whether the new version says that it breaks: by its first number, or the second after a 0."""

    def line(version: str) -> list[str]:
        major, minor, *_ = version.split(".")
        return [major, minor] if major == "0" else [major]

    return line(old) != line(new)


def main(*, check: bool) -> int:
    """Write or check the file."""
    schema = package_schema()
    made = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    if not check:
        TARGET.write_text(made, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") != made:
        print(f"{TARGET.name} is not up to date; run `make generate`")
        return 1
    released = _released()
    if released is None:
        return 0
    tag, before = released
    found = sorted(differences(before, schema))
    for change, breaking in found:
        print(f"since {tag}{', breaking' if breaking else ''}: {change}")
    if any(breaking for _, breaking in found) and not _may_break(
        before["version"], schema["version"]
    ):
        print(f"{schema['version']} must not break what works with {tag}")
        return 1
    return 0
