"""Check: every failure names the property and the fix."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_scw_iam.api.settings import Settings
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.provider import ProviderCore
from pulumi_scw_iam.kinds import KINDS
from tests.support.local_api import certificate
from tests.support.ssh_keys import SSH_KEY

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
PROJECT = "22222222-2222-4222-8222-222222222222"
USER = "33333333-3333-4333-8333-333333333333"
GROUP = "44444444-4444-4444-8444-444444444444"
APPLICATION = "55555555-5555-4555-8555-555555555555"
SETTINGS = {"organization_id": ORGANIZATION, "project_id": PROJECT}


def check(kind: str, news: dict[str, Any], **options: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the checked inputs, and the failures as `path: reason`."""
    olds = options.pop("olds", {})
    options.setdefault("settings", SETTINGS)
    inputs, failures = KINDS[kind].check(olds, news, **options)
    return inputs, [f"{failure.path}: {failure.reason}" for failure in failures]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


RULE = {"permission_set_names": ["IAMReadOnly"], "organization_id": ORGANIZATION}
MEMBER = {"email": "a@example.com", "username": "alice"}
CERTIFICATE = certificate()

REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    # Names and texts.
    ("Group", {"name": "x" * 71}, ["name: is 71 characters long; at most 64 are allowed"]),
    ("Group", {"name": ""}, ["name: is empty; at least 1 character is needed"]),
    ("Group", {}, ["name: is required; pass it"]),
    ("Group", {"name": "a", "tags": [None]}, ["tags[0]: is nothing; pass a string"]),
    (
        "Group",
        {"name": "équipe"},
        [
            "name: \"équipe\" contains 'é'; use letters without accents, digits, spaces and"
            " ( ) . _ - only"
        ],
    ),
    (
        "Application",
        {"name": "a", "description": "d" * 201},
        ["description: is 201 characters long; at most 200 are allowed"],
    ),
    (
        "SSHKey",
        {"name": "n" * 1001, "public_key": SSH_KEY},
        ["name: is 1001 characters long; at most 1000 are allowed"],
    ),
    # Names of arguments.
    ("Group", {"name": "a", "nmae": "b"}, ['nmae: is not an input of Group; did you mean "name"?']),
    ("Group", {"name": "a", "editable": True}, ["editable: is an output of Group; leave it out"]),
    (
        "GroupMembership",
        {"group_id": GROUP, "user_id": USER, "zzz": 1},
        [
            "zzz: is not an input of GroupMembership; the inputs are group_id, user_id, application_id"
        ],
    ),
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": [{**RULE, "conditon": "true"}]},
        ['rules[0].conditon: is not an input of PolicyRule; did you mean "condition"?'],
    ),
    # Types.
    ("Group", {"name": 7.0}, ["name: is a number; pass a string"]),
    ("Group", {"name": "a", "user_ids": USER}, ["user_ids: is a string; pass a list"]),
    ("Group", {"name": "a", "user_ids": [["x"]]}, ["user_ids[0]: is a list; pass a string"]),
    (
        "Policy",
        {"name": "p", "no_principal": "yes", "rules": []},
        ["no_principal: is a string; pass True or False"],
    ),
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": ["IAMReadOnly"]},
        ["rules[0]: is a string; pass PolicyRuleArgs or a dict"],
    ),
    # Tags.
    (
        "Group",
        {"name": "a", "tags": [f"t{i}" for i in range(11)]},
        ["tags: has 11 items; at most 10 are allowed"],
    ),
    (
        "Group",
        {"name": "a", "tags": ["ok", "t" * 71]},
        ["tags[1]: is 71 characters long; at most 70 are allowed"],
    ),
    ("Group", {"name": "a", "tags": [""]}, ["tags[0]: is empty; at least 1 character is needed"]),
    (
        "Group",
        {"name": "a", "tags": ["team:dev"]},
        [
            "tags[0]: \"team:dev\" contains ':'; use letters without accents, digits, spaces and"
            " . _ - / = + @ only"
        ],
    ),
    # Ids.
    (
        "Group",
        {"name": "a", "user_ids": [USER, "bob"]},
        ['user_ids[1]: "bob" is not a UUID; pass the user\'s id, not the name'],
    ),
    (
        "Group",
        {"name": "a", "user_ids": ["bob@example.com"]},
        ['user_ids[0]: "bob@example.com" is not a UUID; pass the user\'s id, not the e-mail'],
    ),
    (
        "Group",
        {"name": "a", "organization_id": ""},
        ["organization_id: is empty; pass the organization's id"],
    ),
    (
        "APIKey",
        {"application_id": "SCW00000000000000000"},
        [
            'application_id: "SCW00000000000000000" is not a UUID; pass the application\'s id,'
            " not an access key"
        ],
    ),
    # Bearer, principal, scope, member: exactly one.
    (
        "APIKey",
        {},
        [
            "application_id: set exactly one of application_id and user_id as the bearer; none is set"
        ],
    ),
    (
        "APIKey",
        {"application_id": APPLICATION, "user_id": USER},
        ["user_id: set exactly one of application_id and user_id as the bearer; both are set"],
    ),
    (
        "Policy",
        {"name": "p"},
        [
            "user_id: set exactly one of user_id, group_id, application_id and no_principal as the"
            " principal; none is set"
        ],
    ),
    (
        "Policy",
        {"name": "p", "group_id": GROUP, "no_principal": True},
        [
            "no_principal: set exactly one of user_id, group_id, application_id and no_principal as"
            " the principal; group_id and no_principal are set"
        ],
    ),
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": [{"permission_set_names": ["IAMReadOnly"]}]},
        [
            "rules[0].organization_id: set exactly one of organization_id, project_ids and all_projects as the"
            " scope; none is set"
        ],
    ),
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": [{**RULE, "project_ids": [PROJECT]}]},
        [
            "rules[0].project_ids: set exactly one of organization_id, project_ids and all_projects as the scope;"
            " organization_id and project_ids are set"
        ],
    ),
    (
        "GroupMembership",
        {"group_id": GROUP, "user_id": USER, "application_id": APPLICATION},
        [
            "application_id: set exactly one of user_id and application_id as the member;"
            " both are set"
        ],
    ),
    # Rules.
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": [{**RULE, "permission_set_names": []}]},
        ["rules[0].permission_set_names: is empty; at least 1 item is needed"],
    ),
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": [{"organization_id": ORGANIZATION}]},
        ["rules[0].permission_set_names: is required; pass it"],
    ),
    (
        "Policy",
        {"name": "p", "no_principal": True, "rules": [{**RULE, "condition": "c" * 2049}]},
        ["rules[0].condition: is 2049 characters long; at most 2048 are allowed"],
    ),
    # Dates.
    (
        "APIKey",
        {"user_id": USER, "expires_at": "tomorrow"},
        ['expires_at: "tomorrow" is not a date and time; write it as 2030-01-31T12:00:00Z'],
    ),
    (
        "APIKey",
        {"user_id": USER, "expires_at": "2030-02-30T00:00:00Z"},
        [
            'expires_at: "2030-02-30T00:00:00Z" is a date that does not exist; write it as'
            " 2030-01-31T12:00:00Z"
        ],
    ),
    (
        "APIKey",
        {"user_id": USER, "expires_at": "2030-01-31T00:00:00"},
        ['expires_at: "2030-01-31T00:00:00" has no time zone; end it with Z (UTC) or +02:00'],
    ),
    # Users.
    (
        "User",
        {"email": "a@example.com"},
        ['username: is required for a member; pass it, or pass type "guest" to invite a guest'],
    ),
    (
        "User",
        {"email": "alice", "username": "alice"},
        ['email: "alice" is not an e-mail address; write it as name@example.com'],
    ),
    (
        "User",
        {**MEMBER, "username": "a"},
        ["username: is 1 character long; at least 2 characters are needed"],
    ),
    (
        "User",
        {**MEMBER, "password": "é" * 37},
        ["password: is 74 bytes long in UTF-8; at most 72 are allowed"],
    ),
    ("User", {**MEMBER, "type": "boss"}, ['type: "boss" is not one of "member", "guest", "owner"']),
    (
        "User",
        {"email": "a@example.com", "type": "guest", "locked": True, "first_name": "A"},
        [
            'first_name: is for members only; remove it, or remove type "guest"',
            'locked: is for members only; remove it, or remove type "guest"',
        ],
    ),
    # Settings of an organization.
    (
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": 0},
        ["login_attempts_before_locked: is 0; at least 1 is needed"],
    ),
    (
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": 51},
        ["login_attempts_before_locked: is 51; at most 50 is allowed"],
    ),
    (
        "OrganizationSecuritySettings",
        {"login_attempts_before_locked": 2.5},
        ["login_attempts_before_locked: is a number; pass a whole number"],
    ),
    (
        "OrganizationSecuritySettings",
        {"grace_period_duration": "72h"},
        ['grace_period_duration: "72h" is not a duration in seconds; write 3 days as 259200s'],
    ),
    (
        "OrganizationSecuritySettings",
        {"max_login_session_duration": "315576000001s"},
        [
            "max_login_session_duration: is 315576000001 seconds long; at most 315576000000 are"
            " allowed"
        ],
    ),
    # Single sign-on and provisioning.
    (
        "SAMLCertificate",
        {"saml_id": "saml", "type": "singing", "content": CERTIFICATE},
        [
            'saml_id: "saml" is not a UUID; pass the SAML configuration\'s id, not the name',
            'type: "singing" is not one of "signing", "encryption"',
        ],
    ),
    (
        "SAMLCertificate",
        {"saml_id": PROJECT, "type": "signing", "content": CERTIFICATE[:-40]},
        [
            "content: is not a certificate in PEM form; pass the whole text, from"
            " -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
        ],
    ),
    (
        "SAMLCertificate",
        {"saml_id": PROJECT, "type": "signing", "content": CERTIFICATE * 2},
        ["content: contains 2 certificates; declare one resource per certificate"],
    ),
    (
        "SAML",
        {"status": "valid"},
        [
            "status: is not an input of SAML; the inputs are metadata, entity_id, "
            "single_sign_on_url, organization_id"
        ],
    ),
    ("SCIMToken", {}, ["scim_id: is required; pass it"]),
]


