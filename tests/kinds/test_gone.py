"""A live object is never reported as deleted.

The only proof of a deletion is a 404 from the GET of the object, with credentials of its organization.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import IamError, Refused
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Emulator, Fault
from pulumi_scw_iam.kinds import KINDS
from tests.kinds.world import World
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = "99999999-9999-4999-8999-999999999999"
LISTS = {
    "Application": "list_applications",
    "APIKey": "list_api_keys",
    "Group": "list_groups",
    "Policy": "list_policies",
    "SSHKey": "list_ssh_keys",
    "User": "list_users",
}
CURE = (
    "use credentials of that organization; if the object is deleted, remove the resource from the"
    " state with `pulumi state delete URN`"
)


class Many(World):
    """Several objects of each kind, as (kind, id, outputs)."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[tuple[str, str, dict[str, Any]]] = []

    def fill(self, kind: str, number: int = 6) -> None:
        """Create objects of a kind."""
        robot = self.iam.create_application(name="robot")["id"]
        for n in range(number):
            inputs: dict[str, Any] = {
                "APIKey": {"application_id": robot, "description": str(n)},
                "Policy": {"name": f"p{n}", "application_id": robot},
                "SSHKey": {"name": f"k{n}", "public_key": SSH_KEY},
                "User": {"email": f"u{n}@example.com", "username": f"user{n}"},
            }.get(kind, {"name": f"it{n}"})
            if kind == "Policy":
                rule = {
                    "permission_set_names": ["IAMReadOnly"],
                    "organization_id": self.organization,
                }
                inputs["rules"] = [rule]
            self.known.append((kind, *self.create(kind, **inputs)))

    def refreshed(self, core: ProviderCore | None = None) -> list[Any]:
        """Read all objects in parallel. A failed read is represented by its message."""
        reader = core or ProviderCore(lambda: self.settings)

        def read(item: tuple[str, str, dict[str, Any]]) -> Any:
            kind, resource_id, outputs = item
            try:
                return reader.read(KINDS[kind], resource_id, outputs)
            except IamError as error:
                return str(error)

        with ThreadPoolExecutor(16) as engine:
            return list(engine.map(read, self.known))

    @property
    def outputs(self) -> list[dict[str, Any]]:
        return [outputs for _, _, outputs in self.known]


@pytest.fixture
def world() -> Iterator[Many]:
    world = Many()
    yield world
    world.emulator.close()


# Reads from lists


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 418, 501])
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_fails_says_nothing_about_the_objects(
    kind: str, status: int, world: Many
) -> None:
    world.fill(kind)
    world.emulator.faults.add(Fault(operation=LISTS[kind], status=status))
    assert world.refreshed() == world.outputs


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_that_the_api_cannot_answer_says_nothing_either(kind: str, world: Many) -> None:
    world.fill(kind, 3)
    world.emulator.faults.add(Fault(operation=LISTS[kind], status=500))
    assert world.refreshed() == world.outputs


@pytest.mark.parametrize("kind", LISTS)
def test_an_api_that_answers_nothing_is_an_error_of_each_read(kind: str, world: Many) -> None:
    world.fill(kind, 3)
    world.emulator.faults.add(Fault(method="GET", status=503))
    found = world.refreshed()
    assert all("the API is unavailable" in str(one) for one in found), found


def test_one_malformed_id_is_an_error_of_its_own_read_only(world: Many) -> None:
    world.fill("Group")
    world.known.insert(2, ("Group", "not-an-id", {**world.outputs[0], "name": "broken"}))
    found = world.refreshed()
    assert found[:2] + found[3:] == world.outputs[:2] + world.outputs[3:]
    assert found[2].startswith('read group "broken": group_id: value must be a valid UUID')


def test_an_empty_list_says_nothing_about_the_objects(world: Many) -> None:
    world.fill("Group")
    empty = {"groups": [], "total_count": 0}
    world.emulator.faults.add(Fault(operation="list_groups", status=200, body=empty))
    assert world.refreshed() == world.outputs


def test_a_membership_is_not_judged_by_a_list_that_lags(world: Many) -> None:
    groups = [world.create("Group", name=f"g{n}")[0] for n in range(6)]
    robot, _ = world.create("Application", name="robot")
    lagging = list(world.iam.list_groups())
    for group in groups:
        inputs = {"group_id": group, "application_id": robot}
        world.known.append(("GroupMembership", *world.create("GroupMembership", **inputs)))
    world.emulator.faults.add(
        Fault(
            operation="list_groups",
            status=200,
            body={"groups": lagging, "total_count": len(lagging)},
        )
    )
    assert world.refreshed() == world.outputs


# 404s of other objects


