"""Both fronts read states written by earlier releases. Without an engine.

tests/engine/test_kept_states.py opens the same states with the real engine.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import dill
import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2

from pulumi_scw_iam import dynamic
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS
from tests.support.kept import ADOPTED, FRONTS, KEPT, KeptState, snapshot_of
from tests.support.pickled import PICKLED
from tests.support.plugin import served, struct
from tests.support.stack import snake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator import Emulator

pytestmark = pytest.mark.parametrize("kept", KEPT, ids=str)

Props = dict[str, Any]


class Dynamic:
    """The pickled provider of a resource, called like Pulumi's host. The host passes secrets in clear."""

    def __init__(self, resource: Props, api: Emulator) -> None:
        settings = Settings.resolve(environ=api.environment)
        self.id, self.kind = resource["id"], kind_of(resource)
        self.provider = dill.loads(base64.b64decode(resource["outputs"]["__provider"]))
        type(self.provider)._core = ProviderCore(lambda: settings, name="dynamic")

    def check(self, olds: Props, news: Props) -> Props:
        result = self.provider.check(in_clear(olds), in_clear(news))
        assert result.failures == []
        # The host adds the provider.
        return {**result.inputs, "__provider": news["__provider"]}

    def differs(self, olds: Props, news: Props) -> bool:
        changes: bool = self.provider.diff(self.id, in_clear(olds), in_clear(news)).changes
        return changes

    def read(self, outputs: Props, inputs: Props) -> tuple[str, Props]:
        del inputs  # the host does not pass inputs to read
        result = self.provider.read(self.id, in_clear(outputs))
        return result.id, {**result.outs, "__provider": outputs["__provider"]}


class Native:
    """The native plugin, called over the protocol. The engine passes secrets with secret marks."""

    def __init__(self, resource: Props, api: Emulator, stub: Any) -> None:
        self.id, self.urn, self.stub = resource["id"], resource["urn"], stub
        names = {
            "apiUrl": "SCW_API_URL",
            "secretKey": "SCW_SECRET_KEY",
            "accessKey": "SCW_ACCESS_KEY",
            "organizationId": "SCW_DEFAULT_ORGANIZATION_ID",
            "projectId": "SCW_DEFAULT_PROJECT_ID",
        }
        settings = struct({name: api.environment[variable] for name, variable in names.items()})
        stub.Configure(provider_pb2.ConfigureRequest(args=settings, acceptSecrets=True))

    def check(self, olds: Props, news: Props) -> Props:
        request = provider_pb2.CheckRequest(urn=self.urn, olds=struct(olds), news=struct(news))
        response = json_format.MessageToDict(self.stub.Check(request))
        assert response.get("failures", []) == []
        inputs: Props = response["inputs"]
        return inputs

    def differs(self, olds: Props, news: Props) -> bool:
        request = provider_pb2.DiffRequest(
            id=self.id, urn=self.urn, olds=struct(olds), news=struct(news)
        )
        changes: int = self.stub.Diff(request).changes
        return changes != provider_pb2.DiffResponse.DIFF_NONE

    def read(self, outputs: Props, inputs: Props) -> tuple[str, Props]:
        request = provider_pb2.ReadRequest(
            id=self.id, urn=self.urn, properties=struct(outputs), inputs=struct(inputs)
        )
        response = json_format.MessageToDict(self.stub.Read(request))
        return response["id"], response["properties"]


@pytest.fixture
def organization(kept: KeptState, iam_emulator: Emulator) -> Emulator:
    """The local IAM API with the organization of the state."""
    iam_emulator.restore(snapshot_of(kept.organization))
    return iam_emulator


@pytest.fixture
def fronts(kept: KeptState, organization: Emulator) -> Iterator[list[tuple[Props, Any]]]:
    """The resources of the state, each with its front."""
    with served() as plugin:
        yield [
            (
                resource,
                Dynamic(resource, organization)
                if kept.front == "dynamic"
                else Native(resource, organization, plugin.stub),
            )
            for resource in kept.resources()
        ]


