"""Run the example programs of guardrails without an engine, and pass their resources to policies.

tests/engine/test_guardrails.py runs the same examples with the real engine.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Policy, proxy
from pulumi_policy.policy import EnforcementLevel, _PolicyAnalyzerServicer

import pulumi_scw_iam as iam
from pulumi_scw_iam.core.fields import UNKNOWN, encode
from pulumi_scw_iam.core.names import camel
from pulumi_scw_iam.guardrails.resources import Resource, Stack, read
from pulumi_scw_iam.kinds import KINDS
from tests.support.secret_mark import SECRET

TODAY = datetime(2030, 1, 1, tzinfo=timezone.utc)
"""The current date in the examples."""

FAMILIES = ("dynamic", "native", "scaleway", "scaleway/old")
_ACRONYMS = {"APIKey": "ApiKey", "SSHKey": "SshKey"}
PULUMIVERSE = ("Group", "Application", "Policy", "APIKey", "SSHKey", "User", "GroupMembership")
"""The kinds with guardrails that pulumiverse's Scaleway package supports."""


def _ssh(name: str, *parts: bytes) -> str:
    blob = b"".join(len(p).to_bytes(4, "big") + p for p in (name.encode(), *parts))
    return f"{name} {base64.b64encode(blob).decode()}"


def _rsa(bits: int) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    form = (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.public_bytes(*form).decode()


KEYS = {
    "DSA_KEY": _ssh("ssh-dss", b"\x00" + b"\x80" + b"\x01" * 127, b"\x07", b"\x05", b"\x03"),
    "RSA_2048_KEY": _rsa(2048),
    "RSA_3072_KEY": _rsa(3072),
    "ED25519_KEY": _ssh("ssh-ed25519", b"\x11" * 32),
    "OTHER_ED25519_KEY": _ssh("ssh-ed25519", b"\x22" * 32),
}
IDS = {
    name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
    for name in (
        *("ORGANIZATION_ID", "PROJECT_ID", "OTHER_PROJECT_ID"),
        *("USER_ID", "OWNER_ID", "EVERYBODY_ID", "ADMINS_ID"),
    )
}


@dataclass
class Declared:
    """A resource declared by a program."""

    kind: str
    name: str
    inputs: dict[str, Any]
    """The inputs in the program. A `Declared` object stands for the id of another resource."""
    protect: bool = False
    outputs: dict[str, Any] = field(default_factory=dict)
    """Outputs other than inputs."""

    @property
    def id(self) -> Declared:
        """The id, for use in the inputs of other resources."""
        return self

    @property
    def known_id(self) -> str:
        """The id after the creation."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.kind}/{self.name}"))


def declared(program: str) -> list[Declared]:
    """Run a program and return its resources."""
    made: list[Declared] = []

    def a(kind: str) -> Any:
        def resource(title: str, /, opts: Any = None, **inputs: Any) -> Declared:
            if "name" in KINDS[kind].inputs.__dataclass_fields__:
                inputs = {"name": title, **inputs}
            item = Declared(kind, title, inputs, protect=bool(opts and opts.protect))
            answers = re.search(r"# Scaleway returns mfa=(\w+)", program)
            if answers:
                item.outputs["mfa"] = answers[1] == "True"
            made.append(item)
            return item

        return resource

    module = SimpleNamespace(**{kind: a(kind) for kind in KINDS})
    module.PolicyRuleArgs = dict
    module.conditions = iam.conditions
    names = {"iam": module, "scaleway": SimpleNamespace(iam=module), "pulumi": __import__("pulumi")}
    exec(program, {**names, **KEYS, **IDS})
    return made


@dataclass
class EngineResource:
    """A resource in the form that the engine passes to policies."""

    type: str
    name: str
    urn: str
    props: dict[str, Any]
    """Properties by name; an unknown value is UNKNOWN."""
    dependencies: dict[str, list[str]]
    protect: bool

    def resource(self) -> Resource:
        found = read(
            self.type,
            self.props,
            name=self.name,
            urn=self.urn,
            protect=self.protect,
            dependencies=self.dependencies,
        )
        assert found is not None
        return found


def type_of(kind: str, family: str) -> str:
    word = _ACRONYMS.get(kind, kind)
    return {
        "dynamic": f"pulumi-python:dynamic/scw_iam:{kind}",
        "native": f"scw-iam:index:{kind}",
        "scaleway": f"scaleway:iam/{word[0].lower()}{word[1:]}:{word}",
        "scaleway/old": f"scaleway:index/iam{word}:Iam{word}",
    }[family]


def spelled(name: str, family: str) -> str:
    return name if family == "dynamic" else camel(name)


def engine_resources(program: str, family: str, *, preview: bool = True) -> list[EngineResource]:
    """Return the resources of a program in the engine's form. At preview, ids are unknown."""
    made = declared(program)

    def urn(item: Declared) -> str:
        return f"urn:pulumi:test::test::{type_of(item.kind, family)}::{item.name}"

    def plain(value: Any, dependencies: list[str]) -> Any:
        if isinstance(value, Declared):
            dependencies.append(urn(value))
            return UNKNOWN if preview else value.known_id
        if isinstance(value, dict):
            if value.pop("all_projects", None):  # check replaces all_projects by organization_id
                value["organization_id"] = IDS["ORGANIZATION_ID"]
            return {spelled(key, family): plain(item, dependencies) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item, dependencies) for item in value]
        return str(value) if isinstance(value, str) else encode(value)

    found = []
    for item in made:
        props: dict[str, Any] = {}
        dependencies: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in {**item.inputs, **item.outputs}.items():
            props[spelled(name, family)] = plain(value, dependencies[spelled(name, family)])
        found.append(
            EngineResource(
                type_of(item.kind, family), item.name, urn(item), props, dependencies, item.protect
            )
        )
    return found


