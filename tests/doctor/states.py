"""Builders for Pulumi states: resources, pending creates, exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support import secret_mark

if TYPE_CHECKING:
    from collections.abc import Mapping

UUID = "11111111-2222-4333-8444-555555555555"
STACK = "urn:pulumi:test::shop::pulumi:pulumi:Stack::shop-test"
SECRET = {**secret_mark.SECRET, "ciphertext": "v1"}
"""As the engine writes a secret."""


def resource(kind: str, name: str, front: str = "native", **more: Any) -> dict[str, Any]:
    """Return a resource of a state; without an id, a pending create."""
    kind = f"scw-iam:index:{kind}" if front == "native" else f"pulumi-python:dynamic/scw_iam:{kind}"
    package = kind.partition(":")[0]
    return {
        "urn": f"urn:pulumi:test::shop::{kind}::{name}",
        "custom": True,
        "type": kind,
        "parent": STACK,
        "provider": f"urn:pulumi:test::shop::pulumi:providers:{package}::default_1_2::{UUID}",
        **more,
    }


def creating(*resources: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"resource": item, "type": "creating"} for item in resources]


def export(
    *resources: Mapping[str, Any], pending: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the output of `pulumi stack export`."""
    stack = {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"}
    deployment: dict[str, Any] = {"manifest": {"version": "v3.259.0"}, "metadata": {}}
    deployment["resources"] = [stack, *resources]
    if pending:
        deployment["pending_operations"] = pending
    return {"version": 3, "deployment": deployment}
