"""Exports of stacks with the pulumiverse package: secrets, components, and content that is no export."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pulumi_scw_iam.adopt.pulumiverse import read_stack
from pulumi_scw_iam.adopt.recorded import SourceError
from tests.support import secret_mark
from tests.support.terraform_states import (
    KEY,
    STACK,
    Source,
    group,
    stack_export,
    terraform_state,
    uuid,
)

GROUP = "scaleway:iam/group:Group"
KEYS = [
    Source(
        kind="APIKey",
        id=f"SCW{number:017}",
        item={},
        name=f"key{number}",
        secrets={"secret_key": uuid(number)},
    )
    for number in range(3)
]


def damaged(source: Source, changed: dict[str, Any] | None = None, /, **resource: Any) -> bytes:
    """Return an export with one resource, with other outputs and keys."""
    export = json.loads(stack_export([source]))
    last = export["deployment"]["resources"][-1]
    last["outputs"] |= changed or {}
    last |= resource
    return json.dumps(export).encode()


def test_the_name_in_the_urn_is_the_logical_name() -> None:
    sources = [
        group(1, "a::b"),
        group(2, "devs"),
        group(3, "devs", module="red"),
        group(4, "devs", module="blue"),
        group(5, "ops", module="blue"),
    ]
    assert [
        (recorded.label, recorded.address)
        for recorded in read_stack("stack", stack_export(sources)).objects
    ] == [
        ("a::b", f"{GROUP}::a::b"),
        ("devs", f"{GROUP}::devs"),
        ("red-devs", f"{GROUP}::devs"),
        ("blue-devs", f"{GROUP}::devs"),
        ("ops", f"{GROUP}::ops"),
    ]


def test_components_that_are_parents_of_each_other_do_not_hang() -> None:
    urn = "urn:pulumi:prod::cloud::acme:index:Team::"
    parents = [
        {"urn": f"{urn}a", "custom": False, "type": "acme:index:Team", "parent": f"{urn}b"},
        {"urn": f"{urn}b", "custom": False, "type": "acme:index:Team", "parent": f"{urn}a"},
    ]
    content = stack_export([group(1)], [*parents, _resource(group(2), parent=f"{urn}a")])
    assert [recorded.label for recorded in read_stack("stack", content).objects] == [
        "devs",
        "a-devs",
    ]


def _resource(source: Source, **more: Any) -> dict[str, Any]:
    export = json.loads(stack_export([source]))
    return {**export["deployment"]["resources"][-1], **more}


def test_secrets_are_read_from_their_plaintext() -> None:
    marked = {**secret_mark.SECRET, "plaintext": '"Developers"'}
    tags = [{**secret_mark.SECRET, "plaintext": '"a=b"'}]
    recordings = read_stack("stack", damaged(group(1), {"description": marked, "tags": tags}))
    (recorded,) = recordings.objects
    assert (recorded.values["description"], recorded.values["tags"]) == ("Developers", ["a=b"])
    (key,) = read_stack("stack", stack_export(KEYS[1:2])).objects
    assert key.known == {"secret_key": uuid(1)}


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (1, "1 resource has an encrypted secret, so it is left out"),
        (3, "3 resources have encrypted secrets, so they are left out"),
    ],
)
def test_an_encrypted_secret_is_one_line_and_the_key_is_left_out(count: int, reason: str) -> None:
    content = stack_export([group(1), *KEYS[:count]], show_secrets=False)
    recordings = read_stack("stack", content)
    assert [recorded.id for recorded in recordings.objects] == [uuid(1)]
    assert recordings.failures == (
        f"stack: {reason}; export the stack again with `pulumi stack export --show-secrets`",
    )


def test_an_encrypted_input_is_no_obstacle() -> None:
    marked = {**secret_mark.SECRET, "ciphertext": "v1:a:b"}
    recordings = read_stack("stack", damaged(group(1), {"description": marked}))
    assert recordings.failures == ()
    assert ["description" in recorded.values for recorded in recordings.objects] == [False]


@pytest.mark.parametrize(
    "secret",
    [
        {**secret_mark.SECRET, "plaintext": "not JSON"},
        {**secret_mark.SECRET, "plaintext": "7"},
        {**secret_mark.SECRET},
        {next(iter(secret_mark.SECRET)): "another mark", "hash": "x"},
    ],
)
def test_a_malformed_secret_is_one_line(secret: dict[str, str]) -> None:
    recordings = read_stack("stack", damaged(KEY, {"secretKey": secret}))
    assert recordings.objects == ()
    assert recordings.failures == (
        "stack: scaleway:iam/apiKey:ApiKey::ci: secretKey is not a text, so the object is left out;"
        " repair the state, and run the command again",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"delete": True}, "Pulumi deletes it at the next `pulumi up`"),
        ({"external": True}, "only read by the stack, with `get`, not managed"),
    ],
)
def test_resources_that_the_stack_does_not_manage_are_left_out(
    changes: dict[str, Any], reason: str
) -> None:
    recordings = read_stack("stack", damaged(group(1), **changes))
    assert (recordings.objects, recordings.failures) == ((), ())
    assert recordings.skipped == (f"stack: {GROUP}::devs: {reason}",)


def test_other_types_are_counted() -> None:
    other = [
        {"urn": f"urn:pulumi:prod::cloud::{name}::x", "custom": True, "type": name, "id": "x"}
        for name in ("scaleway:instance/server:Server", "random:index/randomPet:RandomPet")
    ]
    recordings = read_stack("stack", stack_export([group(1)], [*other, other[0]]))
    assert len(recordings.objects) == 1
    assert recordings.skipped == (
        "stack: 1 of type random:index/randomPet:RandomPet, no object of Scaleway IAM",
        "stack: 2 of type scaleway:instance/server:Server, no object of Scaleway IAM",
    )


@pytest.mark.parametrize("token", ["scaleway:iam/role:Role", "scaleway:index/iamRole:IamRole"])
def test_an_unknown_type_of_iam_is_one_line(token: str) -> None:
    recordings = read_stack("stack", damaged(group(1), type=token))
    assert recordings.objects == ()
    assert recordings.failures == (
        f"stack: {token}::devs: this version does not know the type; upgrade pulumi-scw-iam, or"
        " declare the object by hand",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "has no id"),
        ({"id": "devs"}, "the id is not a UUID"),
        ({"outputs": None}, "has no outputs, so it is left out"),
        ({"outputs": []}, "has no outputs, so it is left out"),
    ],
)
def test_an_object_that_cannot_be_adopted_is_one_line(changes: dict[str, Any], reason: str) -> None:
    recordings = read_stack("stack", damaged(group(1), **changes))
    assert recordings.objects == ()
    assert recordings.failures == (f"stack: {GROUP}::devs: {reason}",)


def test_names_of_damaged_properties_are_spelled_as_in_the_stack() -> None:
    recordings = read_stack("stack", damaged(group(1), {"userIds": [7]}))
    assert len(recordings.objects) == 1
    assert recordings.failures == (
        f"stack: {GROUP}::devs: userIds has an item that is not a text, so only the organization's"
        " value is used",
    )


def test_pending_creates_are_one_line() -> None:
    operations = [
        {"type": "creating", "resource": _resource(group(2))},
        {"type": "creating", "resource": {"type": "random:index/randomPet:RandomPet"}},
    ]
    recordings = read_stack("stack", stack_export([group(1)], pending_operations=operations))
    assert len(recordings.objects) == 1
    assert recordings.failures == (
        "stack: 1 unfinished create of Scaleway IAM; run `pulumi refresh`, and export again",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON; pass the output of `pulumi stack export`"),
        (
            stack_export([group(1)])[:-40],
            "not JSON; pass the output of `pulumi stack export`",
        ),
        (
            b"[]",
            "not the state of a stack; pass the output of `pulumi stack export`, or a checkpoint file",
        ),
        (terraform_state([]), "the state of Terraform; pass it with --from-terraform"),
    ],
)
def test_content_that_is_no_export_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_stack("stack", content)
    assert str(refused.value) == f"stack: {reason}"


def test_a_checkpoint_is_read_like_an_export() -> None:
    export = json.loads(stack_export([group(1)]))
    checkpoint = {"version": 3, "checkpoint": {"stack": "prod", "latest": export["deployment"]}}
    content = json.dumps(checkpoint).encode()
    assert (
        read_stack("stack", content).objects
        == read_stack("stack", stack_export([group(1)])).objects
    )


def test_the_stack_itself_is_no_component() -> None:
    resource = _resource(group(1), parent=STACK)
    content = stack_export([group(2)], [resource])
    assert [recorded.label for recorded in read_stack("stack", content).objects] == [
        "devs",
        "devs-2",
    ]
