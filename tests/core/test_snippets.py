"""Every program and every command in the documentation is tried by a test: here, or on the engine."""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.commands import main
from pulumi_scw_iam.guardrails import GUARDRAILS
from tests.support.snippets import PAGES, ROOT, Snippet, commands, program, snippets

if TYPE_CHECKING:
    from pathlib import Path

ALL = [snippet for page in PAGES for snippet in snippets(page)]
ENGINE_TESTS = (ROOT / "tests" / "engine" / "test_docs.py").read_text(encoding="utf-8")

ELSEWHERE = {
    ("docs/guide/doctor.md", "console"): "tests/doctor/test_report.py",
    ("docs/guide/access.md", "console"): "tests/access/test_commands.py",
    ("docs/guide/adopt-program.md", "python"): "tests/engine/test_adopt_guides.py",
    ("docs/guide/access-check.md", "yaml"): "tests/access/test_check.py",
    ("docs/guide/access-check.md", "console"): "tests/access/test_check.py",
    ("docs/guide/access-check.md", "text"): "tests/access/test_check.py",
    ("docs/guide/access-check.md", "python"): "tests/engine/test_functions.py",
    ("docs/guide/offboard.md", "console"): "tests/access/test_offboard.py",
    ("docs/guide/access-diff.md", "console"): "tests/access/test_diff_command.py",
    ("docs/guide/native.md", "python"): "tests/engine/test_generated_sdks.py",
    ("docs/guide/native.md", "typescript"): "tests/engine/test_generated_sdks.py",
    ("docs/guide/native.md", "go"): "tests/engine/test_generated_sdks.py",
    ("docs/guide/pull-requests.md", "yaml"): "tests/kit/test_files.py",
    ("docs/guide/rotation.md", "text"): "tests/kinds/test_rotating_api_key.py",
    ("docs/guide/auditing.md", "text"): "tests/functions/test_audit_trail.py",
    ("docs/reference/messages.md", "text"): "tests/core/test_messages.py",
}
"""Programs, output and messages with a test of their own."""


def is_tried(snippet: Snippet) -> bool:
    """Return True if a test of this module, or of tests/engine/test_docs.py, tries the snippet."""
    if test := ELSEWHERE.get((snippet.page, snippet.language)):
        return snippet.page.rpartition("/")[2] in (ROOT / test).read_text(encoding="utf-8")
    if snippet.page == "docs/reference/guardrails.md":
        # The formatter has changed the lines. tests/guardrails runs the examples.
        examples = {parsed(text) for g in GUARDRAILS.values() for text in (g.fails, g.passes)}
        return parsed(snippet.text) in examples
    if snippet.language in {"shell", "json"}:
        return True  # below
    # The tests of the engine list the pages, so a new page needs a line there.
    return snippet.language in {"python", "yaml", "typescript", "go"} and (
        f'"{snippet.page}"' in ENGINE_TESTS
    )


def parsed(text: str) -> str:
    """Return the syntax tree of a program, without its formatting."""
    return ast.dump(ast.parse(text))


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_tried(page: str) -> None:
    untried = [snippet for snippet in snippets(page) if not is_tried(snippet)]
    assert untried == []


def test_every_page_of_the_guide_shows_something() -> None:
    silent = {page for page in PAGES if page.startswith("docs/guide/") and not snippets(page)}
    assert silent == {"docs/guide/faults.md", "docs/guide/performance.md"}


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_exists(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    shell = {"cd", "cp", "export", "mkdir", "pip", "rm", "terraform", "unset"}
    for words in commands(page):
        if words[0] == "pulumi-scw-iam":
            assert parses(words[1:]), f"{words}: {capsys.readouterr().err}"
        elif words[0] == "make":
            assert words[1] in targets
        else:
            assert words[0] in shell | {"pulumi"}, words  # tests/engine/test_docs.py checks pulumi


def parses(arguments: list[str]) -> bool:
    """Return True if `pulumi-scw-iam` accepts the arguments."""
    if arguments in (["--help"], ["--version"]):
        return True
    name, *rest = (word for word in arguments if word != "[OPTIONS]")
    (command,) = (command for command in main.all_commands() if command.name == name)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    # A usage line has placeholders: [--yes], {plugin,policy-pack}, [STATE ...].
    line = " ".join(rest).replace("[", "").replace("]", "").replace(" ...", "")
    try:
        parser.parse_args(re.sub(r"\{(\w+).*?\}", r"\1", line).split())
    except SystemExit:
        return False
    return True


@pytest.mark.parametrize(
    "page", sorted({s.page for s in ALL if s.language in {"shell", "console"}})
)
def test_the_shell_understands_the_commands_of_a_page(page: str) -> None:
    for snippet in snippets(page):
        if snippet.language == "shell" and "[OPTIONS]" not in snippet.text:
            subprocess.run(["bash", "-n"], input=snippet.text, text=True, check=True)


def test_the_configuration_of_the_pack_names_guardrails_and_their_options() -> None:
    config = json.loads(program("docs/guide/guardrails.md", "json", "config.json"))
    for name, value in config.items():
        options = {option.name for option in GUARDRAILS[name].options}
        given = set() if isinstance(value, str) else value.keys() - {"enforcementLevel"}
        assert given <= options, name


@pytest.mark.parametrize(
    "title", ["test_fixture.py", "test_clock.py", "test_condition.py", "test_faults.py"]
)
def test_the_tests_of_the_documentation_pass(title: str, tmp_path: Path) -> None:
    (tmp_path / title).write_text(program("docs/guide/testing.md", "python", title))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", title],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_the_program_that_starts_the_local_iam_api_runs() -> None:
    text = program("docs/guide/testing.md", "python", "start.py")
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "101 users\n"