@pytest.mark.parametrize(
    ("kind", "news", "expected"), REFUSED, ids=[f"{k}-{e[0][:40]}" for k, _, e in REFUSED]
)
def test_what_the_api_would_refuse_is_a_failure_with_path_reason_and_cure(
    kind: str, news: dict[str, Any], expected: list[str]
) -> None:
    assert check(kind, news)[1] == expected


def test_paths_and_names_are_spelled_as_the_user_spells_them() -> None:
    news = {"group_id": GROUP, "user_id": USER, "application_id": APPLICATION}
    assert check("GroupMembership", news, spell=camel)[1] == [
        "applicationId: set exactly one of userId and applicationId as the member; both are set"
    ]
    assert check("Group", {"name": "a", "user_ids": ["bob"]}, spell=camel)[1] == [
        'userIds[0]: "bob" is not a UUID; pass the user\'s id, not the name'
    ]


def test_all_that_is_wrong_is_said_at_once() -> None:
    news = {"name": "x" * 65, "tags": ["a:b"], "user_ids": ["bob"], "color": "red"}
    assert [failure.partition(":")[0] for failure in check("Group", news)[1]] == [
        "color",
        "name",
        "tags[0]",
        "user_ids[0]",
    ]


def test_a_missing_organization_names_every_place_where_it_can_be_set() -> None:
    _, failures = check("Application", {"name": "a"}, settings={"organization_id": None})
    assert failures == [
        "organization_id: is required; pass it, or set scw-iam:organizationId,"
        " SCW_DEFAULT_ORGANIZATION_ID or default_organization_id in the profile"
    ]


