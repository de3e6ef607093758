"""Scaleway's SDK for JavaScript in a Node process, and its type declarations.

The folder tests/emulator/javascript has the program, and the packages with their versions and checksums.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.local_api import Answer
from tools.official_names import JS_TYPE, Unreachable, run, snake

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_scw_iam.emulator import Emulator

FOLDER = Path(__file__).parents[1] / "emulator" / "javascript"
PACKAGES = FOLDER / "node_modules"


class Api(NamedTuple):
    """An API of the SDK: its package, its version, its name in the package, and its class."""

    package: str
    version: str
    namespace: str
    name: str = "API"

    @property
    def folder(self) -> Path:
        """The folder with the type declarations."""
        return PACKAGES / "@scaleway" / self.package / "dist" / self.version


APIS = {
    "iam": Api("sdk-iam", "v1alpha1", "Iamv1alpha1"),
    "project": Api("sdk-account", "v3", "Accountv3", "ProjectAPI"),
    "secret": Api("sdk-secret", "v1beta1", "Secretv1beta1"),
    "audit": Api("sdk-audit-trail", "v1alpha1", "AuditTrailv1alpha1"),
}


def install() -> None:
    """Install the packages of the lock file. Raises Unreachable without Node, npm or the registry."""
    version = run(["node", "--version"], str(FOLDER)).strip()
    oldest = json.loads((FOLDER / "package.json").read_text())["engines"]["node"]
    if _numbers(version) < _numbers(oldest):
        raise Unreachable(f"node {version} is not {oldest}")
    if not is_installed():
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], str(FOLDER))


def is_installed() -> bool:
    """Return whether Node and the packages of the lock file are installed."""
    installed = PACKAGES / ".package-lock.json"
    lock = FOLDER / "package-lock.json"
    return (
        shutil.which("node") is not None
        and installed.exists()
        and installed.stat().st_mtime >= lock.stat().st_mtime
    )


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


# Type declarations

JS_BLOCK = re.MULTILINE | re.DOTALL
JS_FIELD = re.compile(r"^    (?:/\*\*(.*?)\*/\s+)?(\w+)(\??): (.+?);$", JS_BLOCK)
JS_ENUM = re.compile(r"^export type (\w+) = ('.*');$", re.MULTILINE)
JS_RESULT = re.compile(r"^    (\w+): \(request\??: .*?\) => Promise<(\w+)>", re.MULTILINE)
PRIMITIVES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "Date": (datetime,),
    "ScwRegion": (str,),
    "ScwZone": (str,),
    "StdLanguageCode": (str,),
    "Record<string, unknown>": (dict,),
}


class Field(NamedTuple):
    """A field of a type: its key in JSON, its type, and whether the SDK allows an unset value.

    Of the fields of a one-of group, at most one has a value.
    """

    key: str
    type: str
    is_optional: bool
    is_one_of: bool


class Declarations:
    """The types and the methods of one API of the SDK, from the text of its type declarations."""

    def __init__(self, types: str, methods: str) -> None:
        self.results: dict[str, str] = dict(JS_RESULT.findall(methods))
        self.enums = {
            name: {*re.findall(r"'([^']*)'", values)} for name, values in JS_ENUM.findall(types)
        }
        self.objects: dict[str, dict[str, Field]] = {
            name: {
                field: Field(snake(field), type_, optional == "?", "One-of (" in comment)
                for comment, field, optional, type_ in JS_FIELD.findall(body)
            }
            for name, body in JS_TYPE.findall(types)
        }


def declarations(api: str) -> Declarations:
    """Return the declarations of an API in the installed packages."""
    types, methods = (
        (APIS[api].folder / file).read_text("utf-8") for file in ("types.gen.d.ts", "api.gen.d.ts")
    )
    (methods_of_class,) = re.findall(
        rf"^export declare class {APIS[api].name} (.*?^)\}}", methods, JS_BLOCK
    )
    return Declarations(types, methods_of_class)


@dataclass
class Findings:
    """The comparison of results with the JSON of their responses and with the declarations."""

    declarations: Declarations
    problems: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    """Fields in responses that the SDK does not declare."""
    seen: set[str] = field(default_factory=set)
    """Declared fields with a value in a response, other than an empty list."""
    declared: set[str] = field(default_factory=set)
    """All declared fields of the objects in responses."""

    def compare(self, value: Any, raw: Any, expected_type: str, path: str) -> None:
        """Compare a value of the SDK with its JSON and its declared type."""
        if expected_type.endswith("[]"):
            if not isinstance(raw, list):
                self.problems.append(f"{path} is {raw!r}, not a list")
                return
            for index, (item, raw_item) in enumerate(zip(value, raw, strict=True)):
                self.compare(item, raw_item, expected_type.removesuffix("[]"), f"{path}[{index}]")
        elif expected_type in self.declarations.objects:
            self._compare_object(value, raw, expected_type, path)
        elif expected_type in self.declarations.enums:
            if value != raw or value not in self.declarations.enums[expected_type]:
                self.problems.append(f"{path} is {raw!r}, not a value of {expected_type}")
        elif type(value) not in PRIMITIVES[expected_type]:
            self.problems.append(f"{path} is {raw!r}, not a {expected_type}")
        elif value != (time_of(raw) if expected_type == "Date" else raw):
            self.problems.append(f"{path} is {raw!r} in JSON, and {value!r} in the SDK")

    def _compare_object(self, value: Any, raw: Any, name: str, path: str) -> None:
        if not isinstance(raw, dict):
            self.problems.append(f"{path} is {raw!r}, not a {name}")
            return
        fields = self.declarations.objects[name]
        # The real API has the fields of one-of groups last, as in the recordings of API keys.
        keys = [field.key for field in sorted(fields.values(), key=lambda field: field.is_one_of)]
        self.unknown |= {f"{name}.{key}" for key in raw.keys() - {*keys}}
        self.declared |= {f"{name}.{key}" for key in keys}
        found = [key for key in raw if key in keys]
        ordered = [key for key in keys if key in raw]
        if found != ordered:
            self.problems.append(f"{path} has the fields {found}, and {name} has {ordered}")
        for field_name, (key, type_, is_optional, _) in fields.items():
            where = f"{path}.{key}"
            if raw.get(key) is not None:
                if raw[key] != []:
                    self.seen.add(f"{name}.{key}")
                self.compare(value.get(field_name), raw[key], type_, where)
            elif not is_optional:
                self.problems.append(f"{where} is unset, and the SDK declares a {type_}")
            elif value.get(field_name) is not None:
                self.problems.append(f"{where} is unset, and {value[field_name]!r} in the SDK")


def time_of(text: str) -> datetime:
    """Return the time of an RFC 3339 text, in the milliseconds of JavaScript."""
    time = datetime.fromisoformat(re.sub(r"\.(\d+)", _microseconds, text).replace("Z", "+00:00"))
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _microseconds(match: re.Match[str]) -> str:
    return f".{match[1][:6]:0<6}"


# Calls


class SdkError(Exception):
    """An exception of the SDK: the names of its class and base classes, the response, and the message."""

    def __init__(self, name: str, classes: Iterable[str], response: Answer, message: str) -> None:
        super().__init__(f"{name} {response.status}: {message}")
        self.name = name
        self.classes = {*classes}
        self.response = response
        self.message = message


class Node:
    """A process with the SDK."""

    def __init__(self) -> None:
        node = shutil.which("node")
        assert node
        self._process = subprocess.Popen(
            [node, str(FOLDER / "witness.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        )

    def ask(self, **command: Any) -> Any:
        """Send a command; return the reply. Raises RuntimeError if the process ends."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps(command, default=_encode)}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the Node process ended with {self._process.wait()}")
        return json.loads(line, object_hook=_decode)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    raise TypeError(f"{value!r} is not JSON")


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"$time"}:
        return datetime.fromisoformat(value["$time"].replace("Z", "+00:00"))
    return value


