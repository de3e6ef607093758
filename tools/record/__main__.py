"""Record a masked session of the real API that answers the open facts.

    python -m tools.record [--output FOLDER]

The credentials are those of Pulumi and the other tools: SCW_ACCESS_KEY, SCW_SECRET_KEY, SCW_DEFAULT_ORGANIZATION_ID, or a
profile. Every object has the prefix pulumi-scw-iam-record-, every API key expires, and all objects are deleted. No
question changes another object, a security setting, SAML or SCIM. The questions about users are asked only if
LIVE_EMAIL is an address of yours: the API sends invitations there.

Exit status: 0 all answers are as assumed, 3 another answer, 1 failed, or an object is left behind.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pulumi_scw_iam.common.errors import ConfigError
from pulumi_scw_iam.common.words import shown
from tools.record.masking import Leak
from tools.record.run import record, resolved


def main() -> int:
    """Record a session; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.record", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("recordings"),
        metavar="FOLDER",
        help="folder of the masked recordings (default: %(default)s)",
    )
    folder: Path = parser.parse_args().output
    try:
        settings = resolved()
        print(f"asking {settings.api_url}; the objects of this session are deleted at the end")
        report = record(settings, folder, os.environ.get("LIVE_EMAIL", ""))
    except (ConfigError, Leak, OSError) as error:
        print(f"make record: {shown(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("make record: interrupted; nothing is written", file=sys.stderr)
        return 130
    for line in report.lines():
        print(shown(line))
    print(
        f"the masked recording is in {folder}; compare the local API: python -m tools.record.replay {folder}"
    )
    return report.status


if __name__ == "__main__":
    sys.exit(main())
