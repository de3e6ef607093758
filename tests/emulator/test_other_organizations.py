"""Calls about another organization: refused with and without enforced permissions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pulumi_scw_iam.emulator.operations.base import OPERATIONS, Operation
from tests.support.local_api import UNKNOWN_ID, Answer, Iam, denied

FOREIGN = "11111111-1111-4111-8111-111111111111"
BODIES: dict[str, dict[str, Any]] = {
    "create_policy": {"name": "new", "no_principal": True},
    "create_user": {"member": {"username": "new", "email": "new@example.com"}},
    "set_organization_alias": {"alias": "acme"},
}
"""The bodies of operations with other required fields than a name."""


def place_of(operation: Operation) -> str:
    """Return the place of the organization's id in a request, or an empty string."""
    if "<organization_id>" in operation.path:
        return "path"
    if "organization_id" in operation.query:
        return "query"
    return "body" if operation.body and "organization_id" in operation.body.arguments else ""


PLACES = {name: place for name, one in OPERATIONS.items() if (place := place_of(one))}


def call(iam: Iam, operation: Operation, organization_id: str) -> Answer:
    path = operation.path.replace("<organization_id>", organization_id)
    path = re.sub("<[a-z_]+>", "projects", path.replace("<region>", "fr-par"))
    place = PLACES[operation.name]
    own = {"organization_id": organization_id}
    body = {"name": "new", **BODIES.get(operation.name, {}), **(own if place == "body" else {})}
    return iam.call(
        operation.method,
        path.removeprefix("/iam/v1alpha1"),
        body if operation.body else None,
        **(own if place == "query" else {}),
    )


def objects(iam: Iam) -> dict[str, Any]:
    """Return all objects without the events, which record refused calls too."""
    return {**iam.emulator.snapshot().objects, "event": ()}


def test_the_id_of_an_organization_is_in_each_place() -> None:
    assert {place: [*PLACES.values()].count(place) for place in ("path", "query", "body")} == {
        "path": 9,
        "query": 15,
        "body": 5,
    }


@pytest.mark.parametrize("name", PLACES)
def test_a_call_about_another_organization_is_a_403_in_both_modes(either: Iam, name: str) -> None:
    operation = OPERATIONS[name]
    before = objects(either)
    refused = denied(*operation.permission)
    assert call(either, operation, FOREIGN) == refused
    assert call(either, operation, UNKNOWN_ID) == refused
    assert objects(either) == before
    assert call(either, operation, either.organization_id.upper()).status in {200, 404}


def test_a_rule_for_another_organization_is_a_403_in_both_modes(either: Iam) -> None:
    rules = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": one}
        for one in (either.organization_id, FOREIGN)
    ]
    body = {"name": "p", "organization_id": either.organization_id, "no_principal": True}
    assert either.call("POST", "/policies", {**body, "rules": rules}) == denied("write", "policy")
    policy_id = either.policy()
    change = {"policy_id": policy_id, "rules": rules}
    assert either.call("PUT", "/rules", change) == denied("write", "rule")
    assert either.get("/rules", policy_id=policy_id) == {"rules": [], "total_count": 0}


def test_another_organization_is_refused_before_an_unknown_id(either: Iam) -> None:
    rules = [{"permission_set_names": ["IAMReadOnly"], "organization_id": FOREIGN}]
    change = {"policy_id": UNKNOWN_ID, "rules": rules}
    assert either.call("PUT", "/rules", change) == denied("write", "rule")
