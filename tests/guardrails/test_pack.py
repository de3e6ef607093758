"""Guardrails as policies of pulumi-policy, called through its servicer like the engine does."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy, proxy

from pulumi_scw_iam import guardrails
from pulumi_scw_iam.common.formats import stretch
from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.guardrails import GUARDRAILS, Guardrail, context_of, evaluate
from pulumi_scw_iam.guardrails.resources import kind_of
from pulumi_scw_iam.kinds import KINDS
from tests.support.guardrail_programs import (
    FAMILIES,
    IDS,
    PULUMIVERSE,
    TODAY,
    EngineResource,
    Pack,
    engine_resources,
    families,
    secret,
    shifted,
    spelled,
    type_of,
)
from tests.support.strategies import inputs

EVERY = Pack(guardrails.every_policy())


def now() -> datetime:
    return datetime.now(timezone.utc)


def configured() -> Pack:
    options = {
        name: {
            key: [IDS.get(item, item) for item in value]
            for key, value in guardrail.example_options.items()
        }
        for name, guardrail in GUARDRAILS.items()
        if guardrail.example_options
    }
    return Pack(guardrails.every_policy(), options)


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("guardrail", GUARDRAILS.values(), ids=GUARDRAILS)
def test_a_pack_tells_the_example_that_fails_and_not_the_one_that_passes(
    guardrail: Guardrail, preview: bool
) -> None:
    pack = configured()
    for family in families(guardrail.fails):
        failing = engine_resources(shifted(guardrail.fails, now()), family, preview=preview)
        passing = engine_resources(shifted(guardrail.passes, now()), family, preview=preview)
        assert guardrail.id in {name for name, _, _ in pack.everything(failing)}
        assert guardrail.id not in {name for name, _, _ in pack.everything(passing)}


def test_a_resource_that_is_none_of_iam_is_not_looked_at() -> None:
    bucket = EngineResource(
        "aws:s3/bucket:Bucket", "b", "urn:b", {"tags": UNKNOWN}, {}, protect=False
    )
    response = EVERY.resource(bucket)
    assert response.violations == []
    assert response.not_applicable["key-expires"] == (
        "not a resource of type API key or rotating API key"
    )
    assert response.not_applicable.keys() == {
        name for name, guardrail in GUARDRAILS.items() if guardrail.validate_resource is not None
    }
    assert EVERY.stack([bucket]).not_applicable["not-idle"] == (
        "the stack has no application or group"
    )


def test_what_is_not_known_is_said_as_not_applicable() -> None:
    (_, key) = engine_resources(GUARDRAILS["key-expires"].passes, "native")
    key.props["expiresAt"] = UNKNOWN
    response = EVERY.resource(key)
    assert [name for name, _, _ in response.violations] == ["key-description"]
    assert response.not_applicable["key-expires"] == "expiresAt is not known yet"
    for sentinel in (value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")):
        key.props["expiresAt"] = sentinel
        assert EVERY.resource(key) == response


def test_a_secret_is_read_and_not_shown() -> None:
    (user,) = engine_resources(GUARDRAILS["user-no-password"].passes, "dynamic")
    user.props["password"] = secret("hunter2-hunter2")
    (violation,) = [
        item for item in EVERY.resource(user).violations if item[0] == "user-no-password"
    ]
    assert "hunter2" not in repr(violation)


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("pulumi-python:dynamic/scw_iam:APIKey", "APIKey"),
        ("scw-iam:index:OrganizationSecuritySettings", "OrganizationSecuritySettings"),
        ("scaleway:iam/apiKey:ApiKey", "APIKey"),
        ("scaleway:iam/groupMembership:GroupMembership", "GroupMembership"),
        ("scaleway:iam/samlCertificate:SamlCertificate", "SAMLCertificate"),
        ("scaleway:index/iamSshKey:IamSshKey", "SSHKey"),
        ("scaleway:index/accountSshKey:AccountSshKey", "SSHKey"),
        ("scaleway:iam/policy:Policy", "Policy"),
        ("scaleway:index/vpc:Vpc", None),
        ("scaleway:object/bucket:Bucket", None),
        ("scaleway:index/accountProject:AccountProject", None),
        ("pulumi:providers:scw-iam", None),
        ("aws:iam/group:Group", None),
    ],
)
def test_a_type_of_each_family_is_read_as_a_kind(token: str, kind: str | None) -> None:
    assert kind_of(token) == kind


# --- configuration ------------------------------------------------------------------------------


def test_the_engine_is_told_all_about_each_guardrail() -> None:
    info = EVERY.servicer.GetAnalyzerInfo(None, None)
    found = {item.name: item for item in info.policies}
    assert found.keys() == GUARDRAILS.keys()
    for name, guardrail in GUARDRAILS.items():
        item = found[name]
        assert item.description == guardrail.expects
        assert analyzer_pb2.EnforcementLevel.Name(item.enforcementLevel).lower() == guardrail.level
        assert analyzer_pb2.PolicySeverity.Name(item.severity).lower().endswith(guardrail.severity)
        assert item.remediation_steps == guardrail.cure
        stack = item.policy_type == analyzer_pb2.POLICY_TYPE_STACK
        assert stack == (guardrail.validate_stack is not None)
        schema = {key: dict(value) for key, value in item.configSchema.properties.items()}
        assert schema.keys() == {option.name for option in guardrail.options}
        if guardrail.framework is not None:
            assert item.framework.reference == guardrail.framework.number
            assert item.framework.name.endswith("(nearest analogue)")


def test_a_schema_says_type_default_and_meaning() -> None:
    assert GUARDRAILS["key-short-life"].options[0].schema == {
        "type": "integer",
        "minimum": 0,
        "maximum": 1_000_000,
        "default": 90,
        "description": "Maximum lifetime, in days from now.",
    }
    assert GUARDRAILS["separated-duties"].options[0].schema["items"] == {
        "type": "array",
        "items": {"type": "string"},
    }
    assert GUARDRAILS["required-tags"].options[1].schema["items"] == {"type": "string"}
    assert GUARDRAILS["key-description"].options[0].schema["type"] == "string"


def test_the_configuration_of_the_pack_comes_before_what_the_program_says() -> None:
    guardrail = guardrails.KEY_SHORT_LIFE
    (_, key) = engine_resources(guardrail.passes, "dynamic")
    key.props["expires_at"] = f"{now() + timedelta(days=50, hours=1):%Y-%m-%dT%H:%M:%SZ}"
    by_default = Pack([guardrails.policy(guardrail)])
    by_program = Pack([guardrails.policy(guardrail, longest_days=30)])
    by_both = Pack(
        [guardrails.policy(guardrail, longest_days=30)], {guardrail.id: {"longest_days": 60}}
    )
    assert by_default.resource(key).violations == []
    assert by_both.resource(key).violations == []
    latest = f"{now() + timedelta(days=30):%Y-%m-%d}"
    assert by_program.resource(key).violations == [
        (
            guardrail.id,
            "",
            "expires_at is 50 days away, but at most 30 days are allowed;"
            f" set {latest} or an earlier date",
        )
    ]
    disabled = Pack([guardrails.policy(guardrail, longest_days=30, level="disabled")])
    assert disabled.resource(key).violations == []


def test_a_policy_has_the_level_that_is_asked_for() -> None:
    made = guardrails.policy(guardrails.KEY_EXPIRES, level="remediate")
    assert isinstance(made, ResourceValidationPolicy)
    assert made.enforcement_level is EnforcementLevel.REMEDIATE
    assert isinstance(guardrails.policy(guardrails.NOT_IDLE), StackValidationPolicy)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: guardrails.policy(guardrails.KEY_SHORT_LIFE, longest_day=3),
            "key-short-life has no option longest_day; did you mean longest_days?",
        ),
        (
            lambda: guardrails.policy(guardrails.NO_ALL_PRODUCTS, named=[]),
            "no-all-products has no option named; remove the option",
        ),
        (
            lambda: guardrails.policy(guardrails.KEY_SHORT_LIFE, longest_days="90"),
            "key-short-life: the option longest_days has the wrong type; pass a value such as 90",
        ),
        (
            lambda: guardrails.policy(guardrails.KEY_SHORT_LIFE, level="strict"),
            "key-short-life: unknown level 'strict'; use one of advisory, mandatory, remediate, disabled",
        ),
        (
            lambda: guardrails.every_policy(but=["key-expire"]),
            "unknown guardrail key-expire; did you mean key-expires?",
        ),
    ],
)
def test_what_a_pack_of_ones_own_gets_wrong_is_told(call: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value) == message


def test_a_pack_can_leave_guardrails_out() -> None:
    names = {policy.name for policy in guardrails.every_policy(but=["not-idle"])}
    assert names == GUARDRAILS.keys() - {"not-idle"}


def test_all_that_is_public_is_there() -> None:
    for name in guardrails.__all__:
        assert getattr(guardrails, name) is not None
    rules = {
        name for name in guardrails.__all__ if isinstance(getattr(guardrails, name), Guardrail)
    }
    assert {getattr(guardrails, name).id for name in rules} == GUARDRAILS.keys()
    for name in rules:
        if not name.startswith("SSH"):
            assert getattr(guardrails, name).id == name.lower().replace("_", "-")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = guardrails.nothing


def test_guardrails_are_listed_without_what_is_slow_to_load() -> None:
    code = "import sys; from pulumi_scw_iam.guardrails import GUARDRAILS; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    never = {"pulumi", "pulumi_policy", "grpc", "requests", "cryptography", "lark", "werkzeug"}
    assert never & set(loaded) == set()


# --- remediation --------------------------------------------------------------------------------

REMEDIABLE = [name for name, guardrail in GUARDRAILS.items() if guardrail.remediable]


def remediating(**options: dict[str, Any]) -> Pack:
    config = {
        name: {"enforcementLevel": "remediate", **options.get(name.replace("-", "_"), {})}
        for name in REMEDIABLE
    }
    return Pack(guardrails.every_policy(), config)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_mended_is_set_as_the_family_spells_it(family: str) -> None:
    pack = remediating(required_tags={"add": ["owner=platform", "env=test"]}, key_expires={})
    _, key = engine_resources(GUARDRAILS["key-expires"].fails, family)
    (remediated,) = pack.remediated(key).values()
    name = spelled("expires_at", family)
    assert remediated.keys() == {*key.props, name}
    assert timedelta(days=45) <= _moment(remediated[name]) - now() <= timedelta(days=90)
    (application,) = engine_resources(
        'iam.Application("robot", tags=["Env=Test", "env=test"])', family
    )
    assert pack.remediated(application) == {
        "required-tags": {"name": "robot", "tags": ["Env=Test", "env=test", "owner=platform"]},
        "tags-lower-case": {"name": "robot", "tags": ["env=test", "owner=platform"]},
    }
    (user,) = engine_resources(
        'iam.User("u", email="A@B.example", password="x", tags=["owner"])', family
    )
    user.props["password"] = secret("x")
    assert pack.remediated(user) == {
        "user-email-lower-case": {
            "email": "a@b.example",
            "password": secret("x"),
            "tags": ["owner"],
        }
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize(
    "program",
    [
        'iam.APIKey("k", application_id=USER_ID, expires_at="2031-01-01T00:00:00Z")',
        'iam.RotatingAPIKey("k", application_id=USER_ID, rotate_after="900d")',
        'iam.RotatingAPIKey("k", application_id=USER_ID, overlap="30d")',
        'iam.Application("a", tags=["owner"])',
        'iam.Application("a", tags=[f"t{n}" for n in range(10)])',
        'iam.User("u", email="A@b.example", type="guest", tags=["owner"])',
    ],
)
def test_what_is_right_or_cannot_be_mended_safely_is_left(program: str) -> None:
    (item,) = engine_resources(program, "dynamic")
    assert remediating(required_tags={"add": ["owner=platform"]}).remediated(item) == {}


@pytest.mark.parametrize(
    ("kind", "props"),
    [
        ("APIKey", {"expires_at": UNKNOWN}),
        ("RotatingAPIKey", {"rotate_after": UNKNOWN}),
        ("RotatingAPIKey", {"overlap": UNKNOWN}),
        ("Application", {"tags": UNKNOWN}),
        ("Application", {"tags": ["Env", UNKNOWN]}),
        ("User", {"email": UNKNOWN, "tags": ["owner"]}),
    ],
)
def test_what_is_not_known_is_never_mended(kind: str, props: dict[str, Any]) -> None:
    item = EngineResource(type_of(kind, "dynamic"), "x", "urn:x", props, {}, protect=False)
    assert remediating(required_tags={"add": ["owner=platform"]}).remediated(item) == {}


@settings(max_examples=200)
@drawn(days=st.integers(1, 400), overlap=st.integers(0, 200), unit=st.sampled_from(["m", "h", "d"]))
def test_a_mended_schedule_is_valid_and_within_the_longest_life(
    days: int, overlap: int, unit: str
) -> None:
    program = f'iam.RotatingAPIKey("k", application_id=USER_ID, overlap="{overlap}{unit}")'
    (key,) = (item.resource() for item in engine_resources(program, "dynamic"))
    expires, short = GUARDRAILS["key-expires"], GUARDRAILS["key-short-life"]
    options = {"longest_days": days}
    assert expires.remediate is not None
    remediated = expires.remediate(key, context_of(expires, options, TODAY))
    if remediated is None:
        # No whole number of days above the overlap leaves room for two overlaps.
        assert 3 * stretch(f"{overlap}{unit}") + timedelta(days=1) > timedelta(days=days)
        return
    mended = replace(key, values={**key.values, **remediated})
    for guardrail in (expires, short):
        assert evaluate(guardrail, mended, context_of(guardrail, options, TODAY)).violations == ()
    assert list(KINDS["RotatingAPIKey"].rules({}, mended.values, str)) == []


@pytest.mark.parametrize("days", [1, 2, 7, 90, 365])
def test_a_mended_expiry_stays_for_half_of_the_longest_life(days: int) -> None:
    guardrail = GUARDRAILS["key-expires"]
    (_, key) = (item.resource() for item in engine_resources(guardrail.fails, "dynamic"))
    assert guardrail.remediate is not None
    dates = []
    for hour in range(24 * days):
        at = TODAY + timedelta(hours=hour)
        remediated = guardrail.remediate(
            key, context_of(guardrail, {"longest_days": float(days)}, at)
        )
        assert remediated is not None
        dates.append(remediated["expires_at"])
        left = _moment(remediated["expires_at"]) - at
        assert timedelta(days=days) / 2 <= left <= timedelta(days=days)
    assert 2 <= len(set(dates)) <= 3


def test_the_longest_life_is_within_the_dates_that_there_are() -> None:
    guardrail = GUARDRAILS["key-expires"]
    (_, key) = (item.resource() for item in engine_resources(guardrail.fails, "dynamic"))
    assert guardrail.remediate is not None
    assert guardrail.remediate(key, context_of(guardrail, {"longest_days": 10**8}, TODAY)) == {
        "expires_at": "4757-11-28T00:00:00Z"
    }


# --- anything -----------------------------------------------------------------------------------

_IDS = {
    noun: list(IDS.values())
    for noun in (
        "user",
        "group",
        "application",
        "project",
        "organization",
        "SCIM configuration",
        "SAML configuration",
    )
}
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just(UNKNOWN),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def stacks(draw: Any) -> list[EngineResource]:
    """Draw resources with valid inputs, some of them unknown or mistyped, with random dependencies."""
    made: list[EngineResource] = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from([*PULUMIVERSE, *KINDS]))
        family = draw(st.sampled_from(FAMILIES if kind in PULUMIVERSE else FAMILIES[:2]))
        values = draw(inputs(KINDS[kind], _IDS))
        props = {
            spelled(name, family): _worse(draw, value, family) for name, value in values.items()
        }
        for field in fields(KINDS[kind].state):
            if draw(st.integers(0, 9)) == 0:
                props[spelled(field.name, family)] = draw(_JSON)
        dependencies = {
            name: [draw(st.sampled_from(made)).urn]
            for name in props
            if made and draw(st.booleans())
        }
        name = f"r{number}"
        urn = f"urn:pulumi:test::test::{type_of(kind, family)}::{name}"
        made.append(
            EngineResource(
                type_of(kind, family), name, urn, props, dependencies, draw(st.booleans())
            )
        )
    return made


def _worse(draw: st.DrawFn, value: Any, family: str) -> Any:
    if draw(st.integers(0, 9)) == 0:
        return UNKNOWN
    if isinstance(value, dict):
        return {spelled(name, family): _worse(draw, item, family) for name, item in value.items()}
    if isinstance(value, list):
        return [_worse(draw, item, family) for item in value]
    return value


def _all_unknown(item: EngineResource) -> EngineResource:
    return EngineResource(
        item.type, item.name, item.urn, dict.fromkeys(item.props, UNKNOWN), {}, item.protect
    )


FUZZED = [
    Pack(guardrails.every_policy()),
    configured(),
    remediating(required_tags={"add": ["owner=platform"]}),
]


@settings(max_examples=150)
@drawn(stacks())
def test_no_guardrail_ever_crashes_and_no_message_is_more_than_a_line(
    made: list[EngineResource],
) -> None:
    for pack in FUZZED:
        for name, _, message in pack.everything(made):
            assert "\n" not in message
            assert "can't run policy" not in message
            assert name in GUARDRAILS
        for item in made:
            pack.remediated(item)


@settings(max_examples=100)
@drawn(stacks())
def test_nothing_that_is_unknown_is_a_problem(made: list[EngineResource]) -> None:
    found = configured().everything([_all_unknown(item) for item in made])
    # Unset properties are known: a missing expiry date, a resource without references.
    assert {name for name, _, _ in found} <= {
        *("key-expires", "key-description", "not-idle", "required-tags", "policy-not-orphan"),
    }


_WORDS = st.sampled_from(
    [
        *("request.ip", "request.time", "request.user_agent", "resource.name", "resource.id"),
        *("has(resource.id)", ".contains(", ".getHours()", "timestamp(", ")", "(", "!", "&&", "||"),
        *("==", "<", "in", "[", "]", "'x'", '"', "'2020-01-01T00:00:00Z'", "1", "true", " "),
    ]
)


@settings(max_examples=200)
@drawn(st.one_of(st.text(max_size=40), st.lists(_WORDS, max_size=12).map(" ".join)))
def test_no_condition_is_a_crash(condition: str) -> None:
    (item,) = engine_resources('iam.Policy("p", no_principal=True, rules=[{}])', "native")
    item.props["rules"] = [{"condition": condition, "permissionSetNames": ["IAMManager"]}]
    for _, _, message in EVERY.resource(item).violations:
        assert "\n" not in message


@pytest.mark.parametrize("value", [-1.0, 0.5, 1e300, 10**9, 0], ids=str)
def test_no_number_in_the_configuration_is_a_crash(value: float) -> None:
    for name, guardrail in GUARDRAILS.items():
        numbers = [option.name for option in guardrail.options if isinstance(option.default, int)]
        if not numbers:
            continue
        pack = Pack(guardrails.every_policy(), {name: dict.fromkeys(numbers, value)})
        pack.everything(engine_resources(guardrail.fails, "native"))
        remediating_pack = Pack(
            [guardrails.policy(guardrail, level="remediate")], {name: dict.fromkeys(numbers, value)}
        )
        for item in engine_resources(guardrail.fails, "native"):
            remediating_pack.remediated(item)
