"""Permissions of bearers, if the emulator enforces permissions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.emulator.operations.base import OPERATIONS
from tests.support.local_api import (
    UNKNOWN_ID,
    Answer,
    Clock,
    Iam,
    denied,
    metadata,
    metadata_file,
    not_found,
)
from tests.support.ssh_keys import SSH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

DELAY = 60

PERMISSIONS = {
    "list api_key": "list_api_keys",
    "read api_key": "get_api_key",
    "write api_key": "create_api_key update_api_key",
    "delete api_key": "delete_api_key",
    "list application": "list_applications",
    "read application": "get_application",
    "write application": "create_application update_application",
    "delete application": "delete_application",
    "list group": "list_groups",
    "read group": "get_group",
    "write group": (
        "create_group update_group set_group_members add_group_member add_group_members"
        " remove_group_member"
    ),
    "delete group": "delete_group",
    "list policy": "list_policies",
    "read policy": "get_policy",
    "write policy": "create_policy update_policy clone_policy",
    "delete policy": "delete_policy",
    "list rule": "list_rules",
    "write rule": "set_rules",
    "list permission_set": "list_permission_sets",
    "list user": "list_users",
    "read user": "get_user",
    "write user": (
        "create_user update_user update_user_username update_user_password lock_user unlock_user"
    ),
    "delete user": "delete_user",
    "delete mfa_otp": "delete_user_mfaotp",
    "list grace_period": "list_grace_periods",
    "list webauthn_authenticator": "list_user_web_authn_authenticators",
    "list self_jwt": "list_jw_ts",
    "read self_jwt": "get_jwt get_user_connections",
    "write self_jwt": "create_jwt create_user_mfaotp validate_user_mfaotp",
    "delete self_jwt": "delete_jwt",
    "list ssh_key": "list_ssh_keys",
    "read ssh_key": "get_ssh_key",
    "write ssh_key": "create_ssh_key update_ssh_key",
    "delete ssh_key": "delete_ssh_key",
    "list project": "list_projects",
    "read project": "get_project",
    "write project": "create_project update_project",
    "delete project": "delete_project delete_project_with_resources",
    "list log": "list_logs",
    "read log": "get_log",
    "list quotum": "list_quota",
    "read quotum": "get_quotum",
    "read organization": "get_organization",
    "write organization": "set_organization_alias update_organization_login_methods",
    "read organization_security_settings": "get_organization_security_settings",
    "write organization_security_settings": "update_organization_security_settings",
    "read saml": "get_organization_saml",
    "write saml": "enable_organization_saml update_saml parse_saml_metadata",
    "delete saml": "delete_saml",
    "list saml_certificate": "list_saml_certificates",
    "read saml_certificate": "get_saml_certificate",
    "write saml_certificate": "add_saml_certificate",
    "delete saml_certificate": "delete_saml_certificate",
    "read scim": "get_organization_scim",
    "write scim": "enable_organization_scim",
    "delete scim": "delete_scim",
    "list scim_token": "list_scim_tokens",
    "read scim_token": "get_scim_token",
    "write scim_token": "create_scim_token",
    "delete scim_token": "delete_scim_token",
    "list audit_trail_event": "list_events list_authentication_events list_products",
    "list secret": "list_secrets list_secret_versions",
    "read secret": "get_secret get_secret_version",
    "create secret": "create_secret create_secret_version",
    "write secret": "enable_secret_version disable_secret_version",
    "access secret": "access_secret_version",
}
"""Every operation, by the action and the resource in its 403."""

BODIES: dict[str, dict[str, Any]] = {
    "create_api_key": {"application_id": UNKNOWN_ID},
    "create_jwt": {"user_id": UNKNOWN_ID, "referrer": "x"},
    "create_policy": {"name": "new", "no_principal": True},
    "create_ssh_key": {"public_key": SSH_KEY, "project_id": UNKNOWN_ID},
    "create_secret": {"project_id": UNKNOWN_ID},
    "create_secret_version": {"data": ""},
    "delete_project_with_resources": {"project_name": "new"},
    "create_user": {"member": {"username": "new", "email": "new@example.com"}},
    "add_group_member": {"user_id": UNKNOWN_ID},
    "add_saml_certificate": {"type": "signing", "content": "x"},
    "parse_saml_metadata": {"file": metadata_file(metadata())},
    "remove_group_member": {"user_id": UNKNOWN_ID},
    "set_organization_alias": {"alias": "acme"},
    "set_rules": {"policy_id": UNKNOWN_ID},
    "update_user_password": {"password": "Correct-horse-1"},
    "update_user_username": {"username": "new"},
    "validate_user_mfaotp": {"one_time_password": "000000"},
}
"""The bodies of operations with more required fields than a name."""

USERS = {"user", "mfa_otp", "grace_period", "webauthn_authenticator"}
POLICIES = {"policy", "rule", "permission_set"}
IAM = {"api_key", "application", "group", "log", "organization", "organization_security_settings"}
IAM |= {*USERS, *POLICIES, "saml", "saml_certificate", "scim", "scim_token"}
READS = {
    "IAMReadOnly": IAM,
    "IAMUserReadOnly": USERS,
    "IAMApplicationReadOnly": {"application"},
    "IAMGroupReadOnly": {"group"},
    "IAMPolicyReadOnly": POLICIES,
    "OrganizationReadOnly": {"organization", "quotum"},
    "ProjectReadOnly": {"project"},
    "SSHKeysReadOnly": {"ssh_key"},
    "AllProductsReadOnly": {"ssh_key", "secret"},
    "AuditTrailReadOnly": {"audit_trail_event"},
    "SecretManagerReadOnly": {"secret"},
    "BillingManager": set[str](),
    "InstancesFullAccess": set[str](),
}
MANAGES = {
    "IAMManager": {*IAM, "project"},
    "OrganizationManager": {*IAM, "project", "quotum", "audit_trail_event"},
    "IAMUserManager": USERS,
    "IAMApplicationManager": {"application"},
    "IAMGroupManager": {"group"},
    "IAMPolicyManager": POLICIES,
    "ProjectManager": {"project"},
    "SSHKeysFullAccess": {"ssh_key"},
    "AllProductsFullAccess": {"ssh_key", "secret"},
    "AuditTrailFullAccess": {"audit_trail_event"},
    "SecretManagerFullAccess": {"secret"},
    "SecretManagerSecretAccess": {"access secret"},
    "SecretManagerSecretCreate": {"create secret"},
    "SecretManagerSecretWrite": {"write secret"},
}


@pytest.fixture(scope="session")
def guarded() -> Iterator[tuple[Emulator, Clock]]:
    clock = Clock()
    with Emulator(clock=clock, enforce=True, grant_delay=DELAY) as emulator:
        yield emulator, clock


@pytest.fixture
def owner(guarded: tuple[Emulator, Clock]) -> Iterator[Iam]:
    emulator, clock = guarded
    clock.restart()
    emulator.reset()
    iam = Iam(emulator, clock)
    with iam.session:
        yield iam


class Bearer(NamedTuple):
    id: str
    iam: Iam


@pytest.fixture
def members() -> Iterator[tuple[Iam, Bearer, Bearer]]:
    """The owner and two members, each with an API key created by the member."""
    names, clock = ("alice", "bobby"), Clock()
    with Emulator(clock=clock, enforce=True) as emulator:
        made = emulator.seed(
            {
                "users": [{"username": name, "email": f"{name}@example.com"} for name in names],
                "api_keys": [{"user": name} for name in names],
            }
        )
        iam = Iam(emulator, clock)
        alice, bobby = (
            Bearer(key["user_id"], Iam(emulator, clock, key["secret_key"]))
            for key in made["api_keys"]
        )
        with iam.session, alice.iam.session, bobby.iam.session:
            yield iam, alice, bobby


def rule(iam: Iam, *names: str, **scope: Any) -> dict[str, Any]:
    return {
        "permission_set_names": names,
        **(scope or {"organization_id": iam.organization_id}),
    }


def settle(iam: Iam) -> None:
    """Advance the clock until all changes are in effect."""
    iam.clock.advance(seconds=DELAY + 1)


def robot(owner: Iam, *rules: dict[str, Any], name: str = "robot") -> Bearer:
    """Create an application with an API key and a policy in effect."""
    application_id = owner.application(name)
    owner.create("/policies", name=name, application_id=application_id, rules=list(rules))
    settle(owner)
    return Bearer(application_id, owner.acting_as(application_id=application_id))


def call(iam: Iam, name: str) -> Answer:
    """Call an operation with unknown ids in the caller's organization."""
    operation = OPERATIONS[name]
    path = re.sub("<organization_id>", iam.organization_id, operation.path)
    path = path.replace("<region>", "fr-par")
    path = re.sub("<[a-z_]+>", UNKNOWN_ID, path).removeprefix("/iam/v1alpha1")
    body = {"name": "new", **BODIES.get(name, {}), "organization_id": iam.organization_id}
    query = {"organization_id": iam.organization_id, "policy_id": UNKNOWN_ID}
    return iam.call(operation.method, path, body if operation.body else None, **query)


