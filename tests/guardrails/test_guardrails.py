"""Results of each guardrail: for its examples, for unknown values, and for other resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.core.names import camel
from pulumi_scw_iam.guardrails import GUARDRAILS, Guardrail, Verdict, context_of, evaluate
from pulumi_scw_iam.guardrails.guardrail import Context, kinds_named
from pulumi_scw_iam.guardrails.resources import Resource, Stack
from pulumi_scw_iam.kinds import KINDS
from tests.support.guardrail_programs import (
    IDS,
    TODAY,
    EngineResource,
    engine_resources,
    families,
    stack_of,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SNAKE = sorted(
    {
        field.name
        for kind in KINDS.values()
        for field in (*fields(kind.state), *fields(KINDS["Policy"].inputs))
    }
    | {"permission_set_names", "project_ids"},
    key=len,
    reverse=True,
)

# The resource and the message of each violation, with property names in snake_case.
MESSAGES: dict[str, list[tuple[str, str]]] = {
    "key-expires": [
        (
            "robot",
            "expires_at is not set, so the key never expires; set a date such as 2030-03-24T00:00:00Z",
        ),
    ],
    "key-short-life": [
        (
            "robot",
            "expires_at is 365 days away, but at most 90 days are allowed; set 2030-04-01 or an earlier date",
        ),
    ],
    "key-not-near-expiry": [
        (
            "robot",
            "expires_at is 7 days away (2030-01-08); declare a RotatingAPIKey, distribute its key, then remove this key",
        ),
    ],
    "key-not-for-people": [
        (
            "ana",
            "user_id makes a user the bearer of the key; set application_id instead",
        ),
    ],
    "key-not-for-owner": [
        (
            "all",
            "user_id makes an owner of the organization the bearer of the key, and no policy limits an owner; set application_id instead",
        ),
    ],
    "key-one-active": [
        (
            "second",
            'application "robot" has 2 active keys, this key and "first"; keep one key, or for a rotation set expires_at of the older key to at most 14 days from now',
        ),
    ],
    "key-description": [
        (
            "robot",
            'description does not name the owner of the key; add text that matches "owner=\\\\S+"',
        ),
    ],
    "escalation-named": [
        (
            "devs",
            "rules[0].permission_set_names grants IAMGroupManager, so the principal can obtain every permission; remove the permission set, or add the policy or the principal to the option named",
        ),
    ],
    "no-all-products": [
        (
            "devs",
            "rules[0].permission_set_names grants AllProductsFullAccess on the whole organization; grant only the required permission sets, limited with project_ids",
        ),
    ],
    "full-access-by-project": [
        (
            "devs",
            "rules[0].permission_set_names grants InstancesFullAccess on the whole organization; limit the rule with project_ids, or grant less than full access",
        ),
    ],
    "secrets-by-project": [
        (
            "robot",
            "rules[0].permission_set_names grants access to secrets (SecretManagerSecretAccess) on the whole organization; limit the rule with project_ids",
        ),
    ],
    "privileged-condition": [
        (
            "admins",
            "rules[0].condition is not set, but the rule grants IAMManager; limit the rule by address or time, for example with conditions.ip(…)",
        ),
    ],
    "policy-to-group": [
        (
            "ana",
            "user_id attaches the policy to a single user; set group_id instead, and add the user to the group",
        ),
    ],
    "policy-not-orphan": [
        (
            "spare",
            "the policy has no principal; set group_id or application_id, or remove the policy",
        ),
    ],
    "not-idle": [
        (
            "robot",
            "no policy and no group of the stack refers to this application, so the application has no permissions here; attach a policy, or remove the application",
        ),
    ],
    "no-administrator-by-accumulation": [
        (
            "robot",
            'makes application "robot" an administrator: IAMPolicyManager from policy "robot" and AllProductsFullAccess from policy "ops" add up; detach one of the policies',
        ),
    ],
    "separated-duties": [
        (
            "rights",
            'group "ops" has conflicting duties: IAMManager from policy "rights" and AuditTrailFullAccess from policy "record"; grant one of these permission sets to another principal',
        ),
    ],
    "condition-limits": [
        (
            "devs",
            "rules[0].condition is always true and limits nothing; test a field of the request, or remove the condition",
        ),
    ],
    "condition-can-be-met": [
        (
            "devs",
            "rules[0].condition is never true, so the rule never applies; correct the condition, or remove the rule",
        ),
    ],
    "condition-not-past": [
        (
            "devs",
            'rules[0].condition request.time < timestamp("2029-06-30T00:00:00Z") is never true, because the date is in the past; write a future date, or remove the test',
        ),
    ],
    "condition-not-spoofable": [
        (
            "devs",
            "rules[0].condition depends on the user agent alone, but every caller chooses its user agent; test request.ip or request.time as well",
        ),
    ],
    "condition-by-id": [
        (
            "devs",
            "rules[0].condition tests resource.name, but a rename changes the result; test resource.id",
        ),
    ],
    "condition-zone": [
        (
            "devs",
            'rules[0].condition request.time.getHours() is in UTC; pass a time zone, as in request.time.getHours("Europe/Paris")',
        ),
    ],
    "group-one-style": [
        (
            "ana",
            'group "devs" sets user_ids, and every member outside of this list is removed; add the member to the list, or remove the list',
        ),
    ],
    "group-not-mixed": [
        (
            "devs",
            "the group has users and applications; create one group with its own policy for each",
        ),
    ],
    "builtin-group-unprivileged": [
        (
            "everybody",
            "group_id is a built-in group, but the policy grants IAMManager; attach the policy to a group of selected members",
        ),
    ],
    "privileged-group-closed": [
        (
            "admins",
            'user_ids and application_ids are not set, so members added elsewhere stay and have IAMManager from policy "admins"; list all members, or set []',
        ),
    ],
    "user-email-domain": [
        (
            "ana",
            "email is not in an allowed domain; use an address in example.com, or add the domain to the option domains",
        ),
    ],
    "user-email-lower-case": [
        ("ana", 'email has upper-case letters; write "ana@example.com"'),
    ],
    "user-no-password": [
        ("ana", "password is set in the program; remove the password, and set send_password_email"),
    ],
    "user-mfa": [
        (
            "ana",
            "the user has no MFA; ask the user to enable MFA, and enforce MFA for the organization",
        ),
    ],
    "settings-key-life": [
        (
            "ours",
            "max_api_key_expiration_duration is 0s, which means no limit; set at most 90 days, 7776000s",
        ),
    ],
    "settings-session": [
        (
            "ours",
            "max_login_session_duration is 2592000s, longer than 24 hours; set at most 86400s",
        ),
    ],
    "settings-grace-period": [
        ("ours", "grace_period_duration is 2592000s, longer than 7 days; set at most 604800s"),
    ],
    "settings-login-attempts": [
        ("ours", "login_attempts_before_locked is 50; set at most 10"),
    ],
    "settings-password-renewal": [
        ("ours", "enforce_password_renewal is false; set it to true"),
    ],
    "ssh-no-dsa": [
        (
            "ana",
            "public_key is a DSA key, but OpenSSH no longer supports DSA; create a key with ssh-keygen -t ed25519",
        ),
    ],
    "ssh-rsa-bits": [
        (
            "ana",
            "public_key is an RSA key of 2048 bits; create a key of at least 3072 bits, or an Ed25519 key with ssh-keygen -t ed25519",
        ),
    ],
    "ssh-one-project": [
        (
            "ana-dba571aa",
            'public_key is also the key of SSH key "ana-95733bda" in another project; create a key for each project',
        ),
    ],
    "required-tags": [
        ("robot", "tags lacks owner=…; add the missing tag"),
    ],
    "tags-lower-case": [
        ("robot", 'tags has upper-case letters; write "owner=platform"'),
    ],
    "privileged-protected": [
        ("admins", "is not protected, but grants IAMManager; set the resource option protect"),
    ],
}


def context_for(guardrail: Guardrail) -> Context:
    options = {
        name: [IDS.get(item, item) for item in value]
        for name, value in guardrail.example_options.items()
    }
    return context_of(guardrail, options, TODAY)


def cases(example: str) -> list[Any]:
    return [
        pytest.param(
            guardrail,
            family,
            preview,
            id=f"{guardrail.id}-{family}-{'preview' if preview else 'up'}",
        )
        for guardrail in GUARDRAILS.values()
        for family in families(getattr(guardrail, example))
        for preview in (True, False)
    ]


def violations(guardrail: Guardrail, resources: list[EngineResource]) -> list[tuple[str, str]]:
    """Return the resource and the message of each violation."""
    if guardrail.validate_stack is not None:
        verdict = evaluate(guardrail, stack_of(resources), context_for(guardrail))
        return [(item.urn.rsplit("::", 1)[-1], item.message) for item in verdict.violations]
    found = [
        (item.name, evaluate(guardrail, item.resource(), context_for(guardrail)))
        for item in resources
    ]
    return [
        (name, violation.message) for name, verdict in found for violation in verdict.violations
    ]


def reasons(guardrail: Guardrail, resources: list[EngineResource]) -> set[str | None]:
    """Return the reasons for "not applicable", for the resources of the guardrail's kinds."""
    if guardrail.validate_stack is not None:
        return {evaluate(guardrail, stack_of(resources), context_for(guardrail)).not_applicable}
    subjects = [item.resource() for item in resources]
    return {
        evaluate(guardrail, item, context_for(guardrail)).not_applicable
        for item in subjects
        if item.kind in guardrail.kinds
    }


