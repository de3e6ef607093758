"""The policy pack on the real engine: mandatory violations stop a run, advisory ones are shown."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.emulator import Emulator
from pulumi_scw_iam.guardrails import GUARDRAILS
from tests.support.guardrail_programs import KEYS, shifted
from tests.support.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.guardrails import Guardrail
    from tests.support.stack import Run, Stack

pytestmark = pytest.mark.engine

PACK = ROOT / "pulumi_scw_iam" / "policy_pack"
FRONTS = pytest.mark.parametrize("stack", ["dynamic", "native"], indirect=True)
# The resource type with the MFA status is in a package that is not installed here.
RUN = {name: rule for name, rule in GUARDRAILS.items() if "scaleway." not in rule.fails}

# All examples in one program, with unique names.
EXAMPLES = """
import json
from types import SimpleNamespace
from pulumi_scw_iam import conditions
from pulumi_scw_iam.kinds import KINDS

def of(prefix):
    def a(kind):
        def resource(name, /, **said):
            if "username" in said:
                said["username"] = f"{prefix}.{said['username']}"
            return getattr(iam, kind)(f"{prefix}.{name}", **said)
        return resource
    module = SimpleNamespace(**{kind: a(kind) for kind in KINDS})
    module.PolicyRuleArgs, module.conditions = iam.PolicyRuleArgs, conditions
    return module

with open("examples.json") as file:
    known = json.load(file)
for prefix, text in known["examples"].items():
    exec(text, {"iam": of(prefix), "pulumi": pulumi, **known["names"]})
"""

GOOD = """
from pulumi_scw_iam import conditions

here = iam.default_organization_id()
tags = ["owner=platform"]
ana = iam.User("ana", email="ana@example.com", username="ana", tags=tags)
robot = iam.Application("robot", tags=tags)
iam.APIKey("robot", application_id=robot.id, description="build, owner=platform",
           expires_at="2030-03-01T00:00:00Z")
devs = iam.Group("devs", tags=tags, user_ids=[ana.id])
iam.Policy("devs", tags=tags, group_id=devs.id, rules=[
    iam.PolicyRuleArgs(permission_set_names=["InstancesFullAccess"],
                       project_ids=[iam.default_project_id()]),
    iam.PolicyRuleArgs(permission_set_names=["IAMReadOnly"], organization_id=here,
                       condition=conditions.hours(8, 18, zone="Europe/Paris"))])
robots = iam.Group("robots", tags=tags, application_ids=[robot.id])
iam.Policy("robots", tags=tags, group_id=robots.id, rules=[
    iam.PolicyRuleArgs(permission_set_names=["ContainerRegistryFullAccess"],
                       project_ids=[iam.default_project_id()])])
kept = pulumi.ResourceOptions(protect=PROTECT)
admins = iam.Group("admins", tags=tags, user_ids=[ana.id], application_ids=[], opts=kept)
iam.Policy("admins", name="administrators", tags=tags, group_id=admins.id, opts=kept, rules=[
    iam.PolicyRuleArgs(permission_set_names=["IAMManager"], organization_id=here,
                       condition=conditions.ip("203.0.113.7"))])
iam.OrganizationSecuritySettings("ours", max_api_key_expiration_duration="7776000s",
    max_login_session_duration="43200s", grace_period_duration="259200s",
    login_attempts_before_locked=5, enforce_password_renewal=True)