def kind_of(resource: Props) -> str:
    """Return the kind of a resource, the last part of its type: "Group"."""
    kind: str = resource["type"].rsplit(":", 1)[1]
    return kind


def in_clear(value: Any) -> Any:
    """Return a value without secret marks."""
    match value:
        case {"4dabf18193072939515e22adb298388d": _, "value": inner}:
            return in_clear(inner)
        case dict():
            return {name: in_clear(item) for name, item in value.items()}
        case list():
            return [in_clear(item) for item in value]
        case _:
            return value


def test_every_release_has_both_fronts(kept: KeptState) -> None:
    """Older releases have no state of an import file, and lack newer kinds."""
    releases = {other.folder.parent for other in KEPT}
    written = {other.folder.name for other in KEPT if other.folder.parent == kept.folder.parent}
    adopted = {f"{ADOPTED}{name}" for name in FRONTS}
    assert written in ({*FRONTS, *adopted}, set(FRONTS))
    assert kept.folder.parent != max(releases) or written >= adopted
    kinds = {kind_of(resource) for resource in kept.resources()}
    assert kinds <= set(KINDS)


def test_a_kept_state_names_nothing_of_a_machine(kept: KeptState) -> None:
    for file in kept.folder.iterdir():
        text = file.read_text()
        assert "sourcePosition" not in text
        assert "stackTrace" not in text
        assert "file:" not in text


def test_nothing_differs_in_a_kept_state(fronts: list[tuple[Props, Any]]) -> None:
    for resource, front in fronts:
        if resource.get("external"):
            continue
        inputs, outputs = resource["inputs"], resource["outputs"]
        assert in_clear(front.check(inputs, inputs)) == in_clear(inputs), resource["urn"]
        assert not front.differs(outputs, inputs), resource["urn"]


def test_an_output_that_a_state_lacks_is_no_difference_and_a_refresh_adds_it(
    fronts: list[tuple[Props, Any]],
) -> None:
    """A later release may add any output. Here, each output of the state is the one that was added."""
    for resource, front in fronts:
        if resource.get("external"):
            continue
        inputs, outputs = resource["inputs"], resource["outputs"]
        declared = {field.name: field for field in fields(KINDS[kind_of(resource)].state)}
        facts = [
            name
            for name in outputs.keys() - inputs.keys()
            if not name.startswith("__") and not declared[snake(name)].prop.kept
        ]
        older = {name: value for name, value in outputs.items() if name not in facts}
        for name in facts:
            without = {key: value for key, value in outputs.items() if key != name}
            assert not front.differs(without, inputs), (resource["urn"], name)
        assert not front.differs(older, inputs), resource["urn"]
        _, found = front.read(older, inputs)
        assert {**in_clear(found), **in_clear(outputs)} == in_clear(found), resource["urn"]


def test_a_refresh_finds_a_kept_state_as_it_is(fronts: list[tuple[Props, Any]]) -> None:
    """Newer code may add outputs, but must return all outputs of the older release."""
    for resource, front in fronts:
        outputs = in_clear(resource["outputs"])
        resource_id, found = front.read(resource["outputs"], resource.get("inputs", {}))
        assert resource_id == resource["id"]
        assert {**in_clear(found), **outputs} == in_clear(found), resource["urn"]


def test_a_pickled_provider_in_a_kept_state_is_still_found(kept: KeptState) -> None:
    for resource in kept.resources():
        if kept.front == "dynamic":
            kind = kind_of(resource)
            pickled = resource["outputs"]["__provider"]
            assert pickled == resource["inputs"]["__provider"] == PICKLED[kind]
            provider = dill.loads(base64.b64decode(pickled))
            assert type(provider) is getattr(dynamic, f"{kind}Provider")
        else:
            assert "__provider" not in resource["outputs"]
