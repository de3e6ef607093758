"""The list of guardrails: in the command, in the documentation and in the declarations."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pulumi_scw_iam import __version__, guardrails
from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.guardrails import CHAPTERS, GUARDRAILS, Guardrail, catalogue
from pulumi_scw_iam.guardrails.guardrail import CIS, Option

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "guardrails.md"


ALL = [
    importlib.import_module(found.name)
    for found in pkgutil.iter_modules(guardrails.__path__, f"{guardrails.__name__}.")
]
MODULES = [
    module
    for module in ALL
    if module.__name__ != catalogue.__name__
    and any(isinstance(value, Guardrail) for value in vars(module).values())
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_module_of_guardrails_is_a_chapter_and_exports_them(module: Any) -> None:
    defined = {name for name, value in vars(module).items() if isinstance(value, Guardrail)}
    assert defined == set(module.__all__), f"{module.__name__}.__all__"
    assert CHAPTERS.get(module.CHAPTER) == tuple(
        value for value in vars(module).values() if isinstance(value, Guardrail)
    ), f"add {module.__name__} to guardrails.catalogue.CHAPTERS"
    assert defined <= set(guardrails.__all__), f"add {module.__name__} to guardrails.__init__"


def test_no_two_guardrails_have_one_id() -> None:
    ids = [guardrail.id for chapter in CHAPTERS.values() for guardrail in chapter]
    assert sorted(ids) == sorted(GUARDRAILS)


def test_the_command_lists_each_guardrail_with_its_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["guardrails"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == f"# {len(GUARDRAILS)} guardrails; * supports the level remediate"
    listed = [line.split(maxsplit=3) for line in lines]
    assert listed == [
        [
            guardrail.id + "*" * guardrail.remediable,
            guardrail.level,
            guardrail.severity,
            guardrail.expects,
        ]
        for guardrail in GUARDRAILS.values()
    ]


def test_the_command_tells_all_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guardrails", "--json"]) == 0
    listed = {facts["id"]: facts for facts in json.loads(capsys.readouterr().out)}
    assert listed.keys() == GUARDRAILS.keys()
    assert listed["key-short-life"] == {
        "id": "key-short-life",
        "level": "advisory",
        "severity": "medium",
        "expects": "Limit the lifetime of API keys.",
        "why": "The longer a key exists, the more copies exist.",
        "cure": (
            "Set an earlier expires_at; the change replaces an existing key. For a RotatingAPIKey, set a shorter"
            " rotate_after: a key lives for rotate_after and two overlaps at most."
        ),
        "looks_at": ["APIKey", "RotatingAPIKey"],
        "scope": "resource",
        "framework": {
            "name": "CIS AWS Foundations Benchmark",
            "version": "3.0.0",
            "reference": "1.14",
            "specification": "Access keys are rotated every 90 days or less",
            "nearest_analogue": True,
        },
        "remediation": None,
        "options": {
            "longest_days": {
                "type": "integer",
                "minimum": 0,
                "maximum": 1_000_000,
                "default": 90,
                "description": "Maximum lifetime, in days from now.",
            }
        },
    }
    assert listed["not-idle"]["scope"] == "stack"
    assert listed["not-idle"]["framework"] is None


def test_guardrails_say_what_there_is_to_say_in_sentences() -> None:
    assert len(GUARDRAILS) >= 30
    assert len(GUARDRAILS) == sum(len(rules) for rules in CHAPTERS.values())
    for guardrail in GUARDRAILS.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", guardrail.id)
        for text in (
            guardrail.expects,
            guardrail.why,
            guardrail.cure,
            *([guardrail.remediation] if guardrail.remediation else []),
        ):
            assert text.endswith((".", ").")), text
        assert all(option.description.endswith(".") for option in guardrail.options)
        assert guardrail.fails != guardrail.passes


def test_the_page_has_a_chapter_for_each_guardrail() -> None:
    assert re.findall(r"^### (.*)$", PAGE.read_text(), re.MULTILINE) == list(GUARDRAILS)


def declared(**other: object) -> Callable[[], Guardrail]:
    arguments = {
        "id": "x-y",
        "expects": "W.",
        "why": "W.",
        "cure": "C.",
        "severity": "low",
        "level": "advisory",
        "kinds": ("Group",),
        "fails": "",
        "passes": "",
        "validate_resource": lambda _resource, _given: (),
    }
    return lambda: Guardrail(**{**arguments, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (
            declared(validate_resource=None),
            "x-y: set exactly one of validate_resource and validate_stack",
        ),
        (
            declared(validate_stack=lambda _stack, _given: ()),
            "x-y: set exactly one of validate_resource and validate_stack",
        ),
        (
            declared(severity="bad"),
            "x-y: unknown severity 'bad'; use one of low, medium, high, critical",
        ),
        (
            declared(level="warn"),
            "x-y: unknown level 'warn'; use one of advisory, mandatory, remediate, disabled",
        ),
        (declared(remediation="It is."), "x-y: set remediate and remediation together"),
        (
            declared(
                validate_resource=None,
                validate_stack=lambda _stack, _given: (),
                remediate=lambda _resource, _given: None,
                remediation="M.",
            ),
            "x-y: remediate requires validate_resource",
        ),
        (
            lambda: Option("o", None, "O.").schema,
            "an option cannot have the default None; use a boolean, an integer, a string or a list",
        ),
    ],
)
def test_a_guardrail_that_is_declared_wrongly_is_refused(
    declare: Callable[[], object], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        declare()
    assert str(caught.value) == message


def test_references_are_named_as_analogues_of_one_benchmark() -> None:
    for guardrail in GUARDRAILS.values():
        assert guardrail.framework is None or isinstance(guardrail.framework, CIS)


def test_the_pack_has_the_version_of_the_package_and_the_readme_the_number_of_guardrails() -> None:
    described = yaml.safe_load(
        (ROOT / "pulumi_scw_iam" / "policy_pack" / "PulumiPolicy.yaml").read_text()
    )
    assert described["version"] == __version__
    assert f"[{len(GUARDRAILS)} guardrails]" in (ROOT / "README.md").read_text()