def as_spelled(message: str, family: str) -> str:
    if family == "dynamic":
        return message
    pattern = rf"\b({'|'.join(name for name in SNAKE if '_' in name)})\b"
    return re.sub(pattern, lambda name: camel(name[0]), message)


@pytest.mark.parametrize(("guardrail", "family", "preview"), cases("fails"))
def test_an_example_that_fails_is_told_with_property_and_cure(
    guardrail: Guardrail, family: str, preview: bool
) -> None:
    expected = [(name, as_spelled(message, family)) for name, message in MESSAGES[guardrail.id]]
    assert (
        violations(guardrail, engine_resources(guardrail.fails, family, preview=preview))
        == expected
    )


def test_every_guardrail_has_its_messages_here() -> None:
    assert MESSAGES.keys() == GUARDRAILS.keys()


@pytest.mark.parametrize(("guardrail", "family", "preview"), cases("passes"))
def test_an_example_that_passes_is_not_told(
    guardrail: Guardrail, family: str, preview: bool
) -> None:
    assert violations(guardrail, engine_resources(guardrail.passes, family, preview=preview)) == []


@pytest.mark.parametrize(("guardrail", "family", "preview"), cases("passes"))
def test_every_message_is_one_line(guardrail: Guardrail, family: str, preview: bool) -> None:
    for _, message in violations(
        guardrail, engine_resources(guardrail.fails, family, preview=preview)
    ):
        assert "\n" not in message
        assert not message.endswith(".")