iam.SSHKey("ana", public_key="ED25519_KEY")
"""


@pytest.fixture
def calls() -> list[str]:
    """Return the access log of the local IAM API."""
    return []


@pytest.fixture
def iam_emulator(calls: list[str]) -> Iterator[Emulator]:
    with Emulator(access_log=calls.append) as emulator:
        yield emulator


def in_docs(language: str) -> str:
    """Return the first block in a language on the page."""
    page = (ROOT / "docs" / "guide" / "guardrails.md").read_text()
    shown = re.search(rf"^```{language}\b.*?\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert shown is not None
    return shown[1]


def writes(calls: list[str]) -> list[str]:
    return [
        call for call in calls if not any(f" {read} " in f" {call}" for read in ("GET", "HEAD"))
    ]


def now() -> datetime:
    return datetime.now(timezone.utc)


class Guarded:
    """A stack with the policy pack."""

    def __init__(self, stack: Stack, config: dict[str, Any]) -> None:
        self.stack = stack
        self.config = stack.folder.parent / "policy.json"
        self.config.write_text(json.dumps(config))

    def run(self, command: str, program: str, *arguments: str, ok: bool) -> Run:
        self.stack.write(program)
        with_pack = ("--policy-pack", str(PACK), "--policy-pack-config", str(self.config))
        return self.stack._operate(command, *with_pack, *arguments, ok=ok)

    def events(self, kind: str) -> list[dict[str, Any]]:
        lines = (self.stack.folder.parent / "events.json").read_text().splitlines()
        return [event[kind] for event in map(json.loads, lines) if kind in event]

    @property
    def problems(self) -> set[tuple[str, str, str]]:
        """The guardrail, level and resource of each violation."""
        return {
            (
                event["policyName"],
                event["enforcementLevel"],
                event["resourceUrn"].rsplit("::", 1)[-1],
            )
            for event in self.events("policyEvent")
        }


def run_on(stack: Stack) -> dict[str, Guardrail]:
    """Return the guardrails whose examples can run. The dynamic front itself refuses two styles."""
    refused = {"group-one-style"} if stack.front == "dynamic" else set()
    return {name: rule for name, rule in RUN.items() if name not in refused}


def examples(stack: Stack, emulator: Emulator, iam: IamClient, which: str) -> dict[str, Any]:
    """Write the examples of the program; return their configuration."""
    everybody = iam.create_group(name="everybody")["id"]
    (owner,) = (user["id"] for user in iam.list_users() if user["type"] == "owner")
    names = {
        **KEYS,
        "ORGANIZATION_ID": emulator.organization_id,
        "PROJECT_ID": emulator.project_id,
        "OTHER_PROJECT_ID": emulator.seed({"projects": [{"name": "other"}]})["projects"][0]["id"],
        "EVERYBODY_ID": everybody,
        "ADMINS_ID": iam.create_group(name="administrators")["id"],
        "USER_ID": owner,
        "OWNER_ID": owner,
    }
    texts = {name: shifted(getattr(rule, which), now()) for name, rule in run_on(stack).items()}
    (stack.folder / "examples.json").write_text(json.dumps({"examples": texts, "names": names}))
    return {
        name: {key: [names.get(item, item) for item in value] for key, value in options.items()}
        for name, rule in RUN.items()
        if (options := rule.example_options)
    }


@FRONTS
def test_every_example_that_fails_is_told_before_anything_is_made(
    stack: Stack, iam_emulator: Emulator, iam: IamClient, calls: list[str]
) -> None:
    guarded = Guarded(stack, examples(stack, iam_emulator, iam, "fails"))
    calls.clear()
    for command, arguments in (("preview", ()), ("up", ("--yes",))):
        run = guarded.run(command, EXAMPLES, *arguments, ok=False)
        reported = {
            name for name, _, resource in guarded.problems if resource.startswith(f"{name}.")
        }
        assert reported == set(run_on(stack)), run.output
        levels = {name: level for name, level, _ in guarded.problems}
        assert levels == {name: GUARDRAILS[name].level for name in levels}
        assert "can't run policy" not in run.output
        assert writes(calls) == []


@FRONTS
def test_no_example_that_passes_breaks_its_rule(
    stack: Stack, iam_emulator: Emulator, iam: IamClient
) -> None:
    # Violations of other guardrails must not stop the preview.
    guarded = Guarded(stack, {"all": "advisory", **examples(stack, iam_emulator, iam, "passes")})
    run = guarded.run("preview", EXAMPLES, ok=True)
    reported = {
        (name, resource)
        for name, _, resource in guarded.problems
        if resource.startswith(f"{name}.")
    }
    assert reported == set(), run.output


@FRONTS
def test_a_good_stack_passes_the_whole_pack(stack: Stack, calls: list[str]) -> None:
    # The configuration from the documentation.
    guarded = Guarded(stack, json.loads(in_docs("json")))
    program = shifted(GOOD, now()).replace("ED25519_KEY", KEYS["ED25519_KEY"])
    protected = program.replace("PROTECT", "True")
    guarded.run("preview", protected, ok=True)
    assert guarded.problems == set()
    guarded.run("up", protected, "--yes", ok=True)
    assert guarded.problems == set()
    assert writes(calls) != []
    run = guarded.run("up", protected, "--yes", "--skip-preview", ok=True)
    assert run.changes == {"same": 11}
    assert guarded.problems == set()
    # Guardrails for other resources are neither passed nor failed.
    passed = {
        event["resourceUrn"].rsplit("::", 1)[-1]: set(event.get("passed") or ())
        for event in guarded.events("policyAnalyzeSummaryEvent")
        if event["resourceUrn"].endswith("::robot") and "APIKey" in event["resourceUrn"]
    }
    assert passed == {
        "robot": {"key-expires", "key-short-life", "key-not-near-expiry", "key-description"}
    }
    guarded.run("up", program.replace("PROTECT", "False"), "--yes", "--skip-preview", ok=True)


@FRONTS
def test_a_mandatory_rule_keeps_its_resource_from_being_made_without_a_preview_too(
    stack: Stack, calls: list[str]
) -> None:
    guarded = Guarded(stack, {})
    program = 'iam.Policy("p", no_principal=True, rules=[iam.PolicyRuleArgs(permission_set_names=["AllProductsFullAccess"], organization_id=iam.default_organization_id())])'
    guarded.run("up", program, "--yes", "--skip-preview", ok=False)
    assert ("no-all-products", "mandatory", "p") in guarded.problems
    assert writes(calls) == []


@FRONTS
def test_the_output_of_another_resource_as_scope_is_told_at_preview(
    stack: Stack, calls: list[str]
) -> None:
    guarded = Guarded(stack, {})
    program = """