def answers(iam: Iam) -> dict[str, Answer]:
    return {name: call(iam, name) for names in PERMISSIONS.values() for name in names.split()}


def test_every_operation_says_what_it_takes_to_who_has_no_permission(owner: Iam) -> None:
    expected = {
        name: denied(*permission.split())
        for permission, names in PERMISSIONS.items()
        for name in names.split()
    }
    assert answers(robot(owner).iam) == expected
    assert expected.keys() == OPERATIONS.keys()


def test_the_owner_may_do_everything_without_a_policy(owner: Iam) -> None:
    assert {answer.status for answer in answers(owner).values()} == {200, 404}


@pytest.mark.parametrize("permission_set", [*READS, *MANAGES])
def test_a_permission_set_opens_what_it_is_for_and_nothing_else(
    owner: Iam, permission_set: str
) -> None:
    reads, manages = READS.get(permission_set, set()), MANAGES.get(permission_set, set())
    given = answers(robot(owner, rule(owner, permission_set)).iam)
    expected = {
        name
        for permission, names in PERMISSIONS.items()
        for action, resource in [permission.split()]
        if not manages.isdisjoint({resource, permission})
        or (resource in reads and action in {"list", "read"})
        for name in names.split()
    }
    # The request for a new API key has the bearer; an unknown API key has no known bearer.
    if permission_set == "IAMApplicationManager":
        expected.add("create_api_key")
    assert {name for name, answer in given.items() if answer.status != 403} == expected