# --- unknown values -----------------------------------------------------------------------------

# The reason for the failing example, with all values unknown.
UNKNOWN_REASONS: dict[str, str] = {
    "key-expires": "expires_at is not known yet",
    "key-short-life": "expires_at is not known yet",
    "key-not-near-expiry": "expires_at is not known yet",
    "key-not-for-people": "user_id is not known yet",
    "key-not-for-owner": "user_id is not known yet",
    "key-one-active": "application_id is not known yet",
    "key-description": "description is not known yet",
    "escalation-named": "rules is not known yet",
    "no-all-products": "rules is not known yet",
    "full-access-by-project": "rules is not known yet",
    "secrets-by-project": "rules is not known yet",
    "privileged-condition": "rules is not known yet",
    "policy-to-group": "user_id is not known yet",
    "policy-not-orphan": "the principal of the policy is not known yet",
    "not-idle": "a principal or a member of a group is not known yet",
    "no-administrator-by-accumulation": "rules is not known yet; group_id is not known yet; application_id is not known yet",
    "separated-duties": "rules is not known yet; group_id is not known yet",
    "condition-limits": "rules is not known yet",
    "condition-can-be-met": "rules is not known yet",
    "condition-not-past": "rules is not known yet",
    "condition-not-spoofable": "rules is not known yet",
    "condition-by-id": "rules is not known yet",
    "condition-zone": "rules is not known yet",
    "group-one-style": "group_id is not known yet",
    "group-not-mixed": "a member of a group is not known yet",
    "builtin-group-unprivileged": "group_id is not known yet",
    "privileged-group-closed": "group_id is not known yet",
    "user-email-domain": "email is not known yet",
    "user-email-lower-case": "email is not known yet",
    "user-no-password": "password is not known yet",
    "user-mfa": "the MFA status of a user is not reported by the resource type, or not known yet",
    "settings-key-life": "max_api_key_expiration_duration is not known yet",
    "settings-session": "max_login_session_duration is not known yet",
    "settings-grace-period": "grace_period_duration is not known yet",
    "settings-login-attempts": "login_attempts_before_locked is not known yet",
    "settings-password-renewal": "enforce_password_renewal is not known yet",
    "ssh-no-dsa": "public_key is not known yet",
    "ssh-rsa-bits": "public_key is not known yet",
    "ssh-one-project": "public_key is not known yet",
    "required-tags": "tags is not known yet",
    "tags-lower-case": "tags is not known yet",
    "privileged-protected": "rules is not known yet",
}
# An unset property is never unknown, so these guardrails need a program that sets the property.
OTHERWISE = {
    "key-expires": GUARDRAILS["key-expires"].passes,
    "not-idle": 'robot = iam.Application("robot")\n'
    'iam.Policy("p", application_id=USER_ID, rules=[])',
}


