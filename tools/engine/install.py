"""Install a working Pulumi into a folder: the engine, and its hosts for Python and YAML.

    .venv/bin/python tools/engine/install.py [--version 3.276.0] [--into .engine/bin]

Three methods are tried, in this order:

path      link a Pulumi on PATH, if recent enough and complete
download  download the official release, with the installer in Pulumi's own SDK
build     build from Go modules, for machines that reach only package registries; a build has no
          Python language host, and gets the stand-in language_host.py for development and tests

The tests run on the version in go.mod, so older versions are rejected. `--version` installs another
version, and only this version; `newest` is the newest of the Go module. The folder is replaced as a
whole, after a check of the new files. A second run only checks the existing folder. For Linux and
macOS.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from semver import VersionInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

__all__ = ["Release", "Unsuitable", "check", "folder_of", "released"]

HERE = Path(__file__).resolve().parent
# The files of the folder. The scripts run Python programs and dynamic providers.
ENGINE = "pulumi"
HOSTS = ("pulumi-language-python", "pulumi-language-yaml")
SCRIPTS = ("pulumi-language-python-exec", "pulumi-resource-pulumi-python")
# A file with the method of the installation; see state_of().
STAMP = ".installed"

ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
YAML_MODULE = "github.com/pulumi/pulumi-yaml"
INSTALLER = "https://get.pulumi.com/install.sh"


class Unsuitable(Exception):
    """The reason why a method gives no working Pulumi, in one line."""


def pinned(module: str) -> VersionInfo:
    """Return the version of a module in go.mod, or the version of Go."""
    lines = re.findall(
        r"^\s*(\S+) v?(\d+\.\d+\.\d+)\b", (HERE / "go.mod").read_text(), re.MULTILINE
    )
    return VersionInfo.parse(dict(lines)[module])


class Release(NamedTuple):
    """The release of Pulumi to install."""

    version: VersionInfo
    is_exact: bool = True
    """Whether no newer version on PATH is accepted."""

    def refuse_other(self, version: VersionInfo) -> None:
        """Raise Unsuitable if an installed version does not fit."""
        if self.is_exact:
            if version != self.version:
                raise Unsuitable(f"version {version} is not {self.version}")
        elif not self.version <= version < self.version.bump_major():
            raise Unsuitable(
                f"version {version} is not {self.version} or a newer {self.version.major}.x"
            )


def released(name: str) -> Release:
    """Return a release by name: `pinned`, `newest`, or a version. Raises Unsuitable."""
    if name == "pinned":
        return Release(pinned(ENGINE_MODULE), is_exact=False)
    if name == "newest":
        if shutil.which("go") is None:
            raise Unsuitable("no go on PATH to look up the newest version; pass a version")
        query = ("-m", "-f={{.Version}}", f"{ENGINE_MODULE}@latest")
        name = run("go", "list", *query, seconds=120, GOWORK="off").strip()
    try:
        return Release(VersionInfo.parse(name.removeprefix("v")))
    except ValueError:
        raise Unsuitable(f"{name!r} is not a version; use pinned, newest or X.Y.Z") from None


def folder_of(release: Release, root: Path) -> Path:
    """Return the folder of a release: `VERSION/bin`, or `bin` if newer versions are accepted."""
    return root / str(release.version) / "bin" if release.is_exact else root / "bin"


INTERRUPTIONS = {signal.SIGINT, signal.SIGTERM}


def start(thread: threading.Thread) -> None:
    """Start a thread that receives no signals, since signals must wake the main thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
    thread.start()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Progress:
    """Context manager: show the current activity and the elapsed time of a long step.

    A terminal shows one line, rewritten every second. Elsewhere, such as in a CI log, a new line is
    printed every 15 seconds.
    """

    def __init__(self, activity: str) -> None:
        self.activity = activity
        self._terminal = sys.stdout.isatty()
        self._started = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> Self:
        start(self._thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _show(self) -> None:
        # Without a reader, the step continues silently.
        with contextlib.suppress(OSError):
            while not self._over.wait(1 if self._terminal else 15):
                minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
                line = f"{self.activity}, {minutes}:{seconds:02} min"
                print(f"\r{line}\033[K" if self._terminal else f"{line}\n", end="", flush=True)
            if self._terminal:
                print("\r\033[K", end="", flush=True)


def run(
    *command: str | Path,
    cwd: Path = HERE,
    seconds: float | None = None,
    watch: Callable[[str], object] | None = None,
    **environment: str | Path,
) -> str:
    """Run a command with additional environment variables; return its stdout.

    `watch` is called with each line of stderr; then `seconds` does not apply. Raises Unsuitable
    with the last printed line if the command fails or exceeds `seconds`.
    """
    # Block interrupts until the process exists. Otherwise, an interrupt during its start would
    # leave the process running.
    signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
    try:
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=os.environ | {name: str(value) for name, value in environment.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)
                if watch is None:
                    printed, complaints = process.communicate(timeout=seconds)
                else:
                    printed, complaints = watched(process, watch)
            except BaseException:
                # After a timeout or an interrupt, no part of the command may continue.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
    except subprocess.TimeoutExpired:
        raise Unsuitable(f"no response in {seconds:.0f} s") from None
    except OSError as error:
        raise Unsuitable(str(error)) from None
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)
    if process.returncode:
        lines = (complaints or printed).split("\n")
        raise Unsuitable(
            next((line for line in reversed(lines) if line.strip()), "failed without a message")
        )
    return printed