def test_permissions_for_the_secrets_of_one_project_open_no_others(owner: Iam) -> None:
    path = "/secret-manager/v1beta1/regions/fr-par/secrets"
    project_id = owner.emulator.project_id
    other_id = owner.create("/account/v3/projects", name="other")["id"]
    ours, theirs = (
        owner.post(path, name="key", project_id=one)["id"] for one in (project_id, other_id)
    )
    for secret_id in (ours, theirs):
        owner.post(f"{path}/{secret_id}/versions", data="AAAA")
    names = ("SecretManagerReadOnly", "SecretManagerSecretAccess")
    bearer = robot(owner, rule(owner, *names, project_ids=[project_id])).iam
    assert bearer.get(f"{path}/{ours}/versions/1/access")["data"] == "AAAA"
    access = bearer.call("GET", f"{path}/{theirs}/versions/1/access")
    assert access == denied("access", "secret")
    assert bearer.call("GET", f"{path}/{theirs}") == denied("read", "secret")
    assert bearer.call("GET", path) == denied("list", "secret")
    (secret,) = bearer.get(path, project_id=project_id)["secrets"]
    assert secret["id"] == ours
    body = {"name": "new", "project_id": project_id}
    assert bearer.call("POST", path, body) == denied("create", "secret")


def test_who_may_not_look_does_not_learn_what_exists(owner: Iam) -> None:
    path = "/api-keys/SCWXXXXXXXXXXXXXXXXX"
    reader = robot(owner, rule(owner, "IAMReadOnly"), name="reader")
    assert reader.iam.call("GET", path) == not_found("access_key", "SCWXXXXXXXXXXXXXXXXX")
    assert robot(owner).iam.call("GET", path) == denied("read", "api_key")
    assert reader.iam.call("GET", "/users", organization_id=UNKNOWN_ID) == denied("list", "user")
    assert owner.call("GET", "/users", organization_id=UNKNOWN_ID) == denied("list", "user")