def with_unknown_properties(resources: Iterable[EngineResource]) -> list[EngineResource]:
    return [
        EngineResource(
            item.type, item.name, item.urn, dict.fromkeys(item.props, UNKNOWN), {}, item.protect
        )
        for item in resources
    ]


@pytest.mark.parametrize(
    ("guardrail", "family"),
    [
        pytest.param(guardrail, family, id=f"{guardrail.id}-{family}")
        for guardrail in GUARDRAILS.values()
        for family in families(guardrail.fails)
    ],
)
def test_what_is_not_known_never_fails_and_is_said(guardrail: Guardrail, family: str) -> None:
    program = OTHERWISE.get(guardrail.id, guardrail.fails)
    resources = with_unknown_properties(engine_resources(program, family))
    assert violations(guardrail, resources) == []
    assert reasons(guardrail, resources) == {as_spelled(UNKNOWN_REASONS[guardrail.id], family)}


@pytest.mark.parametrize("guardrail", GUARDRAILS.values(), ids=GUARDRAILS)
def test_one_property_that_is_not_known_makes_no_new_problem(guardrail: Guardrail) -> None:
    for example in ("fails", "passes"):
        program = getattr(guardrail, example)
        family = families(program)[0]
        whole = {name for name, _ in violations(guardrail, engine_resources(program, family))}
        for number, item in enumerate(engine_resources(program, family)):
            for name in item.props:
                resources = engine_resources(program, family)
                resources[number].props[name] = UNKNOWN
                resources[number].dependencies.pop(name, None)
                assert {name for name, _ in violations(guardrail, resources)} <= whole


# --- not applicable -----------------------------------------------------------------------------


@pytest.mark.parametrize("guardrail", GUARDRAILS.values(), ids=GUARDRAILS)
def test_a_guardrail_is_not_applicable_to_other_kinds(guardrail: Guardrail) -> None:
    other = next(kind for kind in KINDS if kind not in guardrail.kinds)
    resource = EngineResource(
        type_of(other, "native"), "x", "urn", {}, {}, protect=False
    ).resource()
    subject = resource if guardrail.validate_resource is not None else Stack((resource,))
    named = kinds_named(guardrail.kinds)
    reason = (
        f"not a resource of type {named}"
        if guardrail.validate_resource is not None
        else f"the stack has no {named}"
    )
    assert evaluate(guardrail, subject, context_for(guardrail)) == Verdict((), reason)


@pytest.mark.parametrize(
    ("guardrail", "program", "reason"),
    [
        (
            "key-short-life",
            'iam.APIKey("k", application_id=USER_ID)',
            "the key has no expiry date; see key-expires",
        ),
        (
            "key-not-near-expiry",
            'iam.APIKey("k", application_id=USER_ID)',
            "the key has no expiry date",
        ),
        ("ssh-rsa-bits", 'iam.SSHKey("k", public_key=ED25519_KEY)', "the key is not an RSA key"),
        (
            "ssh-no-dsa",
            'iam.SSHKey("k", public_key="nonsense")',
            "public_key is not a valid public key",
        ),
        (
            "condition-limits",
            'iam.Policy("p", no_principal=True, rules=[])',
            "no rule has a condition",
        ),
        (
            "settings-session",
            'iam.OrganizationSecuritySettings("s")',
            "max_login_session_duration is not set, so the current value stays in force",
        ),
        (
            "user-mfa",
            'iam.User("u", email="a@example.com")',
            "the MFA status of a user is not reported by the resource type, or not known yet",
        ),
    ],
)
def test_what_a_guardrail_has_nothing_to_say_about(
    guardrail: str, program: str, reason: str
) -> None:
    assert reasons(GUARDRAILS[guardrail], engine_resources(program, "dynamic")) == {reason}
    assert violations(GUARDRAILS[guardrail], engine_resources(program, "dynamic")) == []