def watched(process: subprocess.Popen[str], watch: Callable[[str], object]) -> tuple[str, str]:
    """Return stdout and stderr of a process; call `watch` with each line of stderr."""
    assert process.stdout is not None
    assert process.stderr is not None
    printed: list[str] = []
    # Read both streams at once: a full pipe would block the process.
    reader = threading.Thread(target=lambda out: printed.append(out.read()), args=[process.stdout])
    start(reader)
    complaints = []
    for line in process.stderr:
        complaints.append(line)
        watch(line.strip())
    reader.join()
    process.wait()
    return "".join(printed), "".join(complaints)


def check(folder: Path, release: Release) -> VersionInfo:
    """Return the version of the Pulumi in a folder. Raises Unsuitable if Pulumi does not work."""
    missing = [name for name in (ENGINE, *HOSTS, *SCRIPTS) if not os.access(folder / name, os.X_OK)]
    if missing:
        raise Unsuitable(f"missing {', '.join(missing)}")
    printed_version = run(
        folder / ENGINE, "version", seconds=30, PULUMI_SKIP_UPDATE_CHECK="1"
    ).strip()
    try:
        version = VersionInfo.parse(printed_version.removeprefix("v"))
    except ValueError:
        raise Unsuitable(f"{printed_version!r} is not a version") from None
    release.refuse_other(version)
    return version


def from_path(into: Path, _release: Release) -> str:
    """Link the Pulumi on PATH, unless installed by this program."""

    def find(name: str, folders: list[str]) -> Path | None:
        found = (shutil.which(name, path=folder) for folder in folders)
        files = (Path(path).resolve() for path in found if path)
        return next((file for file in files if not (file.parent / STAMP).exists()), None)

    engine = find(ENGINE, os.get_exec_path())
    if engine is None:
        raise Unsuitable("no pulumi on PATH")
    (into / ENGINE).symlink_to(engine)
    for name in (*HOSTS, *SCRIPTS):
        if file := find(name, [str(engine.parent), *os.get_exec_path()]):
            (into / name).symlink_to(file)
    return str(engine)


def from_download(into: Path, release: Release) -> str:
    """Download the official release."""
    # The SDK waits for a response without a timeout, so first check whether the site responds.
    probe = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5).close()"
    try:
        run(sys.executable, "-c", probe, INSTALLER, seconds=10)
    except Unsuitable as reason:
        raise Unsuitable(f"{INSTALLER} cannot be reached: {reason}") from None
    version = release.version
    install = (
        "import sys, semver, pulumi.automation as a;"
        "a.PulumiCommand.install(sys.argv[1], semver.VersionInfo.parse(sys.argv[2]))"
    )
    # The installer writes to the folder `bin` of this root, and leaves files in TMPDIR if killed.
    root = into.parent
    with Progress(f"download: the official release, v{version}"):
        run(sys.executable, "-c", install, root, str(version), seconds=900, TMPDIR=root)
    return "the official release"


def module_of(release: Release, folder: Path) -> Path:
    """Return the folder of a Go module that requires the release; `folder` is for a new module.

    Go selects the versions of all other modules for a release that is not in go.mod. The YAML host
    keeps the version in go.mod, and is built with the modules of the engine.
    """
    if release.version == pinned(ENGINE_MODULE):
        return HERE
    folder.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(HERE / name, folder / name)
    tool = f"{ENGINE_MODULE}/cmd/{ENGINE}@v{release.version}"
    with Progress("build: finding modules"):
        run("go", "get", "-tool", tool, cwd=folder, GOWORK="off")
    return folder


