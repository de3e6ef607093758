"""The command `pulumi-scw-iam delete`."""

from __future__ import annotations

import os
import pty
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.emulator import Emulator
from tests.doctor.command import Command, member, rights, run_process, without_request
from tests.doctor.states import UUID
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api.client import IamClient


def test_delete_deletes_one_of_every_kind(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    before = iam_emulator.counts()
    application = iam.create_application(name="robot")
    group = iam.create_group(name="devs")
    iam.add_group_member(group["id"], application_id=application["id"])
    key = iam.create_api_key(application_id=application["id"], description="ci")
    policy = iam.create_policy(name="deploys", group_id=group["id"])
    user = iam.create_user(member=member("alice"))
    laptop = iam.create_ssh_key(
        name="laptop", public_key=SSH_KEY, project_id=iam_emulator.project_id
    )
    saml = iam.enable_organization_saml()
    trusted = iam.add_saml_certificate(saml["id"], type="signing", content=certificate())
    scim = iam.enable_organization_scim()
    token = iam.create_scim_token(scim["id"])["token"]
    membership = f"{group['id']}/application/{application['id']}"
    for kind, resource_id, title in (
        ("membership", membership, f"membership {membership}"),
        (
            "api-key",
            key["access_key"],
            f'API key {key["access_key"]} "ci", created {key["created_at"]}, of application'
            f" {application['id']}",
        ),
        (
            "policy",
            policy["id"],
            f'policy {policy["id"]} "deploys", created {policy["created_at"]}, of group {group["id"]}',
        ),
        ("group", group["id"], f'group {group["id"]} "devs", created {group["created_at"]}'),
        (
            "Application",
            application["id"],
            f'application {application["id"]} "robot", created {application["created_at"]}',
        ),
        (
            "user",
            user["id"],
            f'user {user["id"]} "alice@example.com", created {user["created_at"]}',
        ),
        (
            "SSH key",
            laptop["id"],
            f'SSH key {laptop["id"]} "laptop", created {laptop["created_at"]}',
        ),
        ("saml-certificate", trusted["id"], f"SAML certificate {trusted['id']}"),
        ("saml-configuration", saml["id"], f"SAML configuration {saml['id']}"),
        (
            "scim_token",
            f"{scim['id']}/{token['id']}",
            f"SCIM token {scim['id']}/{token['id']}, created {token['created_at']}",
        ),
        (
            "scim-configuration",
            scim["id"],
            f"SCIM configuration {scim['id']}, created {scim['created_at']}",
        ),
    ):
        assert command.run("delete", kind, resource_id, "--yes") == (0, [f"deleted {title}"], [])
    after = iam_emulator.counts()
    records = {"logs": 0, "events": 0}
    assert {**after, **records} == {**before, **records}


def test_delete_does_nothing_without_a_yes(command: Command, iam: IamClient) -> None:
    group = iam.create_group(name="devs")
    assert command.run("delete", "group", group["id"]) == (
        1,
        [],
        [
            f'pulumi-scw-iam: delete group {group["id"]} "devs", created {group["created_at"]}? stdin'
            " is not a terminal; pass --yes to confirm"
        ],
    )
    assert iam.get_group(group["id"])


@pytest.mark.parametrize("answer", ["y", "YES", "n", "", "yesterday"])
def test_delete_asks_on_a_terminal(command: Command, iam: IamClient, answer: str) -> None:
    del command
    group = iam.create_group(name="devs")
    title = f'group {group["id"]} "devs", created {group["created_at"]}'
    terminal, stdin = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        status, (line,), errors = run_process("delete", "group", group["id"], stdin=stdin)
    finally:
        os.close(terminal)
        os.close(stdin)
    question = f"delete {title}? [y/N] "
    if answer in ("y", "YES"):
        assert (status, line, errors) == (0, f"{question}deleted {title}", [])
        assert list(iam.list_groups()) == []
    else:
        assert (status, line) == (1, question)
        assert errors == [f"pulumi-scw-iam: {title}: not deleted, because the answer was not yes"]
        assert [left["id"] for left in iam.list_groups()] == [group["id"]]


def test_delete_refuses_what_the_kinds_refuse(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    owner = next(iam.list_users())["id"]
    assert command.run("delete", "api-key", iam_emulator.access_key, "--yes") == (
        1,
        [],
        [
            f"pulumi-scw-iam: delete API key {iam_emulator.access_key}: this deletes the API key that"
            " runs the program; use another API key, or set scw-iam:allowSelfLockout to true if this"
            " is intended"
        ],
    )
    assert command.run("delete", "user", owner, "--yes") == (
        1,
        [],
        [
            'pulumi-scw-iam: delete user "owner@example.com": an owner of the organization cannot be'
            " deleted; remove the resource from the state with `pulumi state delete`, or set"
            " retain_on_delete"
        ],
    )
    status, lines, (error,) = command.run("delete", "group", UUID, "--yes")
    assert (status, lines) == (1, [])
    assert without_request(error) == (
        f"pulumi-scw-iam: read group {UUID}: group {UUID} does not exist (404, request ID)"
    )
    assert command.run("delete", "role", UUID, "--yes") == (
        1,
        [],
        [
            'pulumi-scw-iam: unknown kind "role"; use one of api-key, application, group, membership,'
            " policy, saml-certificate, saml-configuration, scim-configuration, scim-token, ssh-key,"
            " user"
        ],
    )
    assert command.run("delete", "security-settings", UUID, "--yes")[0] == 1
    assert command.run("delete", "group", "..", "--yes") == (
        1,
        [],
        ['pulumi-scw-iam: read group ..: ".." is not an id'],
    )
    assert iam.get_api_key(iam_emulator.access_key)


def test_delete_keeps_a_program_from_taking_its_own_rights(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        environment = rights(owner, "IAMManager")
        (policy,) = owner.list_policies()
        use(emulator, **environment)
        status, lines, (error,) = command.run("delete", "policy", policy["id"], "--yes")
        assert (status, lines) == (1, [])
        assert error.startswith('pulumi-scw-iam: delete policy "looks": this takes the right to')
        assert owner.get_policy(policy["id"])
