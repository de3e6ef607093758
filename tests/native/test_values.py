"""Conversion of engine values to plain values and back."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2

from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, Step
from pulumi_scw_iam.native.protocol import provider_pb2
from pulumi_scw_iam.native.values import (
    as_secret,
    diff_response,
    from_struct,
    secret_names,
    secret_paths,
    secret_texts,
    to_struct,
    to_value,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"name": "devs", "locked": False, "port": 8443, "share": 0.5},
        {"rules": [{"permissionSetNames": ["IAMReadOnly"], "projectIds": []}]},
        {"tags": {"Team A": {"deep": [True, 1]}}},
        {"name": UNKNOWN, "userIds": [UNKNOWN, "x"]},
    ],
    ids=str,
)
def test_plain_values_are_the_same_after_a_way_through_the_engine(plain: dict[str, Any]) -> None:
    sent = to_struct(plain).SerializeToString()
    assert from_struct(struct_pb2.Struct.FromString(sent)) == plain


def test_a_null_is_left_out_as_if_it_were_unset() -> None:
    null = struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    assert from_struct(struct_pb2.Struct(fields={"name": null, "id": to_value("x")})) == {"id": "x"}


def output(value: Any = None, *, secret: bool = False) -> struct_pb2.Value:
    """Return an output as the engine encodes it; without a value, an unknown output."""
    known = {} if value is None else {"value": value}
    return to_value({SIGNATURE: OUTPUT, "secret": secret, **known})


def test_a_secret_is_plain_and_its_places_and_texts_are_known() -> None:
    rule = struct_pb2.Struct(fields={"condition": as_secret(to_value("token")), "x": to_value("y")})
    rules = struct_pb2.ListValue(values=[struct_pb2.Value(struct_value=rule)])
    struct = struct_pb2.Struct(
        fields={
            "rules": struct_pb2.Value(list_value=rules),
            "tags": as_secret(to_value(["red", "blue"])),
            "given": output("open"),
            "kept": output("hidden", secret=True),
            "pending": output(),
            "name": to_value("devs"),
        }
    )
    assert from_struct(struct) == {
        "rules": [{"condition": "token", "x": "y"}],
        "tags": ["red", "blue"],
        "given": "open",
        "kept": "hidden",
        "pending": UNKNOWN,
        "name": "devs",
    }
    assert secret_names(struct) == {"rules", "tags", "kept"}
    assert secret_paths(struct) == {"rules.condition", "tags", "kept"}
    texts = sorted(secret_texts(struct.fields.values()))
    assert texts == ["blue", "hidden", "red", "token"]


def test_a_value_is_marked_as_secret_once() -> None:
    value = as_secret(to_value("x"))
    assert as_secret(value) == value
    assert to_struct({"a": "x", "b": "x"}, {"b"}).fields["b"] == value


def test_a_detailed_diff_has_the_paths_and_kinds_of_the_engine() -> None:
    changes = {"groupId": Change.REPLACE, "rules": Change.UPDATE}
    steps = [(("group_id",), Step.UPDATE), (("rules", 0, "permission_set_names", 1), Step.ADD)]
    response = diff_response(changes, steps, ["id"], deletes_first=True)
    assert response == provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        replaces=["groupId"],
        diffs=["groupId", "rules"],
        stables=["id"],
        detailedDiff={
            "groupId": provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.UPDATE_REPLACE),
            "rules[0].permissionSetNames[1]": provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.ADD
            ),
        },
        hasDetailedDiff=True,
        deleteBeforeReplace=True,
    )
    nothing = diff_response({}, [])
    assert nothing == provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True
    )
