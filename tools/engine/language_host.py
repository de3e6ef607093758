#!/usr/bin/env python3
"""A Python language host for the Pulumi engine: a stand-in for development and tests.

The engine delegates language-specific work to a host, the program `pulumi-language-python` in its
folder. The official host is part of Pulumi's releases only. An engine built from Go modules
(install.py) gets this host instead. It runs programs, plugins and policy packs, and installs their
dependencies with pip. It generates no code and lists no plugins to download. Of the options of
`runtime` in Pulumi.yaml, it supports only `virtualenv`.

Without this option, programs run in the first `python3` on PATH. The host runs in the same Python,
and needs Pulumi's SDK: put the `bin` of its virtual environment first.

The engine starts the host with its own address as the last argument, reads the port from the first
line of standard output, and keeps standard input open until the engine ends.
"""

# The methods have the names and arguments of the engine's calls, documented by the SDK's
# LanguageRuntimeServicer.
# ruff: noqa: N802, ARG002

from __future__ import annotations

import signal

if __name__ == "__main__":
    # Before main() there is nothing to clean up, so an early Ctrl-C ends the process silently.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import importlib.util
import json
import os
import select
import selectors
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn


def without_content(package: str) -> None:
    """Make a package known for the import of its modules, and run nothing of its own."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ImportError(f"No module named {package!r}")
    sys.modules[package] = importlib.util.module_from_spec(spec)


try:
    import grpc

    if __name__ == "__main__":
        # The host needs a few modules of the SDK. The others take half of the time of its start, and
        # each run of the engine starts two hosts.
        for package in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
            without_content(package)
    from pulumi.runtime.proto import language_pb2 as pb
    from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2
except ImportError as missing:
    sys.exit(
        f"pulumi-language-python: {missing} in {sys.executable}; put the bin folder of the virtual"
        " environment that has Pulumi's Python SDK first on PATH"
    )

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Part of the engine: starts a program with its configuration and its connections.
_EXEC = str(Path(__file__).with_name("pulumi-language-python-exec"))
# The exit code of that program after an error that the user has already seen.
_ERROR_WAS_SHOWN = 32
# Seconds until a terminated child is killed; the engine gives the host five seconds.
_GRACE = 2.0
# Each program, plugin and policy pack occupies one call while it runs.
_MAX_CALLS = 64


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The service of a language host; each method handles the engine's call of the same name."""

    def __init__(self, engine: str) -> None:
        self._engine = engine

    def GetPluginInfo(self, request: object, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=version("pulumi"))

    def About(self, request: pb.AboutRequest, context: Any) -> pb.AboutResponse:
        facts = subprocess.run(
            [
                "python3",
                "-c",
                "import sys; print(sys.executable, sys.version.split()[0], sep='\\n')",
            ],
            env=environment_of(request.info, os.environ, context),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        executable, number = facts.stdout.splitlines()
        return pb.AboutResponse(
            executable=executable,
            version=number,
            metadata={"host": "stand-in for development and tests"},
        )

    def GetRequiredPackages(self, request: object, context: Any) -> pb.GetRequiredPackagesResponse:
        # The engine looks up each plugin when the first resource needs it.
        return pb.GetRequiredPackagesResponse()

    def Run(self, request: pb.RunRequest, context: Any) -> pb.RunResponse:
        environment = {
            **environment_of(request.info, os.environ, context),
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        command = [
            *("python3", "-u", _EXEC),
            *("--monitor", request.monitor_address),
            *("--engine", self._engine),
            *("--project", request.project),
            *("--stack", request.stack),
            *("--organization", request.organization),
            *("--root_directory", request.info.root_directory),
            *("--pwd", request.pwd),
            *("--parallel", str(request.parallel)),
            *("--dry_run", "true" if request.dryRun else "false"),
            *(request.info.entry_point, *request.args),
        ]
        with running(command, environment, request.pwd, context) as program:
            code = program.wait()
        if code == _ERROR_WAS_SHOWN:
            return pb.RunResponse(bail=True)
        return pb.RunResponse(
            error=f"Program exited with non-zero exit code: {code}" if code else ""
        )

    def RunPlugin(
        self, request: pb.RunPluginRequest, context: Any
    ) -> Iterator[pb.RunPluginResponse]:
        folder = request.info.program_directory
        if request.kind == "analyzer":
            command = ["-m", "pulumi.policy", *request.args, folder]
        elif Path(folder, "__main__.py").is_file():
            command = [folder, *request.args]
        else:
            command = ["-m", "pulumi.run.plugin", distribution_in(folder, context), *request.args]
        # A policy pack opens files relative to its own folder.
        cwd = folder if request.kind == "analyzer" else request.pwd
        given = dict(variable.split("=", 1) for variable in request.env)
        environment = environment_of(request.info, given, context)
        with running(["python3", "-u", *command], environment, cwd, context, pipes=True) as plugin:
            for chunk in output_of(plugin):
                yield pb.RunPluginResponse(**chunk)
            yield pb.RunPluginResponse(exitcode=plugin.wait())

    def InstallDependencies(
        self, request: pb.InstallDependenciesRequest, context: Any
    ) -> Iterator[pb.InstallDependenciesResponse]:
        def step(environment: Mapping[str, str], *command: str) -> Iterator[Any]:
            command_line = " ".join(command)
            yield pb.InstallDependenciesResponse(stdout=f"{command_line}\n".encode())
            with running(command, environment, request.directory, context, pipes=True) as child:
                for chunk in output_of(child):
                    yield pb.InstallDependenciesResponse(**chunk)
                if code := child.wait():
                    refuse(
                        context, f"`{command_line}` in {request.directory} exited with code {code}"
                    )

        folder = virtualenv_of(request.info, context)
        if folder is not None and not (folder / "bin" / "python3").exists():
            yield from step(os.environ, "python3", "-m", "venv", str(folder))
        environment = environment_of(request.info, os.environ, context)
        if Path(request.directory, "requirements.txt").is_file():
            packages = ("--requirement", "requirements.txt")
        elif Path(request.directory, "pyproject.toml").is_file():
            packages = ("--editable", ".")
        else:
            return
        yield from step(environment, "python3", "-m", "pip", "install", *packages)

    def _not_here(self, request: object, context: Any) -> NoReturn:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            "this needs the Python language host of an official release of Pulumi;"
            " the one installed is a stand-in for development and tests",
        )
        raise AssertionError  # abort() raises

    # The default methods of the SDK print a traceback.
    Handshake = Template = RuntimeOptionsPrompts = Cancel = _not_here
    GetRequiredPlugins = GetProgramDependencies = _not_here
    GenerateProgram = GenerateProject = GeneratePackage = Pack = Link = _not_here


def refuse(context: Any, reason: str) -> NoReturn:
    """Abort the call with a reason in one line. The engine shows the reason to the user."""
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
    raise AssertionError  # abort() raises


def virtualenv_of(info: pb.ProgramInfo, context: Any) -> Path | None:
    """Return the folder of the virtual environment in Pulumi.yaml. The folder may not exist yet."""
    options = {"toolchain": "pip", **info.options}
    folder = options.pop("virtualenv", None)
    if options != {"toolchain": "pip"}:
        refuse(
            context,
            "the stand-in for the Python language host knows no option of `runtime` but virtualenv;"
            " use an official release of Pulumi for the others",
        )
    return Path(info.root_directory, str(folder)) if folder else None


def environment_of(info: pb.ProgramInfo, base: Mapping[str, str], context: Any) -> dict[str, str]:
    """Return an environment in which `python3` is the Python of this program or plugin."""
    environment = dict(base)
    folder = virtualenv_of(info, context)
    if folder is not None:
        if not (folder / "bin" / "python3").exists():
            refuse(context, f"{folder} is not a virtual environment; `pulumi install` makes it one")
        environment.pop("PYTHONHOME", None)
        environment["VIRTUAL_ENV"] = str(folder)
        environment["PATH"] = os.pathsep.join([str(folder / "bin"), base.get("PATH", os.defpath)])
    return environment


def distribution_in(folder: str, context: Any) -> str:
    """Return the name of the package in this folder, from its pyproject.toml."""
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        project = toml.loads(Path(folder, "pyproject.toml").read_text("utf-8"))["project"]
        return str(project["name"])
    except (OSError, ValueError, KeyError):
        refuse(context, f"{folder} has neither a __main__.py nor a pyproject.toml with a name")


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: str,
    context: Any,
    *,
    pipes: bool = False,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that ends at the latest when its call ends.

    Without `pipes`, its output goes to the output of the host, and so to the user.
    """
    # A session of its own: the engine ends a host by an interrupt of its process group. A Python
    # program in this group would print a KeyboardInterrupt traceback.
    with subprocess.Popen(
        command,
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if pipes else None,
        stderr=subprocess.PIPE if pipes else None,
        start_new_session=True,
    ) as process:
        if not context.add_callback(lambda: end(process)):
            end(process)
        yield process


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """End a process and its children: by a signal, and by SIGKILL after the grace period."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):  # the process has just ended
        os.killpg(process.pid, number)
    if number != signal.SIGKILL:
        insist = threading.Timer(_GRACE, end, [process, signal.SIGKILL])
        insist.daemon = True
        insist.start()


def output_of(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the output of a process as it arrives: `{"stdout": …}` or `{"stderr": …}`."""
    with selectors.DefaultSelector() as selector:
        for name in ("stdout", "stderr"):
            selector.register(getattr(process, name), selectors.EVENT_READ, name)
        while selector.get_map():
            for key, _ in selector.select():
                if chunk := os.read(key.fd, 65536):
                    yield {key.data: chunk}
                else:
                    selector.unregister(key.fileobj)


def main() -> None:
    """Serve until the engine interrupts this process or exits."""
    # The kernel may deliver a signal to any thread. The wakeup socket wakes this thread.
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = grpc.server(ThreadPoolExecutor(_MAX_CALLS))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(sys.argv[-1]), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # The engine keeps standard input open, and writes nothing to it.
    while woken.fileno() not in select.select([woken.fileno(), 0], [], [])[0] and os.read(0, 4096):
        pass
    # Stop all running calls, and with each call its process.
    server.stop(grace=None)


if __name__ == "__main__":
    main()
