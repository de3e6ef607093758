"""Write the states of a release, as test data for later releases: `make keep-states`.

    python -m tools.keep_states [FOLDER]

The folder has the date as its name (default: today, in tests/engine/kept_states). The programs are those of
tests/engine/kept_states/programs, one for each front. The script runs `up` on each program in an organization
of its own on the local IAM API. Then it adopts the same objects into an empty stack by an import file. It
writes the programs, the organization before (`seeded.json`) and after (`organization.json`), the configuration
of each stack, each checkpoint, and the versions that wrote them (`written_by.json`).

The checkpoint is the engine's export without `sourcePosition` and `stackTrace`, since both contain
paths of the machine. Existing states are never overwritten.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pulumi_scw_iam.common.version import __version__
from pulumi_scw_iam.emulator import Emulator
from tests.support.adopt_command import IMPORT, SIGNATURE, adopt
from tests.support.kept import ADOPTED, FOLDER, FRONTS, PROGRAMS, SEED, objects_of
from tests.support.secret_manager import new_secret
from tests.support.stack import ROOT, Stack

CONFIGURATION = {"password": "Correct-horse-battery-1", "tag": "confidential"}
"""Secrets of the programs, encrypted in the configuration and in the checkpoint."""
WITH_SECRET_KEY = "of-robot"
"""The adopted API key whose secret key is in the import file, as after an adoption from Terraform."""


def main(release: Path) -> int:
    """Write the states of both fronts; return 1 if states exist."""
    if existing := sorted(release.glob("*/checkpoint.json")):
        print(f"{existing[0]} exists; kept states are never overwritten", file=sys.stderr)
        return 1
    for program, front in FRONTS.items():
        keep(release, program, front)
    write(release / "written_by.json", written_by())
    print(f"wrote {release}; commit it")
    return 0


def keep(release: Path, program: str, front: str) -> None:
    """Run `up` on a program, and adopt its objects; write both states and the organization."""
    day = datetime.fromisoformat(release.name).replace(tzinfo=timezone.utc)
    with (
        tempfile.TemporaryDirectory() as temporary,
        # Each run creates the same ids, if the engine keeps the order of the calls.
        Emulator(clock=lambda: day, dice=random.Random(1)) as api,
    ):
        (web,) = api.seed(SEED)["projects"]
        vault = new_secret(api)
        write(release / "seeded.json", objects_of(api.snapshot()))
        values = {"web": web["id"], "vault": vault}
        stack = project(Path(temporary) / "up", PROGRAMS / program, front, api, values)
        stack.up(None, "--parallel", "1")
        # The looked-up group got a member after its lookup.
        stack.up(None)
        write(release / program / "organization.json", objects_of(api.snapshot()))
        write_state(release / program, stack)

        adopting = project(Path(temporary) / "adopt", PROGRAMS / program, front, api, values)
        for file in adopting.folder.glob("*.*"):
            file.write_text(without_marked(file.read_text(encoding="utf-8")), encoding="utf-8")
        imports = Path(temporary) / "import.json"
        options = ("--stack", "test", "--import-file", imports)
        done = adopt("--program", adopting.folder, *options, environment=adopting.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        add_secret_key(imports, front, stack.outputs()["secret_key"])
        adopting.pulumi(*(str(imports) if item == "import.json" else item for item in IMPORT))
        write_state(release / f"{ADOPTED}{program}", adopting)


def project(
    folder: Path, program: Path, front: str, api: Emulator, values: dict[str, str]
) -> Stack:
    """Copy a program, and configure a new stack."""
    shutil.copytree(program, folder / "project")
    stack = Stack(folder / "project", api.environment, front)
    for name, value in values.items():
        stack.pulumi("config", "set", name, value)
    for name, value in CONFIGURATION.items():
        stack.pulumi("config", "set", "--secret", name, value)
    return stack


def without_marked(program: str) -> str:
    """Return a program without the resources that cannot be adopted; comments mark them."""
    return re.sub(
        r"^ *# begin: not adopted.*?^ *# end\n", "", program, flags=re.DOTALL | re.MULTILINE
    )


def add_secret_key(imports: Path, front: str, secret_key: str) -> None:
    """Put the secret key of an API key into an import file."""
    document = json.loads(imports.read_text(encoding="utf-8"))
    (key,) = (
        one
        for one in document["resources"]
        if one.get("logicalName", one["name"]) == WITH_SECRET_KEY
    )
    name = {"dynamic": "secret_key", "native": "secretKey"}[front]
    mark = "1b47061264138c4ac30d75fd1eb44270"
    key["outputs"][name] = {SIGNATURE: mark, "plaintext": json.dumps(secret_key)}
    write(imports, document)


def write_state(folder: Path, stack: Stack) -> None:
    """Write the program, the configuration and the checkpoint of a stack."""
    shutil.copytree(
        stack.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*__")
    )
    for file in stack.folder.glob("__main__.py"):
        shutil.copy(file, folder)
    checkpoint = json.loads(stack.pulumi("stack", "export").output)
    for resource in checkpoint["deployment"]["resources"]:
        resource.pop("sourcePosition", None)
        resource.pop("stackTrace", None)
    write(folder / "checkpoint.json", checkpoint)


def written_by() -> dict[str, str]:
    """Return the versions that wrote the states."""
    run = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    engine = subprocess.run(
        [ROOT / ".engine/bin/pulumi", "version"], capture_output=True, text=True, check=True
    ).stdout
    return {
        "pulumi-scw-iam": __version__,
        "commit": commit.strip(),
        "engine": engine.strip().removeprefix("v"),
        "pulumi": version("pulumi"),
    }


def write(path: Path, value: Any) -> None:
    """Write indented JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    today = f"{datetime.now(timezone.utc):%Y-%m-%d}"
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER / today))
