"""The commands of `pulumi-scw-iam`: order, import time and documentation."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_scw_iam.commands import main

if TYPE_CHECKING:
    from pulumi_scw_iam.commands.command import Command

ROOT = Path(__file__).parents[2]
PAGES = {
    str(page.relative_to(ROOT)): page.read_text("utf-8")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
COMMANDS = {command.name: command for command in main.all_commands()}


def options(command: Command) -> list[str]:
    """Return the options of a command, without --help."""
    parser = argparse.ArgumentParser(add_help=False)
    command.add_arguments(parser)
    return [option for action in parser._actions for option in action.option_strings]


def test_the_help_lists_the_commands_in_this_order(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--help"])
    assert ended.value.code == 0
    listed = re.findall(r"^    ([a-z][a-z-]+)", capsys.readouterr().out, re.MULTILINE)
    assert listed == list(COMMANDS)
    # New commands follow by name, without an entry in a list.
    assert listed[:6] == [
        "emulator",
        "permission-sets",
        "guardrails",
        "path",
        "doctor",
        "delete",
    ]


def test_each_command_has_a_module_of_its_name() -> None:
    folder = ROOT / "pulumi_scw_iam" / "commands"
    for name in COMMANDS:
        assert (folder / f"{name.replace('-', '_')}.py").is_file(), name


def test_the_list_of_commands_loads_nothing_that_is_slow() -> None:
    code = (
        "import sys; from pulumi_scw_iam.commands import main; main.all_commands();"
        " print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    slow = {"cryptography", "grpc", "lark", "pulumi", "requests", "werkzeug", "yaml"}
    slow |= {f"pulumi_scw_iam.{name}" for name in ("api", "core", "doctor", "emulator", "kinds")}
    assert slow & set(loaded) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_has_the_command_with_each_of_its_options(name: str) -> None:
    page = PAGES["docs/reference/commands.md"]
    chapter = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert chapter is not None
    missing = [
        option
        for option in options(COMMANDS[name])
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", chapter[1])
    ]
    assert missing == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_of_the_guide_explains_when_to_use_the_command(name: str) -> None:
    call = re.compile(rf"\bpulumi-scw-iam {name}\b")
    pages = [
        page for page, text in PAGES.items() if page.startswith("docs/guide/") and call.search(text)
    ]
    assert pages, f"no page in docs/guide/ explains `pulumi-scw-iam {name}`"
