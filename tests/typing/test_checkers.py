"""Errors of mypy and pyright in right and wrong programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYRIGHT = "1.1.414"

HEADER = """from collections.abc import Sequence
import pulumi
import pulumi_scw_iam as iam
from pulumi_scw_iam.api.client import IamClient
from pulumi_scw_iam.api.settings import Settings

client = IamClient(Settings.resolve())
group, word, names = iam.Group("g"), str(1), list[str]()
inputs: list[pulumi.Input[str]] = [group.id, "x"]
sequence: Sequence[str] = names
"""

TEXT = "str | Awaitable[str] | Output[str]"
TEXTS = f"SequenceNotStr[{TEXT}]"
LIST = f"{TEXTS} | Awaitable[{TEXTS}] | Output[{TEXTS}]"
RULE = "PolicyRuleArgs | PolicyRuleArgsDict"
TYPE = "Literal['member', 'guest', 'owner'] | Awaitable[str] | Output[str] | None"


def wrong_argument(argument: str, of: str, given: str, expected: str) -> str:
    return f'Argument "{argument}" to "{of}" has incompatible type "{given}"; expected "{expected}"'


WRONG = {
    'iam.Group("g", user_ids="x")': wrong_argument("user_ids", "Group", "str", f"{LIST} | None"),
    'iam.Group("g", tags=word)': wrong_argument("tags", "Group", "str", f"{LIST} | None"),
    'iam.Group("g", tags=group.name)': wrong_argument(
        "tags", "Group", "Output[str]", f"{LIST} | None"
    ),
    'iam.Group("g", tags=b"x")': wrong_argument("tags", "Group", "bytes", f"{LIST} | None"),
    'iam.Group("g", tags=["x", 1])': f'List item 1 has incompatible type "int"; expected "{TEXT}"',
    'iam.PolicyRuleArgs(permission_set_names="IAMReadOnly")': wrong_argument(
        "permission_set_names", "PolicyRuleArgs", "str", LIST
    ),
    'iam.Policy("p", rules=[{"permission_set_names": "IAMReadOnly"}])': (
        f'List item 0 has incompatible type "dict[str, str]"; expected "{RULE} | Awaitable[{RULE}] |'
        f' Output[{RULE}]"'
    ),
    'iam.get_groups(user_ids="x")': wrong_argument(
        "user_ids", "get_groups", "str", "SequenceNotStr[str] | None"
    ),
    'iam.get_groups_output(user_ids="x")': wrong_argument(
        "user_ids", "get_groups_output", "str", f"{LIST} | None"
    ),
    'iam.rules_by_scope("IAMReadOnly")': (
        'Argument 1 to "rules_by_scope" has incompatible type "str"; expected "SequenceNotStr[str] |'
        ' AbstractSet[str]"'
    ),
    'iam.rules_by_scope(["A"], project_ids="x")': wrong_argument(
        "project_ids", "rules_by_scope", "str", f"{LIST} | None"
    ),
    'iam.User("u", email="x", type="membr")': wrong_argument(
        "type", "User", "Literal['membr']", TYPE
    ),
    'iam.User("u", email="x", type=word)': wrong_argument("type", "User", "str", TYPE),
    'iam.get_users(type="membr")': wrong_argument(
        "type", "get_users", "Literal['membr']", "Literal['guest', 'member', 'owner'] | None"
    ),
    'iam.Group("g", nmae="x")': 'Unexpected keyword argument "nmae" for "Group"',
    'iam.get_group(nmae="x")': 'Unexpected keyword argument "nmae" for "get_group"',
    'iam.User("u")': 'Missing named argument "email" for "User"',
    'client.create_group(name="g", nmae="x")': (
        'Unexpected keyword argument "nmae" for "create_group" of "IamClient"'
    ),
    'client.update_user("u", username="x")': (
        'Unexpected keyword argument "username" for "update_user" of "IamClient"'
    ),
    'client.update_saml("s", entity_id=1)': wrong_argument(
        "entity_id", "update_saml" + '" of "IamClient', "int", "str | None"
    ),
    "wrong: pulumi.Output[str] = group.user_ids": (
        'Incompatible types in assignment (expression has type "Output[Sequence[str] | None]",'
        ' variable has type "Output[str]")'
    ),
}
RIGHT = [
    'iam.Group("g", tags=names, user_ids=[group.id])',
    'iam.Group("g", tags=("a", "b"), user_ids=inputs)',
    'iam.Group("g", tags=sequence, user_ids=())',
    'iam.Group("g", tags=group.tags, user_ids=[])',
    'iam.Group("g", tags=[*names, group.name, "x"], user_ids=[one.id for one in [group, group]])',
    'iam.Group("g", tags=pulumi.Output.from_input(names), user_ids=sorted({"a"}))',
    'iam.Group("g", tags=pulumi.Output.all(group.id).apply(list[str]))',
    'iam.rules_by_scope({"A": 1}.keys(), project_ids=group.tags)',
    'iam.User("u", email="x", type="guest")',
    'iam.User("u", email="x", type=group.name)',
    "iam.get_groups_output(opts=pulumi.InvokeOutputOptions(depends_on=[group]))",
    "iam.get_groups(opts=pulumi.InvokeOptions(parent=group))",
    'secret: pulumi.Output[str] = iam.APIKey("k").secret_key',
    'bearer: pulumi.Output[str] = iam.SCIMToken("t", scim_id="x").bearer_token',
    'project: pulumi.Output[str] = iam.APIKey("k").default_project_id',
    'client.create_group(name="g", tags={"x"}, description=None)',
    'locked: pulumi.Output[bool] = iam.User("u", email="x").locked',
]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Write a program with all wrong lines, followed by all right lines."""
    target = tmp_path / "program.py"
    target.write_text("\n".join([HEADER, *WRONG, *RIGHT, ""]))
    return target


def line_of(statement: str) -> int:
    return HEADER.count("\n") + 2 + list(WRONG).index(statement)


def test_mypy_finds_what_is_wrong_and_nothing_else(program: Path) -> None:
    """Mypy runs with the settings and the cache of the project, to avoid a new analysis of the SDK."""
    command = [sys.executable, "-m", "mypy", "--no-pretty", "--hide-error-codes", str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    errors = re.findall(r"^.*program\.py:(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    assert {int(line): message for line, message in errors} == {
        line_of(statement): message for statement, message in WRONG.items()
    }, done.stdout + done.stderr


@pytest.mark.engine
def test_pyright_finds_the_same(program: Path) -> None:
    """Pyright is installed from npm, its official source."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH: the programs are not checked with pyright")
    packages = ROOT / ".engine" / "pyright"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "package.json").write_text(json.dumps({"dependencies": {"pyright": PYRIGHT}}))
    npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(npm, cwd=packages, capture_output=True, check=True)
    shutil.copy(HERE / "right.py", program.parent)
    pyright = packages / "node_modules" / ".bin" / "pyright"
    done = subprocess.run(
        [pyright, "--pythonpath", sys.executable, "--outputjson", "."],
        cwd=program.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    where = {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in found}
    assert where == {("program.py", line_of(statement)) for statement in WRONG}, done.stdout
