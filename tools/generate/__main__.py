"""Generate files from the declarations.

python -m tools.generate            write the files
python -m tools.generate --check    exit 1 if a file is out of date
"""

from __future__ import annotations

import argparse
import sys

from tools.generate import (
    commands,
    conditions,
    fidelity,
    guardrails,
    messages,
    names,
    open_facts,
    reference,
    registries,
    schema_file,
    sdk,
    settings,
    version,
)

PARTS = (
    sdk.main,
    registries.main,
    schema_file.main,
    fidelity.main,
    reference.main,
    guardrails.main,
    conditions.main,
    messages.main,
    settings.main,
    commands.main,
    names.main,
    open_facts.main,
    version.main,
)


def main() -> int:
    """Write or check all files; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.generate", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="check the files without writing")
    check = bool(parser.parse_args().check)
    return max(part(check=check) for part in PARTS)


if __name__ == "__main__":
    sys.exit(main())