def from_build(into: Path, release: Release) -> str:
    """Build the engine and the YAML host from Go modules."""
    if shutil.which("go") is None:
        go, pulumi = f"Go {pinned('go')} or newer", f"Pulumi {release.version}"
        if not release.is_exact:
            pulumi += " or newer"
        raise Unsuitable(
            f"no go on PATH; install {go} (https://go.dev/dl), or"
            f" {pulumi} (https://www.pulumi.com/docs/install), and try again"
        )
    print("build: from Go modules; the first build takes some minutes", flush=True)
    module = module_of(release, into.with_name("module"))
    versions = {
        f"{SDK_MODULE}/go/common/version.Version": release.version,
        f"{YAML_MODULE}/pkg/version.Version": pinned(YAML_MODULE),
    }
    flags = (
        *("-mod=readonly", "-tags=osusergo,grpcnotrace"),
        # Without data for debuggers, linking takes less time, and the files are a quarter smaller.
        " ".join(
            ("-ldflags=-s -w", *(f"-X {name}=v{version}" for name, version in versions.items()))
        ),
    )
    programs = (f"{ENGINE_MODULE}/cmd/{ENGINE}", f"{YAML_MODULE}/cmd/pulumi-language-yaml")
    with Progress("build: finding modules") as progress:
        downloads = set()

        def downloading(line: str) -> None:
            if line.startswith("go: downloading "):
                downloads.add(line)
                progress.activity = f"build: {len(downloads)} modules downloaded"

        stale = run(
            *("go", "list", "-deps", "-f={{if .Stale}}{{.ImportPath}}{{end}}", *flags, *programs),
            cwd=module,
            watch=downloading,
            GOWORK="off",
        )
        # Packages in Go's cache are not compiled again.
        total = len(stale.split())
        compiled = set()

        def compiling(line: str) -> None:
            compiled.add(line)
            last = ", linking" if len(compiled) >= total else ""
            progress.activity = f"build: {min(len(compiled), total)} of {total} packages{last}"

        progress.activity = f"build: 0 of {total} packages"
        build = ("go", "build", "-v", *flags, "-o", f"{into}/", *programs)
        run(*build, cwd=module, watch=compiling, GOWORK="off")
    query = ("go", "list", "-mod=readonly", "-m", "-f={{.Dir}}", SDK_MODULE)
    sdk = Path(run(*query, cwd=module, GOWORK="off").strip())
    for name, source in {
        "pulumi-language-python": HERE / "language_host.py",
        "pulumi-language-python-exec": sdk / "python/cmd/pulumi-language-python-exec",
        "pulumi-resource-pulumi-python": sdk / "python/dist/pulumi-resource-pulumi-python",
    }.items():
        try:
            shutil.copyfile(source, into / name)
        except OSError as error:
            raise Unsuitable(
                f"{source}: {error.strerror}; remove Go's copy with `go clean -modcache`, and try again"
            ) from None
        (into / name).chmod(0o755)
    return "a build from Go modules, with a stand-in for the Python language host"


METHODS: dict[str, Callable[[Path, Release], str]] = {
    "path": from_path,
    "download": from_download,
    "build": from_build,
}


def state_of(method: str) -> str:
    """Return the content of the stamp file; a different content requires a new installation."""
    sources = ("go.mod", "go.sum", "install.py", "language_host.py") if method == "build" else ()
    content = b"".join((HERE / name).read_bytes() for name in sources)
    return f"{method} {hashlib.sha256(content).hexdigest()}\n"


def install(methods: list[str], target: Path, release: Release) -> bool:
    """Install a working Pulumi into `target` with the first successful method."""
    stamp = target / STAMP
    if stamp.is_file() and stamp.read_text() in map(state_of, methods):
        try:
            print(f"Pulumi {check(target, release)} is already in {target}")
        except Unsuitable as reason:
            print(f"the Pulumi in {target} no longer works: {reason}")
        else:
            return True
    scratch = target.with_name(f"{target.name}.part")
    for method in methods:
        shutil.rmtree(scratch, ignore_errors=True)
        made = scratch / "bin"
        made.mkdir(parents=True)
        try:
            description = METHODS[method](made, release)
        except Unsuitable as reason:
            print(f"{method}: {reason}")
            continue
        try:
            version = check(made, release)
        except Unsuitable as reason:
            print(f"{method}: {description} is not usable: {reason}")
            continue
        (made / STAMP).write_text(state_of(method))
        if target.exists():
            target.rename(scratch / "old")
        made.rename(target)
        shutil.rmtree(scratch)
        print(f"{method}: {description}; Pulumi {version} is now in {target}")
        return True
    shutil.rmtree(scratch)
    return False


def main() -> int:
    """Parse the command line and install; return 1 if every method fails."""
    parser = argparse.ArgumentParser(description="Install a working Pulumi into a folder.")
    parser.add_argument(
        "--version",
        default="pinned",
        help="pinned (the version in go.mod, or a newer one on PATH), newest, or X.Y.Z",
    )
    parser.add_argument(
        "--into",
        type=Path,
        help="the folder; default .engine/bin, or .engine/VERSION/bin for another version",
    )
    parser.add_argument("--only", choices=METHODS, help="use only this method")
    options = parser.parse_args()
    try:
        release = released(options.version)
    except Unsuitable as reason:
        sys.exit(str(reason))
    target: Path = (options.into or folder_of(release, HERE.parents[1] / ".engine")).resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    methods = [options.only] if options.only else list(METHODS)
    # Both signals must run the cleanup. Set both handlers explicitly: `nohup` and background jobs
    # ignore SIGINT, and Python then keeps it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            installed = install(methods, target, release)
        except KeyboardInterrupt:
            sys.exit(f"interrupted; {target} is unchanged")
    return 0 if installed else 1


if __name__ == "__main__":
    sys.exit(main())
