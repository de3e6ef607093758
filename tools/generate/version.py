"""Write the version of `common/version.py` into the other files that contain it."""

from __future__ import annotations

from tools.release.version import CARRIERS, ROOT, declared, rewritten

__all__ = ["main"]


def main(*, check: bool) -> int:
    """Write or check the files. The schema has its own generator."""
    version = declared()
    for name in CARRIERS:
        found, text = rewritten(ROOT, name, version)
        if found == version:
            continue
        if check:
            print(f"{name} has the version {found}, not {version}; run `make generate`")
            return 1
        (ROOT / name).write_text(text, "utf-8")
    return 0