class JsClient:
    """The SDK's client of one API; records called methods, and compares their results with the JSON."""

    def __init__(
        self,
        node: Node,
        emulator: Emulator,
        api: str,
        *,
        findings: Findings | None = None,
        secret_key: str | None = None,
    ) -> None:
        self.called: set[str] = set()
        self.findings = findings or Findings(declarations(api))
        self._node = node
        self._api = APIS[api]
        self._profile = {
            "apiURL": emulator.url,
            "accessKey": emulator.access_key,
            "secretKey": secret_key or emulator.secret_key,
            "defaultOrganizationId": emulator.organization_id,
            "defaultProjectId": emulator.project_id,
            "defaultRegion": "fr-par",
        }

    def methods(self) -> set[str]:
        """Return the methods of the SDK. A method `pageOf…` is a part of the list method."""
        names = self._ask()["methods"]
        return {name for name in names if not name.startswith("pageOf")}

    def __call__(self, method: str, **request: Any) -> Any:
        """Call a method; return its result. Raises SdkError for an exception of the SDK."""
        self.called.add(method)
        reply = self._ask(method=method, request=request, way="page")
        if error := reply.get("error"):
            response = Answer(error.get("status"), error.get("body"))
            raise SdkError(error["name"], error["classes"], response, error["message"])
        (response,) = reply["responses"]
        result, type_ = reply.get("result"), self.findings.declarations.results[method]
        if type_ == "void":
            assert (result, response) == (None, {"status": 204, "body": ""})
        else:
            assert response["status"] == 200
            self.findings.compare(result, json.loads(response["body"]), type_, method)
        return result

    def all(self, method: str, **request: Any) -> list[Any]:
        """Call a list method for all its pages, at once and page after page; return the items."""
        (of_list,) = (
            value for value in self(method, **request).values() if isinstance(value, list)
        )
        every, iterated = (
            self._ask(method=method, request=request, way=way)["result"]
            for way in ("all", "iterated")
        )
        assert every == iterated
        assert every[: len(of_list)] == of_list
        items: list[Any] = every
        return items

    def _ask(self, **command: Any) -> Any:
        return self._node.ask(
            module=f"@scaleway/{self._api.package}",
            namespace=self._api.namespace,
            api=self._api.name,
            profile=self._profile,
            **command,
        )