def test_unset_fields_are_filled_from_the_settings_the_name_and_what_was_before() -> None:
    inputs, failures = check("Application", {}, resource_name="robot")
    assert (inputs, failures) == ({"name": "robot", "organization_id": ORGANIZATION}, [])
    olds = {"name": "robot", "organization_id": ORGANIZATION}
    inputs, failures = check(
        "Application", {"name": "robot"}, olds=olds, settings={"organization_id": None}
    )
    assert (inputs, failures) == (olds, [])


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_values_never_fail(kind: str) -> None:
    cases: dict[str, dict[str, Any]] = {
        "User": {"username": UNKNOWN, "email": UNKNOWN, "type": UNKNOWN, "locked": UNKNOWN},
        "Group": {"name": UNKNOWN, "user_ids": [USER, UNKNOWN], "tags": UNKNOWN},
        "Application": {"name": UNKNOWN, "tags": [UNKNOWN] * 3},
        "Policy": {
            "name": UNKNOWN,
            "group_id": UNKNOWN,
            "rules": [
                {"permission_set_names": [UNKNOWN], "project_ids": [UNKNOWN]},
                {"permission_set_names": UNKNOWN, "organization_id": UNKNOWN},
                UNKNOWN,
            ],
        },
        "APIKey": {"application_id": UNKNOWN, "expires_at": UNKNOWN},
        "RotatingAPIKey": {
            "application_id": UNKNOWN,
            "rotate_after": UNKNOWN,
            "overlap": UNKNOWN,
            "rotation_triggers": [UNKNOWN],
            "secret_id": UNKNOWN,
        },
        "SSHKey": {"name": UNKNOWN, "public_key": UNKNOWN},
        "GroupMembership": {"group_id": UNKNOWN, "user_id": UNKNOWN},
        "OrganizationSecuritySettings": {
            "enforce_password_renewal": UNKNOWN,
            "grace_period_duration": UNKNOWN,
            "login_attempts_before_locked": UNKNOWN,
        },
        "SAML": {"entity_id": UNKNOWN, "organization_id": UNKNOWN},
        "SAMLCertificate": {"saml_id": UNKNOWN, "type": UNKNOWN, "content": UNKNOWN},
        "SCIM": {"organization_id": UNKNOWN},
        "SCIMToken": {"scim_id": UNKNOWN},
    }
    assert check(kind, cases[kind])[1] == []


