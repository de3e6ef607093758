"""Build Pulumi's language hosts for Go and Node.js from Go modules.

Each host is a part of Pulumi's releases, in a Go module of its own that Go's module proxies do not serve. v3.62.0
of the SDK still contains both hosts. It works with the engine in ../go.mod: the engine falls back to the calls of
that time. go.mod has the dependencies in the versions of the engine, which are compiled already.
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
