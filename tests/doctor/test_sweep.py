"""The command `pulumi-scw-iam sweep`: it deletes old objects with a prefix, and nothing else."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Emulator, Fault, Snapshot
from tests.doctor.command import Command, member, run_process, without_request
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_scw_iam.api.client import IamClient

OLD = "2020-01-01T00:00:00.000000Z"
PREFIX = ("--prefix", "e2e-run-")
HEAD = '# prefix "e2e-run-", created before TIME, in organization ID'


def altered(emulator: Emulator, resource_id: str, **values: Any) -> None:
    """Change fields of an object that no call of the API changes."""
    snapshot = emulator.snapshot()
    objects = {
        name: tuple(
            {**item, **values} if resource_id in (item.get("id"), item.get("access_key")) else item
            for item in items
        )
        for name, items in snapshot.objects.items()
    }
    emulator.restore(Snapshot(objects, snapshot.ahead_seconds))


def plain(lines: list[str]) -> list[str]:
    """Replace times, ids of the organization and ages in the lines."""
    text = "\n".join(lines)
    text = re.sub(r"20\d\d-[-0-9T:]+Z", "TIME", text)
    text = re.sub(r"(organization) [-0-9a-f]{36}", r"\1 ID", text)
    return re.sub(r"\d+ days old", "AGE old", text).splitlines()


class Run:
    """The objects of an old run, with the prefix `e2e-run-`."""

    def __init__(self, iam: IamClient, emulator: Emulator) -> None:
        self.application = iam.create_application(name="e2e-run-robot")["id"]
        self.group = iam.create_group(name="e2e-run-devs")["id"]
        iam.add_group_member(self.group, application_id=self.application)
        self.policy = iam.create_policy(name="e2e-run-deploys", group_id=self.group)["id"]
        self.key = iam.create_api_key(application_id=self.application, description="e2e-run-ci")[
            "access_key"
        ]
        self.ssh_key = iam.create_ssh_key(
            name="e2e-run-laptop", public_key=SSH_KEY, project_id=emulator.project_id
        )["id"]
        for resource_id in self.ids:
            altered(emulator, resource_id, created_at=OLD)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of deletion."""
        return (self.key, self.ssh_key, self.policy, self.group, self.application)

    def titles(self) -> list[str]:
        return [
            f'API key "e2e-run-ci" {self.key}',
            f'SSH key "e2e-run-laptop" {self.ssh_key}',
            f'policy "e2e-run-deploys" {self.policy}',
            f'group "e2e-run-devs" {self.group}',
            f'application "e2e-run-robot" {self.application}',
        ]

    def lines(self, emulator: Emulator) -> list[str]:
        """Return the lines of the survey."""
        holders = [
            'of application "e2e-run-robot"',
            f"in project {emulator.project_id}",
            'of group "e2e-run-devs"',
            "1 application",
            "1 API key",
        ]
        return [
            HEAD,
            "# 5 objects to delete, in this order",
            *(
                f"{title}: AGE old, {holder}"
                for title, holder in zip(self.titles(), holders, strict=True)
            ),
        ]


@pytest.fixture
def run(iam: IamClient, iam_emulator: Emulator) -> Run:
    return Run(iam, iam_emulator)


def existing(emulator: Emulator) -> set[str]:
    """Return the ids of all objects."""
    return {
        str(item.get("id") or item.get("access_key"))
        for name, items in emulator.snapshot().objects.items()
        for item in items
        if name not in {"log", "audit_event"}
    }