@pytest.mark.parametrize(
    ("guardrail", "options", "reason"),
    [
        ("user-email-domain", {"domains": []}, "the option domains is empty"),
        ("required-tags", {"keys": []}, "the option keys is empty"),
        ("separated-duties", {"duties": []}, "the option duties is empty"),
        (
            "key-description",
            {"pattern": "("},
            'the option pattern is not a regular expression: "("',
        ),
    ],
)
def test_an_option_can_leave_a_guardrail_without_work(
    guardrail: str, options: dict[str, Any], reason: str
) -> None:
    declaration = GUARDRAILS[guardrail]
    resources = engine_resources(declaration.fails, "dynamic")
    subject = stack_of(resources) if declaration.validate_stack else resources[-1].resource()
    verdict = evaluate(declaration, subject, context_of(declaration, options, TODAY))
    assert verdict == Verdict((), reason)


# --- beyond the examples ------------------------------------------------------------------------


def messages_of(guardrail: str, program: str, *, preview: bool = True, **options: Any) -> list[str]:
    declaration = GUARDRAILS[guardrail]
    resources = engine_resources(program, "dynamic", preview=preview)
    subjects = (
        [stack_of(resources)]
        if declaration.validate_stack
        else [resource.resource() for resource in resources]
    )
    return [
        violation.message
        for subject in subjects
        for violation in evaluate(
            declaration, subject, context_of(declaration, options, TODAY)
        ).violations
    ]


POLICY = (
    'iam.Policy("{name}", {principal}, rules=[iam.PolicyRuleArgs('
    'permission_set_names={sets}, organization_id=ORGANIZATION_ID, condition="")])\n'
)


def policy(name: str, principal: str, *sets: str) -> str:
    return POLICY.format(name=name, principal=principal, sets=list(sets))


def test_an_expired_key_is_told_as_such() -> None:
    program = 'iam.APIKey("k", application_id=USER_ID, expires_at="2029-12-31T00:00:00Z")'
    assert messages_of("key-not-near-expiry", program) == [
        "expires_at was 2029-12-31, so the key has expired; remove the key"
    ]
    assert messages_of("key-one-active", program.replace('"k"', '"a"') + "\n" + program) == []


def test_dates_of_other_zones_are_understood() -> None:
    program = 'iam.APIKey("k", application_id=USER_ID, expires_at="2030-01-02T00:00:00+01:00")'
    assert messages_of("key-not-near-expiry", program, warn_days=0) == []
    assert messages_of("key-not-near-expiry", program, warn_days=1) == [
        "expires_at is less than a day away (2030-01-01); declare a RotatingAPIKey, distribute its key, then"
        " remove this key"
    ]


@pytest.mark.parametrize(
    ("guardrail", "inputs", "messages"),
    [
        (
            "key-expires",
            "",
            [
                "rotate_after is not set, so only triggers rotate the key, and it never expires; set an age such"
                " as 60d"
            ],
        ),
        (
            "key-expires",
            'overlap="45d"',
            [
                "rotate_after is not set, so only triggers rotate the key, and it never expires; set a shorter"
                " overlap, and an age"
            ],
        ),
        ("key-expires", 'rotate_after="900d"', []),
        ("key-short-life", "", []),
        ("key-short-life", 'rotate_after="76d"', []),
        (
            "key-short-life",
            'rotate_after="77d"',
            [
                "rotate_after (77d) and two overlaps (7d each) let a key live for 91 days, but at most 90 days are"
                " allowed; set rotate_after to 76d or less"
            ],
        ),
        ("key-short-life", 'rotate_after="77d", overlap="0d"', []),
        (
            "key-short-life",
            'rotate_after="2400h", overlap="30d"',
            [
                "rotate_after (100d) and two overlaps (30d each) let a key live for 160 days, but at most 90 days"
                " are allowed; choose a shorter overlap, and then rotate_after"
            ],
        ),
        ("key-not-near-expiry", 'rotate_after="3d", overlap="1d"', []),
        (
            "key-description",
            'description="for the build"',
            [
                'description does not name the owner of the key; add text that matches "owner=\\\\S+"'
            ],
        ),
        ("key-description", 'description="build, owner=platform"', []),
    ],
)
def test_the_schedule_of_a_rotating_key_is_judged(
    guardrail: str, inputs: str, messages: list[str]
) -> None:
    program = f'iam.RotatingAPIKey("k", application_id=USER_ID, {inputs})'
    assert messages_of(guardrail, program) == messages


