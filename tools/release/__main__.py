"""Prepare and build releases.

python -m tools.release prepare 0.2.0    write the version and its section of the changelog
python -m tools.release version          print the version that this checkout builds
python -m tools.release build            build all artifacts into dist/
python -m tools.release notes            print the changelog of this version
python -m tools.release lock             write the newest packages of the plugin archives into locks/
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

from semver import Version

from tools.release import changelog
from tools.release.build import build, host
from tools.release.version import (
    CARRIERS,
    DECLARATION,
    ROOT,
    ReleaseError,
    build_version,
    declared,
    rewritten,
)
from tools.release.wheels import LOCKS, PLATFORMS, lock

CHANGELOG = ROOT / "CHANGELOG.md"


def prepare(version: str) -> None:
    """Write the version and its changelog. The commit with both gets the tag."""
    if not Version.is_valid(version):
        raise ReleaseError(f"{version!r} is not a semantic version; write it like 0.2.0")
    if Version.parse(version) < Version.parse(declared()):
        raise ReleaseError(f"version {version} is older than {declared()} in {DECLARATION}")
    text = changelog.released(
        CHANGELOG.read_text("utf-8"), version, datetime.now(tz=timezone.utc).date()
    )
    (ROOT / DECLARATION).write_text(rewritten(ROOT, DECLARATION, version)[1], "utf-8")
    CHANGELOG.write_text(text, "utf-8")
    # In a new process, which reads the new version.
    subprocess.run([sys.executable, "-m", "tools.generate"], cwd=ROOT, check=True)
    print(f"wrote version {version} into {CHANGELOG.name} and {', '.join(CARRIERS)}")


def build_all(
    into: Path, platforms: list[str], downloads: Path, *, sdks: bool, release: bool
) -> None:
    """Build the artifacts, and print their names and sizes."""
    version = build_version()
    if release and version != declared():
        raise ReleaseError(
            f"this checkout builds the development version {version}; check out the tag"
            f" v{declared()}, without changes"
        )
    for file in build(into, platforms, downloads, sdks=sdks):
        print(f"{file.stat().st_size:>11,}  {file.name}")


def main() -> int:
    """Run one step; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release", description=(__doc__ or "").partition("\n")[0]
    )
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    step = steps.add_parser("prepare", help="write the version and its section of the changelog")
    step.add_argument("version")
    steps.add_parser("version", help="print the version that this checkout builds")
    step = steps.add_parser("build", help="build all artifacts")
    step.add_argument(
        "--into", type=Path, default=ROOT / "dist", help="an empty folder; default dist"
    )
    step.add_argument(
        "--platform",
        action="append",
        choices=[*PLATFORMS, "host"],
        help=f"build only this plugin archive; host is {host()}; default all",
    )
    step.add_argument(
        "--wheels",
        type=Path,
        default=ROOT / "build" / "wheels",
        help="the folder of downloaded wheels",
    )
    step.add_argument("--no-sdks", action="store_true", help="leave out the generated SDKs")
    step.add_argument("--release", action="store_true", help="refuse a development version")
    steps.add_parser("notes", help="print the changelog of this version")
    step = steps.add_parser("lock", help="write the newest packages of the plugin archives")
    step.add_argument("--platform", action="append", choices=PLATFORMS, help="default all")
    options = parser.parse_args()
    try:
        if options.step == "prepare":
            prepare(options.version)
        elif options.step == "version":
            print(build_version())
        elif options.step == "build":
            build_all(
                options.into.resolve(),
                [host() if name == "host" else name for name in options.platform or PLATFORMS],
                options.wheels.resolve(),
                sdks=not options.no_sdks,
                release=options.release,
            )
        elif options.step == "notes":
            print(changelog.notes(CHANGELOG.read_text("utf-8"), declared()), end="")
        else:
            for platform in options.platform or PLATFORMS:
                (LOCKS / f"{platform}.txt").write_text(lock(platform), "utf-8")
                print(f"wrote {platform}.txt")
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