def test_a_sweep_deletes_the_old_objects_with_the_prefix_and_no_others(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    iam.create_group(name="e2e-other")
    iam.create_group(name="the e2e-run-group")
    iam.create_group(name="E2E-run-group")
    iam.create_group(name="devs", description="e2e-run-")
    iam.create_user(member=member("e2e-run-alice"))
    before = existing(iam_emulator)
    run = Run(iam, iam_emulator)
    status, lines, errors = command.run("sweep", *PREFIX, "--yes")
    assert (status, errors) == (0, [])
    assert plain(lines) == [
        *run.lines(iam_emulator),
        *(f"deleted {title}" for title in run.titles()),
    ]
    assert existing(iam_emulator) - {*run.ids} == existing(iam_emulator)
    assert before <= existing(iam_emulator)
    status, lines, errors = command.run("sweep", *PREFIX, "--yes")
    assert (status, plain(lines), errors) == (0, [HEAD, "# nothing to delete"], [])


def test_without_a_yes_nothing_is_deleted(
    command: Command, run: Run, iam_emulator: Emulator
) -> None:
    before = existing(iam_emulator)
    status, lines, errors = command.run("sweep", *PREFIX)
    assert (status, plain(lines)) == (1, run.lines(iam_emulator))
    assert errors == [
        "pulumi-scw-iam: delete 5 objects? stdin is not a terminal; pass --yes to confirm"
    ]
    status, lines, errors = command.run("sweep", *PREFIX, "--dry-run")
    assert (status, plain(lines), errors) == (3, run.lines(iam_emulator), [])
    assert command.run("sweep", *PREFIX, "--json") == (
        1,
        [],
        ["pulumi-scw-iam: --json cannot ask for confirmation; pass --dry-run or --yes"],
    )
    assert existing(iam_emulator) == before


@pytest.mark.parametrize("prefix", ["", "e2e", "      e2e  "])
def test_a_short_prefix_is_refused(command: Command, iam: IamClient, prefix: str) -> None:
    del iam
    status, lines, (error,) = command.run("sweep", "--prefix", prefix, "--yes")
    assert (status, lines) == (1, [])
    assert error == (
        f'pulumi-scw-iam: the prefix "{prefix}" has less than 6 characters, so it may match other objects;'
        " pass a longer prefix"
    )


def test_ages_are_by_the_clock_of_the_api(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    group = f'group "e2e-run-devs" {iam.create_group(name="e2e-run-devs")["id"]}'
    iam_emulator.advance(timedelta(days=3, hours=1))
    status, lines, _ = command.run("sweep", *PREFIX, "--older-than", "4d", "--dry-run")
    assert (status, lines[1]) == (0, "# nothing to delete")
    status, lines, _ = command.run("sweep", *PREFIX, "--older-than", "3d", "--dry-run")
    assert (status, lines[2]) == (3, f"{group}: 3 days old, no members")


def test_new_undated_and_managed_objects_are_left_and_named(
    command: Command, iam: IamClient, iam_emulator: Emulator
) -> None:
    new, managed, undated, fixed = (
        iam.create_group(name=f"e2e-run-{name}")["id"]
        for name in ("a-new", "b-managed", "c-undated", "d-fixed")
    )
    altered(iam_emulator, managed, managed=True, created_at=OLD)
    altered(iam_emulator, undated, created_at="")
    altered(iam_emulator, fixed, editable=False, created_at=OLD)
    status, lines, errors = command.run("sweep", *PREFIX, "--yes")
    assert (status, errors) == (0, [])
    assert plain([lines[0], lines[1], *sorted(lines[2:])]) == [
        HEAD,
        "# nothing to delete",
        "# left",
        f'group "e2e-run-a-new" {new}: it was created after TIME',
        f'group "e2e-run-b-managed" {managed}: a Scaleway product manages it',
        f'group "e2e-run-c-undated" {undated}: it has no creation date',
        f'group "e2e-run-d-fixed" {fixed}: Scaleway protects it',
    ]
    assert {new, managed, undated, fixed} <= existing(iam_emulator)


def test_the_own_key_its_bearer_and_its_rights_are_never_swept(
    command: Command,
    iam: IamClient,
    iam_emulator: Emulator,
    use: Callable[..., IamClient],
) -> None:
    robot = iam.create_application(name="e2e-run-robot")["id"]
    key = iam.create_api_key(application_id=robot, description="e2e-run-own")
    other = iam.create_api_key(application_id=robot, description="any")["access_key"]
    group = iam.create_group(name="e2e-run-group")["id"]
    iam.add_group_member(group, application_id=robot)
    direct = iam.create_policy(name="e2e-run-direct", application_id=robot)["id"]
    by_group = iam.create_policy(name="e2e-run-by-group", group_id=group)["id"]
    own = {robot, key["access_key"], other, group, direct, by_group}
    for resource_id in own:
        altered(iam_emulator, resource_id, created_at=OLD)
    use(iam_emulator, SCW_ACCESS_KEY=key["access_key"], SCW_SECRET_KEY=str(key["secret_key"]))
    status, lines, errors = command.run("sweep", *PREFIX, "--yes")
    assert (status, errors) == (0, [])
    rights = "it gives rights to the API key that runs this command"
    assert sorted(lines[1:]) == sorted(
        [
            "# nothing to delete",
            "# left",
            f'API key "e2e-run-own" {key["access_key"]}: it runs this command',
            f'policy "e2e-run-direct" {direct}: {rights}',
            f'policy "e2e-run-by-group" {by_group}: {rights}',
            f'group "e2e-run-group" {group}: the bearer of the API key that runs this command is a member',
            f'application "e2e-run-robot" {robot}: it is the bearer of the API key that runs this command',
        ]
    )
    assert own <= existing(iam_emulator)


def test_without_an_access_key_nothing_is_swept(
    command: Command, run: Run, iam_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCW_ACCESS_KEY")
    assert command.run("sweep", *PREFIX, "--yes") == (
        1,
        [],
        [
            "pulumi-scw-iam: cannot tell which API key runs this command: the configuration has a secret"
            " key, but no access key; set both keys in one place, so that the command leaves its own key"
        ],
    )
    assert {*run.ids} <= existing(iam_emulator)


def test_all_keys_of_a_swept_application_are_shown_and_deleted_before_it(
    command: Command, iam: IamClient, iam_emulator: Emulator, run: Run
) -> None:
    key = iam.create_api_key(application_id=run.application, description="laptop")["access_key"]
    altered(iam_emulator, key, created_at=OLD)
    status, lines, errors = command.run("sweep", *PREFIX, "--yes", "--json")
    assert (status, errors) == (0, [])
    swept = json.loads("\n".join(lines))
    assert sorted(swept) == ["created_before", "delete", "left", "organization_id", "prefix"]
    assert [(one["kind"], one["id"], one["deleted"]) for one in swept["delete"]] == [
        ("api-key", run.key, True),
        ("api-key", key, True),
        ("ssh-key", run.ssh_key, True),
        ("policy", run.policy, True),
        ("group", run.group, True),
        ("application", run.application, True),
    ]
    assert swept["delete"][1] == {
        "kind": "api-key",
        "id": key,
        "name": "laptop",
        "created_at": OLD,
        "held_by": 'of application "e2e-run-robot"',
        "deleted": True,
        "reason": None,
    }
    assert swept["left"] == []


def test_an_application_with_a_new_key_is_left_with_its_other_keys(
    command: Command, iam: IamClient, iam_emulator: Emulator, run: Run
) -> None:
    new = iam.create_api_key(application_id=run.application)["access_key"]
    laptop = iam.create_api_key(application_id=run.application, description="laptop")["access_key"]
    altered(iam_emulator, laptop, created_at=OLD)
    status, lines, errors = command.run("sweep", *PREFIX, "--dry-run")
    assert (status, errors) == (3, [])
    assert sorted(plain(lines[lines.index("# left") + 1 :])) == [
        f'API key "laptop" {laptop}: its application is left',
        f"API key {new}: it was created after TIME",
        f'application "e2e-run-robot" {run.application}: its API key {new} is left',
    ]
    assert run.key in "".join(lines[: lines.index("# left")])


def test_a_failed_deletion_is_one_line_and_the_others_go_on(
    command: Command, run: Run, iam_emulator: Emulator
) -> None:
    faults = [
        Fault(operation="delete_api_key", status=412),
        Fault(operation="delete_policy", status=412),
    ]
    for fault in faults:
        iam_emulator.faults.add(fault)
    status, lines, errors = command.run("sweep", *PREFIX, "--yes")
    key, ssh_key, policy, group, application = run.titles()
    assert status == 1
    assert plain(lines)[7:] == [f"deleted {ssh_key}", f"deleted {group}"]
    failed_key, failed_policy, left = map(without_request, errors)
    assert failed_key.startswith(f'pulumi-scw-iam: {key} is left: delete API key "e2e-run-ci": ')
    assert failed_policy.startswith(
        f'pulumi-scw-iam: {policy} is left: delete policy "e2e-run-deploys": '
    )
    assert left == f"pulumi-scw-iam: {application} is left: its API key {run.key} is left"
    assert {run.key, run.policy, run.application} <= existing(iam_emulator)


def test_a_policy_that_loses_its_principal_is_announced(
    command: Command, run: Run, iam: IamClient
) -> None:
    iam.create_policy(name="staff", group_id=run.group)
    _, lines, _ = command.run("sweep", *PREFIX, "--dry-run")
    assert any(line.endswith('1 application, policy "staff" stays without it') for line in lines)


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_sweep_asks_on_a_terminal(run: Run, iam_emulator: Emulator, answer: str) -> None:
    terminal, stdin = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        status, lines, errors = run_process("sweep", *PREFIX, stdin=stdin)
    finally:
        os.close(terminal)
        os.close(stdin)
    if answer == "y":
        first, *others = run.titles()
        assert (status, errors) == (0, [])
        assert lines[7:] == [
            f"delete 5 objects? [y/N] deleted {first}",
            *(f"deleted {title}" for title in others),
        ]
        assert not {*run.ids} & existing(iam_emulator)
    else:
        assert (status, lines[7:]) == (1, ["delete 5 objects? [y/N] "])
        assert errors == ["pulumi-scw-iam: 5 objects not deleted, because the answer was not yes"]
        assert {*run.ids} <= existing(iam_emulator)


def test_what_changes_before_the_answer_is_left(
    run: Run, iam: IamClient, iam_emulator: Emulator
) -> None:
    terminal, stdin = pty.openpty()
    arguments = [sys.executable, "-u", "-m", "pulumi_scw_iam.commands", "sweep", *PREFIX]
    with subprocess.Popen(
        arguments, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert select.select([process.stdout], [], [], 60)[0]
        while not process.stdout.readline().startswith("application "):
            pass
        iam.update_group(run.group, name="staff")
        iam.delete_ssh_key(run.ssh_key)
        new = iam.create_api_key(application_id=run.application)["access_key"]
        os.write(terminal, b"y\n")
        lines, errors = process.stdout.read(), process.stderr.read()
    os.close(terminal)
    os.close(stdin)
    key, ssh_key, policy, group, application = run.titles()
    assert lines.splitlines() == [
        f"delete 5 objects? [y/N] deleted {key}",
        f"deleted {ssh_key}",
        f"deleted {policy}",
    ]
    assert errors.splitlines() == [
        f'pulumi-scw-iam: {group} is left: it has another name now, "staff"',
        f"pulumi-scw-iam: {application} is left: its API key {new} is new",
    ]
    assert process.returncode == 1
    assert {run.group, run.application, new} <= existing(iam_emulator)


def test_a_list_that_cannot_be_read_stops_the_sweep(
    command: Command, run: Run, iam_emulator: Emulator
) -> None:
    iam_emulator.faults.add(Fault(operation="list_policies", status=403))
    status, lines, (error,) = command.run("sweep", *PREFIX, "--yes")
    assert (status, lines) == (1, [])
    assert without_request(error).startswith(
        "pulumi-scw-iam: list policies: insufficient permissions"
    )
    assert error.endswith(
        "give its bearer the permission set IAMReadOnly; nothing is deleted without this list"
    )
    assert {*run.ids} <= existing(iam_emulator)


def test_the_documented_permission_sets_are_enough(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        run = Run(owner, emulator)
        sweeper = owner.create_application(name="sweeper")["id"]
        owner.create_policy(
            name="sweeper",
            application_id=sweeper,
            rules=[
                {"permission_set_names": [name], "organization_id": emulator.organization_id}
                for name in ("IAMManager", "SSHKeysFullAccess")
            ],
        )
        key = owner.create_api_key(application_id=sweeper)
        use(emulator, SCW_ACCESS_KEY=key["access_key"], SCW_SECRET_KEY=str(key["secret_key"]))
        status, lines, errors = command.run("sweep", *PREFIX, "--yes")
        assert (status, errors) == (0, [])
        assert lines[7:] == [f"deleted {title}" for title in run.titles()]
