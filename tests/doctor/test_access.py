"""The doctor with insufficient permissions or wrong credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator import Emulator
from tests.doctor.command import Command, rights, without_request
from tests.doctor.states import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pulumi_scw_iam.api.client import IamClient


def test_without_rights_it_says_that_it_could_not_look(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        use(emulator, **rights(use(emulator)))
        status, lines, (error,) = command.doctor()
        assert (status, lines) == (1, [])
        assert without_request(error) == (
            "pulumi-scw-iam: read the IAM log: the API key has no permission to list log (403, request ID); give its"
            " bearer the permission set IAMReadOnly; this part was not checked"
        )
        assert command.doctor("--json")[:2] == (1, [])


def test_ssh_keys_that_may_not_be_listed_are_told_beside_what_was_found(
    command: Command, use: Callable[..., IamClient]
) -> None:
    with Emulator(enforce=True) as emulator:
        owner = use(emulator)
        environment = rights(owner, "IAMReadOnly")
        group = owner.create_group(name="devs")
        use(emulator, **environment)
        status, lines, (error, trail) = command.doctor()
        assert status == 1
        assert lines[1] == "4 objects created by pulumi-scw-iam since THEN:"
        assert f"  delete: pulumi-scw-iam delete group {group['id']}" in lines
        assert without_request(error) == (
            "pulumi-scw-iam: list SSH keys: the API key has no permission to list ssh_key (403, request ID); give its"
            " bearer the permission set SSHKeysReadOnly; this part was not checked"
        )
        assert trail.startswith("pulumi-scw-iam: read the Audit Trail: ")


def test_a_log_that_cannot_be_read_is_not_nothing_found(
    command: Command, iam: IamClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    del iam
    monkeypatch.setenv("SCW_SECRET_KEY", UUID)
    status, lines, (error,) = command.doctor()
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: read the IAM log: ")
    assert error.endswith("; check the secret key")
    monkeypatch.delenv("SCW_SECRET_KEY")
    status, lines, (error,) = command.doctor()
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: find objects left behind: there is no secret key")
    monkeypatch.setenv("SCW_SECRET_KEY", UUID)
    monkeypatch.delenv("SCW_DEFAULT_ORGANIZATION_ID")
    status, lines, (error,) = command.doctor()
    assert (status, lines) == (1, [])
    assert error.startswith(
        "pulumi-scw-iam: find objects left behind: organization_id is missing; pass"
    )
    status, lines, (error,) = command.doctor("--organization", "mine")
    assert (status, lines) == (1, [])
    assert error.startswith("pulumi-scw-iam: find objects left behind: ")