def test_everybody_may_see_and_delete_its_own_keys(owner: Iam) -> None:
    plain = robot(owner)
    (key,) = plain.iam.get("/api-keys", bearer_id=plain.id)["api_keys"]
    assert plain.iam.get("/api-keys", application_id=plain.id)["api_keys"] == [key]
    path = f"/api-keys/{key['access_key']}"
    assert plain.iam.get(path) == key
    assert plain.iam.call("PATCH", path, {"description": "x"}) == denied("write", "api_key")
    body = {"application_id": plain.id}
    assert plain.iam.call("POST", "/api-keys", body) == denied("write", "api_key")
    assert plain.iam.call("GET", "/api-keys") == denied("list", "api_key")
    others = f"/api-keys/{owner.emulator.access_key}"
    assert plain.iam.call("GET", others) == denied("read", "api_key")
    assert plain.iam.call("DELETE", others) == denied("delete", "api_key")
    plain.iam.delete(path)
    assert plain.iam.call("GET", path).status == 401


def test_a_user_alone_makes_keys_for_itself(members: tuple[Iam, Bearer, Bearer]) -> None:
    owner, alice, bobby = members
    assert alice.iam.post("/api-keys", user_id=alice.id)["user_id"] == alice.id
    rules = [rule(owner, "OrganizationManager")]
    owner.create("/policies", name="p", user_id=bobby.id, rules=rules)
    for other in (owner, bobby.iam):
        body = {"user_id": alice.id}
        assert other.call("POST", "/api-keys", body) == denied("write", "api_key")


def test_a_member_may_delete_itself_and_nobody_else(members: tuple[Iam, Bearer, Bearer]) -> None:
    owner, alice, bobby = members
    assert alice.iam.call("DELETE", f"/users/{bobby.id}") == denied("delete", "user")
    alice.iam.delete(f"/users/{alice.id}")
    assert owner.call("GET", f"/users/{alice.id}") == not_found("user", alice.id)


def test_a_locked_member_may_not_even_what_everybody_may(
    members: tuple[Iam, Bearer, Bearer],
) -> None:
    owner, alice, _ = members
    owner.post(f"/users/{alice.id}/lock")
    own = {"bearer_id": alice.id}
    assert alice.iam.call("GET", "/api-keys", **own) == denied("list", "api_key")
    owner.post(f"/users/{alice.id}/unlock")
    assert alice.iam.get("/api-keys", **own)["total_count"] == 1