def test_an_unknown_value_may_turn_out_to_be_none_so_it_does_not_count_as_a_second_bearer() -> None:
    assert check("APIKey", {"application_id": APPLICATION, "user_id": UNKNOWN})[1] == []


def test_inputs_come_back_in_one_spelling_and_in_the_order_of_the_program() -> None:
    inputs, failures = check(
        "Group", {"name": "a", "user_ids": [USER.upper(), GROUP, USER], "tags": ["b", "a"]}
    )
    assert failures == []
    assert inputs["user_ids"] == [USER, GROUP, USER]
    assert inputs["tags"] == ["b", "a"]
    inputs, _ = check("APIKey", {"user_id": USER, "expires_at": "2035-07-06T11:00:00.5+02:00"})
    assert inputs["expires_at"] == "2035-07-06T09:00:00.500Z"
    inputs, _ = check("SSHKey", {"name": "k", "public_key": f" {SSH_KEY}  alice@laptop\n"})
    assert inputs["public_key"] == SSH_KEY
    inputs, _ = check("OrganizationSecuritySettings", {"grace_period_duration": "0060.500000s"})
    assert inputs["grace_period_duration"] == "60.500s"
    content = "\r\n  ".join(["", *CERTIFICATE.splitlines(), ""])
    inputs, _ = check(
        "SAMLCertificate", {"saml_id": PROJECT, "type": "signing", "content": content}
    )
    assert inputs["content"] == CERTIFICATE


