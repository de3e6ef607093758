"""The authors of objects in the report of the doctor, by the Audit Trail and by the IAM log."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.emulator import Emulator, Fault
from tests.doctor.command import (
    IF_DECLARED,
    UNRECORDED,
    Command,
    create_as,
    person,
    rights,
    without_request,
)
from tests.doctor.states import UUID, export, resource
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRAIL, LOG = "according to the Audit Trail", "according to the IAM log"
NO_AUTHOR = "cannot tell: the Audit Trail and the IAM log have no author of the object"
NOT_READ = (
    "cannot tell: the Audit Trail could not be read, and the IAM log has no author of the object"
)
FOREIGN = "Mozilla/5.0"


def client_of(emulator: Emulator, keys: Mapping[str, str]) -> IamClient:
    """Return a client with the API key in environment variables."""
    return IamClient(Settings.resolve(environ={**emulator.environment, **keys}))


def create_all(client: IamClient, emulator: Emulator) -> dict[str, str]:
    """Create one object of each kind in question; return the ids by noun."""
    saml, scim = client.enable_organization_saml(), client.enable_organization_scim()
    group = client.create_group(name="devs")
    bearer = client.create_application(name="robot")["id"]
    key = client.create_api_key(application_id=bearer)
    ssh_key = client.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=emulator.project_id
    )
    trusted = client.add_saml_certificate(saml["id"], type="signing", content=certificate())
    token = client.create_scim_token(scim["id"])["token"]
    return {
        "group": group["id"],
        "application": bearer,
        "API key": key["access_key"],
        "SSH key": ssh_key["id"],
        "SAML certificate": trusted["id"],
        "SCIM token": f"{scim['id']}/{token['id']}",
    }


def authors(lines: list[str]) -> dict[str, str]:
    """Return the author in the report by the id of the object."""
    found: dict[str, str] = {}
    for title, *more in (section.splitlines() for section in "\n".join(lines).split("\n\n")):
        found |= {
            title.rpartition(" ")[2]: line.removeprefix("  author: ")
            for line in more
            if line.startswith("  author: ")
        }
    return found


def reported(command: Command, *arguments: str) -> dict[str, Any]:
    """Return the findings of the JSON report by id."""
    report = json.loads("\n".join(command.doctor(*arguments, "--json")[1]))
    return {found["id"]: found for found in (*report["found"], *report["unrecorded"])}


def robot_keys(iam: IamClient) -> tuple[str, dict[str, str]]:
    """Create an application that creates objects; return its id and its environment variables."""
    robot = iam.create_application(name="ci")["id"]
    key = iam.create_api_key(application_id=robot)
    assert key["secret_key"]
    return robot, {"SCW_ACCESS_KEY": key["access_key"], "SCW_SECRET_KEY": key["secret_key"]}


def test_the_audit_trail_has_the_author_of_every_kind(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    robot, keys = robot_keys(iam)
    ids = create_all(client_of(iam_emulator, keys), iam_emulator)
    state = command.file(
        export(
            resource("Application", "ci", id=robot),
            resource("APIKey", "ci", id=keys["SCW_ACCESS_KEY"]),
        )
    )
    status, lines, errors = command.doctor(state)
    assert (status, errors) == (3, [])
    # The events prove that this package created the objects that the IAM log does not record.
    assert (
        lines[0] == "6 objects created by pulumi-scw-iam since THEN, in none of the given states:"
    )
    assert UNRECORDED not in lines
    assert authors(lines) == dict.fromkeys(ids.values(), f'application "ci" {robot}, {TRAIL}')
    author = {"kind": "Application", "name": "ci", "id": robot, "source": "audit_trail"}
    assert [found["author"] for found in reported(command, state).values()] == [author] * 6


def test_without_the_permission_the_authors_are_those_of_the_iam_log(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        ids = create_all(owner, emulator)
        use(emulator, **rights(owner, "IAMReadOnly", "SSHKeysReadOnly"))
        status, lines, errors = command.doctor()
        assert status == 3
        (error,) = errors
        assert without_request(error) == (
            "pulumi-scw-iam: read the Audit Trail: the API key has no permission to list"
            " audit_trail_event (403, request ID); give its bearer the permission set"
            " AuditTrailReadOnly; the IAM log is used instead"
        )
        by_owner = f'user "owner@example.com" OWNER, {LOG}'
        found = authors(lines)
        assert {noun: found[resource_id] for noun, resource_id in ids.items()} == {
            "group": by_owner,
            "application": by_owner,
            "API key": by_owner,
            "SSH key": NOT_READ,
            "SAML certificate": NOT_READ,
            "SCIM token": NOT_READ,
        }
        report = json.loads("\n".join(command.doctor("--json")[1]))
        assert list(map(without_request, report["not_read"])) == [
            without_request(error).removeprefix("pulumi-scw-iam: ")
        ]
        sources = {
            one["id"]: one["author"] and one["author"]["source"]
            for one in (*report["found"], *report["unrecorded"])
        }
        assert sources[ids["group"]] == "iam_log"
        assert sources[ids["SSH key"]] is None


def test_with_the_permission_and_read_rights_only_all_authors_are_listed(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        ids = create_all(owner, emulator)
        use(
            emulator,
            **rights(owner, "IAMReadOnly", "SSHKeysReadOnly", "AuditTrailReadOnly"),
        )
        status, lines, errors = command.doctor()
        assert (status, errors) == (3, [])
        found = authors(lines)
        assert {found[resource_id] for resource_id in ids.values()} == {
            f'user "owner@example.com" OWNER, {TRAIL}'
        }


def test_with_an_empty_trail_the_iam_log_has_the_authors(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    ids = create_all(iam, iam_emulator)
    iam_emulator.faults.add(events())
    status, lines, errors = command.doctor()
    assert (status, errors) == (3, [])
    by_owner = f'user "owner@example.com" OWNER, {LOG}'
    logged = ("group", "application", "API key")
    assert authors(lines) == {
        resource_id: by_owner if noun in logged else NO_AUTHOR for noun, resource_id in ids.items()
    }
    found = reported(command)
    assert found[ids["SSH key"]]["author"] is None
    assert found[ids["group"]]["author"]["source"] == "iam_log"


def test_a_deleted_author_is_shown_by_the_id(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    robot, keys = robot_keys(iam)
    client = client_of(iam_emulator, keys)
    group = client.create_group(name="devs")["id"]
    laptop = client.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )["id"]
    iam.delete_application(robot)
    missing = f"principal {robot} (no existing user or application)"
    status, lines, errors = command.doctor()
    assert (status, errors) == (3, [])
    assert authors(lines) == dict.fromkeys((group, laptop), f"{missing}, {TRAIL}")
    author = {"kind": None, "name": None, "id": robot, "source": "audit_trail"}
    assert [found["author"] for found in reported(command).values()] == [author] * 2
    iam_emulator.faults.add(events())
    assert authors(command.doctor()[1]) == {group: f"{missing}, {LOG}", laptop: NO_AUTHOR}


def test_the_audit_trail_wins_over_the_iam_log(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    alice = person(iam_emulator, "alice")
    group = iam.create_group(name="devs")["id"]
    iam_emulator.faults.add(events(event("CreateGroup", "iam_group", group, alice.id)))
    status, lines, errors = command.doctor()
    assert (status, errors) == (3, [])
    # The User-Agent in the log still proves that this package created the group.
    assert lines[1] == "1 object created by pulumi-scw-iam since THEN:"
    assert authors(lines) == {group: f'user "alice@example.com" {alice.id}, {TRAIL}'}


@pytest.mark.parametrize("principal", [None, "support"])
def test_an_event_without_a_user_or_application_is_no_author(
    command: Command, iam: IamClient, iam_emulator: Emulator, principal: str | None
) -> None:
    group = iam.create_group(name="devs")["id"]
    iam_emulator.faults.add(events(event("CreateGroup", "iam_group", group, principal)))
    status, lines, errors = command.doctor()
    assert (status, errors) == (3, [])
    assert authors(lines) == {
        group: f"principal support (no existing user or application), {TRAIL}"
        if principal
        else f'user "owner@example.com" OWNER, {LOG}'
    }


@pytest.mark.parametrize(
    ("method", "resource_type", "is_create"),
    [
        ("CreateSSHKey", "iam_ssh_key", True),
        ("CreateSshKey", "iam_ssh_key", True),
        ("UpdateSSHKey", "iam_ssh_key", False),
        ("CreateSSHKey", "iam_user", False),
        ("CreateAPIKey", "iam_ssh_key", False),
    ],
)
def test_only_the_create_of_an_object_has_its_author(
    command: Command,
    iam: IamClient,
    iam_emulator: Emulator,
    method: str,
    resource_type: str,
    *,
    is_create: bool,
) -> None:
    """The spelling of acronyms in methods differs between kinds: AddSamlCertificate, CreateSSHKey."""
    del iam
    alice = person(iam_emulator, "alice")
    laptop = foreign_ssh_key(iam_emulator)
    iam_emulator.faults.add(
        events(
            event(method, resource_type, UUID, UUID), event(method, resource_type, laptop, alice.id)
        )
    )
    author = authors(command.doctor()[1])[laptop]
    assert author == (f'user "alice@example.com" {alice.id}, {TRAIL}' if is_create else NO_AUTHOR)


def test_the_author_of_a_change_is_not_the_author_of_the_object(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    alice = person(iam_emulator, "alice")
    by_alice = client_of(iam_emulator, {"SCW_SECRET_KEY": alice.secret_key})
    laptop = foreign_ssh_key(iam_emulator)
    by_alice.update_ssh_key(laptop, name="renamed")
    group = iam.create_group(name="devs")["id"]
    by_alice.add_group_member(group, user_id=alice.id)
    owner = f'user "owner@example.com" OWNER, {TRAIL}'
    assert authors(command.doctor()[1]) == {group: owner, laptop: owner}


def test_the_event_tells_the_front_of_a_kind_that_the_log_does_not_record(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    settings, project = Settings.resolve(), iam_emulator.project_id
    native = IamClient(settings, front="native").create_group(name="devs")
    laptop = IamClient(settings, front="dynamic").create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=project
    )
    del iam
    lines = command.doctor(command.file(export()))[1]
    assert [line for line in lines if line.startswith("  import: ")] == [
        f"  import: pulumi import scw-iam:index:Group devs {native['id']}"
    ]
    assert f"  {IF_DECLARED}" in lines[lines.index(f'SSH key "laptop" {laptop["id"]}') :]


def test_the_window_of_events_begins_before_the_oldest_object(
    command: Command, use: Callable[[Emulator], IamClient]
) -> None:
    """Without a start, the API returns the events of the last hour."""
    now = datetime.now(timezone.utc)
    age = timedelta(days=20)
    with Emulator(clock=lambda: now - age) as emulator:
        iam = use(emulator)
        old = iam.create_group(name="old")["id"]
        saml = iam.enable_organization_saml()
        trusted = iam.add_saml_certificate(saml["id"], type="signing", content=certificate())["id"]
        age = timedelta(0)
        new = iam.create_group(name="new")["id"]
        owner = f'user "owner@example.com" OWNER, {TRAIL}'
        assert authors(command.doctor()[1]) == dict.fromkeys((old, new, trusted), owner)
        # A certificate has no date, so it is listed without regard to --since, and its event is too old.
        assert authors(command.doctor("--since", "7d")[1]) == {new: owner, trusted: NO_AUTHOR}


@pytest.mark.parametrize("status", [400, 404, 501, 503])
def test_a_trail_that_fails_does_not_end_the_report(
    command: Command,
    iam: IamClient,
    iam_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    monkeypatch.setenv("PULUMI_SCW_IAM_RETRY_TIMEOUT", "0.1")
    group = iam.create_group(name="devs")["id"]
    laptop = foreign_ssh_key(iam_emulator)
    iam_emulator.faults.add(Fault(operation="list_events", status=status))
    code, lines, (error,) = command.doctor()
    assert code == 3
    assert error.startswith("pulumi-scw-iam: read the Audit Trail: ")
    assert error.endswith("; the IAM log is used instead")
    assert "AuditTrailReadOnly" not in error
    assert authors(lines) == {
        group: f'user "owner@example.com" OWNER, {LOG}',
        laptop: NOT_READ,
    }


def test_names_that_cannot_be_read_leave_the_ids(
    command: Command,
    iam: IamClient,
    iam_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULUMI_SCW_IAM_RETRY_TIMEOUT", "0.1")
    owner = next(iam.list_users())["id"]
    group = iam.create_group(name="devs")["id"]
    iam_emulator.faults.add(Fault(operation="list_users", status=500))
    status, lines, (error,) = command.doctor()
    assert status == 3
    assert error.startswith("pulumi-scw-iam: read the names of authors: ")
    assert error.endswith("; authors are listed by id")
    assert authors(lines) == {group: f"principal {owner}, {TRAIL}"}


def test_without_findings_the_trail_is_not_read(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    del iam
    iam_emulator.faults.add(Fault(operation="list_events", status=400))
    assert command.doctor()[::2] == (0, [])
    assert [count.matched for count in iam_emulator.faults.tally()] == [0]


def test_a_list_ends_when_all_authors_are_found(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    """A group has many events, such as changes of members, after its create."""
    group = iam.create_group(name="devs")["id"]
    for number in range(101):
        iam.update_group(group, description=str(number))
    # A fault on every request counts the requests, and changes nothing.
    iam_emulator.faults.add(Fault(operation="list_events", latency=0.001))
    assert authors(command.doctor()[1]) == {group: f'user "owner@example.com" OWNER, {TRAIL}'}
    assert [count.matched for count in iam_emulator.faults.tally()] == [1]


def test_no_secret_of_an_event_is_in_the_output_or_in_the_logs(
    command: Command, iam: IamClient, iam_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "pulumi_scw_iam")
    password = "correct horse 1!"
    body = {"member": {"username": "bob", "email": "bob@example.com", "password": password}}
    user = iam.create_user(member={"username": "bob", "email": "bob@example.com"})["id"]
    iam_emulator.faults.add(
        events({**event("CreateUser", "iam_user", user, user), "request_body": body})
    )
    status, lines, errors = command.doctor()
    assert (status, errors) == (3, [])
    assert authors(lines) == {user: f'user "bob@example.com" {user}, {TRAIL}'}
    text = "\n".join([*lines, *command.doctor("--json")[1], caplog.text])
    assert password not in text
    assert iam_emulator.secret_key not in text


def foreign_ssh_key(emulator: Emulator) -> str:
    """Create an SSH key as the owner, outside this package; return the id."""
    created = create_as(
        FOREIGN,
        emulator,
        "ssh-keys",
        name="laptop",
        public_key=SSH_KEY,
        project_id=emulator.project_id,
    )
    return str(created["id"])


def event(
    method: str, resource_type: str, resource_id: str, principal: str | None
) -> dict[str, Any]:
    """Return a successful event of the Audit Trail."""
    now = datetime.now(timezone.utc).isoformat()
    return {
        "id": UUID,
        "recorded_at": now,
        "locality": "global",
        "principal": None if principal is None else {"id": principal},
        "organization_id": UUID,
        "source_ip": "192.0.2.1",
        "user_agent": FOREIGN,
        "product_name": "iam",
        "service_name": "scaleway.iam.v1alpha1.Api",
        "method_name": method,
        "resources": [{"id": resource_id, "type": resource_type, "created_at": now}],
        "request_id": UUID,
        "request_body": {},
        "status_code": 200,
    }


def events(*items: dict[str, Any]) -> Fault:
    """Return a fault that replaces the events of the Audit Trail."""
    body = {"events": list(items), "next_page_token": None}
    return Fault(operation="list_events", status=200, body=body)