def test_api_keys_are_open_to_who_sees_their_bearers(members: tuple[Iam, Bearer, Bearer]) -> None:
    owner, alice, _ = members
    users = robot(owner, rule(owner, "IAMUserManager"), name="users")
    applications = robot(owner, rule(owner, "IAMApplicationManager"), name="applications")
    both = robot(owner, rule(owner, "IAMUserReadOnly"), rule(owner, "IAMApplicationReadOnly")).iam
    everything = owner.get("/api-keys")
    assert everything["total_count"] == 6
    assert both.get("/api-keys") == everything
    no_list = denied("list", "api_key")
    for query, user_keys, application_keys in [
        ({}, None, None),
        ({"bearer_type": "user"}, 3, None),
        ({"bearer_type": "application"}, None, 3),
        ({"bearer_id": alice.id}, 1, None),
        ({"user_id": alice.id}, 1, None),
        ({"bearer_id": applications.id}, None, 1),
        ({"application_id": applications.id}, None, 1),
        ({"bearer_id": UNKNOWN_ID}, None, None),
    ]:
        for bearer, count in ((users, user_keys), (applications, application_keys)):
            answer = bearer.iam.call("GET", "/api-keys", **query)
            assert answer == no_list if count is None else answer.body["total_count"] == count
    key = f"/api-keys/{alice.iam.get('/api-keys', bearer_id=alice.id)['api_keys'][0]['access_key']}"
    assert users.iam.get(key)["user_id"] == alice.id
    assert users.iam.call("DELETE", key) == denied("delete", "api_key")
    assert applications.iam.call("GET", key) == denied("read", "api_key")
    made = applications.iam.post("/api-keys", application_id=applications.id)
    assert users.iam.call("GET", f"/api-keys/{made['access_key']}") == denied("read", "api_key")
    applications.iam.delete(f"/api-keys/{made['access_key']}")


def test_ssh_keys_are_open_project_by_project(owner: Iam) -> None:
    own_project, other_project = (
        owner.create("/account/v3/projects", name=name)["id"] for name in ("mine", "other")
    )
    scope = {"project_ids": [own_project]}
    iam = robot(owner, rule(owner, "SSHKeysFullAccess", **scope)).iam
    body = {"name": "k", "public_key": SSH_KEY}
    key = iam.post("/ssh-keys", **body, project_id=own_project)
    hidden = owner.post("/ssh-keys", **body, project_id=other_project)["id"]
    assert iam.get("/ssh-keys", project_id=own_project) == {"ssh_keys": [key], "total_count": 1}
    assert iam.patch(f"/ssh-keys/{key['id']}", name="new")["name"] == "new"
    for query in ({}, {"organization_id": owner.organization_id}, {"project_id": other_project}):
        assert iam.call("GET", "/ssh-keys", **query) == denied("list", "ssh_key")
    assert iam.call("GET", f"/ssh-keys/{hidden}") == denied("read", "ssh_key")
    assert iam.call("DELETE", f"/ssh-keys/{UNKNOWN_ID}") == denied("delete", "ssh_key")
    body["project_id"] = other_project
    assert iam.call("POST", "/ssh-keys", body) == denied("write", "ssh_key")
    iam.delete(f"/ssh-keys/{key['id']}")
    everywhere = robot(owner, rule(owner, "SSHKeysReadOnly"), name="everywhere").iam
    assert everywhere.get("/ssh-keys")["total_count"] == 1


def test_two_rules_do_not_mix_their_scopes(owner: Iam) -> None:
    rules = [
        rule(owner, "SSHKeysFullAccess", project_ids=[owner.organization_id]),
        rule(owner, "SSHKeysReadOnly"),
    ]
    iam = robot(owner, *rules).iam
    assert iam.get("/ssh-keys") == {"ssh_keys": [], "total_count": 0}
    project_id = owner.create("/account/v3/projects", name="p")["id"]
    body = {"name": "k", "public_key": SSH_KEY, "project_id": project_id}
    assert iam.call("POST", "/ssh-keys", body) == denied("write", "ssh_key")


