"""Build Pulumi's language hosts for Go and Node.js from Go modules.

Pulumi's releases contain both hosts. Go's module proxies do not serve their newer modules. The hosts in v3.62.0 of
the SDK work with the engine in ../go.mod, because the engine still supports the calls of that version. The
dependencies in go.mod have the versions of the engine: these are compiled already.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

__all__ = ["HOSTS", "build"]

HERE = Path(__file__).parent
_SDK = "github.com/pulumi/pulumi/sdk/v3"
HOSTS = ("pulumi-language-go", "pulumi-language-nodejs")
"""The executables that the engine looks for: beside its own, or on PATH."""


def build(into: Path) -> None:
    """Build the hosts into a folder, in seconds if the engine was built before."""
    text = (HERE / "go.mod").read_text("utf-8")
    (version,) = re.findall(rf"{_SDK} (v\S+)", text)
    tools = re.findall(rf"^\t({_SDK}/\S+)$", text, re.MULTILINE)
    flags = f"-ldflags=-s -w -X {_SDK}/go/common/version.Version={version}"
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        # The tags of the engine's build; with others, its packages would be compiled again.
        [
            "go",
            "build",
            "-mod=readonly",
            "-tags=osusergo,grpcnotrace",
            flags,
            "-o",
            f"{into}/",
            *tools,
        ],
        cwd=HERE,
        check=True,
    )
