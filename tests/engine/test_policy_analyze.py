"""The policy pack on existing states: `pulumi policy analyze`, without a program and without an API."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pulumi_scw_iam.guardrails import GUARDRAILS
from pulumi_scw_iam.guardrails.resources import kind_of
from tests.support.guardrail_programs import (
    FAMILIES,
    IDS,
    EngineResource,
    engine_resources,
    families,
    shifted,
)
from tests.support.kept import KEPT, KeptState
from tests.support.stack import ROOT, environment_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine

PACK = ROOT / "pulumi_scw_iam" / "policy_pack"
PAGE = ROOT / "docs" / "guide" / "guardrails.md"
OLDEST = [kept for kept in KEPT if kept.folder.parent == KEPT[0].folder.parent]
STATES = pytest.mark.parametrize("kept", OLDEST, ids=str)
ROOT_STACK = "urn:pulumi:test::test::pulumi:pulumi:Stack::test-test"


class Analysis(NamedTuple):
    """The exit status and both outputs."""

    status: int
    output: str
    errors: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.splitlines()]

    @property
    def violations(self) -> set[tuple[str, str, str]]:
        """The guardrail, level and resource of each violation."""
        found = [event["policyEvent"] for event in self.events if "policyEvent" in event]
        return {
            (each["policyName"], each["enforcementLevel"], each["resourceUrn"].rpartition("::")[2])
            for each in found
        }


class Analyst:
    """Runs the command in an empty folder, without a stack and without settings of the API."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment_in(folder, folder, {})

    def run(
        self, state: Path, config: dict[str, Any] | None = None, *arguments: str, ok: bool
    ) -> Analysis:
        options = ["--file", str(state), "--policy-pack", str(PACK), "--non-interactive"]
        if config is not None:
            (self.folder / "config.json").write_text(json.dumps(config))
            options += ["--policy-pack-config", "config.json"]
        done = subprocess.run(
            ["pulumi", "policy", "analyze", *options, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        # Both kinds of failure have status 1: a mandatory violation, and a failed command.
        assert done.returncode == (0 if ok else 1), done.stdout + done.stderr
        return Analysis(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def analyst(tmp_path: Path) -> Analyst:
    return Analyst(tmp_path)


# --- all guardrails, all families of types ------------------------------------------------------


def state_of(resources: list[EngineResource]) -> dict[str, Any]:
    """Return a state file with these resources."""
    stack = {"urn": ROOT_STACK, "custom": False, "type": "pulumi:pulumi:Stack"}
    return {
        "version": 3,
        "deployment": {
            "manifest": {"time": "2026-11-30T00:00:00Z", "magic": "", "version": ""},
            "resources": [
                stack,
                *(
                    {
                        "urn": item.urn,
                        "custom": True,
                        "id": item.name,
                        "type": item.type,
                        "inputs": item.props,
                        "outputs": item.props,
                        "parent": ROOT_STACK,
                        "protect": item.protect,
                        "propertyDependencies": item.dependencies,
                    }
                    for item in resources
                ),
            ],
        },
    }


def examples(which: str, family: str) -> list[EngineResource]:
    """Return the resources of all examples of a family, with names and ids of their own."""
    found = []
    for name, guardrail in GUARDRAILS.items():
        program = shifted(getattr(guardrail, which), datetime.now(timezone.utc))
        if family not in families(program):
            continue
        for item in engine_resources(program, family, preview=False):
            text = json.dumps([item.urn, item.props, item.dependencies])
            text = re.sub(r'(urn:[^"]+::)([^":]+)"', rf'\1{name}.\2"', text)
            for other in engine_resources(program, family, preview=False):
                old = uuid.uuid5(uuid.NAMESPACE_DNS, f"{kind_of(other.type)}/{other.name}")
                text = text.replace(str(old), str(uuid.uuid5(old, name)))
            urn, props, dependencies = json.loads(text)
            found.append(
                EngineResource(
                    item.type, f"{name}.{item.name}", urn, props, dependencies, item.protect
                )
            )
    return found


def options() -> dict[str, Any]:
    """Return the options of the examples."""
    return {
        name: {key: [IDS.get(item, item) for item in value] for key, value in chosen.items()}
        for name, guardrail in GUARDRAILS.items()
        if (chosen := guardrail.example_options)
    }


def own(violations: set[tuple[str, str, str]]) -> set[tuple[str, str]]:
    """Return the guardrails that are reported for their own example, with their levels."""
    return {
        (name, level) for name, level, resource in violations if resource.startswith(f"{name}.")
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_every_guardrail_is_reported_in_a_state(analyst: Analyst, family: str) -> None:
    expected = {
        (name, guardrail.level)
        for name, guardrail in GUARDRAILS.items()
        if family in families(guardrail.fails)
    }
    assert len(expected) > len(GUARDRAILS) / 2
    state = analyst.folder / "state.json"
    state.write_text(json.dumps(state_of(examples("fails", family))))
    failed = analyst.run(state, options(), "--json", ok=False)
    assert own(failed.violations) == expected
    assert failed.errors == "error: one or more mandatory policy violations were found\n"

    state.write_text(json.dumps(state_of(examples("passes", family))))
    lenient = {"all": "advisory", **options()}
    # The examples about SSH keys share a key, and one of them is in another project.
    assert own(analyst.run(state, lenient, "--json", ok=True).violations) == {
        ("ssh-one-project", "advisory")
    }


# --- the whole output ---------------------------------------------------------------------------

OUTPUT = """\
    pulumi:pulumi:Stack test-test  
Policies:
    ❌ scw-iam@v0.1.0
        - [mandatory] [severity: high]  key-not-for-people  ({type}APIKey: of-alice)
          Declare API keys for applications, not for users.
          {userId} makes a user the bearer of the key; set {applicationId} instead
        - [advisory] [severity: low]  group-not-mixed  ({type}Group: developers)
          Do not mix users and applications in a group.
          the group has users and applications; create one group with its own policy for each

"""  # noqa: W291
# A guardrail for single resources must be enabled to recognize objects that the program only reads.
SINGLE = {"all": "disabled", "ssh-no-dsa": "mandatory"}
CONFIG = {**SINGLE, "key-not-for-people": "mandatory", "group-not-mixed": "advisory"}
SPELLING = {
    "dynamic": {
        "type": "pulumi-python:dynamic/scw_iam:",
        "userId": "user_id",
        "applicationId": "application_id",
    },
    "native": {
        "type": "scw-iam:index:",
        "userId": "userId",
        "applicationId": "applicationId",
    },
}


@STATES
def test_the_whole_output_and_the_exit_status(kept: KeptState, analyst: Analyst) -> None:
    state = kept.folder / "checkpoint.json"
    spelling = SPELLING[kept.front]
    # The looked-up group "ops" is mixed too, but the program only reads it.
    assert analyst.run(state, CONFIG, ok=False) == (
        1,
        OUTPUT.format(**spelling),
        "error: one or more mandatory policy violations were found\n",
    )
    relaxed = analyst.run(state, {**CONFIG, "key-not-for-people": "advisory"}, "--json", ok=True)
    pack = {"policyPackName": "scw-iam", "policyPackVersion": "0.1.0"}
    title = GUARDRAILS["key-not-for-people"].expects
    key, group, summary = (
        {name: value for name, value in event.items() if name not in ("sequence", "timestamp")}
        for event in sorted(relaxed.events, key=lambda event: json.dumps(event, sort_keys=True))
    )
    if "key" not in json.dumps(key):
        key, group = group, key
    urns = {resource["urn"].rpartition("::")[2]: resource["urn"] for resource in kept.resources()}
    assert (relaxed.status, relaxed.errors) == (0, "")
    assert key["policyEvent"] == {
        "resourceUrn": urns["of-alice"],
        "message": f"{title}\n{spelling['userId']} makes a user the bearer of the key;"
        f" set {spelling['applicationId']} instead",
        "color": "",
        "policyName": "key-not-for-people",
        **pack,
        "policyPackVersionTag": "0.1.0",
        "enforcementLevel": "advisory",
        "severity": "high",
    }
    assert group["policyEvent"]["resourceUrn"] == urns["developers"]
    assert summary["summaryEvent"] == {
        "maybeCorrupt": False,
        "durationSeconds": 0,
        "resourceChanges": {},
        "PolicyPacks": {"scw-iam": "0.1.0"},
        "isPreview": False,
        "result": "succeeded",
    }


def test_a_configuration_that_does_not_fit_is_refused(analyst: Analyst) -> None:
    state = OLDEST[0].folder / "checkpoint.json"
    refused = analyst.run(state, {"key-short-life": {"longest_days": "many"}}, ok=False)
    assert refused.output == ""
    assert refused.errors == (
        'error: loading policy packs: validating policy config for "scw-iam": key-short-life:'
        " longest_days: Invalid type. Expected: integer, given: string\n"
    )


# --- secrets, remediation, imports --------------------------------------------------------------


@STATES
def test_without_the_passphrase_no_secret_reaches_the_pack_and_nothing_else_is_reported(
    kept: KeptState, analyst: Analyst
) -> None:
    state = kept.folder / "checkpoint.json"
    decrypted = analyst.run(state, None, "--json", ok=False)
    del analyst.environment["PULUMI_CONFIG_PASSPHRASE"]
    redacted = analyst.run(state, None, "--json", ok=False)
    assert redacted.errors == (
        f"warning: could not decrypt secrets in {state}; analyzing with secret values redacted\n"
        "error: one or more mandatory policy violations were found\n"
    )
    # These two depend on a condition and on tags that the program marks as secret.
    assert decrypted.violations - redacted.violations == {
        ("condition-not-spoofable", "mandatory", "of-group"),
        ("required-tags", "advisory", "developers"),
    }
    assert redacted.violations < decrypted.violations
    assert ("user-no-password", "advisory", "alice") in redacted.violations
    assert not any(resource == "ops" for _, _, resource in decrypted.violations)
    secrets = [
        text
        for resource in kept.resources()
        for text in marked({**resource["outputs"], **resource.get("inputs", {})})
    ]
    assert len(secrets) > 4
    for output in (decrypted.output + decrypted.errors, redacted.output + redacted.errors):
        assert [secret for secret in secrets if secret in output] == []


def marked(value: Any) -> list[str]:
    """Return the texts inside of secret marks."""
    match value:
        case {"4dabf18193072939515e22adb298388d": _, "value": inner}:
            return [text for text in texts(inner) if len(text) > 1]
        case dict():
            return [text for item in value.values() for text in marked(item)]
        case list():
            return [text for item in value for text in marked(item)]
    return []


def texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for item in value.values() for text in texts(item)]
        case list():
            return [text for item in value for text in texts(item)]
    return []


@STATES
def test_a_remediation_is_shown_and_not_applied_so_its_violation_is_mandatory(
    kept: KeptState, analyst: Analyst
) -> None:
    state = analyst.folder / "state.json"
    text = (kept.folder / "checkpoint.json").read_text()
    state.write_text(text)
    config = {
        "all": "disabled",
        "key-expires": "remediate",
        # A guardrail without a remediation.
        "policy-to-group": "remediate",
    }
    shown = analyst.run(state, config, "--json", ok=False)
    (change,) = (
        event["policyRemediationEvent"]
        for event in shown.events
        if "policyRemediationEvent" in event
    )
    expiry = {"dynamic": "expires_at", "native": "expiresAt"}[kept.front]
    assert change["policyName"] == "key-expires"
    assert change["resourceUrn"].endswith("::of-alice")
    assert change["after"].keys() - change["before"].keys() == {expiry}
    assert shown.violations == {
        ("key-expires", "mandatory", "of-alice"),
        ("policy-to-group", "mandatory", "of-user"),
    }
    assert state.read_text() == text


@STATES
def test_after_an_import_nothing_is_idle_until_an_update_records_the_references(
    kept: KeptState, analyst: Analyst
) -> None:
    config = {**SINGLE, "not-idle": "advisory"}
    updated = analyst.run(kept.folder / "checkpoint.json", config, "--json", ok=True)
    assert updated.violations == {
        ("not-idle", "advisory", "bare-group"),
        ("not-idle", "advisory", "empty-group"),
    }
    # The same program, right after its import.
    imported = next(one for one in KEPT if one.is_adopted and one.front == kept.front)
    names = {resource["urn"].rpartition("::")[2] for resource in imported.resources()}
    assert {"bare-group", "empty-group"} < names
    analysis = analyst.run(imported.folder / "checkpoint.json", config, "--json", ok=True)
    assert analysis.violations == set()


# --- the documentation --------------------------------------------------------------------------


def test_the_commands_of_the_documentation(analyst: Analyst) -> None:
    kept = OLDEST[0]
    chapter = PAGE.read_text().partition("## Check an existing state\n")[2].partition("\n## ")[0]
    commands, of_stack = re.findall(r"^```shell\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL)
    project = analyst.folder / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: test\nruntime: yaml\n")
    (project / "config.json").write_text(json.dumps({"all": "advisory"}))
    setup = f"""
pulumi stack init test --non-interactive
pulumi stack import --file {kept.folder}/checkpoint.json
"""
    reported = []
    for script in (commands, of_stack):
        done = subprocess.run(
            ["bash", "-e", "-c", setup * (script is commands) + script],
            cwd=project,
            env=analyst.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        reported.append(set(re.findall(r"^ +- (\[.*)$", done.stdout, re.MULTILINE)))
    redacted, decrypted = reported
    assert len(redacted) > 20
    assert {line.split()[3] for line in decrypted - redacted} == {
        "condition-not-spoofable",
        "required-tags",
    }
    assert not redacted - decrypted
