"""Registrations of a program without the engine: the resources of a Python or YAML program, with their inputs.

    python -m tests.support.recorded_program DIR < ids.json

The process runs a Python program with Pulumi's own mocks, and prints its registrations as JSON. The mocks return the id
of each resource, so that references between resources become ids.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from pulumi_scw_iam.core.names import from_pulumi
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.adopt.objects import Front

__all__ = ["Registered", "registered"]

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "pulumi_scw_iam" / "native" / "schema.json"

Registered = dict[tuple[str, str], dict[str, Any]]
"""Inputs by declared name, by kind and logical name."""

_SDK = """
import enum
import json

import native_iam
from pulumi_scw_iam.core.names import to_pulumi
from pulumi_scw_iam.kinds.shared.policy_rule import PolicyRule

globals().update({{name: value for name, value in vars(native_iam).items() if name[0].isupper()}})

def PolicyRuleArgs(**values):
    return to_pulumi(PolicyRule, values)

with open({schema!r}) as file:
    for token, declared in json.load(file)["types"].items():
        if "enum" in declared:
            name = token.split(":")[-1]
            values = {{entry["value"].upper(): entry["value"] for entry in declared["enum"]}}
            globals()[name] = enum.Enum(name, values, type=str)
"""
"""Stands in for the generated SDK of the plugin: rules are in camelCase, as its argument classes send them, and enums are classes."""


def registered(
    folder: Path, front: Front, ids: Mapping[tuple[str, str], str], environment: Mapping[str, str]
) -> Registered:
    """Return the resources of a program. `ids` are the ids of the resources by kind and logical name."""
    if front == "yaml":
        found = _of_yaml((folder / "Pulumi.yaml").read_text(), ids)
    else:
        found = _of_python(folder, ids, environment)
    return {
        key: {name: value for name, value in inputs.items() if not name.startswith("__")}
        for key, inputs in found.items()
    }


# YAML


def _of_yaml(text: str, ids: Mapping[tuple[str, str], str]) -> Registered:
    program = yaml.safe_load(text)
    resources: dict[str, Any] = program.get("resources") or {}
    kinds = {key: resource["type"].split(":")[-1] for key, resource in resources.items()}
    names = {key: resource.get("name", key) for key, resource in resources.items()}
    known = {
        **(program.get("variables") or {}),
        **{key: {"id": ids[kinds[key], names[key]]} for key in resources},
    }
    return {
        (kinds[key], names[key]): _declared(
            kinds[key], _evaluated(resource.get("properties") or {}, known)
        )
        for key, resource in resources.items()
    }


_NAME = r"[^.\[}]+"
_KEY = r'(?:\\"|(?!\\")[^"])*'
"""A key in an interpolation: only a quote is escaped, and a backslash before another character stands for itself."""
_INTERPOLATED = re.compile(rf'\$\$|\$\{{(?P<root>{_NAME})(?P<rest>(?:\.{_NAME}|\["{_KEY}"\])*)\}}')
_STEP = re.compile(rf'\.(?P<name>{_NAME})|\["(?P<key>{_KEY})"\]')


def _evaluated(value: Any, known: Mapping[str, Any]) -> Any:
    """Return a value with its interpolations as Pulumi evaluates them: `$$`, `${devs.id}`, `${projects["web"]}`."""
    if isinstance(value, dict):
        return {key: _evaluated(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluated(item, known) for item in value]
    if not isinstance(value, str):
        return value

    def filled(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        found = known[match["root"]]
        for step in _STEP.finditer(match["rest"]):
            key = step["name"] or step["key"].replace('\\"', '"')
            found = found[key]
        return str(_evaluated(found, known))

    assert "${" not in _INTERPOLATED.sub("", value), value
    return _INTERPOLATED.sub(filled, value)


# Python


def _of_python(
    folder: Path, ids: Mapping[tuple[str, str], str], environment: Mapping[str, str]
) -> Registered:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.recorded_program", folder],
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        input=json.dumps([[*key, resource_id] for key, resource_id in ids.items()]),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {(kind, name): _declared(kind, inputs) for kind, name, inputs in json.loads(done.stdout)}


def _declared(kind: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs by declared names, from either spelling, without unset inputs."""
    declared: dict[str, Any] = _plain(from_pulumi(KINDS[kind].inputs, inputs))
    return declared


def _plain(value: Any) -> Any:
    """Return a value without unset fields; the engine's protocol has no whole numbers."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items() if item is not None}
        case list():
            return [_plain(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _main(folder: str) -> None:
    ids = {(kind, name): resource_id for kind, name, resource_id in json.load(sys.stdin)}
    made: list[tuple[str, str, Any]] = []

    class Recorder(mocks.Mocks):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
            kind = args.typ.split(":")[-1]
            if kind in KINDS:
                made.append((kind, args.name, args.inputs))
            return ids.get((kind, args.name)), args.inputs

        def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
            raise NotImplementedError(args.token)

    with tempfile.TemporaryDirectory() as sdk:
        Path(sdk, "native_iam.py").write_text((ROOT / "tests/engine/native_iam.py").read_text())
        Path(sdk, "pulumi_scw_iam_native.py").write_text(_SDK.format(schema=str(SCHEMA)))
        sys.path.insert(0, sdk)

        def program() -> None:
            runpy.run_path(folder, run_name="__main__")

        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        mocks.set_mocks(Recorder())
        loop.run_until_complete(run_pulumi_func(program))
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1])