def test_the_engine_is_not_told_which_property_holds_a_wrong_secret() -> None:
    """The engine prints the value of a named property in clear."""
    wrong: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
        (
            "User",
            {**MEMBER, "password": "é" * 37},
            [("", "password is 74 bytes long in UTF-8; at most 72 are allowed")],
        ),
        (
            "User",
            {"email": "a@example.com", "type": "guest", "password": "hunter2"},
            [("", 'password is for members only; remove it, or remove type "guest"')],
        ),
        (
            "User",
            {**MEMBER, "pasword": "hunter2"},
            [("", 'pasword is not an input of User; did you mean "password"?')],
        ),
        (
            "APIKey",
            {"user_id": USER, "secret_key": "s"},
            [("", "secret_key is an output of APIKey; leave it out")],
        ),
        (
            "SCIMToken",
            {"scim_id": PROJECT, "bearer_token": "s"},
            [("", "bearer_token is an output of SCIMToken; leave it out")],
        ),
        (
            "Group",
            {"name": "x", "nmae": "y"},
            [("nmae", 'is not an input of Group; did you mean "name"?')],
        ),
    ]
    for kind, news, expected in wrong:
        failures = KINDS[kind].check({}, news, settings=SETTINGS)[1]
        assert [failure.for_engine for failure in failures] == expected


def test_a_private_key_is_refused_and_never_shown() -> None:
    secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"
    news = {"name": "k", "public_key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{secret}\n"}
    (failure,) = check("SSHKey", news)[1]
    assert failure.startswith("public_key: ")
    assert "private" in failure
    assert secret not in failure


def test_a_private_key_beside_a_certificate_is_refused_and_never_shown() -> None:
    secret = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIG\n-----END PRIVATE KEY-----\n"
    news = {"saml_id": PROJECT, "type": "signing", "content": secret + CERTIFICATE}
    (failure,) = KINDS["SAMLCertificate"].check({}, news, settings=SETTINGS)[1]
    assert failure.for_engine == (
        "",
        "content contains a private key; keep the key secret and pass only the certificate",
    )


def test_a_password_is_never_shown() -> None:
    password = "correct horse" * 8
    (failure,) = check("User", {**MEMBER, "password": password})[1]
    assert password not in failure


def test_an_ssh_key_without_a_project_keeps_the_one_it_has() -> None:
    other = {**SETTINGS, "project_id": GROUP}
    news = {"name": "k", "public_key": SSH_KEY}
    inputs, failures = check("SSHKey", news, olds={**news, "project_id": PROJECT}, settings=other)
    assert (inputs["project_id"], failures) == (PROJECT, [])
    assert check("SSHKey", news, settings=other)[0]["project_id"] == GROUP


def test_a_failure_within_a_property_names_the_property_for_the_engine() -> None:
    """The engine prints the value of a property, `<nil>` for a path, and no long value."""
    few, many = [USER, "bob"], [*[USER] * 20, "bob"]
    messages = {}
    for size, members in {"few": few, "many": many}.items():
        core = ProviderCore(lambda: Settings(secret_key=ORGANIZATION))
        _, failures = core.check(KINDS["Group"], {}, {"name": "a", "user_ids": members})
        messages[size] = [failure.for_engine for failure in failures if "bob" in failure.reason]
    reason = '"bob" is not a UUID; pass the user\'s id, not the name'
    assert messages == {
        "few": [("user_ids", f"user_ids[1]: {reason}")],
        "many": [("", f"user_ids[20]: {reason}")],
    }


def test_a_list_with_unknown_items_keeps_order_and_length() -> None:
    members = [USER, UNKNOWN, GROUP, UNKNOWN, USER]
    inputs, failures = check("Group", {"name": "a", "user_ids": members})
    assert (inputs["user_ids"], failures) == (members, [])
