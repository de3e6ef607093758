"""The programs in the documentation, extracted from their pages and run or compiled."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pulumi_scw_iam.api.client import IamClient
    from tests.support.stack import Stack

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools" / "engine"
TYPESCRIPT = "5.9.3"


def program(page: str, language: str) -> str:
    """Return the first program in a language on a page."""
    text = (ROOT / page).read_text()
    shown = re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert shown is not None, f"{page} has no program in {language}"
    return shown[1]


def run(*command: str | Path, folder: Path) -> None:
    """Run a compiler or a package manager. Fails with its output."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# Compiled with the SDKs of `pulumi package add`


def test_the_go_program_compiles(sdks: Path, tmp_path: Path) -> None:
    module = "example.com/pulumi-scw-iam/sdk/go"
    (tmp_path / "main.go").write_text(program("docs/guide/native.md", "go"))
    # The engine's modules in the same versions, so that no further module is downloaded.
    for name in ("go.mod", "go.sum"):
        shutil.copy(TOOLS / name, tmp_path)
    edits = [f"-replace={module}={sdks / 'go'}", f"-require={module}@v0.0.0"]
    run("go", "mod", "edit", "-module=program", *edits, folder=tmp_path)
    run("go", "vet", "-mod=mod", ".", folder=tmp_path)


def test_the_typescript_program_compiles(sdks: Path, tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH: the TypeScript program in docs/guide/native.md is not checked")
    (version,) = re.findall(r"pulumi/sdk/v3 v(\S+)", (TOOLS / "go.mod").read_text())
    packages = ROOT / ".engine" / "npm"
    packages.mkdir(parents=True, exist_ok=True)
    dependencies = {"@pulumi/pulumi": version, "typescript": TYPESCRIPT}
    (packages / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    run("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", folder=packages)

    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    (tmp_path / "index.ts").write_text(program("docs/guide/native.md", "typescript"))
    shutil.copytree(sdks / "nodejs", tmp_path / "sdk")
    options = {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "target": "es2022",
        "module": "commonjs",
        "moduleResolution": "node10",
        "paths": {"pulumi-scw-iam-native": ["./sdk"]},
    }
    config = {"compilerOptions": options, "files": ["index.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    run("node", "node_modules/typescript/bin/tsc", folder=tmp_path)


# Run with the engine


@pytest.mark.parametrize("page", ["README.md", "docs/reference/functions.md"])
def test_the_python_program_comes_up(stack: Stack, iam: IamClient, page: str) -> None:
    iam.create_group(name="everybody")
    (stack.folder / "__main__.py").write_text(program(page, "python"))
    stack.up()
    assert set(stack.up().changes) == {"same"}
    (robot,) = iam.list_applications()
    assert robot["name"] == "robot"


@pytest.mark.parametrize("page", ["docs/guide/native.md", "docs/reference/functions.md"])
def test_the_yaml_program_comes_up(stack: Stack, iam: IamClient, page: str) -> None:
    iam.create_group(name="everybody")
    (stack.folder / "Pulumi.yaml").write_text(program(page, "yaml"))
    stack.pulumi("stack", "init", "test")  # the program has another project name
    stack.up()
    assert set(stack.up().changes) == {"same"}
    (robot,) = iam.list_applications()
    assert robot["name"] == "robot"
