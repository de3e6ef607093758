"""The lifecycle of each resource on the real engine, from `up` to `destroy`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.kinds import KINDS
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

OTHER_KEY = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7"
    "opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg="
)
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
PEOPLE = """
alice = iam.User("alice", email="alice@example.com", username="alice")
bob = iam.User("bob", email="bob@example.com", username="bob")
robot = iam.Application("robot")
other = iam.Application("other")
team = iam.Group("team")
"""


@dataclass(frozen=True)
class Case:
    """The program of a resource named "it", and its changes."""

    first: str
    updated: str
    """The same resource with a change of every updatable field."""
    held: dict[str, Any]
    """Fields of the object after the update; <name> stands for the id of a resource."""
    drift: Callable[[IamClient, str], object]
    """A change outside the program. The next `up` reverts the change."""
    drifted: set[str]
    """The outputs that the refresh changes after the drift."""
    read: Callable[[IamClient, str], Any]
    remove: Callable[[IamClient, str], object]
    replacing: dict[str, str] = field(default_factory=dict)
    """Programs that replace the resource, by property. `updated` then restores the resource."""
    planned: dict[str, str] = field(default_factory=dict)
    """Replacements without a suitable object on the local API. These are only previewed."""
    others: str = PEOPLE


CASES: dict[str, Case] = {
    "Group": Case(
        first='it = iam.Group("it", user_ids=[alice.id])',
        updated="""it = iam.Group(
            "it", name="renamed", description="d", tags=["b", "a"],
            user_ids=[bob.id, alice.id], application_ids=[robot.id])""",
        held={
            "name": "renamed",
            "description": "d",
            "tags": ["a", "b"],
            "user_ids": {"<alice>", "<bob>"},
            "application_ids": {"<robot>"},
        },
        drift=lambda iam, resource_id: iam.set_group_members(
            resource_id, user_ids=[], application_ids=[]
        ),
        drifted={"user_ids", "application_ids"},
        read=lambda iam, resource_id: iam.get_group(resource_id),
        remove=lambda iam, resource_id: iam.delete_group(resource_id),
        planned={"organization_id": f'it = iam.Group("it", organization_id="{ORGANIZATION}")'},
    ),
    "Application": Case(
        first='it = iam.Application("it", description="first", tags=["a"])',
        updated='it = iam.Application("it", name="renamed", description="d", tags=["b", "c"])',
        held={"name": "renamed", "description": "d", "tags": ["b", "c"]},
        drift=lambda iam, resource_id: iam.update_application(
            resource_id, description="by hand", tags=[]
        ),
        drifted={"description", "tags"},
        read=lambda iam, resource_id: iam.get_application(resource_id),
        remove=lambda iam, resource_id: iam.delete_application(resource_id),
        planned={
            "organization_id": f'it = iam.Application("it", organization_id="{ORGANIZATION}")'
        },
    ),
    "Policy": Case(
        first="""it = iam.Policy("it", group_id=team.id, rules=[
            iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"],
                               organization_id=team.organization_id)])""",
        updated="""it = iam.Policy("it", name="renamed", description="d", tags=["a"],
            application_id=robot.id,
            rules=[{"permission_set_names": ["InstancesFullAccess", "AllProductsReadOnly"],
                    "project_ids": [team.organization_id], "condition": "1 == 1"}])""",
        held={
            "name": "renamed",
            "description": "d",
            "tags": ["a"],
            "application_id": "<robot>",
            "nb_rules": 1,
            "nb_permission_sets": 2,
        },
        drift=lambda iam, resource_id: iam.set_rules(policy_id=resource_id, rules=[]),
        drifted={"rules"},
        read=lambda iam, resource_id: iam.get_policy(resource_id),
        remove=lambda iam, resource_id: iam.delete_policy(resource_id),
        planned={
            "organization_id": f'it = iam.Policy("it", no_principal=True,'
            f' organization_id="{ORGANIZATION}")'
        },
    ),
    "APIKey": Case(
        first='it = iam.APIKey("it", application_id=robot.id)',
        updated="""it = iam.APIKey("it", application_id=robot.id, description="d",
            default_project_id=team.organization_id, expires_at="2040-01-31T12:00:00+02:00")""",
        held={
            "description": "d",
            "application_id": "<robot>",
            "expires_at": "2040-01-31T10:00:00Z",
        },
        drift=lambda iam, resource_id: iam.update_api_key(resource_id, description="by hand"),
        drifted={"description"},
        read=lambda iam, resource_id: iam.get_api_key(resource_id),
        remove=lambda iam, resource_id: iam.delete_api_key(resource_id),
        replacing={
            "expires_at": 'it = iam.APIKey("it", application_id=robot.id, description="d")',
            "application_id": 'it = iam.APIKey("it", application_id=other.id, description="d")',
        },
    ),
    "SSHKey": Case(
        first=f'it = iam.SSHKey("it", public_key="{SSH_KEY} alice@laptop")',
        updated=f'it = iam.SSHKey("it", name="renamed", public_key="{SSH_KEY}", disabled=True)',
        held={"name": "renamed", "disabled": True, "public_key": SSH_KEY},
        drift=lambda iam, resource_id: iam.update_ssh_key(
            resource_id, name="by hand", disabled=False
        ),
        drifted={"name", "disabled"},
        read=lambda iam, resource_id: iam.get_ssh_key(resource_id),
        remove=lambda iam, resource_id: iam.delete_ssh_key(resource_id),
        replacing={"public_key": f'it = iam.SSHKey("it", public_key="{OTHER_KEY}", disabled=True)'},
        planned={
            "project_id": f'it = iam.SSHKey("it", public_key="{SSH_KEY}", project_id="$other")'
        },
        others="",
    ),
    "User": Case(
        first='it = iam.User("it", email="a@example.com", username="a1", password="Correct-horse-1")',
        updated="""it = iam.User("it", email="b@example.com", username="b1", password="Battery-staple-2",
            first_name="F", last_name="L", phone_number="+33123456789", locale="fr_FR",
            tags=["t"], locked=True)""",
        held={
            "email": "b@example.com",
            "username": "b1",
            "first_name": "F",
            "last_name": "L",
            "phone_number": "+33123456789",
            "locale": "fr_FR",
            "tags": ["t"],
            "locked": True,
            "type": "member",
        },
        drift=lambda iam, resource_id: (
            iam.unlock_user(resource_id),
            iam.update_user(resource_id, first_name="by hand"),
        ),
        drifted={"locked", "first_name"},
        read=lambda iam, resource_id: iam.get_user(resource_id),
        remove=lambda iam, resource_id: iam.delete_user(resource_id),
        planned={
            "organization_id": 'it = iam.User("it", email="a@example.com", username="a1",'
            f' organization_id="{ORGANIZATION}")'
        },
        others="",
    ),
    "SAML": Case(
        first='it = iam.SAML("it")',
        updated="""it = iam.SAML("it", entity_id="https://idp.example.com",
            single_sign_on_url="https://idp.example.com/sso")""",
        held={
            "entity_id": "https://idp.example.com",
            "single_sign_on_url": "https://idp.example.com/sso",
            "status": "missing_certificate",
        },
        drift=lambda iam, resource_id: iam.update_saml(
            resource_id, entity_id="https://by-hand.example.com"
        ),
        drifted={"entity_id"},
        read=lambda iam, _: iam.get_organization_saml(),
        remove=lambda iam, resource_id: iam.delete_saml(resource_id),
        planned={"organization_id": f'it = iam.SAML("it", organization_id="{ORGANIZATION}")'},
        others="",
    ),
}


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
@pytest.mark.parametrize("kind", CASES)
def test_lifecycle(kind: str, stack: Stack, iam: IamClient, iam_emulator: Emulator) -> None:
    case = CASES[kind]
    (other,) = iam_emulator.seed({"projects": [{"name": "other"}]})["projects"]
    before = everything(iam)

    def up(program: str) -> dict[str, int]:
        changes = stack.up(case.others + program).changes
        changes.pop("same", None)
        return changes

    def current() -> str:
        resource_id: str = stack.resources()["it"]["id"]
        return resource_id

    # Create. Then no run shows a change.
    assert set(up(case.first)) == {"create"}
    assert up(case.first) == {}
    assert set(stack.refresh().changes) == {"refresh"}
    assert changed_by_refresh(stack) == set()

    # Every updatable field, in place.
    made = current()
    assert up(case.updated) == {"update": 1}
    assert current() == made
    assert held(case, iam, stack) == case.held
    assert up(case.updated) == {}
    assert changed_by_refresh(stack) == set()

    # A refresh shows the drift, and `up` reverts the drift.
    case.drift(iam, made)
    assert changed_by_refresh(stack) == case.drifted
    assert up(case.updated) == {"update": 1}
    assert held(case, iam, stack) == case.held

    # A lookup from another program.
    found = stack.preview(
        case.others
        + case.updated
        + f'\nfound = iam.{kind}.get("found", "{made}")'
        + "\npulumi.export('found', found.id)"
    )
    assert {step.op for step in found.steps} == {"same", "read"}

    # Every replacing property. The new object is created before the old one is deleted.
    for name, program in {**case.planned, **case.replacing}.items():
        planned = stack.preview(case.others + program.replace("$other", other["id"]))
        (replace,) = [step for step in planned.steps if step.op == "replace"]
        assert (replace.name, name in replace.replaced_by) == ("it", True)
    for program in case.replacing.values():
        old = current()
        assert up(program) == {"create-replacement": 1, "replace": 1, "delete-replaced": 1}
        assert current() != old
        with pytest.raises(NotFound):
            case.read(iam, old)
        assert up(program) == {}
        up(case.updated)

    # Deleted outside the program, the resource is created again.
    case.remove(iam, current())
    stack.refresh()
    assert "it" not in stack.resources()
    assert up(case.updated) == {"create": 1}
    assert held(case, iam, stack) == case.held

    assert set(stack.destroy().changes) == {"delete"}
    assert everything(iam) == before


def held(case: Case, iam: IamClient, stack: Stack) -> dict[str, Any]:
    """Return the declared fields of "it" in the API, with names instead of ids."""
    resources = stack.resources()
    names = {resource["id"]: f"<{name}>" for name, resource in resources.items()}
    found = case.read(iam, resources["it"]["id"])

    def named(value: Any, like: Any) -> Any:
        if isinstance(like, set):
            return {names.get(item, item) for item in value}
        return names.get(value, value) if isinstance(value, str) else value

    return {key: named(found[key], like) for key, like in case.held.items()}


def changed_by_refresh(stack: Stack) -> set[str]:
    """Refresh; return the changed outputs of "it"."""
    before = stack.outputs_of("it")
    stack.refresh()
    after = stack.outputs_of("it")
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def everything(iam: IamClient) -> dict[str, set[str]]:
    """Return the ids of all objects in the organization."""
    return {
        "groups": {group["id"] for group in iam.list_groups()},
        "applications": {application["id"] for application in iam.list_applications()},
        "policies": {policy["id"] for policy in iam.list_policies()},
        "api_keys": {key["access_key"] for key in iam.list_api_keys()},
        "ssh_keys": {key["id"] for key in iam.list_ssh_keys()},
        "users": {user["id"] for user in iam.list_users()},
        "saml": {saml_id for saml_id, _ in KINDS["SAML"].listed(iam)},
    }