@pytest.mark.parametrize("name", ["rotate_after", "overlap"])
@pytest.mark.parametrize("guardrail", ["key-expires", "key-short-life"])
def test_an_unknown_schedule_is_not_judged(guardrail: str, name: str) -> None:
    program = 'iam.RotatingAPIKey("k", application_id=USER_ID, rotate_after="900d", overlap="7d")'
    (item,) = engine_resources(program, "dynamic")
    item.props[name] = UNKNOWN
    assert violations(GUARDRAILS[guardrail], [item]) == []
    assert reasons(GUARDRAILS[guardrail], [item]) == {f"{name} is not known yet"}


@pytest.mark.parametrize("guardrail", ["key-not-for-people", "key-not-for-owner"])
def test_a_rotating_key_of_a_person_is_a_key_of_a_person(guardrail: str) -> None:
    options: dict[str, Any] = {}
    if guardrail == "key-not-for-owner":
        options = {"owner_ids": [IDS["OWNER_ID"]]}
    program = 'iam.{}("k", user_id=OWNER_ID)'
    (message,) = messages_of(guardrail, program.format("RotatingAPIKey"), **options)
    assert [message] == messages_of(guardrail, program.format("APIKey"), **options)


ROTATING = 'iam.RotatingAPIKey("{}", application_id=USER_ID, rotate_after="60d", overlap="30d")\n'
EXPIRING = 'iam.APIKey("k", application_id=USER_ID, expires_at="2030-{}T00:00:00Z")\n'
TWO_KEYS = f"application {IDS['USER_ID']} has 2 active keys, this key and"


@pytest.mark.parametrize(
    ("program", "messages"),
    [
        (ROTATING.format("a"), []),
        (ROTATING.format("a") + ROTATING.format("b"), [f'{TWO_KEYS} "a"; keep one of them']),
        (ROTATING.format("a") + EXPIRING.format("01-10"), []),
        (
            ROTATING.format("a") + EXPIRING.format("03-01"),
            [
                f'{TWO_KEYS} "k"; keep one key, or for a rotation set expires_at of the older key to at most 14'
                " days from now"
            ],
        ),
    ],
)
def test_the_two_keys_of_an_overlap_count_as_one(program: str, messages: list[str]) -> None:
    assert messages_of("key-one-active", program) == messages


def test_three_keys_are_no_rotation() -> None:
    program = "".join(
        f'iam.APIKey("{n}", application_id=USER_ID, expires_at="2030-01-0{n}T00:00:00Z")\n'
        for n in (3, 4, 5)
    )
    (message,) = messages_of("key-one-active", program)
    assert message == (
        f'application {IDS["USER_ID"]} has 3 active keys, this key and "3" and "4"; keep one'
        " key, or for a rotation set expires_at of the older key to at most 14 days from now"
    )


def test_an_exception_is_one_by_id() -> None:
    program = 'iam.APIKey("k", user_id=USER_ID)'
    assert messages_of("key-not-for-people", program, except_user_ids=[IDS["USER_ID"]]) == []
    assert len(messages_of("key-not-for-people", program, except_user_ids=[IDS["OWNER_ID"]])) == 1


@pytest.mark.parametrize("preview", [True, False])
def test_an_imported_owner_is_known_by_its_type(preview: bool) -> None:
    program = 'owner = iam.User("o", email="o@example.com", type="owner")\niam.APIKey("k", user_id=owner.id)'
    assert len(messages_of("key-not-for-owner", program, preview=preview)) == 1