def test_the_members_of_a_group_have_its_rules(owner: Iam) -> None:
    plain, group_id = robot(owner), owner.group("readers")
    owner.create(
        "/policies", name="group", group_id=group_id, rules=[rule(owner, "IAMGroupReadOnly")]
    )
    settle(owner)
    refusal = denied("list", "group")
    assert plain.iam.call("GET", "/groups") == refusal
    owner.post(f"/groups/{group_id}/add-member", application_id=plain.id)
    settle(owner)
    assert plain.iam.list("/groups")["total_count"] == 1
    owner.post(f"/groups/{group_id}/remove-member", application_id=plain.id)
    settle(owner)
    assert plain.iam.call("GET", "/groups") == refusal


def test_a_rule_with_a_false_condition_grants_nothing(owner: Iam) -> None:
    never = {**rule(owner, "IAMGroupReadOnly"), "condition": "1 == 2"}
    assert robot(owner, never).iam.call("GET", "/groups") == denied("list", "group")


def test_a_grant_and_its_end_count_after_the_delay(owner: Iam) -> None:
    plain, refusal = robot(owner), denied("list", "group")
    policy_id = owner.policy(application_id=plain.id)
    rules = [rule(owner, "IAMGroupManager")]

    def after_a_while(first: Answer, second: Answer) -> None:
        answers = []
        for seconds in (DELAY - 1, 2):
            owner.clock.advance(seconds=seconds)
            answers.append(plain.iam.call("GET", "/groups"))
        assert answers == [first, second]

    success = Answer(200, {"groups": [], "total_count": 0})
    owner.put("/rules", policy_id=policy_id, rules=rules)
    after_a_while(refusal, success)
    owner.patch(f"/policies/{policy_id}", no_principal=True)
    after_a_while(success, refusal)
    owner.patch(f"/policies/{policy_id}", application_id=plain.id)
    after_a_while(refusal, success)
    owner.put("/rules", policy_id=policy_id, rules=[])
    owner.put("/rules", policy_id=policy_id, rules=rules)
    assert plain.iam.call("GET", "/groups") == success
    owner.delete(f"/policies/{policy_id}")
    after_a_while(success, refusal)


def test_the_end_of_a_group_counts_after_the_delay(owner: Iam) -> None:
    plain, group_id = robot(owner), owner.group()
    owner.post(f"/groups/{group_id}/add-member", application_id=plain.id)
    owner.create("/policies", name="g", group_id=group_id, rules=[rule(owner, "IAMGroupManager")])
    settle(owner)
    owner.delete(f"/groups/{group_id}")
    assert plain.iam.list("/groups")["total_count"] == 0
    settle(owner)
    assert plain.iam.call("GET", "/groups") == denied("list", "group")


def test_what_a_restored_state_grants_counts_at_once(owner: Iam) -> None:
    plain = robot(owner)
    before = owner.emulator.snapshot()
    owner.policy(application_id=plain.id)
    policy = owner.list("/policies", application_ids=plain.id)["policies"][0]["id"]
    owner.put("/rules", policy_id=policy, rules=[rule(owner, "IAMGroupReadOnly")])
    after = owner.emulator.snapshot()
    seen = []
    for state in (after, before, after):
        owner.emulator.restore(state)
        seen.append(plain.iam.call("GET", "/groups").status)
    assert seen == [200, 403, 200]


def test_without_a_delay_a_grant_counts_at_once(members: tuple[Iam, Bearer, Bearer]) -> None:
    owner, alice, _ = members
    assert alice.iam.call("GET", "/groups") == denied("list", "group")
    owner.create("/policies", name="p", user_id=alice.id, rules=[rule(owner, "IAMGroupReadOnly")])
    assert alice.iam.list("/groups")["total_count"] == 0


@pytest.mark.parametrize(
    "arguments",
    [["--grant-delay", "5"], *(["--enforce", f"--grant-delay={n}"] for n in (-1, "nan", "inf"))],
)
def test_a_delay_that_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main.main(["emulator", *arguments]) == 1
    text = "a grant delay must be between 0 and 86400 seconds, and requires enforced permissions"
    line = f"pulumi-scw-iam: cannot start the emulator: {text}\n"
    assert capsys.readouterr() == ("", line)
