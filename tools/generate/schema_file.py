"""Generate schema.json, the Pulumi schema of the native plugin, and report breaking changes.

The plugin returns this file to the engine. As a file, its changes are visible in reviews.
"""

from __future__ import annotations

import json
import os
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
    """A difference between two schemas, relevant to programs or states."""

    change: str
    breaking: bool
    """Whether a program for the old schema may fail with the new schema."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return the differences for programs and states of the old schema. Additions are ignored."""
    return list(chain(_gone(old, new), _properties(old, new), _aliases(old, new), _enums(old, new)))


def _gone(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for section in ("resources", "functions", "types"):
        for token in old[section].keys() - new[section].keys():
            yield Difference(f"{section[:-1]} {token} is removed", breaking=True)


class _Object(NamedTuple):
    """A set of properties and their direction."""

    properties: Mapping[str, Any]
    required: frozenset[str]
    is_input: bool
    """Set by programs. A newly required property breaks existing programs."""
    is_output: bool
    """Read by programs. A newly optional property breaks existing programs."""


def _objects(schema: Mapping[str, Any]) -> dict[str, _Object]:
    """Return all objects of a schema, by their name in messages."""

    def schema_object(
        properties: Any, required: Any, *, is_input: bool = False, is_output: bool = False
    ) -> _Object:
        return _Object(properties, frozenset(required), is_input, is_output)

    found = {
        "setting": schema_object(schema["config"]["variables"], (), is_input=True),
        "provider's input": schema_object(schema["provider"]["inputProperties"], (), is_input=True),
    }
    for token, resource in schema["resources"].items():
        inputs, outputs = resource["inputProperties"], resource["properties"]
        found[f"{token}: input"] = schema_object(inputs, resource["requiredInputs"], is_input=True)
        found[f"{token}: output"] = schema_object(outputs, resource["required"], is_output=True)
    for token, function in schema["functions"].items():
        arguments, result = function["inputs"], function["outputs"]
        found[f"{token}: argument"] = schema_object(
            arguments["properties"], arguments["required"], is_input=True
        )
        found[f"{token}: result"] = schema_object(
            result["properties"], result["required"], is_output=True
        )
    for token, kind in schema["types"].items():
        if "properties" in kind:  # not an enum
            found[f"{token}: property"] = schema_object(
                kind["properties"], kind["required"], is_input=True, is_output=True
            )
    return found


def _properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    new_objects = _objects(new)
    for title, before in _objects(old).items():
        if title not in new_objects:
            continue  # reported by _gone
        after = new_objects[title]
        for name, old_property in before.properties.items():
            if name not in after.properties:
                yield Difference(f"{title} {name} is removed", breaking=True)
                continue
            yield from _property(f"{title} {name}", old_property, after.properties[name])
        for name in sorted(after.required - before.required) if after.is_input else ():
            yield Difference(f"{title} {name} is now required", breaking=True)
        if after.is_output:
            # Deleted properties are reported above.
            for name in sorted((before.required & after.properties.keys()) - after.required):
                yield Difference(f"{title} {name} is no longer always set", breaking=True)


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
    """Return the type of a property in words: `string`, `list of string`, or the token of a type."""
    if spec.get("type") == "array":
        return f"list of {_type(spec['items'])}"
    return str(spec["$ref"]).removeprefix("#/types/") if "$ref" in spec else str(spec["type"])


def _aliases(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for token in old["resources"].keys() & new["resources"].keys():
        kept = new["resources"][token].get("aliases", [])
        for alias in old["resources"][token].get("aliases", []):
            if alias not in kept:
                yield Difference(f"{token}: alias {alias['type']} is removed", breaking=True)


def _enums(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for token in old["types"].keys() & new["types"].keys():
        kept = new["types"][token].get("enum", [])
        values = [choice["value"] for choice in kept]
        for choice in old["types"][token].get("enum", []):
            if choice["value"] not in values:
                yield Difference(f"{token}: value {choice['value']} is removed", breaking=True)


class _Release(NamedTuple):
    """The last release before this commit."""

    tag: str
    """Empty if there is nothing to compare with."""
    schema: Mapping[str, Any]
    note: str = ""
    """Why the comparison is missing, or with which tag it was made."""
    is_unsure: bool = False
    """Whether the repository may have a tag that this clone lacks."""


def _released() -> _Release:
    """Return the tag and the schema of the last release.

    That is the highest tag `v*` in the history of HEAD, without the tags of HEAD itself: a release is compared
    with the one before. A shallow clone has no history, so any tag of the clone counts.
    """
    if not (ROOT / ".git").exists():
        return _Release("", {}, "not compared with the last release: the source has no git history")

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    is_shallow = git("rev-parse", "--is-shallow-repository").strip() == "true"
    merged = () if is_shallow else ("--merged", "HEAD")
    own = git("tag", "--points-at", "HEAD").split()
    # The version v1.0.0-rc.1 comes before v1.0.0.
    order = ("-c", "versionsort.suffix=-")
    listed = git(*order, "tag", *merged, "--sort=-version:refname", "--list", "v*").split()
    tags = [tag for tag in listed if tag not in own]
    if tags:
        found = json.loads(git("show", f"{tags[0]}:{TARGET.relative_to(ROOT).as_posix()}"))
        note = f"compared with {tags[0]}, the last tag of a shallow clone" if is_shallow else ""
        return _Release(tags[0], found, note)
    if is_shallow:
        note = "not compared with the last release: the clone is shallow; run `git fetch --unshallow --tags`"
        return _Release("", {}, note, is_unsure=True)
    return _Release("", {}, "not compared with a release: there is no earlier tag v*")


def _may_break(old: str, new: str) -> bool:
    """Return whether the version number allows breaking changes: a new major, or a new minor below 1.0."""

    def line(version: str) -> list[str]:
        major, minor, *_ = version.split(".")
        return [major, minor] if major == "0" else [major]

    return line(old) != line(new)


def main(*, check: bool) -> int:
    """Write or check the file."""
    schema = package_schema()
    generated = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    if not check:
        TARGET.write_text(generated, encoding="utf-8")
        return 0
    if TARGET.read_text(encoding="utf-8") != generated:
        print(f"{TARGET.name} is not up to date; run `make generate`")
        return 1
    tag, before, note, is_unsure = _released()
    if note:
        print(f"{TARGET.name}: {note}")
    if not tag:
        # In CI, a shallow clone would hide every break.
        return 1 if is_unsure and os.environ.get("CI") else 0
    found = sorted(differences(before, schema))
    for change, breaking in found:
        print(f"since {tag}{', breaking' if breaking else ''}: {change}")
    if any(breaking for _, breaking in found) and not _may_break(
        before["version"], schema["version"]
    ):
        print(
            f"version {schema['version']} must not break programs for {tag}; raise the version, or undo the"
            " breaking changes"
        )
        return 1
    return 0
