"""Errors that a client's own writes explain, for a limited time."""

from __future__ import annotations

import math

import pytest

from pulumi_scw_iam.api.own_writes import OwnWrites
from pulumi_scw_iam.api.retry import Retry
from pulumi_scw_iam.common.errors import Conflict, IamError, NoAnswer, NotFound, PermissionDenied
from tests.support.samples import ID

RETRY = Retry(total=120)
LAG, GRANT = 10.0, 75.0
DENIED = PermissionDenied("denied", status=403, type="permissions_denied")
GONE = NotFound("gone", status=404, resource="group", resource_id=ID)
OTHER = f"0{ID[1:]}"


class World:
    """The writes of a client, with a manual clock."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.writes = OwnWrites(RETRY, lambda: self.now)

    def left(self, error: IamError, method: str = "GET", path: str = f"groups/{ID}") -> float:
        return self.writes.cures_within(method, path, error)


@pytest.fixture
def world() -> World:
    return World()


def test_the_waits_are_those_of_the_policy() -> None:
    assert (RETRY.lag, RETRY.grant) == (LAG, GRANT)


@pytest.mark.parametrize(
    "error", [DENIED, GONE, Conflict("exists", status=409), NoAnswer("lost", sent=True)], ids=repr
)
def test_without_a_write_no_error_is_explained(error: IamError, world: World) -> None:
    assert world.left(error) == -math.inf


def test_an_object_that_was_made_may_be_missing_for_the_lag(world: World) -> None:
    world.writes.created(ID)
    world.now += 3
    assert world.left(GONE) == LAG - 3
    world.now += 10
    assert world.left(GONE) == -3
    other = NotFound("gone", status=404, resource="group", resource_id=OTHER)
    assert world.left(other) == -math.inf


def test_an_object_that_was_deleted_is_gone_at_once(world: World) -> None:
    world.writes.created(ID)
    world.writes.succeeded("DELETE", f"groups/{ID}")
    assert not world.writes.has_created(ID)
    assert world.left(GONE) == -math.inf


def test_a_grant_explains_what_is_first_refused_after_it(world: World) -> None:
    assert world.left(DENIED, "POST", "groups") == -math.inf
    world.writes.succeeded("POST", "policies")
    world.now += 5
    assert world.left(DENIED, "POST", "groups") == -math.inf
    assert world.left(DENIED, "POST", "users") == GRANT - 5
    world.writes.succeeded("PUT", "rules")
    assert world.left(DENIED, "POST", "users") == GRANT - 5
    # A success proves the permission, so a later refusal has another cause.
    world.writes.succeeded("POST", "users")
    assert world.left(DENIED, "POST", "users") == GRANT


@pytest.mark.parametrize(
    ("method", "path", "grants"),
    [
        ("POST", "policies", True),
        ("PATCH", f"policies/{ID}", True),
        ("POST", f"policies/{ID}/clone", True),
        ("PUT", "rules", True),
        ("PUT", f"groups/{ID}/members", True),
        ("POST", f"groups/{ID}/add-member", True),
        ("POST", f"groups/{ID}/add-members", True),
        ("POST", f"groups/{ID}/remove-member", False),
        ("DELETE", f"policies/{ID}", False),
        ("GET", "rules", False),
        ("GET", f"policies/{ID}", False),
        ("POST", "groups", False),
        ("PATCH", f"groups/{ID}", False),
        ("POST", "api-keys", False),
    ],
)
def test_only_some_calls_may_give_a_right(
    method: str, path: str, grants: bool, world: World
) -> None:
    world.writes.succeeded(method, path)
    assert world.left(DENIED, "POST", "users") == (GRANT if grants else -math.inf)


def test_a_refusal_that_is_not_the_apis_own_or_is_of_the_log_is_not_explained(world: World) -> None:
    world.writes.succeeded("POST", "policies")
    assert world.left(PermissionDenied("blocked", status=403), "POST", "users") == -math.inf
    assert world.left(DENIED, "GET", "logs") == -math.inf


def test_an_object_that_was_adopted_is_not_one_that_was_made(world: World) -> None:
    world.writes.adopted(ID)
    world.writes.created(OTHER)
    facts = [
        (world.writes.is_unproved(resource_id), world.writes.has_created(resource_id))
        for resource_id in (ID, OTHER)
    ]
    assert facts == [(True, False), (False, True)]
