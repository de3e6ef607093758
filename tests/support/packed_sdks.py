"""The packed SDKs, a server with the released plugin, and a proxy of Go modules."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.stack import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MODULE",
    "REPOSITORY",
    "SERVER",
    "Packed",
    "forget_module",
    "go_program",
    "link",
    "released_plugin",
    "require",
    "run",
    "serve_module",
    "texts_of",
]

REPOSITORY = "https://github.com/pulumi-scw-iam/pulumi-scw-iam"
SERVER = "github://api.github.com/pulumi-scw-iam/pulumi-scw-iam"
"""The address of the plugin in the SDKs."""
MODULE = "github.com/pulumi-scw-iam/pulumi-scw-iam/sdk/go"
_PLUGIN = "pulumi-resource-scw-iam"
_ENGINE_MODULES = ROOT / "tools" / "engine"


@dataclass(frozen=True)
class Packed:
    """The packed files of a development version."""

    folder: Path
    number: int
    """The number of the development version."""
    release: str
    """The next release."""

    @property
    def version(self) -> str:
        """The version for the engine, npm and Go."""
        return f"{self.release}-dev.{self.number}"

    @property
    def python_version(self) -> str:
        return f"{self.release}.dev{self.number}"

    @property
    def wheel(self) -> Path:
        return self.folder / f"pulumi_scw_iam_native-{self.python_version}-py3-none-any.whl"

    @property
    def sdist(self) -> Path:
        return self.folder / f"pulumi_scw_iam_native-{self.python_version}.tar.gz"

    @property
    def tarball(self) -> Path:
        return self.folder / f"pulumi-scw-iam-native-{self.version}.tgz"

    @property
    def module(self) -> Path:
        return self.folder / f"pulumi-scw-iam-go-v{self.version}.zip"

    @property
    def files(self) -> list[Path]:
        return [self.sdist, self.wheel, self.tarball, self.module]

    @property
    def plugin(self) -> dict[str, Any]:
        """The description of the plugin in each SDK, for the language hosts."""
        return {"resource": True, "name": "scw-iam", "version": self.version, "server": SERVER}


def texts_of(archive: Path) -> dict[str, str]:
    """Return the files of a packed SDK: their texts by their names."""
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as opened:
            return {name: opened.read(name).decode() for name in opened.namelist()}
    with tarfile.open(archive) as opened_tar:
        found = ((file.name, opened_tar.extractfile(file)) for file in opened_tar)
        return {name: content.read().decode() for name, content in found if content}


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a command; return its output. Fails with its output."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def link(source: str, target: str) -> None:
    """Link a file, or copy it to another file system."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def require(command: str, reason: str) -> None:
    """Without a command, fail the test in CI and skip it elsewhere."""
    if shutil.which(command) is None:
        message = f"no {command} on PATH: {reason}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@contextmanager
def released_plugin(environment: dict[str, str]) -> Iterator[list[str]]:
    """Serve the plugin in place of SERVER; yield the paths of the requests.

    The environment gets the address of this server, and a PATH without the plugin.
    """
    script = f'#!/bin/sh\nexec {Path(sys.executable).parent / _PLUGIN} "$@"\n'.encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as written:
        file = tarfile.TarInfo(_PLUGIN)
        file.size, file.mode = len(script), 0o755
        written.addfile(file, io.BytesIO(script))
    requested: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(archive.getvalue())))
            self.end_headers()
            self.wfile.write(archive.getvalue())

        def log_message(self, *_: object) -> None:
            pass

    folders = environment["PATH"].split(os.pathsep)
    environment["PATH"] = os.pathsep.join(
        folder for folder in folders if not Path(folder, _PLUGIN).exists()
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        overrides = f"^{re.escape(SERVER)}$={address}"
        environment["PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"] = overrides
        try:
            yield requested
        finally:
            server.shutdown()
            thread.join()


# Go


def go_program(packed: Packed, folder: Path, proxy: Path) -> dict[str, str]:
    """Write a go.mod that requires the packed module, from a proxy; return the environment of `go`.

    The other modules have the versions of the engine: these are compiled already.
    """
    serve_module(packed, proxy)
    names = ("GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB")
    go = dict(zip(names, run("go", "env", *names, folder=folder).splitlines(), strict=True))
    go["GOPROXY"] = f"file://{proxy},{go['GOPROXY']}"
    go["GONOSUMDB"] = MODULE  # not in the public checksum database
    go["GOFLAGS"] = "-tags=osusergo,grpcnotrace -modcacherw"
    engine = (_ENGINE_MODULES / "go.mod").read_text()
    go_line = re.findall(r"^go \S+$", engine, re.MULTILINE)[0]
    (folder / "go.mod").write_text(f"module program\n\n{go_line}\n")
    newer = _requirements(engine)
    versions = {
        name: newer.get(name, version) for name, version in _requirements(_go_mod(packed)).items()
    }
    edits = [f"-require={name}@{version}" for name, version in versions.items()]
    run("go", "mod", "edit", *edits, folder=folder)
    shutil.copy(_ENGINE_MODULES / "go.sum", folder)
    run("go", "get", f"{MODULE}/scwiam@v{packed.version}", folder=folder, **go)
    return go


def serve_module(packed: Packed, proxy: Path) -> None:
    """Write a folder for GOPROXY: the module zip and the files of a proxy."""
    versions = proxy / MODULE / "@v"
    versions.mkdir(parents=True)
    version = f"v{packed.version}"
    (versions / "list").write_text(f"{version}\n")
    (versions / f"{version}.info").write_text(json.dumps({"Version": version}))
    (versions / f"{version}.mod").write_text(_go_mod(packed))
    shutil.copy(packed.module, versions / f"{version}.zip")


def _go_mod(packed: Packed) -> str:
    return texts_of(packed.module)[f"{MODULE}@v{packed.version}/go.mod"]


def _requirements(go_mod: str) -> dict[str, str]:
    """Return the versions of the modules in a go.mod."""
    return dict(re.findall(r"^\t(\S+) (v\S+)", go_mod, re.MULTILINE))


def forget_module(packed: Packed, modules: Path) -> None:
    """Remove the packed module from Go's cache. Each test run has its own version."""
    shutil.rmtree(modules / f"{MODULE}@v{packed.version}")
    for file in (modules / "cache" / "download" / MODULE / "@v").glob(f"v{packed.version}.*"):
        file.unlink()
