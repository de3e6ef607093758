"""Functions: results, API calls, and errors with suggestions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.api import types
from pulumi_scw_iam.common.errors import IamError, NotFound
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.functions import FUNCTIONS
from tests.support.samples import sample
from tests.support.scripted_api import ORGANIZATION
from tests.support.ssh_keys import OTHER_SSH_KEY, SSH_KEY

if TYPE_CHECKING:
    from tests.functions.world import Scripted, World

NOBODY = "99999999-9999-4999-8999-999999999999"
PROJECT = "22222222-2222-4222-8222-222222222222"


def without_nulls(body: Any) -> Any:
    """Return the non-null fields of a response body."""
    return {name: value for name, value in body.items() if value is not None}


# Lookup of one object, by id or another unique property


def test_a_group_is_found_by_its_id_or_by_its_name_in_one_call(world: World) -> None:
    robot = world.iam.create_application(name="robot")["id"]
    group = world.iam.create_group(name="devs", description="d", tags=["b", "a"])["id"]
    world.iam.create_group(name="devs-too")
    world.iam.add_group_member(group, application_id=robot)
    expected = {**world.iam.get_group(group), "all_users": False, "all_applications": False}
    world.calls()
    assert world.call("getGroup", group_id=group.upper()) == expected
    assert world.calls() == ["GET groups/ID 200"]
    assert world.call("getGroup", name="devs") == expected
    assert world.calls() == ["GET groups 200"]


def test_an_application_is_found_by_its_id_or_by_its_name_in_one_call(world: World) -> None:
    robot = world.iam.create_application(name="robot", tags=["t"])["id"]
    world.iam.create_api_key(application_id=robot)
    expected = world.iam.get_application(robot)
    assert expected["nb_api_keys"] == 1
    world.calls()
    assert world.call("getApplication", application_id=robot) == expected
    assert world.calls() == ["GET applications/ID 200"]
    assert world.call("getApplication", name="robot") == expected
    assert world.calls() == ["GET applications 200"]


def test_a_policy_is_found_with_its_rules_in_two_calls(world: World) -> None:
    rules: Any = [
        {"permission_set_names": ["IAMReadOnly"], "organization_id": world.organization},
        {
            "permission_set_names": ["VPCReadOnly", "AllProductsReadOnly"],
            "project_ids": [world.project],
            "condition": "request.user_agent == 'x'",
        },
    ]
    group = world.iam.create_group(name="devs")["id"]
    policy = world.iam.create_policy(name="reading", group_id=group, rules=rules)["id"]
    expected = {
        **world.iam.get_policy(policy),
        "no_principal": False,
        # The rules have the form of the resource's input, so a program can copy them to another policy.
        "rules": [
            {**rules[0], "condition": ""},
            {**rules[1], "permission_set_names": ["AllProductsReadOnly", "VPCReadOnly"]},
        ],
    }
    assert (expected["nb_rules"], expected["group_id"]) == (2, group)
    world.calls()
    assert world.call("getPolicy", policy_id=policy) == expected
    assert world.calls() == ["GET policies/ID 200", "GET rules 200"]
    assert world.call("getPolicy", name="reading") == expected
    assert world.calls() == ["GET policies 200", "GET rules 200"]


def test_an_api_key_is_found_without_its_secret(world: World) -> None:
    robot = world.iam.create_application(name="robot")["id"]
    key = world.iam.create_api_key(
        application_id=robot, description="d", expires_at="2040-01-01T00:00:00Z"
    )
    assert key["secret_key"]
    world.calls()
    expected = without_nulls({**key, "secret_key": None})
    assert world.call("getAPIKey", access_key=key["access_key"]) == expected
    assert world.calls() == ["GET api-keys/ID 200"]


def test_an_ssh_key_is_found_by_its_id_its_name_itself_or_its_fingerprint(world: World) -> None:
    world.iam.create_ssh_key(name="other", public_key=OTHER_SSH_KEY, project_id=world.project)
    key = world.iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=world.project)
    world.calls()
    for arguments in (
        {"ssh_key_id": key["id"]},
        {"name": "laptop"},
        {"public_key": f"{SSH_KEY} alice@laptop"},
        {"fingerprint": key["fingerprint"]},
        {"name": "laptop", "project_id": world.project},
    ):
        assert world.call("getSSHKey", **arguments) == key, arguments
    assert world.calls() == ["GET ssh-keys/ID 200", *["GET ssh-keys 200"] * 4]


def test_a_user_is_found_by_its_id_its_email_or_its_username(world: World) -> None:
    member: Any = {"email": "Alice@example.com", "username": "alice"}
    alice = without_nulls(world.iam.get_user(world.iam.create_user(member=member)["id"]))
    world.calls()
    assert world.call("getUser", user_id=alice["id"]) == alice
    assert world.calls() == ["GET users/ID 200"]
    assert world.call("getUser", email="alice@EXAMPLE.com") == alice
    assert world.call("getUser", username="alice") == alice
    assert world.calls() == ["GET users 200", "GET users 200"]
    assert alice["status"] == "activated"
    assert "last_login_at" not in alice


def test_what_else_there_is_one_of(world: World) -> None:
    world.iam.create_group(name="devs")
    user = next(world.iam.list_users())["id"]
    log = next(world.iam.list_logs(order_by="created_at_desc"))
    jwt = world.iam.create_jwt(user_id=user, referrer="https://example.com")["jwt"]
    assert jwt is not None
    world.calls()
    assert world.call("getLog", log_id=log["id"]) == log
    assert world.call("getJWT", jti=jwt["jti"]) == jwt
    assert world.call("getQuotum", name="iam_groups")["pretty_name"] == "Groups"
    assert world.call("getOrganizationSecuritySettings") == {
        "enforce_password_renewal": False,
        "grace_period_duration": "259200s",
        "login_attempts_before_locked": 5,
        "max_login_session_duration": "2592000s",
        "max_api_key_expiration_duration": "0s",
    }
    assert world.calls() == [
        "GET logs/ID 200",
        "GET jwts/ID 200",
        "GET quota 200",
        "GET organizations/ID/security-settings 200",
    ]
    found = world.call("getPermissionSet", name="IAMReadOnly")
    (expected,) = [s for s in world.iam.list_permission_sets() if s["name"] == "IAMReadOnly"]
    assert found == expected
    assert found["scope_type"] == "organization"


# Lists


def test_lists_have_all_pages(world: World) -> None:
    ids = [world.iam.create_group(name=f"group {i}")["id"] for i in range(150)]
    world.calls()
    groups = world.call("getGroups")["groups"]
    assert [group["id"] for group in groups] == ids
    assert groups[0] == world.call("getGroup", group_id=ids[0])
    assert world.calls() == ["GET groups 200", "GET groups 200", "GET groups/ID 200"]
    logs = world.call("getLogs", limit=120, resource_type="group")["logs"]
    assert [log["resource_id"] for log in logs] == ids[:-121:-1]
    assert world.calls() == ["GET logs 200", "GET logs 200"]
    assert len(world.call("getLogs")["logs"]) == 100
    assert world.calls() == ["GET logs 200"]


def test_the_lists_of_the_local_api(world: World) -> None:
    member: Any = {"email": "alice@example.com", "username": "alice"}
    alice = world.iam.create_user(member=member)["id"]
    robot = world.iam.create_application(name="robot")["id"]
    key = world.iam.create_api_key(application_id=robot)["access_key"]
    ssh = world.iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=world.project)
    world.iam.create_jwt(user_id=alice, referrer="https://example.com")
    assert world.call("getApplications")["applications"] == list(world.iam.list_applications())
    assert world.call("getUsers", type="member")["users"] == [
        without_nulls(world.iam.get_user(alice))
    ]
    assert world.call("getAPIKeys", bearer_id=robot)["api_keys"] == [
        without_nulls(world.iam.get_api_key(key))
    ]
    assert world.call("getSSHKeys")["ssh_keys"] == [ssh]
    assert world.call("getSSHKeys", disabled=True)["ssh_keys"] == []
    jwts = list(world.iam.list_jw_ts(audience_id=alice))
    assert len(jwts) == 1
    assert world.call("getJWTs", audience_id=alice)["jwts"] == jwts
    assert world.call("getPermissionSets")["permission_sets"] == list(
        world.iam.list_permission_sets()
    )
    quota = world.call("getQuota", quotum_names=["iam_groups", "iam_users"])["quota"]
    assert [quotum["name"] for quotum in quota] == ["iam_groups", "iam_users"]


def test_the_policies_come_with_their_rules_or_in_one_call_without(world: World) -> None:
    rule: Any = {"permission_set_names": ["IAMReadOnly"], "organization_id": world.organization}
    ids = [
        world.iam.create_policy(name=f"p{i}", no_principal=True, rules=[rule] * i)["id"]
        for i in range(3)
    ]
    world.calls()
    policies = world.call("getPolicies")["policies"]
    assert world.calls() == ["GET policies 200", *["GET rules 200"] * 3]
    assert policies == [world.call("getPolicy", policy_id=policy_id) for policy_id in ids]
    assert [len(policy["rules"]) for policy in policies] == [0, 1, 2]
    world.calls()
    bare = world.call("getPolicies", with_rules=False)["policies"]
    assert world.calls() == ["GET policies 200"]
    assert bare == [{k: v for k, v in policy.items() if k != "rules"} for policy in policies]


@pytest.mark.parametrize(
    ("name", "listed", "arguments"),
    [
        ("getGroups", "groups", {"name": "n", "tag": "t", "group_ids": [NOBODY]}),
        ("getGroups", "groups", {"user_ids": [NOBODY], "application_ids": [NOBODY, PROJECT]}),
        (
            "getApplications",
            "applications",
            {"name": "n", "tag": "t", "editable": True, "application_ids": [NOBODY]},
        ),
        (
            "getPolicies",
            "policies",
            {"policy_name": "n", "tag": "t", "editable": False, "policy_ids": [NOBODY]},
        ),
        (
            "getPolicies",
            "policies",
            {
                "user_ids": [NOBODY],
                "group_ids": [NOBODY],
                "application_ids": [NOBODY],
                "no_principal": False,
            },
        ),
        (
            "getAPIKeys",
            "api_keys",
            {
                "access_keys": ["SCW00000000000000000"],
                "description": "d",
                "bearer_id": NOBODY,
                "bearer_type": "user",
                "editable": True,
                "expired": False,
            },
        ),
        ("getUsers", "users", {"user_ids": [NOBODY], "type": "owner", "mfa": True, "tag": "t"}),
        ("getSSHKeys", "ssh_keys", {"name": "n", "disabled": False}),
        ("getQuota", "quota", {"quotum_names": ["a", "b"]}),
        (
            "getLogs",
            "logs",
            {"action": "created", "resource_type": "api_key", "search": NOBODY},
        ),
    ],
)
def test_filters_are_sent_as_they_are_said(
    scripted: Scripted, name: str, listed: str, arguments: dict[str, Any]
) -> None:
    empty = {listed: [], "total_count": 0}
    assert scripted.call(name, empty, **arguments) == {listed: []}
    (query,) = scripted.queries()
    del query["order_by"]
    given = {
        key: [str(item).lower() if isinstance(item, bool) else item for item in value]
        for key, value in (
            (key, value if isinstance(value, list) else [value]) for key, value in arguments.items()
        )
    }
    assert {key: sorted(value) for key, value in query.items()} == {
        "organization_id": [ORGANIZATION],
        **{key: sorted(value) for key, value in given.items()},
    }


def test_a_filter_by_no_ids_lets_nothing_through_without_a_call(world: World) -> None:
    world.iam.create_group(name="devs")
    world.calls()
    assert world.call("getGroups", group_ids=[]) == {"groups": []}
    assert world.calls() == []


def test_ssh_keys_of_a_project_are_asked_for_without_the_organization(scripted: Scripted) -> None:
    """With permissions on one project only, the API refuses a list of the organization."""
    empty = {"ssh_keys": [], "total_count": 0}
    scripted.call("getSSHKeys", empty, project_id=PROJECT)
    with pytest.raises(IamError) as none:
        scripted.call("getSSHKey", empty, empty, name="laptop", project_id=PROJECT)
    assert str(none.value) == (
        f'get SSH key "laptop": no object in project {PROJECT} has this name; the list is empty'
    )
    order = {"order_by": ["created_at_asc"], "project_id": [PROJECT]}
    assert scripted.queries() == [order, {**order, "name": ["laptop"]}, order]


def test_times_of_logs_are_sent_in_utc(scripted: Scripted) -> None:
    scripted.call(
        "getLogs",
        {"logs": [], "total_count": 0},
        created_after="2026-01-01T01:00:00+01:00",
        created_before="2026-02-01T00:00:00Z",
    )
    assert scripted.queries() == [
        {
            "organization_id": [ORGANIZATION],
            "order_by": ["created_at_desc"],
            "created_after": ["2026-01-01T00%3A00%3A00Z"],
            "created_before": ["2026-02-01T00%3A00%3A00Z"],
        }
    ]


def test_the_passkeys_of_a_user_are_listed(world: World) -> None:
    alice, bobby = (
        user["id"]
        for user in world.emulator.seed(
            {
                "users": [
                    {"username": "alice", "email": "alice@example.com"},
                    {"username": "bobby", "email": "bobby@example.com"},
                ],
            }
        )["users"]
    )
    assert world.call("getWebAuthnAuthenticators", user_id=alice) == {"authenticators": []}
    seed = [{"user": "alice", "name": "laptop"}, {"user": "alice", "name": "key ring"}]
    made = world.emulator.seed({"webauthn_authenticators": seed})["webauthn_authenticators"]
    assert world.call("getWebAuthnAuthenticators", user_id=alice) == {
        "authenticators": [
            {"id": item["id"], "name": item["name"], "created_at": item["created_at"]}
            for item in made
        ]
    }
    assert world.call("getWebAuthnAuthenticators", user_id=bobby) == {"authenticators": []}


def test_grace_periods_are_those_of_a_user_or_of_the_caller(scripted: Scripted) -> None:
    periods = [
        {"type": "set_mfa", "created_at": "2026-01-01T00:00:00Z", "expires_at": None},
    ]
    for arguments in ({}, {"user_id": NOBODY}):
        assert scripted.call("getGracePeriods", {"grace_periods": periods}, **arguments) == {
            "grace_periods": [{"type": "set_mfa", "created_at": "2026-01-01T00:00:00Z"}]
        }
    assert scripted.queries() == [{}, {"user_id": [NOBODY]}]


def test_a_quotum_has_a_limit_for_each_place_or_none(scripted: Scripted) -> None:
    quotum = {
        "name": "servers",
        "pretty_name": "Servers",
        "unit": "",
        "description": "d",
        "locality_type": "zone",
        "limits": [
            {"zone": "fr-par-1", "limit": 5},
            {"region": "nl-ams", "unlimited": True},
            {"global": True, "limit": 0},
        ],
        "limit": 5,
    }
    answer = {"quota": [quotum], "total_count": 1}
    assert scripted.call("getQuotum", answer, name="servers") == {
        **quotum,
        "limits": [
            {"zone": "fr-par-1", "limit": 5, "unlimited": False},
            {"region": "nl-ams", "unlimited": True},
            {"limit": 0, "unlimited": False},
        ],
        "unlimited": False,
    }


# No match, or several matches


@pytest.mark.parametrize(
    ("name", "listed", "key"),
    [
        ("getGroup", "groups", "name"),
        ("getApplication", "applications", "name"),
        ("getPolicy", "policies", "policy_name"),
        ("getSSHKey", "ssh_keys", "name"),
        ("getQuotum", "quota", "quotum_names"),
    ],
)
def test_the_api_is_asked_for_the_name_and_only_then_for_what_else_there_is(
    scripted: Scripted, name: str, listed: str, key: str
) -> None:
    empty = {listed: [], "total_count": 0}
    with pytest.raises(IamError) as none:
        scripted.call(name, empty, empty, name="x", organization_id=NOBODY)
    assert none.value.reason == f"no object in organization {NOBODY} has this name"
    first, second = scripted.queries()
    assert second["organization_id"] == [NOBODY]
    assert first == {**second, key: ["x"]}


def test_a_name_is_the_whole_name_also_where_the_api_looks_for_a_part(scripted: Scripted) -> None:
    def group(name: str) -> dict[str, Any]:
        texts = ("id", "description", "organization_id", "created_at", "updated_at")
        lists: dict[str, Any] = {"tags": [], "user_ids": [], "application_ids": []}
        return {**dict.fromkeys(texts, "x"), **lists, "name": name, "editable": True}

    answer = {"groups": [group("devs"), group("Dev"), group("dev")], "total_count": 3}
    assert scripted.call("getGroup", answer, name="dev")["name"] == "dev"


def test_a_name_that_several_have_names_them_all(world: World) -> None:
    robots = [world.iam.create_application(name="robot") for _ in range(2)]
    world.calls()
    with pytest.raises(IamError) as several:
        world.call("getApplication", name="robot")
    candidates = ", ".join(f"{robot['id']} (created {robot['created_at']})" for robot in robots)
    assert str(several.value) == (
        f'get application "robot": 2 objects in organization {world.organization} have this name:'
        f" {candidates}; pass one of these ids"
    )
    assert world.calls() == ["GET applications 200"]
    robots += [world.iam.create_application(name="robot") for _ in range(5)]
    with pytest.raises(IamError) as several:
        world.call("getApplication", name="robot")
    candidates = ", ".join(f"{robot['id']} (created {robot['created_at']})" for robot in robots[:5])
    assert several.value.reason == (
        f"7 objects in organization {world.organization} have this name: {candidates} and 2 more"
    )


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        (
            "getGroup",
            {"name": "devz"},
            'get group "devz": no object in organization {} has this name; did you mean "devs"?',
        ),
        (
            "getGroup",
            {"name": "marketing"},
            'get group "marketing": no object in organization {} has this name; existing names:'
            ' "ab", "bc", "cd", "de", "devs" and 2 more',
        ),
        (
            "getPolicy",
            {"name": "x"},
            'get policy "x": no object in organization {} has this name; the list is empty',
        ),
        (
            "getUser",
            {"email": "ownr@example.com"},
            'get user "ownr@example.com": no object in organization {} has this email; did you mean'
            ' "owner@example.com"?',
        ),
        (
            "getUser",
            {"username": "bob"},
            'get user "bob": no object in organization {} has this username; existing'
            ' usernames: "owner@example.com"',
        ),
        (
            "getSSHKey",
            {"public_key": OTHER_SSH_KEY},
            'get SSH key "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...": no object in organization {} has this'
            ' public key; existing names: "laptop"',
        ),
        (
            "getSSHKey",
            {"fingerprint": "256 MD5:00"},
            'get SSH key "256 MD5:00": no object in organization {} has this fingerprint; existing'
            ' names: "laptop"',
        ),
        (
            "getPermissionSet",
            {"name": "IAMReadonly"},
            'get permission set "IAMReadonly": no object in organization {} has this name; did you mean'
            ' "IAMReadOnly"?',
        ),
        (
            "getQuotum",
            {"name": "groups"},
            'get quotum "groups": no object in organization {} has this name; did you mean'
            ' "iam_groups"?',
        ),
    ],
)
def test_what_is_not_there_is_an_error_with_what_may_have_been_meant(
    world: World, name: str, arguments: dict[str, Any], message: str
) -> None:
    for group in ("devs", "ab", "bc", "cd", "de", "ef", "fg"):
        world.iam.create_group(name=group)
    world.iam.create_ssh_key(name="laptop", public_key=SSH_KEY, project_id=world.project)
    with pytest.raises(IamError) as none:
        world.call(name, **arguments)
    assert str(none.value) == message.format(world.organization)


@pytest.mark.parametrize(
    ("name", "key", "noun"),
    [
        ("getGroup", "group_id", "group"),
        ("getApplication", "application_id", "application"),
        ("getPolicy", "policy_id", "policy"),
        ("getSSHKey", "ssh_key_id", "ssh key"),
        ("getUser", "user_id", "user"),
        ("getLog", "log_id", "log"),
    ],
)
def test_an_id_that_is_not_there_is_said_in_the_words_of_the_api(
    world: World, name: str, key: str, noun: str
) -> None:
    with pytest.raises(NotFound) as none:
        world.call(name, **{key: NOBODY})
    assert re.fullmatch(
        rf'get {FUNCTIONS[name].noun} "{NOBODY}": {noun} {NOBODY} does not exist'
        r" \(404, request [0-9a-f-]{36}\)",
        str(none.value),
    )


def test_a_list_that_fails_says_what_it_was(world: World) -> None:
    with pytest.raises(IamError) as refused:
        world.call("getOrganizationSecuritySettings", organization_id=NOBODY)
    assert str(refused.value).startswith("get security settings: ")


# Arguments


@pytest.mark.parametrize(
    ("name", "arguments", "failures"),
    [
        (
            "getGroup",
            {},
            [
                Failure(
                    "group_id",
                    "set exactly one of group_id and name as the group; none is set",
                )
            ],
        ),
        (
            "getGroup",
            {"group_id": NOBODY, "name": "devs"},
            [Failure("name", "set exactly one of group_id and name as the group; both are set")],
        ),
        (
            "getSSHKey",
            {"name": "a", "fingerprint": "b"},
            [
                Failure(
                    "fingerprint",
                    "set exactly one of ssh_key_id, name, public_key and fingerprint as the SSH"
                    " key; name and fingerprint are set",
                )
            ],
        ),
        (
            "getGroup",
            {"group_id": "devs"},
            [Failure("group_id", '"devs" is not a UUID; pass the group\'s id, not the name')],
        ),
        (
            "getGroup",
            {"name": "devs", "nam": "x", "description": "y"},
            [
                Failure("nam", 'is not an input of getGroup; did you mean "name"?'),
                Failure("description", "is an output of getGroup; leave it out"),
            ],
        ),
        (
            "getUser",
            {"email": "bob"},
            [Failure("email", '"bob" is not an e-mail address; write it as name@example.com')],
        ),
        (
            "getUsers",
            {"type": "boss"},
            [Failure("type", '"boss" is not one of "guest", "member", "owner"')],
        ),
        ("getPermissionSet", {}, [Failure("name", "is required; pass it")]),
        (
            "getLogs",
            {"limit": 0, "created_after": "yesterday"},
            [
                Failure("limit", "is 0; at least 1 is needed"),
                Failure(
                    "created_after",
                    '"yesterday" is not a date and time; write it as 2030-01-31T12:00:00Z',
                ),
            ],
        ),
        (
            "getAPIKey",
            {"access_key": NOBODY},
            [
                Failure(
                    "access_key",
                    "is not an access key, which is SCW and 17 letters or digits; it looks like"
                    " the secret key",
                    hidden=True,
                )
            ],
        ),
        (
            "getJWT",
            {"jti": "a.long.token" * 10},
            [Failure("jti", "is 120 characters long; at most 64 are allowed", hidden=True)],
        ),
    ],
)
def test_wrong_arguments_are_told_without_a_call(
    world: World, name: str, arguments: dict[str, Any], failures: list[Failure]
) -> None:
    assert world.core.call(FUNCTIONS[name], arguments) == ({}, failures)
    assert world.calls() == []


def test_failures_are_spelled_as_the_user_spells(world: World) -> None:
    def camel(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(word.capitalize() for word in rest)

    _, failures = world.core.call(FUNCTIONS["getGroup"], {"group_id": "devs"}, spell=camel)
    assert [failure.path for failure in failures] == ["groupId"]


def test_there_is_a_function_for_each_thing_and_one_for_all_of_them() -> None:
    assert set(FUNCTIONS) == {
        *("getGroup", "getGroups", "getApplication", "getApplications"),
        *("getPolicy", "getPolicies", "getAPIKey", "getAPIKeys", "getSSHKey", "getSSHKeys"),
        *("getUser", "getUsers", "getGracePeriods", "getJWT", "getJWTs"),
        "getWebAuthnAuthenticators",
        *("getPermissionSet", "getPermissionSets", "getQuotum", "getQuota"),
        *("getLog", "getLogs", "getOrganizationSecuritySettings"),
        *("getAuditEvents", "getAuthenticationEvents"),
        *("getAccess", "getAccessHolders"),
        "parseSAMLMetadata",
    }


def test_guests_are_selected_without_a_filter_that_the_api_may_refuse(world: World) -> None:
    world.emulator.seed({"users": [{"email": "old@example.com", "type": "guest"}]})
    world.iam.create_user(email="bob@example.com")
    found = world.call("getUsers", type="guest")["users"]
    assert [(one["email"], one["type"]) for one in found] == [("old@example.com", "guest")]
    members = world.call("getUsers", type="member")["users"]
    assert [(one["email"], one["type"]) for one in members] == [("bob@example.com", "member")]


@pytest.mark.parametrize("api_type", ["visitor", None, ...])
def test_a_user_with_an_unknown_type_or_none_is_a_result(
    scripted: Scripted, api_type: object
) -> None:
    user: dict[str, Any] = {**sample(types.User), "type": api_type}
    if api_type is ...:
        del user["type"]
    expected = api_type if isinstance(api_type, str) else "unknown_type"
    assert scripted.call("getUser", user, user_id=NOBODY)["type"] == expected
    page = {"users": [user], "total_count": 1}
    (listed,) = scripted.call("getUsers", page)["users"]
    assert listed["type"] == expected
    assert scripted.call("getUsers", page, type="guest") == {"users": []}