def test_a_named_principal_may_have_what_leads_to_any_right() -> None:
    program = policy("p", "group_id=ADMINS_ID", "IAMManager")
    assert len(messages_of("escalation-named", program)) == 1
    assert messages_of("escalation-named", program, named=[IDS["ADMINS_ID"]]) == []
    assert messages_of("escalation-named", program, named=["p"]) == []
    assert len(messages_of("escalation-named", program, named=["q"])) == 1
    # At preview, the id of a new group is unknown, so a match with a named id is unknown too.
    made = 'admins = iam.Group("admins")\n' + policy("p", "group_id=admins.id", "IAMManager")
    assert len(messages_of("escalation-named", made, named=["q"])) == 1
    assert messages_of("escalation-named", made, named=[IDS["ADMINS_ID"]]) == []
    assert len(messages_of("escalation-named", made, named=[IDS["ADMINS_ID"]], preview=False)) == 1


def test_full_access_that_has_no_smaller_scope_is_not_told() -> None:
    program = policy("p", "group_id=ADMINS_ID", "AuditTrailFullAccess", "InstancesFullAccess")
    assert messages_of("full-access-by-project", program) == [
        "rules[0].permission_set_names grants InstancesFullAccess on the whole organization; limit the"
        " rule with project_ids, or grant less than full access"
    ]
    assert (
        messages_of("full-access-by-project", program, except_names=["InstancesFullAccess"]) == []
    )


def test_one_policy_that_makes_an_administrator_is_no_accumulation() -> None:
    program = policy("p", "group_id=ADMINS_ID", "AllProductsFullAccess", "IAMManager")
    assert messages_of("no-administrator-by-accumulation", program) == []
    two = policy("p", "group_id=ADMINS_ID", "AllProductsFullAccess")
    two += policy("q", "group_id=ADMINS_ID", "IAMManager")
    assert messages_of("no-administrator-by-accumulation", two) == [
        f'makes group {IDS["ADMINS_ID"]} an administrator: IAMManager from policy "q" and'
        ' AllProductsFullAccess from policy "p" add up; detach one of the policies'
    ]


@pytest.mark.parametrize("preview", [True, False])
def test_rights_add_up_over_groups_and_memberships(preview: bool) -> None:
    program = (
        'ana = iam.User("ana", email="a@example.com")\n'
        'one, two = iam.Group("one", user_ids=[ana.id]), iam.Group("two")\n'
        'iam.GroupMembership("ana", group_id=two.id, user_id=ana.id)\n'
        + policy("p", "group_id=one.id", "AllProductsFullAccess")
        + policy("q", "group_id=two.id", "IAMPolicyManager")
    )
    assert messages_of("no-administrator-by-accumulation", program, preview=preview) == [
        'makes user "ana" an administrator: IAMPolicyManager from policy "q" and'
        ' AllProductsFullAccess from policy "p" add up; detach one of the policies'
    ]


def test_an_id_and_the_output_that_it_came_from_name_the_same() -> None:
    program = (
        'robot = iam.Application("robot")\n'
        + policy("p", "application_id=robot.id", "AllProductsFullAccess")
        + policy("q", "application_id=robot.known_id", "IAMManager")
    )
    assert len(messages_of("no-administrator-by-accumulation", program, preview=False)) == 1


@pytest.mark.parametrize(
    ("condition", "spoofable"),
    [
        ("request.user_agent == 'x' || request.ip == '203.0.113.7'", True),
        ("!request.user_agent.contains('x')", True),
        ("request.user_agent == 'x' && request.user_agent.contains('x')", True),
        ("!(request.user_agent == 'x' || request.ip == '203.0.113.7')", False),
        ("!(request.user_agent == 'x' && request.ip == '203.0.113.7')", True),
        ("request.ip == '203.0.113.7'", False),
        ("((", False),
        ("x" * 2048, False),
        ("(" * 1500, False),
    ],
)
def test_what_a_user_agent_alone_can_meet(condition: str, spoofable: bool) -> None:
    program = (
        'iam.Policy("p", no_principal=True, rules=[iam.PolicyRuleArgs('
        f'permission_set_names=["IAMReadOnly"], condition={condition!r})])'
    )
    assert bool(messages_of("condition-not-spoofable", program)) is spoofable


