"""The command `pulumi-scw-iam adopt` as a process, and its import file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.names import from_pulumi
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["IMPORT", "Imported", "adopt", "imports_of"]

IMPORT = (
    *("import", "--file", "import.json", "--yes", "--non-interactive", "--skip-preview"),
    *("--protect=false", "--generate-code=false"),
)
"""The command of the engine that imports the file."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in an import file."""


@dataclass(frozen=True)
class Imported:
    """A resource of an import file, with inputs and outputs by declared names, and secrets in clear."""

    kind: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


def adopt(
    *arguments: str | Path, environment: Mapping[str, str], stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. Its exit status is for the caller to check."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SCW_")}
    return subprocess.run(
        [sys.executable, "-m", "pulumi_scw_iam.commands", "adopt", *map(str, arguments)],
        env={**inherited, "NO_COLOR": "1", **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def imports_of(folder: Path) -> list[Imported]:
    """Return the resources of the import file in a folder."""
    document = json.loads((folder / "import.json").read_text())
    return list(_imports(document))


def _imports(document: Mapping[str, Any]) -> Iterator[Imported]:
    for resource in document["resources"]:
        kind = resource["type"].split(":")[-1]
        yield Imported(
            kind,
            resource.get("logicalName", resource["name"]),
            resource["id"],
            _plain(KINDS[kind].inputs, resource["inputs"]),
            _plain(KINDS[kind].state, resource["outputs"]),
        )


def _plain(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    return from_pulumi(
        cls,
        {
            name: json.loads(value["plaintext"])
            if isinstance(value, dict) and SIGNATURE in value
            else value
            for name, value in values.items()
            if not name.startswith("__")
        },
    )