robot = iam.Application("robot")
iam.Policy("robot", application_id=robot.id, rules=[iam.PolicyRuleArgs(
    permission_set_names=["AllProductsFullAccess"], organization_id=robot.organization_id)])
"""
    guarded.run("up", program, "--yes", ok=False)
    assert ("no-all-products", "mandatory", "robot") in guarded.problems
    assert writes(calls) == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"key-short-life": {"longest_days": "many"}}, "longest_days"),
        ({"key-short-life": {"longest_days": -1}}, "longest_days"),
        ({"required-tags": {"keys": "owner"}}, "keys"),
    ],
)
def test_the_engine_refuses_a_configuration_that_does_not_fit(
    stack: Stack, config: dict[str, Any], message: str, calls: list[str]
) -> None:
    run = Guarded(stack, config).run("preview", 'iam.Application("a")', ok=False)
    assert message in run.output
    assert calls == []


def test_a_pack_of_ones_own_as_the_documentation_shows_it(stack: Stack, calls: list[str]) -> None:
    pack = stack.folder.parent / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(in_docs("python"))
    stack.write('iam.APIKey("k", application_id=iam.Application("a").id)')
    stack._operate("preview", "--policy-pack", str(pack), ok=True)
    guarded = Guarded(stack, {})
    assert guarded.problems == {
        ("key-description", "advisory", "k"),
        ("required-tags", "advisory", "a"),
    }
    mended = {event["policyName"] for event in guarded.events("policyRemediationEvent")}
    assert mended == {"key-expires"}
    assert writes(calls) == []


@FRONTS
def test_what_is_remediated_is_stable(stack: Stack) -> None:
    mended = {name for name, rule in GUARDRAILS.items() if rule.remediable}
    config: dict[str, Any] = {name: {"enforcementLevel": "remediate"} for name in mended}
    config["required-tags"]["add"] = ["owner=platform"]
    config["key-expires"]["longest_days"] = 60
    guarded = Guarded(stack, config)
    program = """
ana = iam.User("ana", email="Ana@Example.com", username="ana", password=pulumi.Output.secret("Welcome-2030!"))
robot = iam.Application("robot", tags=["Env=Test"])
iam.APIKey("key", application_id=robot.id)
"""
    guarded.run("up", program, "--yes", ok=True)
    reported = {event["policyName"] for event in guarded.events("policyRemediationEvent")}
    assert (
        reported
        == mended
        == {
            "key-expires",
            "user-email-lower-case",
            "required-tags",
            "tags-lower-case",
        }
    )
    user = stack.outputs_of("ana")
    assert (user["email"], user["tags"], user["password"]) == (
        "ana@example.com",
        ["owner=platform"],
        "[secret]",
    )
    assert stack.outputs_of("robot")["tags"] == ["env=test", "owner=platform"]
    expiry = stack.outputs_of("key")["expires_at"]
    left = datetime.fromisoformat(expiry.replace("Z", "+00:00")) - now()
    assert timedelta(days=30) <= left <= timedelta(days=60)
    assert "Welcome-2030!" not in stack.state_text()
    run = guarded.run("up", program, "--yes", ok=True)
    assert run.changes == {"same": 3}