def test_a_policy_without_rules_to_read_is_not_gone(world: Many) -> None:
    world.fill("Policy", 1)
    _, policy, _ = world.known[0]
    world.iam.set_rules(
        policy_id=policy,
        rules=[{"permission_set_names": ["IAMManager"], "organization_id": world.organization}],
    )
    body = {
        "type": "not_found",
        "resource": "policy",
        "resource_id": policy,
        "message": "resource is not found",
    }
    world.emulator.faults.add(Fault(operation="list_rules", status=404, body=body))
    (found,) = world.refreshed()
    assert re.fullmatch(
        rf'read policy "p0": policy {policy} does not exist, tried \d+ times \(404, request \S+\);'
        r" this does not prove that the policy is deleted, so it stays in the state",
        found,
    )


@pytest.mark.parametrize("kind", LISTS)
def test_a_404_about_another_id_is_no_deletion(kind: str, world: Many) -> None:
    world.fill(kind, 1)
    get = LISTS[kind].replace("list_", "get_").replace("policies", "policy").removesuffix("s")
    body = {
        "type": "not_found",
        "resource": "thing",
        "resource_id": NOBODY,
        "message": "resource is not found",
    }
    world.emulator.faults.add(Fault(operation=get, status=404, body=body))
    (found,) = world.refreshed()
    assert f"thing {NOBODY} does not exist (404" in found
    assert found.endswith("is deleted, so it stays in the state")


def test_a_404_of_a_delete_that_the_get_does_not_confirm_is_an_error(world: Many) -> None:
    world.fill("Group", 1)
    _, resource_id, outputs = world.known[0]
    world.emulator.faults.add(Fault(operation="delete_group", status=404))
    with pytest.raises(IamError) as caught:
        ProviderCore(lambda: world.settings).delete(KINDS["Group"], resource_id, outputs)
    assert str(caught.value).startswith(f'delete group "it0": group {resource_id} does not exist')


# Credentials of another organization


def create_one_of_each_kind(world: Many) -> None:
    """Create one object of each kind that can be deleted."""
    for kind in LISTS:
        if kind != "Application":
            world.fill(kind, 1)
    robot, state = world.create("Application", name="crane")
    world.known.append(("Application", robot, state))
    group = next(resource_id for kind, resource_id, _ in world.known if kind == "Group")
    saml, state = world.create("SAML")
    world.known.append(("SAML", saml, state))
    scim, state = world.create("SCIM")
    world.known.append(("SCIM", scim, state))
    for kind, inputs in (
        ("GroupMembership", {"group_id": group, "application_id": robot}),
        ("SAMLCertificate", {"saml_id": saml, "type": "signing", "content": certificate()}),
        ("SCIMToken", {"scim_id": scim}),
    ):
        world.known.append((kind, *world.create(kind, **inputs)))


def test_an_object_of_another_organization_is_neither_dropped_nor_called_deleted(
    world: Many,
) -> None:
    create_one_of_each_kind(world)
    with Emulator() as other:
        core = ProviderCore(lambda: Settings.resolve(environ=other.environment))
        reason = (
            f"the object is in organization {world.organization}, but the credentials are for"
            f" organization {other.organization_id}; {CURE}"
        )
        for kind, resource_id, outputs in world.known:
            titled = KINDS[kind].describe(outputs, resource_id)
            with pytest.raises(Refused) as read:
                core.read(KINDS[kind], resource_id, outputs)
            assert str(read.value) == f"read {titled}: {reason}", kind
            with pytest.raises(Refused) as deleted:
                core.delete(KINDS[kind], resource_id, outputs)
            assert str(deleted.value) == f"delete {titled}: {reason}", kind
        assert other.counts()["groups"] == 0
    assert world.refreshed() == world.outputs


def test_credentials_that_cannot_read_the_organization_drop_nothing(world: Many) -> None:
    """The configuration has the right organization, but the API key belongs to another organization."""
    create_one_of_each_kind(world)
    with Emulator() as other:
        environ = {**other.environment, "SCW_DEFAULT_ORGANIZATION_ID": world.organization}
        core = ProviderCore(lambda: Settings.resolve(environ=environ))
        for kind, resource_id, outputs in world.known:
            for verb in (core.read, core.delete):
                with pytest.raises(IamError) as caught:
                    verb(KINDS[kind], resource_id, outputs)
                assert (
                    f"cannot tell whether the {KINDS[kind].noun} is deleted: the API returned 404, but the"
                    f" credentials cannot read organization {world.organization}"
                ) in str(caught.value) or "permission" in str(caught.value), kind


def test_what_is_gone_is_dropped_and_deleted_without_an_error(world: Many) -> None:
    create_one_of_each_kind(world)
    for kind, resource_id, outputs in reversed(world.known):
        ProviderCore(lambda: world.settings).delete(KINDS[kind], resource_id, outputs)
    assert world.refreshed() == [None] * len(world.known)
    for kind, resource_id, outputs in world.known:
        ProviderCore(lambda: world.settings).delete(KINDS[kind], resource_id, outputs)
