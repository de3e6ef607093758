"""Causes in messages: an expired key, a deleted user, a missing permission."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import PERMISSION_SETS, IamError
from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.emulator.schema import kinds as emulated
from pulumi_scw_iam.emulator.schema.objects import ObjectKind
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from pulumi_scw_iam.emulator import Emulator

REQUEST = r"request [0-9a-f-]{36}"
NOBODY = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
def core(iam_emulator: Emulator) -> ProviderCore:
    settings = Settings.resolve(environ=iam_emulator.environment)
    return ProviderCore(lambda: settings)


@pytest.fixture
def iam(iam_emulator: Emulator) -> IamClient:
    return IamClient(Settings.resolve(environ=iam_emulator.environment))


@pytest.mark.parametrize(
    ("kind", "name", "news", "reason"),
    [
        (
            "Group",
            "équipe",
            {},
            "\"équipe\" contains 'é'; use letters without accents, digits, spaces and ( ) . _ - only;"
            " the value is the resource's logical name, because name is not set; set name",
        ),
        (
            "Application",
            "a" * 65,
            {},
            "is 65 characters long; at most 64 are allowed; the value is the resource's logical name,"
            " because name is not set; set name",
        ),
        (
            "Group",
            "it",
            {"name": "équipe"},
            "\"équipe\" contains 'é'; use letters without accents, digits, spaces and ( ) . _ - only",
        ),
    ],
)
def test_a_logical_name_that_cannot_be_a_name_is_called_that(
    core: ProviderCore, kind: str, name: str, news: dict[str, str], reason: str
) -> None:
    _, failures = core.check(KINDS[kind], {}, news, resource_name=name)
    assert [(failure.path, failure.reason) for failure in failures] == [("name", reason)]


def test_an_expired_key_is_told_once_by_a_refresh_and_by_a_preview(
    core: ProviderCore, iam: IamClient, caplog: pytest.LogCaptureFixture
) -> None:
    kind = KINDS["APIKey"]
    robot = iam.create_application(name="robot")["id"]
    access_key, state = core.create(kind, {"application_id": robot, "description": "deploy"})
    date = (datetime.now(timezone.utc) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    expired = {**state, "expires_at": date}
    inputs = {"application_id": robot, "description": "deploy", "expires_at": date}
    with caplog.at_level(logging.WARNING, "pulumi_scw_iam"):
        assert core.diff(kind, access_key, state, {**inputs, "expires_at": None}) == {}
        assert caplog.messages == []
        for _ in range(2):
            assert core.diff(kind, access_key, expired, inputs) == {}
    line = (
        f'API key "deploy": API key {access_key} expired at {date}; set a later date'
        " to replace the key, or remove the key"
    )
    assert caplog.messages == [line]
    assert list(kind.warnings(access_key, expired)) == [line]


def test_a_key_that_was_rotated_is_explained_where_the_state_has_the_old_one(
    core: ProviderCore, iam_emulator: Emulator
) -> None:
    kind = KINDS["Group"]
    group_id, state = core.create(
        kind, {"name": "devs", "organization_id": iam_emulator.organization_id}
    )
    denied = {"type": "denied_authentication", "method": "api_key", "reason": "not_found"}
    iam_emulator.faults.add(
        Fault(operation="get_group", status=401, body=denied),
        Fault(operation="delete_group", status=401, body=denied),
    )
    cure = (
        "check the secret key; `pulumi refresh` and `pulumi destroy` use the API key of the last"
        " `pulumi up`; if the key in the configuration has changed since, run them with --run-program"
    )
    for verb in ("read", "delete"):
        with pytest.raises(IamError) as failed:
            getattr(core, verb)(kind, group_id, state)
        assert re.fullmatch(
            rf'{verb} group "devs": authentication failed: not_found \(401, {REQUEST}\);'
            rf" {re.escape(cure)}",
            str(failed.value),
        )


def test_a_member_who_was_deleted_is_told_by_the_update(
    core: ProviderCore, iam: IamClient, iam_emulator: Emulator
) -> None:
    kind = KINDS["Group"]
    inputs = {"name": "devs", "organization_id": iam_emulator.organization_id, "user_ids": []}
    group_id, state = core.create(kind, inputs)
    with pytest.raises(IamError) as failed:
        core.update(kind, group_id, state, {**inputs, "user_ids": [NOBODY]})
    assert re.fullmatch(
        rf'update group "devs": user {NOBODY} does not exist \(404, {REQUEST}\);'
        " if the user was deleted, remove its id from the program",
        str(failed.value),
    )
    (group,) = iam.list_groups()
    assert group["id"] == group_id


GUARDS = {
    value.guard.word: value.guard
    for value in vars(emulated).values()
    if isinstance(value, ObjectKind)
}


@pytest.mark.parametrize("word", PERMISSION_SETS)
def test_the_permission_set_that_a_refusal_names_opens_the_call(word: str) -> None:
    for names, action in zip(PERMISSION_SETS[word], ("read", "write"), strict=True):
        for name in names.split(" or "):
            assert name in GUARDS[word].sets(action)
            assert name in catalogue().by_name


def test_a_refusal_names_the_permission_set_of_what_was_denied(
    core: ProviderCore, iam_emulator: Emulator
) -> None:
    details = [{"action": "write", "resource": "ssh_key"}]
    body = {"type": "permissions_denied", "message": "m", "details": details}
    iam_emulator.faults.add(Fault(operation="delete_ssh_key", status=403, body=body))
    state = {"name": "laptop", "public_key": "ssh-ed25519 AAAA", "project_id": NOBODY}
    with pytest.raises(IamError) as failed:
        core.delete(KINDS["SSHKey"], NOBODY, state)
    assert re.fullmatch(
        rf'delete SSH key "laptop": the API key has no permission to write ssh_key \(403, {REQUEST}\);'
        " give its bearer the permission set SSHKeysFullAccess",
        str(failed.value),
    )
