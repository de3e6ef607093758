"""The lifecycle of all kinds on the real engine, from `up` to `destroy`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.common.errors import NotFound
from pulumi_scw_iam.kinds import KINDS
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.emulator import Emulator
    from tests.support.stack import Run, Stack

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
    ),
}


HELD = {kind: case.held for kind, case in CASES.items()}


@pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
def test_lifecycle(stack: Stack, iam: IamClient, iam_emulator: Emulator) -> None:
    # One stack has all kinds: the time of a run is hardly that of its resources.
    (other,) = iam_emulator.seed({"projects": [{"name": "other"}]})["projects"]
    before = everything(iam)
    first = {kind: case.first for kind, case in CASES.items()}
    updated = {kind: case.updated for kind, case in CASES.items()}

    def current() -> dict[str, str]:
        resources = stack.resources()
        return {kind: resources[kind]["id"] for kind in CASES if kind in resources}

    # Create. Then no run shows a change.
    assert {step.op for step in stack.up(program(first)).steps} == {"create"}
    assert changes(stack.up(program(first))) == {}
    assert set(stack.refresh().changes) == {"refresh"}
    assert changed_by_refresh(stack) == {}

    # Every updatable field, in place.
    ids = current()
    assert changes(stack.up(program(updated))) == dict.fromkeys(CASES, ("update",))
    assert current() == ids
    assert held(iam, stack) == HELD
    assert changes(stack.up(program(updated))) == {}
    assert changed_by_refresh(stack) == {}

    # A refresh shows the drift, and `up` reverts the drift.
    for kind, case in CASES.items():
        case.drift(iam, ids[kind])
    assert changed_by_refresh(stack) == {kind: case.drifted for kind, case in CASES.items()}
    assert changes(stack.up(program(updated))) == dict.fromkeys(CASES, ("update",))
    assert held(iam, stack) == HELD

    # A lookup from another program.
    lookups = "".join(
        f'\nfound = iam.{kind}.get("found {kind}", "{ids[kind]}")'
        f'\npulumi.export("{kind}", found.id)'
        for kind in CASES
    )
    found = stack.preview(program(updated) + lookups)
    assert changes(found) == {f"found {kind}": ("read",) for kind in CASES}

    # Every replacing property, one of each kind at a time.
    for programs in rounds(
        {kind: {**case.planned, **case.replacing} for kind, case in CASES.items()}
    ):
        texts = {kind: text.replace("$other", other["id"]) for kind, (_, text) in programs.items()}
        planned = stack.preview(program({**updated, **texts}))
        replaced = {step.name: step.replaced_by for step in planned.steps if step.op == "replace"}
        assert set(replaced) == set(programs)
        for kind, (name, _) in programs.items():
            assert name in replaced[kind]

    # The new object is created before the old one is deleted.
    for programs in rounds({kind: case.replacing for kind, case in CASES.items()}):
        old = current()
        replacing = program({**updated, **{kind: text for kind, (_, text) in programs.items()}})
        assert changes(stack.up(replacing)) == dict.fromkeys(
            programs, ("create-replacement", "replace", "delete-replaced")
        )
        assert {kind for kind in CASES if current()[kind] != old[kind]} == set(programs)
        for kind in programs:
            with pytest.raises(NotFound):
                CASES[kind].read(iam, old[kind])
        assert changes(stack.up(replacing)) == {}
        stack.up(program(updated))

    # Deleted outside the program, the resource is created again.
    for kind, resource_id in current().items():
        CASES[kind].remove(iam, resource_id)
    stack.refresh()
    assert current() == {}
    assert changes(stack.up(program(updated))) == dict.fromkeys(CASES, ("create",))
    assert held(iam, stack) == HELD

    assert set(stack.destroy().changes) == {"delete"}
    assert everything(iam) == before


def program(texts: Mapping[str, str]) -> str:
    """Return the program with one resource of each kind. Its name is the kind."""
    return PEOPLE + "\n".join(text.replace('"it"', f'"{kind}"', 1) for kind, text in texts.items())


def rounds(programs: Mapping[str, Mapping[str, str]]) -> list[dict[str, tuple[str, str]]]:
    """Return the n-th property and program of each kind, for each n."""
    columns = [[(kind, item) for item in some.items()] for kind, some in programs.items()]
    return [dict(filter(None, row)) for row in zip_longest(*columns)]


def changes(run: Run) -> dict[str, tuple[str, ...]]:
    """Return the operations on each resource that a run does not leave as it is, in order."""
    operations: dict[str, tuple[str, ...]] = {}
    for step in run.steps:
        if step.op != "same":
            operations[step.name] = (*operations.get(step.name, ()), step.op)
    return operations


def held(iam: IamClient, stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the declared fields of each kind in the API, with names instead of ids."""
    resources = stack.resources()
    names = {resource["id"]: f"<{name}>" for name, resource in resources.items()}

    def named(value: Any, like: Any) -> Any:
        if isinstance(like, set):
            return {names.get(item, item) for item in value}
        return names.get(value, value) if isinstance(value, str) else value

    found = {kind: case.read(iam, resources[kind]["id"]) for kind, case in CASES.items()}
    return {
        kind: {key: named(found[kind][key], like) for key, like in fields.items()}
        for kind, fields in HELD.items()
    }


def changed_by_refresh(stack: Stack) -> dict[str, set[str]]:
    """Refresh; return the changed outputs of each kind that has any."""
    before = {kind: stack.outputs_of(kind) for kind in CASES}
    stack.refresh()
    changed = {}
    for kind, old in before.items():
        new = stack.outputs_of(kind)
        if names := {name for name in {*old, *new} if old.get(name) != new.get(name)}:
            changed[kind] = names
    return changed


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
