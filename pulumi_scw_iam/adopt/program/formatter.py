"""Python programs in the form of `ruff format`."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.adopt.program.folder import ProgramError
from pulumi_scw_iam.common.words import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["find_formatter", "formatted"]


def find_formatter() -> str:
    """Return the path of ruff. Raises ProgramError if ruff, the extra `adopt`, is not installed."""
    try:
        # This module has the function in all versions of ruff, the package only in later ones.
        from ruff.__main__ import find_ruff_bin  # noqa: PLC0415 - an extra

        return str(find_ruff_bin())
    except (ImportError, FileNotFoundError):
        raise ProgramError(
            "cannot format a program in Python: ruff is not installed;"
            " run pip install 'pulumi-scw-iam[adopt]', or use --front yaml"
        ) from None


def formatted(texts: Mapping[str, str]) -> dict[str, str]:
    """Return Python texts by file name, formatted by one process.

    Raises ProgramError if ruff is not installed, or fails.
    """
    if not texts:
        return {}
    command = [find_formatter(), "format", "--isolated", "--no-cache", "--", *texts]
    try:
        with tempfile.TemporaryDirectory(prefix="pulumi-scw-iam-") as folder:
            for name, text in texts.items():
                (Path(folder) / name).write_bytes(text.encode())
            subprocess.run(command, cwd=folder, capture_output=True, check=True)  # noqa: S603 - ruff
            return {name: (Path(folder) / name).read_bytes().decode() for name in texts}
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().partition("\n")[0]
    except OSError as error:
        reason = str(error)
    raise ProgramError(f"cannot format the program by ruff: {shown(reason)}")