def shifted(text: str, now: datetime) -> str:
    """Return a program with its dates moved from TODAY to `now`."""

    def moved(match: re.Match[str]) -> str:
        day = datetime.fromisoformat(match[0]).replace(tzinfo=timezone.utc)
        return f"{now + (day - TODAY):%Y-%m-%d}"

    return re.sub(r"\b20(?:29|3\d)-\d\d-\d\d", moved, text)


def stack_of(resources: list[EngineResource]) -> Stack:
    return Stack(tuple(item.resource() for item in resources))


# --- over the protocol, with the servicer of pulumi-policy ---------------------------------------


def secret(value: Any) -> dict[str, Any]:
    """Mark a value as a secret."""
    return {**SECRET, "value": value}


def wire(value: Any) -> Any:
    """Encode a value for the protocol."""
    if value is UNKNOWN:
        return proxy.UNKNOWN_STRING_VALUE
    if isinstance(value, dict):
        return {key: wire(item) for key, item in value.items()}
    return [wire(item) for item in value] if isinstance(value, list) else value


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(wire(values))
    return made


@dataclass(frozen=True)
class Answer:
    """The response of a pack."""

    violations: list[tuple[str, str, str]]
    """Policy, resource and message. The resource is empty in the response about a single resource."""
    not_applicable: dict[str, str]
    """The reason for "not applicable", by policy."""


class Pack:
    """A pack of policies, called like the engine does."""

    def __init__(self, policies: list[Policy], config: dict[str, Any] | None = None) -> None:
        untyped: Any = _PolicyAnalyzerServicer
        self.servicer = untyped("p", "0.0.1", policies, EnforcementLevel.ADVISORY)
        levels = {
            policy.name: policy.enforcement_level or EnforcementLevel.ADVISORY
            for policy in policies
        }
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, options in (config or {}).items():
            policy_config = request.policyConfig[name]
            level = options.get("enforcementLevel", levels[name].value)
            policy_config.enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level.upper())
            policy_config.properties.update(
                {k: v for k, v in options.items() if k != "enforcementLevel"}
            )
        self.servicer.Configure(request, None)

    def resource(self, item: EngineResource) -> Answer:
        request = analyzer_pb2.AnalyzeRequest(
            type=item.type, urn=item.urn, name=item.name, properties=struct(item.props)
        )
        request.options.protect = item.protect
        return _answer(self.servicer.Analyze(request, None))

    def stack(self, resources: list[EngineResource]) -> Answer:
        request = analyzer_pb2.AnalyzeStackRequest()
        for item in resources:
            added = request.resources.add(
                type=item.type, urn=item.urn, name=item.name, properties=struct(item.props)
            )
            added.options.protect = item.protect
            for name, urns in item.dependencies.items():
                added.propertyDependencies[name].urns.extend(urns)
        return _answer(self.servicer.AnalyzeStack(request, None))

    def everything(self, resources: list[EngineResource]) -> list[tuple[str, str, str]]:
        """Return all violations in a stack."""
        found = [
            (name, item.urn, message)
            for item in resources
            for name, _, message in self.resource(item).violations
        ]
        return found + self.stack(resources).violations

    def remediated(self, item: EngineResource) -> dict[str, dict[str, Any]]:
        """Return the properties after each remediation, by policy."""
        request = analyzer_pb2.AnalyzeRequest(
            type=item.type, urn=item.urn, name=item.name, properties=struct(item.props)
        )
        return {
            each.policyName: json_format.MessageToDict(each.properties)
            for each in self.servicer.Remediate(request, None).remediations
        }


def _answer(response: Any) -> Answer:
    return Answer(
        [
            (each.policyName, each.urn, each.message.partition("\n")[2] or each.message)
            for each in response.diagnostics
        ],
        {each.policy_name: each.reason for each in response.not_applicable},
    )


def families(program: str) -> list[str]:
    """Return the families of types with all resources of a program."""
    used = {item.kind for item in (item.resource() for item in engine_resources(program, "native"))}
    if "scaleway." in program:
        return ["scaleway", "scaleway/old"]
    return [f for f in FAMILIES if not f.startswith("scaleway") or used <= {*PULUMIVERSE}]
