"""Install a working Pulumi into a folder: the engine, and its hosts for Python and YAML.

    .venv/bin/python tools/engine/install.py [--into .engine/bin]

Three methods are tried, in this order:

path      link a Pulumi on PATH, if recent enough and complete
download  download the official release, with the installer in Pulumi's own SDK
build     build from Go modules, for machines that reach only package registries; a build has no
          Python language host, and gets the stand-in language_host.py for development and tests

The tests run on the version in go.mod, so older versions are rejected. The folder is replaced as a
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
from typing import TYPE_CHECKING

from semver import VersionInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

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
            cwd=HERE,
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


def check(folder: Path) -> VersionInfo:
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
    oldest = pinned(ENGINE_MODULE)
    if not oldest <= version < oldest.bump_major():
        raise Unsuitable(f"version {version} is not {oldest} or a newer {oldest.major}.x")
    return version


def from_path(into: Path) -> str:
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


def from_download(into: Path) -> str:
    """Download the official release."""
    # The SDK waits for a response without a timeout, so first check whether the site responds.
    probe = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5).close()"
    try:
        run(sys.executable, "-c", probe, INSTALLER, seconds=10)
    except Unsuitable as reason:
        raise Unsuitable(f"{INSTALLER} cannot be reached: {reason}") from None
    version = pinned(ENGINE_MODULE)
    install = (
        "import sys, semver, pulumi.automation as a;"
        "a.PulumiCommand.install(sys.argv[1], semver.VersionInfo.parse(sys.argv[2]))"
    )
    # The installer writes to the folder `bin` of this root, and leaves files in TMPDIR if killed.
    root = into.parent
    with Progress(f"download: the official release, v{version}"):
        run(sys.executable, "-c", install, root, str(version), seconds=900, TMPDIR=root)
    return "the official release"


def from_build(into: Path) -> str:
    """Build the engine and the YAML host from Go modules."""
    oldest = pinned(ENGINE_MODULE)
    if shutil.which("go") is None:
        raise Unsuitable(
            f"no go on PATH; install Go {pinned('go')} or newer (https://go.dev/dl), or"
            f" Pulumi {oldest} or newer (https://www.pulumi.com/docs/install), and try again"
        )
    print("build: from Go modules; the first build takes some minutes", flush=True)
    versions = {
        f"{SDK_MODULE}/go/common/version.Version": oldest,
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
        run("go", "build", "-v", *flags, "-o", f"{into}/", *programs, watch=compiling, GOWORK="off")
    sdk = Path(
        run("go", "list", "-mod=readonly", "-m", "-f={{.Dir}}", SDK_MODULE, GOWORK="off").strip()
    )
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


METHODS: dict[str, Callable[[Path], str]] = {
    "path": from_path,
    "download": from_download,
    "build": from_build,
}


def state_of(method: str) -> str:
    """Return the content of the stamp file; a different content requires a new installation."""
    sources = ("go.mod", "go.sum", "install.py", "language_host.py") if method == "build" else ()
    content = b"".join((HERE / name).read_bytes() for name in sources)
    return f"{method} {hashlib.sha256(content).hexdigest()}\n"


def install(methods: list[str], target: Path) -> bool:
    """Install a working Pulumi into `target` with the first successful method."""
    stamp = target / STAMP
    if stamp.is_file() and stamp.read_text() in map(state_of, methods):
        try:
            print(f"Pulumi {check(target)} is already in {target}")
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
            description = METHODS[method](made)
        except Unsuitable as reason:
            print(f"{method}: {reason}")
            continue
        try:
            version = check(made)
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
        "--into",
        type=Path,
        default=HERE.parents[1] / ".engine" / "bin",
        help="the folder; default .engine/bin",
    )
    parser.add_argument("--only", choices=METHODS, help="use only this method")
    options = parser.parse_args()
    target: Path = options.into.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Both signals must run the cleanup. Set both handlers explicitly: `nohup` and background jobs
    # ignore SIGINT, and Python then keeps it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTIONS)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            installed = install([options.only] if options.only else list(METHODS), target)
        except KeyboardInterrupt:
            sys.exit(f"interrupted; {target} is unchanged")
    return 0 if installed else 1


if __name__ == "__main__":
    sys.exit(main())
