"""Create, read, update and delete of all kinds over HTTP: effects, API calls and refusals."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.common.errors import ConfigError, IamError, InvalidArguments, NotFound, Refused
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, decode, encode
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate
from tests.support.samples import sample
from tests.support.scripted_api import (
    ORGANIZATION,
    SECRET_KEY,
    Answer,
    Api,
    Received,
    fitting,
    serving,
)
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kinds.world import World

NOBODY = "99999999-9999-4999-8999-999999999999"


def test_a_group_takes_one_call_and_one_more_for_its_members(world: World) -> None:
    alice, _ = world.create("User", email="a@example.com", username="alice")
    robot, _ = world.create("Application")
    world.calls()

    resource_id, empty = world.create("Group", name="empty", user_ids=[])
    assert world.calls() == ["POST groups 200"]
    assert empty["user_ids"] == []
    resource_id, state = world.create("Group", user_ids=[alice])
    assert world.calls() == ["POST groups 200", "PUT groups/ID/members 200"]
    assert state == {
        "name": "it",
        "description": "",
        "tags": [],
        "user_ids": [alice],
        "organization_id": world.organization,
        "created_at": world.iam.get_group(resource_id)["created_at"],
        "editable": True,
        "deletable": True,
        "managed": False,
        "all_users": False,
        "all_applications": False,
    }
    world.calls()
    assert world.core.read(KINDS["Group"], resource_id, state) == state
    assert world.calls() == ["GET groups/ID 200"]

    state = world.update("Group", resource_id, state, user_ids=[alice], description="d")
    assert world.calls() == ["PATCH groups/ID 200"]
    world.iam.add_group_member(resource_id, application_id=robot)
    world.calls()
    state = world.update("Group", resource_id, state, user_ids=[], description="d")
    # With one changed list, only the difference is sent.
    assert world.calls() == [
        "GET api-keys/ID 200",  # lockout check, once per run
        "GET groups/ID 200",
        "POST groups/ID/remove-member 200",
    ]
    assert world.iam.get_group(resource_id)["application_ids"] == [robot]
    world.calls()
    state = world.update("Group", resource_id, state, user_ids=[alice], tags=["t"], description="d")
    # The response to the change of tags includes the members, so no read is needed.
    assert world.calls() == ["PATCH groups/ID 200", "POST groups/ID/add-members 200"]
    state = world.update("Group", resource_id, state, user_ids=[alice], application_ids=[])
    assert world.calls() == ["PATCH groups/ID 200", "POST groups/ID/remove-member 200"]
    state = world.update("Group", resource_id, state, user_ids=[], application_ids=[robot])
    assert world.calls() == ["PUT groups/ID/members 200"]
    state = world.update("Group", resource_id, state)
    assert world.calls() == []
    assert "user_ids" not in state
    world.core.delete(KINDS["Group"], resource_id, state)
    # The users of the group are not in the state, so the lockout check lists the groups.
    assert world.calls() == ["GET groups 200", "DELETE groups/ID 204"]


def test_a_policy_sends_its_rules_only_when_they_mean_something_else(world: World) -> None:
    group, _ = world.create("Group")
    rules = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": world.organization},
        {"permission_set_names": ["AllProductsReadOnly"], "project_ids": [world.project]},
    ]
    world.calls()
    resource_id, state = world.create("Policy", group_id=group, rules=rules)
    assert world.calls() == ["POST policies 200"]
    assert world.core.read(KINDS["Policy"], resource_id, state) == state
    assert world.calls() == ["GET policies/ID 200", "GET rules 200"]

    state = world.update(
        "Policy", resource_id, state, group_id=group, rules=rules[::-1], tags=["t"]
    )
    assert world.calls() == ["PATCH policies/ID 200"]
    state = world.update("Policy", resource_id, state, no_principal=True, rules=rules, tags=["t"])
    assert world.calls() == ["PATCH policies/ID 200"]
    assert world.iam.get_policy(resource_id)["no_principal"] is True
    assert "group_id" not in state
    world.calls()
    state = world.update(
        "Policy", resource_id, state, no_principal=True, rules=rules[:1], tags=["t"]
    )
    assert world.calls() == ["PUT rules 200"]
    assert world.core.read(KINDS["Policy"], resource_id, state) == state


def test_an_api_key_keeps_its_secret_through_reads_and_updates(world: World) -> None:
    robot, _ = world.create("Application")
    world.calls()
    resource_id, state = world.create("APIKey", application_id=robot)
    assert world.calls() == ["POST api-keys 200"]
    secret = state["secret_key"]
    assert re.fullmatch(r"[0-9a-f-]{36}", secret)
    assert (resource_id, state["default_project_id"]) == (state["access_key"], world.project)
    assert world.core.read(KINDS["APIKey"], resource_id, state) == state
    state = world.update(
        "APIKey",
        resource_id,
        state,
        application_id=robot,
        description="d",
        expires_at="2040-01-01T00:00:00Z",
    )
    assert (state["secret_key"], state["description"]) == (secret, "d")
    assert world.calls() == ["GET api-keys/ID 200", "PATCH api-keys/ID 200"]
    looked_up = world.core.read(KINDS["APIKey"], resource_id, None, looks_up=False)
    assert looked_up == {name: value for name, value in state.items() if name != "secret_key"}


def test_an_ssh_key_is_disabled_by_a_second_call(world: World) -> None:
    resource_id, state = world.create("SSHKey", public_key=f"{SSH_KEY} alice@laptop", disabled=True)
    assert world.calls() == ["POST ssh-keys 200", "PATCH ssh-keys/ID 200"]
    assert (state["public_key"], state["disabled"]) == (SSH_KEY, True)
    assert world.core.read(KINDS["SSHKey"], resource_id, state) == state


def test_a_user_takes_one_call_per_thing_that_changes(world: World) -> None:
    member = {"email": "a@example.com", "username": "alice"}
    resource_id, state = world.create("User", **member, password="Correct-horse-1")
    assert world.calls() == ["POST users 200"]
    assert (state["type"], state["password"], state["locale"]) == (
        "member",
        "Correct-horse-1",
        "en_US",
    )
    assert world.core.read(KINDS["User"], resource_id, state) == state
    world.calls()
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({"first_name": "A", "tags": ["t"]}, ["PATCH users/ID 200"]),
        ({"username": "alicia"}, ["POST users/ID/update-username 200"]),
        ({"password": "Battery-staple-2"}, ["POST users/ID/update-password 200"]),
        # The lockout check reads the caller's API key, once per run.
        ({"locked": True}, ["GET api-keys/ID 200", "POST users/ID/lock 200"]),
        ({"locked": False}, ["POST users/ID/unlock 200"]),
    ]
    inputs: dict[str, Any] = {**member, "password": "Correct-horse-1"}
    for change, calls in changes:
        inputs |= change
        state = world.update("User", resource_id, state, **inputs)
        assert world.calls() == calls
    assert world.core.read(KINDS["User"], resource_id, state) == state

    _, locked = world.create("User", email="b@example.com", username="bob", locked=True)
    assert world.calls()[-2:] == ["POST users 200", "POST users/ID/lock 200"]
    assert locked["locked"] is True


def test_a_guest_that_scaleway_has_made_a_member_stays_one_when_it_is_updated(
    world: World,
) -> None:
    """With the type `guest` in the state, a new e-mail would replace and delete the user."""
    member = {"email": "a@example.com", "username": "alice"}
    kind = KINDS["User"]
    resource_id, created = world.create("User", **member)
    given = {"email": "a@example.com", "type": "guest", "tags": ["t"]}
    news, failures = world.core.check(kind, created, given)
    assert failures == []
    state = world.core.update(kind, resource_id, created, news)
    assert (state["type"], state["tags"]) == ("member", ["t"])
    assert kind.preview(created, news) == state == world.core.read(kind, resource_id, state)
    assert kind.diff(state, {**news, "email": "b@example.com"}) == {"email": Change.UPDATE}


def test_a_log_that_cannot_be_written_is_said_in_one_line(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "nowhere" / "calls.log"
    monkeypatch.setenv("PULUMI_SCW_IAM_LOG", str(log))
    with pytest.raises(ConfigError) as refused:
        world.create("Application", name="robot")
    assert str(refused.value) == (
        'create application "robot": PULUMI_SCW_IAM_LOG in the environment:'
        f" {log} cannot be written: No such file or directory"
    )


def test_messages_about_a_key_with_a_long_description_stay_one_line(world: World) -> None:
    with pytest.raises(NotFound) as refused:
        world.create("APIKey", user_id=NOBODY, description="first line\nsecond line " + "x" * 100)
    assert str(refused.value).startswith(
        'create API key "first line\\nsecond line xxxxxxxxxxxxxx...": '
    )


def test_a_membership_is_one_call_in_and_one_out(world: World) -> None:
    group, _ = world.create("Group")
    robot, _ = world.create("Application")
    world.calls()
    resource_id, state = world.create("GroupMembership", group_id=group, application_id=robot)
    assert resource_id == f"{group}/application/{robot}"
    assert world.core.read(KINDS["GroupMembership"], resource_id, None, looks_up=False) == state
    world.begin()
    world.core.delete(KINDS["GroupMembership"], resource_id, state)
    assert world.calls() == [
        "POST groups/ID/add-member 200",
        "GET groups/ID 200",
        "GET api-keys/ID 200",  # lockout check, once per run
        "POST groups/ID/remove-member 200",
    ]
    assert world.core.read(KINDS["GroupMembership"], resource_id, state) is None
    with pytest.raises(NotFound) as gone:
        world.core.read(KINDS["GroupMembership"], resource_id, None)
    assert str(gone.value) == (
        f"read membership {resource_id}: application {robot} is not in group {group} (404)"
    )
    world.core.delete(KINDS["GroupMembership"], resource_id, state)


def test_security_settings_are_adopted_changed_and_left_as_they_are(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pulumi_scw_iam.common.user_log")
    kind = KINDS["OrganizationSecuritySettings"]
    world.iam.update_organization_security_settings(login_attempts_before_locked=7)
    world.calls()
    resource_id, state = world.create(
        "OrganizationSecuritySettings",
        enforce_password_renewal=True,
        grace_period_duration="86400.000000000s",
    )
    path = "organizations/ID/security-settings"
    assert world.calls() == [f"PATCH {path} 200"]
    assert resource_id == world.organization
    assert state == {
        "organization_id": world.organization,
        "enforce_password_renewal": True,
        "grace_period_duration": "86400s",
        "login_attempts_before_locked": 7,
        "max_login_session_duration": "2592000s",
        "max_api_key_expiration_duration": "0s",
    }
    assert (
        world.core.read(kind, resource_id, state)
        == world.core.read(kind, resource_id, None, looks_up=False)
        == state
    )
    assert world.calls() == [f"GET {path} 200"] * 2

    # An input removed from the program is neither a difference nor sent.
    state = world.update(
        "OrganizationSecuritySettings", resource_id, state, login_attempts_before_locked=3
    )
    assert world.calls() == [f"PATCH {path} 200"]
    assert (state["login_attempts_before_locked"], state["grace_period_duration"]) == (3, "86400s")

    assert caplog.messages == []
    world.core.delete(kind, resource_id, state)
    assert world.calls() == []
    assert caplog.messages == [
        f"the security settings of organization {resource_id} keep their values, because they cannot be"
        " deleted; Pulumi no longer manages them"
    ]
    assert world.core.read(kind, resource_id, state) == state


def test_saml_takes_a_call_to_look_one_to_enable_and_one_for_what_is_said(world: World) -> None:
    resource_id, state = world.create("SAML")
    path = "organizations/ID/saml"
    assert world.calls() == [f"GET {path} 404", f"POST {path} 200"]
    assert state == {
        "entity_id": "",
        "single_sign_on_url": "",
        "organization_id": world.organization,
        "service_provider": {
            "entity_id": f"https://iam.scaleway.com/saml/{resource_id}",
            "assertion_consumer_service_url": f"https://api.scaleway.com/iam/v1/saml/{resource_id}/login",
        },
    }
    assert world.core.read(KINDS["SAML"], resource_id, state) == state
    assert world.core.read(KINDS["SAML"], resource_id, None, looks_up=False) == state
    assert world.calls() == [f"GET {path} 200"] * 2
    state = world.update("SAML", resource_id, state, entity_id="https://idp.example.com")
    assert world.calls() == ["PATCH saml/ID 200"]
    # An unset input is not sent, and "" clears the field.
    inputs = {"entity_id": "", "single_sign_on_url": "https://idp.example.com/sso"}
    state = world.update("SAML", resource_id, state, **inputs)
    assert {name: state[name] for name in inputs} == inputs
    world.core.delete(KINDS["SAML"], resource_id, state)
    world.calls()

    _, state = world.create("SAML", **inputs)
    assert world.calls() == [f"GET {path} 404", f"POST {path} 200", "PATCH saml/ID 200"]
    assert {name: state[name] for name in inputs} == inputs


def test_saml_whose_identity_provider_is_refused_is_disabled_again() -> None:
    api = Api()
    refusal = {"type": "invalid_arguments", "message": "no", "details": []}
    provider = {"entity_id": "e", "assertion_consumer_service_url": "https://a.example"}
    saml = {
        "id": NOBODY,
        "status": "missing_entity_id",
        "service_provider": provider,
        "entity_id": "",
        "single_sign_on_url": "",
    }
    gone = {"type": "not_found", "resource": "organization_saml", "resource_id": NOBODY}
    with serving(api):
        api.say(Answer(gone, 404), Answer(saml), Answer(refusal, 400), Answer(status=204))
        settings = Settings(api_url=api.url, secret_key=SECRET_KEY, organization_id=ORGANIZATION)
        inputs = {"organization_id": ORGANIZATION, "entity_id": "x"}
        with pytest.raises(InvalidArguments) as refused:
            ProviderCore(lambda: settings).create(KINDS["SAML"], inputs)
    assert str(refused.value) == (
        "create SAML configuration: no (400); the new SAML configuration was deleted again"
    )
    assert api.calls == [
        f"GET organizations/{ORGANIZATION}/saml",
        f"POST organizations/{ORGANIZATION}/saml",
        f"PATCH saml/{NOBODY}",
        f"DELETE saml/{NOBODY}",
    ]


@pytest.mark.parametrize("kind", ["SAML", "SCIM"])
def test_what_is_enabled_already_is_not_taken_over(world: World, kind: str) -> None:
    resource_id, state = world.create(kind)
    world.calls()
    with pytest.raises(Refused) as refused:
        world.create(kind)
    assert str(refused.value) == (
        f"create {kind} configuration: {kind} is already enabled in organization"
        f" {world.organization}; if this stack manages it under an old name, add that name as an alias;"
        f" otherwise import it by id {resource_id}, read it with {kind}.get, or disable it first"
    )
    assert world.calls() == [f"GET organizations/ID/{kind.lower()} 200"]
    assert world.core.read(KINDS[kind], resource_id, None, looks_up=False) == state


@pytest.mark.parametrize("kind", ["SAML", "SCIM"])
def test_a_configuration_that_was_disabled_and_enabled_again_is_another_one(
    world: World, kind: str
) -> None:
    resource_id, state = world.create(kind)
    world.core.delete(KINDS[kind], resource_id, state)
    other, _ = world.create(kind)
    assert world.core.read(KINDS[kind], resource_id, state) is None
    with pytest.raises(NotFound) as gone:
        world.core.read(KINDS[kind], resource_id, None)
    assert str(gone.value) == (
        f"read {kind} configuration {resource_id}: organization {world.organization} has"
        f" another {kind} configuration, {other} (404)"
    )


def test_a_saml_certificate_is_added_read_and_deleted_by_few_calls(world: World) -> None:
    saml, _ = world.create("SAML")
    content = certificate()
    world.calls()
    resource_id, state = world.create(
        "SAMLCertificate", saml_id=saml, type="signing", content=content.strip()
    )
    # A certificate has no creation time. The list before the create is needed in case the response is
    # lost.
    assert world.calls() == ["GET saml/ID/certificates 200", "POST saml/ID/certificates 200"]
    assert state == {
        "saml_id": saml,
        "type": "signing",
        "content": content,
        "origin": "identity_provider",
        "expires_at": "2021-01-01T00:00:00Z",
        "organization_id": world.organization,
    }
    assert world.core.read(KINDS["SAMLCertificate"], resource_id, state) == state
    assert world.calls() == ["GET saml-certificates/ID 200"]
    # The response does not name the configuration, so a lookup reads the organization's configuration.
    assert world.core.read(KINDS["SAMLCertificate"], resource_id, None, looks_up=False) == state
    assert world.calls() == ["GET saml-certificates/ID 200", "GET organizations/ID/saml 200"]
    world.core.delete(KINDS["SAMLCertificate"], resource_id, state)
    assert world.calls() == ["DELETE saml-certificates/ID 204"]


def test_a_scim_token_keeps_its_secret_through_reads(world: World) -> None:
    scim, state = world.create("SCIM")
    assert world.calls() == ["GET organizations/ID/scim 404", "POST organizations/ID/scim 200"]
    assert set(state) == {"organization_id", "created_at"}
    resource_id, state = world.create("SCIMToken", scim_id=scim)
    assert world.calls() == ["POST scim/ID/tokens 200"]
    (token,) = world.iam.list_scim_tokens(scim)
    world.calls()
    assert resource_id == f"{scim}/{token['id']}"
    secret = state["bearer_token"]
    assert state == {
        "scim_id": scim,
        "bearer_token": secret,
        "created_at": token["created_at"],
        "expires_at": token["expires_at"],
        "organization_id": world.organization,
    }
    assert re.fullmatch(r"\S{100,}", secret)
    assert world.core.read(KINDS["SCIMToken"], resource_id, state) == state
    assert world.calls() == ["GET scim/ID/tokens 200"]
    looked_up = world.core.read(KINDS["SCIMToken"], resource_id, None, looks_up=False)
    assert looked_up == {name: value for name, value in state.items() if name != "bearer_token"}
    world.calls()
    world.core.delete(KINDS["SCIMToken"], resource_id, state)
    assert world.calls() == ["DELETE scim-tokens/ID 204"]


@pytest.mark.parametrize("resource_id", ["", "a", "a/", "/a", "a/b/c"])
def test_what_cannot_be_the_id_of_a_scim_token_is_refused_before_any_call(
    world: World, resource_id: str
) -> None:
    with pytest.raises(Refused) as refused:
        world.core.read(KINDS["SCIMToken"], resource_id, None)
    assert str(refused.value).endswith(
        f'"{resource_id}" is not the id of a SCIM token; write SCIM_ID/TOKEN_ID'
    )
    assert world.calls() == []


def test_what_belongs_to_a_configuration_goes_with_it(world: World) -> None:
    saml, saml_state = world.create("SAML")
    scim, scim_state = world.create("SCIM")
    inputs = {"saml_id": saml, "type": "encryption", "content": certificate()}
    held = {
        "SAMLCertificate": world.create("SAMLCertificate", **inputs),
        "SCIMToken": world.create("SCIMToken", scim_id=scim),
    }
    world.core.delete(KINDS["SAML"], saml, saml_state)
    world.core.delete(KINDS["SCIM"], scim, scim_state)
    for kind, (resource_id, state) in {
        "SAML": (saml, saml_state),
        "SCIM": (scim, scim_state),
        **held,
    }.items():
        assert world.core.read(KINDS[kind], resource_id, state) is None
        world.core.delete(KINDS[kind], resource_id, state)
        with pytest.raises(NotFound):
            world.core.read(KINDS[kind], resource_id, None)


def test_what_an_organization_has_of_a_feature_is_listed_with_its_ids(world: World) -> None:
    kinds = ["SAML", "SAMLCertificate", "SCIM", "SCIMToken"]
    assert [list(KINDS[kind].listed(world.iam)) for kind in kinds] == [[], [], [], []]
    saml, scim = world.create("SAML")[0], world.create("SCIM")[0]
    inputs = {"saml_id": saml, "type": "signing", "content": certificate()}
    ids = [
        world.organization,
        saml,
        world.create("SAMLCertificate", **inputs)[0],
        scim,
        world.create("SCIMToken", scim_id=scim)[0],
    ]
    for kind, resource_id in zip(["OrganizationSecuritySettings", *kinds], ids, strict=True):
        ((found, item),) = KINDS[kind].listed(world.iam)
        assert found == resource_id
        # The whole state, except for the secret.
        read = world.core.read(KINDS[kind], resource_id, None, looks_up=False)
        of = {"organization_id": world.organization}
        assert {**of, **encode(decode(KINDS[kind].state, item))} == read


def test_a_membership_that_is_made_anew_outlives_the_old_one(world: World) -> None:
    """The engine creates before it deletes, for replacements and renames."""
    group, _ = world.create("Group")
    robot, _ = world.create("Application")
    old, state = world.create("GroupMembership", group_id=group, application_id=robot)
    world.begin()
    new, _ = world.create("GroupMembership", group_id=group, application_id=robot)
    world.core.delete(KINDS["GroupMembership"], old, state)
    assert old == new
    assert world.iam.get_group(group)["application_ids"] == [robot]
    world.begin()
    world.core.delete(KINDS["GroupMembership"], new, state)
    assert world.iam.get_group(group)["application_ids"] == []


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Group", {}),
        ("Application", {}),
        ("Policy", {"no_principal": True}),
        ("SSHKey", {"public_key": SSH_KEY}),
        ("User", {"email": "a@example.com", "username": "alice"}),
    ],
)
def test_what_is_gone_reads_as_gone_deletes_as_done_and_cannot_be_updated(
    world: World, kind: str, inputs: dict[str, Any]
) -> None:
    resource_id, state = world.create(kind, **inputs)
    world.core.delete(KINDS[kind], resource_id, state)
    assert world.core.read(KINDS[kind], resource_id, state) is None
    world.core.delete(KINDS[kind], resource_id, state)
    changed = {"tags": ["t"]} if kind != "SSHKey" else {"disabled": True}
    with pytest.raises(NotFound) as gone:
        world.update(kind, resource_id, state, **inputs, **changed)
    noun = KINDS[kind].noun
    assert re.fullmatch(
        rf"update {noun} \".*\": {noun.replace('SSH', 'ssh')} {resource_id} does not exist"
        r" \(404, request [0-9a-f-]{36}\); if the object was deleted outside Pulumi, run"
        r" `pulumi refresh`",
        str(gone.value),
    )


def test_an_owner_is_not_deleted_and_no_call_is_made(world: World) -> None:
    (owner,) = world.iam.list_users()
    state = world.core.read(KINDS["User"], owner["id"], None, looks_up=False)
    assert state is not None
    world.calls()
    with pytest.raises(Refused, match=r"^delete user \".*\": an owner of the organization cannot"):
        world.core.delete(KINDS["User"], owner["id"], state)
    assert world.calls() == []


@pytest.mark.parametrize("kind", ["Group", "Application", "Policy"])
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"managed": True},
            "this {noun} is managed by a Scaleway product, so Pulumi cannot {verb} it",
        ),
        ({"{flag}": False}, "Scaleway does not allow to {verb} this {noun} ({flag} is false)"),
    ],
)
def test_what_scaleway_keeps_for_itself_is_refused_before_any_call(
    world: World, kind: str, facts: dict[str, bool], reason: str
) -> None:
    inputs = {"no_principal": True} if kind == "Policy" else {}
    resource_id, state = world.create(kind, **inputs)
    world.calls()
    for verb, flag in (("change", "editable"), ("delete", "deletable")):
        locked = {**state, **{name.format(flag=flag): value for name, value in facts.items()}}
        with pytest.raises(Refused) as refused:  # noqa: PT012 - either call may raise
            if verb == "delete":
                world.core.delete(KINDS[kind], resource_id, locked)
            else:
                world.update(kind, resource_id, locked, **inputs, tags=["t"])
        assert refused.value.reason == reason.format(verb=verb, flag=flag, noun=KINDS[kind].noun)
    assert world.calls() == []


def test_the_built_in_groups_are_refused_before_any_call(world: World) -> None:
    resource_id, state = world.create("Group")
    world.calls()
    with pytest.raises(Refused) as refused:
        world.core.delete(KINDS["Group"], resource_id, {**state, "all_users": True})
    assert str(refused.value) == (
        'delete group "it": the built-in group of all users is managed by Scaleway; remove the resource from'
        " the program, and from the state with `pulumi state delete`"
    )
    assert world.calls() == []


def test_a_create_whose_second_call_fails_leaves_nothing(world: World) -> None:
    with pytest.raises(IamError) as failed:
        world.create("Group", user_ids=[NOBODY])
    assert re.fullmatch(
        rf'create group "it": user {NOBODY} does not exist \(404, request [0-9a-f-]{{36}}\);'
        " the new group was deleted again; if the user was deleted, remove its id from the program",
        str(failed.value),
    )
    assert world.calls() == [
        "POST groups 200",
        "PUT groups/ID/members 404",
        "DELETE groups/ID 204",
    ]


def user_of(api_type: object) -> dict[str, Any]:
    """Return an invited person in the API; without a type for `...`."""
    user: dict[str, Any] = {
        **sample(types.User),
        "id": NOBODY,
        "email": "a@example.com",
        "username": "a@example.com",
        "organization_id": ORGANIZATION,
        "type": api_type,
    }
    if api_type is ...:
        del user["type"]
    return user


def showing(user: dict[str, Any]) -> Callable[[Received], Answer]:
    """Return the user to each create and get, and in each list of users."""

    def answer(received: Received) -> Answer:
        if received.method == "GET" and received.path.endswith("/users"):
            return Answer({"users": [user], "total_count": 1})
        return Answer(user) if "/users" in received.path else fitting(received)

    return answer


@pytest.fixture
def scripted() -> Iterator[tuple[Api, ProviderCore]]:
    api = Api()
    with serving(api):
        settings = Settings(
            secret_key=SECRET_KEY, api_url=api.url, organization_id=ORGANIZATION, retry_timeout=1
        )
        yield api, ProviderCore(lambda: settings)


@pytest.mark.parametrize("api_type", ["member", "guest", "unknown_type", "visitor", None, ...])
def test_any_type_of_an_invited_person_is_an_output_and_no_difference(
    scripted: tuple[Api, ProviderCore], api_type: object
) -> None:
    """The API may return `member` for an invited person, another word, or no type."""
    kind, (api, core) = KINDS["User"], scripted
    news = kind.check(
        {},
        {"email": "a@example.com", "type": "guest"},
        settings={"organization_id": ORGANIZATION, "project_id": None},
    )[0]
    assert kind.preview(None, news)["type"] is UNKNOWN
    api.otherwise = showing(user_of(api_type))
    resource_id, state = core.create(kind, news)
    expected = api_type if isinstance(api_type, str) else "unknown_type"
    assert state == encode(kind.state_of(user_of(expected)))
    assert (state["type"], kind.diff(state, news)) == (expected, {})
    assert kind.preview(state, news) == state
    for later in (api_type, ..., None):
        api.otherwise = showing(user_of(later))
        refreshed = core.read(kind, resource_id, state)
        assert refreshed == state
        assert kind.refreshed(news, state, state) is None


def test_a_new_type_in_the_api_is_shown_by_a_refresh_and_is_no_difference(
    scripted: tuple[Api, ProviderCore],
) -> None:
    kind, (api, core) = KINDS["User"], scripted
    api.otherwise = showing(user_of("guest"))
    guest = core.read(kind, NOBODY, None)
    assert guest is not None
    api.otherwise = showing(user_of("member"))
    member = core.read(kind, NOBODY, guest)
    assert member == {**guest, "type": "member"}
    inputs = {"email": "a@example.com", "type": "guest"}
    assert kind.refreshed(inputs, guest, member) is None
    assert kind.diff(member, {**guest, **inputs}) == {}
