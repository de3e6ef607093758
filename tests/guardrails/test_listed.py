"""What the command and the page say of the rules."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from pulumi_scw_iam import __version__
from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.guardrails import CHAPTERS, GUARDRAILS, Guardrail
from pulumi_scw_iam.guardrails.guardrail import CIS, Option

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "guardrails.md"


def test_the_command_lists_each_rule_with_its_level(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guardrails"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == f"# {len(GUARDRAILS)} guardrails; a * is one that the level remediate mends"
    listed = [line.split(maxsplit=3) for line in lines]
    assert listed == [
        [rule.id + "*" * rule.remediable, rule.level, rule.severity, rule.wants]
        for rule in GUARDRAILS.values()
    ]


def test_the_command_tells_all_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guardrails", "--json"]) == 0
    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed.keys() == GUARDRAILS.keys()
    assert listed["key-short-life"] == {
        "id": "key-short-life",
        "level": "advisory",
        "severity": "medium",
        "wants": "API keys do not live longer than a set number of days.",
        "why": "The longer a key lives, the more copies of it there are.",
        "cure": "Choose an earlier expires_at. A key that exists already is replaced by that.",
        "looks_at": ["APIKey"],
        "scope": "resource",
        "like": {
            "framework": "CIS AWS Foundations Benchmark",
            "version": "3.0.0",
            "reference": "1.14",
            "wants": "Access keys are rotated every 90 days or less",
            "nearest_analogue": True,
        },
        "remediation": None,
        "options": {
            "longest_days": {
                "type": "integer",
                "minimum": 0,
                "maximum": 1_000_000,
                "default": 90,
                "description": "The longest life, in days from now.",
            }
        },
    }
    assert listed["not-idle"]["scope"] == "stack"
    assert listed["not-idle"]["like"] is None


def test_rules_say_what_there_is_to_say_in_sentences() -> None:
    assert len(GUARDRAILS) >= 30
    assert len(GUARDRAILS) == sum(len(rules) for rules in CHAPTERS.values())
    for rule in GUARDRAILS.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.id)
        for text in (
            rule.wants,
            rule.why,
            rule.cure,
            *([rule.remediation] if rule.remediation else []),
        ):
            assert text.endswith((".", ").")), text
        assert all(option.description.endswith(".") for option in rule.options)
        assert rule.fails != rule.passes


def test_the_page_names_no_rule_or_option_that_is_not_there() -> None:
    page = PAGE.read_text()
    config = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert config is not None
    for name, said in json.loads(config[1]).items():
        options = said if isinstance(said, dict) else {}
        known = {option.name for option in GUARDRAILS[name].options} | {"enforcementLevel"}
        assert options.keys() <= known
    assert re.findall(r"^### (.*)$", page, re.MULTILINE) == list(GUARDRAILS)


def declared(**other: object) -> Callable[[], Guardrail]:
    said = {
        "id": "x-y",
        "wants": "W.",
        "why": "W.",
        "cure": "C.",
        "severity": "low",
        "level": "advisory",
        "kinds": ("Group",),
        "fails": "",
        "passes": "",
        "resource": lambda _resource, _given: (),
    }
    return lambda: Guardrail(**{**said, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (declared(resource=None), "x-y: a guardrail looks at a resource, or at the stack"),
        (
            declared(stack=lambda _stack, _given: ()),
            "x-y: a guardrail looks at a resource, or at the stack",
        ),
        (declared(severity="bad"), "x-y: no such severity or level"),
        (declared(level="warn"), "x-y: no such severity or level"),
        (declared(remediation="It is."), "x-y: mending is said, and done"),
        (
            declared(
                resource=None,
                stack=lambda _stack, _given: (),
                remediate=lambda _resource, _given: None,
                remediation="M.",
            ),
            "x-y: only a resource can be mended",
        ),
        (lambda: Option("o", None, "O.").schema, "an option has no type like that of None"),
    ],
)
def test_a_rule_that_is_declared_wrongly_is_refused(
    declare: Callable[[], object], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        declare()
    assert str(caught.value) == message


def test_references_are_named_as_analogues_of_one_benchmark() -> None:
    for rule in GUARDRAILS.values():
        assert rule.like is None or isinstance(rule.like, CIS)


def test_the_pack_has_the_version_of_the_package_and_the_readme_the_number_of_rules() -> None:
    described = yaml.safe_load(
        (ROOT / "pulumi_scw_iam" / "policy_pack" / "PulumiPolicy.yaml").read_text()
    )
    assert described["version"] == __version__
    assert f" {len(GUARDRAILS)} rules" in (ROOT / "README.md").read_text()