def test_a_list_that_others_fill_is_known_by_the_group() -> None:
    program = 'admins = iam.Group("admins", user_ids=[])\n' + policy(
        "p", "group_id=admins.id", "IAMManager"
    )
    assert messages_of("privileged-group-closed", program) == [
        'application_ids is not set, so members added elsewhere stay and have IAMManager from policy "p";'
        " list all members, or set []"
    ]


def test_the_principal_of_a_privileged_policy_is_to_be_protected_too() -> None:
    program = 'admins = iam.Group("admins")\n' + policy(
        "p", "group_id=admins.id, opts=pulumi.ResourceOptions(protect=True)", "IAMManager"
    )
    assert messages_of("privileged-protected", program) == [
        'is not protected, but has IAMManager from policy "p"; set the resource option protect'
    ]


def test_members_of_pulumiverses_groups_may_be_declared_elsewhere() -> None:
    group = EngineResource(
        "scaleway:iam/group:Group",
        "g",
        "urn:g",
        {"name": "g", "externalMembership": True, "userIds": [IDS["USER_ID"]]},
        {},
        protect=False,
    )
    member = EngineResource(
        "scaleway:iam/groupMembership:GroupMembership",
        "m",
        "urn:m",
        {"groupId": UNKNOWN, "userId": IDS["USER_ID"]},
        {"groupId": ["urn:g"]},
        protect=False,
    )
    assert violations(GUARDRAILS["group-one-style"], [group, member]) == []
    del group.props["externalMembership"]
    assert len(violations(GUARDRAILS["group-one-style"], [group, member])) == 1


@pytest.mark.parametrize(
    ("items", "links", "named"),
    [
        ([], ["ana"], set()),
        ([UNKNOWN], ["ana"], {"ana"}),
        ([UNKNOWN], ["ana", "ben"], {"ana", "ben"}),
        ([UNKNOWN], [], {UNKNOWN}),
        ([UNKNOWN, UNKNOWN], ["ana"], {"ana", UNKNOWN}),
        ([UNKNOWN, "id-x"], ["ana"], {"ana", "id-x"}),
        (["id-a", "id-b"], ["ana", "ben"], {"ana", "ben"}),
        (["id-a", "id-x"], ["ana"], {"ana", "id-a", "id-x"}),
        (["id-o", "id-x"], ["only"], {"only", "id-x"}),
        (["id-x"], [], {"id-x"}),
        (UNKNOWN, [], {UNKNOWN}),
    ],
)
def test_whom_a_list_names_is_told_as_far_as_it_is_known(
    items: Any, links: list[str], named: set[Any]
) -> None:
    users = [
        Resource(kind="User", name=name, urn=name, values={}) for name in ("ana", "ben", "only")
    ]
    group = Resource(
        kind="Group",
        name="g",
        urn="g",
        values={"user_ids": items},
        dependencies={"user_ids": tuple(links)},
    )
    # The id of "only" is known, because it is the single dependency of this key's property.
    key = Resource(
        kind="APIKey",
        name="k",
        urn="k",
        values={"user_id": "id-o"},
        dependencies={"user_id": ("only",)},
    )
    stack = Stack((*users, group, key))
    assert stack.targets(group, "user_ids", "User") == named


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ({"organization_id": "x"}, 1),
        ({"all_projects": True}, 1),
        ({"organization_id": UNKNOWN}, 1),  # the output of another resource
        ({"organization_id": UNKNOWN, "project_ids": []}, 1),
        ({"project_ids": UNKNOWN}, 0),
        ({"project_ids": [UNKNOWN]}, 0),
        ({"organization_id": UNKNOWN, "project_ids": UNKNOWN}, 0),
        ({"organization_id": UNKNOWN, "project_ids": ["x"]}, 0),
        ({}, 0),
    ],
)
def test_the_scope_that_is_set_tells_enough(scope: dict[str, Any], count: int) -> None:
    rule = {"permission_set_names": ["AllProductsFullAccess"], **scope}
    policy_resource = EngineResource(
        type_of("Policy", "dynamic"), "p", "p", {"rules": [rule]}, {}, protect=False
    )
    assert len(violations(GUARDRAILS["no-all-products"], [policy_resource])) == count
    # Permission sets with organization scope have no other scope.
    rule["permission_set_names"] = ["IAMManager"]
    assert len(violations(GUARDRAILS["escalation-named"], [policy_resource])) == 1
