"""Read the names of the IAM API from Scaleway's newest SDKs for Go and JavaScript.

    python -m tools.official_names [--check]

Writes tests/api/official/go.json and tests/api/official/js.json. With --check, writes nothing, and prints the names
that an SDK has and its file lacks, or the reverse. A file has names only: each operation with its method, its path
and the names of its arguments, and each type with the names of its fields. The quick tests compare the client with
these files; `make newest` compares the files and the client with the newest releases.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TARGET = Path(__file__).parents[1] / "tests" / "api" / "official"

GO_MODULE = "github.com/scaleway/scaleway-sdk-go"
JS_PACKAGE = "@scaleway/sdk-iam"
VERSION = "v1alpha1"
SECONDS = 300
"""The limit for a download."""


class Unreachable(Exception):
    """The newest release cannot be read: a missing program, or a registry without a response."""


class Operation(TypedDict):
    """The names of an operation. `arguments` has the names in the query and in the body, without the path."""

    name: str
    call: str
    arguments: list[str]


class Names(TypedDict):
    """The names of one SDK."""

    version: str
    operations: list[Operation]
    types: dict[str, list[str]]


# Go

GO_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
GO_FIELD = re.compile(r'`json:"(\w+)')
GO_METHOD = re.compile(
    r"^func \(s \*API\) ([A-Z]\w+)\(req \*(\w+),.*?\n(.*?)^\}", re.MULTILINE | re.DOTALL
)
GO_CALL = re.compile(r'Method: "(\w+)",\s+Path: +("/.*),')
GO_QUERY = re.compile(r'AddToQuery\(query, "(\w+)"')


def read_go(source: str) -> tuple[list[Operation], dict[str, list[str]]]:
    """Return the operations and the types in the source of the Go SDK."""
    # Fields of the path and of the query have the name "-", which is no word.
    types = {name: GO_FIELD.findall(body) for name, body in GO_STRUCT.findall(source)}
    operations = []
    for name, request, body in GO_METHOD.findall(source):
        if call := GO_CALL.search(body):
            path = re.sub(r'" \+ fmt\.Sprint\([\w.]+\) \+ "', "{}", call[2]).strip('"')
            arguments = {*GO_QUERY.findall(body), *types[request]}
            operations.append(_operation(name, call[1], path, arguments))
    return _whole(operations, source.count(f'"/iam/{VERSION}/')), types


# JavaScript

JS_TYPE = re.compile(
    r"^export (?:interface (?=\w+ \{)|type (?=\w+ = \{))(\w+)[ =]+\{\n(.*?)^\}",
    re.MULTILINE | re.DOTALL,
)
JS_FIELD = re.compile(r"^    (\w+)\??: ", re.MULTILINE)
JS_METHOD = re.compile(
    r"^  (\w+) = (?:async )?\(request\b(.*?)(?=^  \w+ = |^  /\*\*|^\}|\Z)", re.MULTILINE | re.DOTALL
)
JS_CALL = re.compile(r'method: "(\w+)",\s+path: `(/[^`]*)`')
JS_QUERY = re.compile(r'\[\s*"(\w+)",\s+request\.')
JS_PATH = re.compile(r'\$\{validatePathParam\("(\w+)", .*?\)\}')


def read_js(api: str, declarations: str) -> tuple[list[Operation], dict[str, list[str]]]:
    """Return the operations and the types in the source and the type declarations of the JavaScript SDK."""
    types = {
        name: [snake(field) for field in JS_FIELD.findall(body)]
        for name, body in JS_TYPE.findall(declarations)
    }
    operations = []
    for name, body in JS_METHOD.findall(api):
        if call := JS_CALL.search(body):
            of_list = name.removeprefix("pageOf")
            operation = of_list[0].upper() + of_list[1:]
            fields = {*types.get(f"{operation}Request", ()), *JS_QUERY.findall(body)}
            in_path = {snake(field) for field in JS_PATH.findall(call[2])}
            path = JS_PATH.sub("{}", call[2])
            operations.append(_operation(operation, call[1], path, fields - in_path))
    return _whole(operations, api.count(f"`/iam/{VERSION}/")), types


def _whole(operations: list[Operation], count: int) -> list[Operation]:
    """Return the operations. Raises ValueError if the source has another number of paths."""
    if len(operations) != count:
        raise ValueError(f"{len(operations)} operations were read, but the SDK has {count}")
    return operations


def _operation(name: str, method: str, path: str, arguments: Iterable[str]) -> Operation:
    return {"name": name, "call": f"{method} {path}", "arguments": sorted(arguments)}


def snake(name: str) -> str:
    """Return the name in JSON of a name in JavaScript."""
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)


# Downloads


def newest_go() -> Names:
    """Return the names of the newest Go SDK. Raises Unreachable without Go or its module proxy."""
    with tempfile.TemporaryDirectory() as folder:
        # Outside of a module, `go mod download` knows no version `latest` of a go.mod nearby.
        answer = run(["go", "mod", "download", "-json", f"{GO_MODULE}@latest"], folder)
    module = json.loads(answer)
    source = Path(module["Dir"], "api", "iam", VERSION, "iam_sdk.go").read_text("utf-8")
    return _names(module["Version"].removeprefix("v"), *read_go(source))


def newest_js() -> Names:
    """Return the names of the newest JavaScript SDK. Raises Unreachable without npm or its registry."""
    with tempfile.TemporaryDirectory() as folder:
        (packed,) = json.loads(run(["npm", "pack", "--json", f"{JS_PACKAGE}@latest"], folder))
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:

            def text(name: str) -> str:
                file = archive.extractfile(f"package/dist/{VERSION}/{name}")
                assert file
                return file.read().decode()

            api, declarations = text("api.gen.js"), text("types.gen.d.ts")
    return _names(packed["version"], *read_js(api, declarations))


NEWEST: dict[str, Callable[[], Names]] = {"go": newest_go, "js": newest_js}


def run(command: list[str], folder: str) -> str:
    """Run a command in a folder; return its output. Raises Unreachable if it fails."""
    program = shutil.which(command[0])
    if program is None:
        raise Unreachable(f"{command[0]} is not installed")
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{' '.join(command)}: no response in {SECONDS} s") from None
    if done.returncode:
        # Go reports the problem in the JSON.
        lines = re.findall(r'"Error": "(.*)"', done.stdout) or done.stderr.splitlines()
        raise Unreachable(f"{' '.join(command)}: {lines[0] if lines else 'no output'}")
    return done.stdout


# Files


def _names(version: str, operations: list[Operation], types: dict[str, list[str]]) -> Names:
    # The types of requests are in the arguments of the operations, and lists are only a page.
    kept = {
        name: fields
        for name, fields in sorted(types.items())
        if fields and not re.search(r"Request$|^List\w+Response$", name)
    }
    return {
        "version": version,
        "operations": sorted(operations, key=lambda operation: operation["call"]),
        "types": kept,
    }


def committed(sdk: str) -> Names:
    """Return the names in the file of an SDK."""
    names: Names = json.loads((TARGET / f"{sdk}.json").read_text("utf-8"))
    return names


def flat(names: Names) -> set[str]:
    """Return all names of an SDK: operations, their arguments, and the fields of the types."""
    found = {f"{name}.{field}" for name, fields in names["types"].items() for field in fields}
    for operation in names["operations"]:
        found |= {operation["call"]}
        found |= {f"{operation['call']} {argument}" for argument in operation["arguments"]}
    return found


def differences(known: Names, newest: Names) -> list[str]:
    """Return the names in only one of the two, each with its sign: + for a new name, - for a removed name."""
    before, after = flat(known), flat(newest)
    return [*(f"+ {name}" for name in sorted(after - before)),
            *(f"- {name}" for name in sorted(before - after))]  # fmt: skip


def text(names: Names) -> str:
    """Return the content of a file: one operation or type in a line."""
    operations = ",\n".join(f"    {json.dumps(item)}" for item in names["operations"])
    types = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps(fields)}" for name, fields in names["types"].items()
    )
    return (
        f'{{\n  "version": {json.dumps(names["version"])},\n'
        f'  "operations": [\n{operations}\n  ],\n  "types": {{\n{types}\n  }}\n}}\n'
    )


def main() -> int:
    """Write the files, or compare them with --check."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, print differences")
    check = parser.parse_args().check
    status = 0
    for sdk, read in NEWEST.items():
        try:
            newest = read()
        except Unreachable as problem:
            print(f"{sdk}: not read: {problem}", file=sys.stderr)
            status = 1
            continue
        if check:
            changed = differences(committed(sdk), newest)
            print("\n".join([f"{sdk} {newest['version']}: {len(changed)} differences", *changed]))
            status = status or bool(changed)
        else:
            TARGET.mkdir(exist_ok=True)
            (TARGET / f"{sdk}.json").write_text(text(newest), "utf-8")
            print(f"{sdk} {newest['version']}: {len(newest['operations'])} operations")
    return status


if __name__ == "__main__":
    sys.exit(main())
