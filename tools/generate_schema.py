"""Write schema.json, the Pulumi schema of the native plugin, from the declarations.

    python tools/generate_schema.py            write the file
    python tools/generate_schema.py --check    exit 1 when it is not what would be written

The plugin makes its schema itself; the file is kept so that a change of it shows in reviews, and for
the generators of SDKs.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pulumi_scw_iam.schema import package_schema

TARGET = Path(__file__).parent.parent / "schema.json"


def main() -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    check = parser.parse_args().check
    made = json.dumps(package_schema(), indent=2, ensure_ascii=False) + "\n"
    if check:
        if TARGET.read_text(encoding="utf-8") != made:
            print(f"{TARGET.name} is not up to date; run `make generate`")
            return 1
        return 0
    TARGET.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
