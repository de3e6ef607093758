"""The engine of `make engine`: its installation, its programs, and its Python language host."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_ssl_devcert

from tests.support.stack import ENGINE, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.engine

TOOL = ROOT / "tools" / "engine"
VENV = Path(sys.executable).parent
PINNED = "3.259.0"
FILES = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-yaml",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)


def script(path: Path, text: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


# --- programs, on the installed engine


@dataclass(frozen=True)
class Project:
    """A project with a stack in a local backend, in one temporary folder."""

    folder: Path
    environment: dict[str, str]

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self) -> subprocess.CompletedProcess[str]:
        return self.pulumi("up", "--yes", "--skip-preview")

    def outputs(self) -> object:
        return json.loads(self.pulumi("stack", "output", "--json").stdout)


def diagnostics(done: subprocess.CompletedProcess[str]) -> str:
    """Return the diagnostics of a failed update."""
    assert done.returncode != 0, done.stdout
    found = re.search(r"\nDiagnostics:\n(.*?)\n\n(Outputs|Resources):", done.stdout, re.DOTALL)
    assert found, done.stdout + done.stderr
    return dedent(found[1])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    if not os.access(ENGINE / "pulumi", os.X_OK):
        reason = f"no Pulumi engine in {ENGINE}; run `make engine`"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path / "project"
    backend = tmp_path / "backend"
    backend.mkdir()
    project = Project(
        folder,
        {
            "PATH": os.pathsep.join([str(ENGINE), str(VENV), os.defpath]),
            "HOME": str(tmp_path),
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": "engine tests",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INDEX": "1",
        },
    )
    project.write("Pulumi.yaml", "{name: toy, runtime: python}")
    assert project.pulumi("stack", "init", "test").returncode == 0
    return project


@pytest.fixture
def stand_in(project: Project) -> Project:
    """Return a project on the replacement of the Python language host."""
    if not (ENGINE / ".installed").read_text().startswith("build "):
        pytest.skip("the installed Pulumi has the official Python language host")
    return project


def test_a_program_reads_its_configuration_and_has_outputs(project: Project) -> None:
    project.pulumi("config", "set", "greeting", "hello")
    project.pulumi("config", "set", "--secret", "word", "hush")
    project.write(
        "__main__.py",
        """\
        import pulumi

        config = pulumi.Config()
        pulumi.export("greeting", config.require("greeting"))
        pulumi.export("word", config.require_secret("word"))
        """,
    )
    done = project.up()
    assert done.returncode == 0, done.stdout
    assert project.outputs() == {"greeting": "hello", "word": "[secret]"}


def test_what_a_program_prints_is_shown(project: Project) -> None:
    project.write("__main__.py", "print('on its way')")
    done = project.up()
    assert "\nDiagnostics:\n  pulumi:pulumi:Stack (toy-test):\n    on its way\n" in done.stdout


def test_a_program_that_raises_shows_its_own_traceback_once(project: Project) -> None:
    project.write("__main__.py", "def fail():\n    raise ValueError('of no use')\n\nfail()\n")
    shown = diagnostics(project.up())
    shown = re.sub(r"\n *[\^~]+(?=\n)", "", shown)  # newer Pythons mark the position
    main = project.folder / "__main__.py"
    assert shown == dedent(f"""\
        pulumi:pulumi:Stack (toy-test):
          error: Program failed with an unhandled exception:
          Traceback (most recent call last):
            File "{main}", line 4, in <module>
              fail()
            File "{main}", line 2, in fail
              raise ValueError('of no use')
          ValueError: of no use""")


def test_a_run_error_is_shown_without_a_traceback(project: Project) -> None:
    project.write("__main__.py", "import pulumi\nraise pulumi.RunError('say which region')\n")
    assert diagnostics(project.up()) == dedent("""\
        pulumi:pulumi:Stack (toy-test):
          error: say which region
          error: an unhandled error occurred: Program exited with non-zero exit code: 1""")


def test_a_missing_virtual_environment_is_one_line(stand_in: Project) -> None:
    stand_in.write(
        "Pulumi.yaml", "{name: toy, runtime: {name: python, options: {virtualenv: nowhere}}}"
    )
    stand_in.write("__main__.py", "")
    assert (
        diagnostics(stand_in.up())
        == dedent(f"""\
        pulumi:pulumi:Stack (toy-test):
          error: {stand_in.folder}/nowhere is not a virtual environment; `pulumi install` makes it one""")
    )


def test_an_option_that_only_the_official_host_knows_is_refused(stand_in: Project) -> None:
    stand_in.write("Pulumi.yaml", "{name: toy, runtime: {name: python, options: {toolchain: uv}}}")
    stand_in.write("__main__.py", "")
    assert (
        diagnostics(stand_in.up())
        == dedent("""\
        pulumi:pulumi:Stack (toy-test):
          error: the stand-in for the Python language host knows no option of `runtime` but virtualenv; use an official release of Pulumi for the others""")
    )


def test_a_dynamic_resource_is_created(project: Project) -> None:
    project.write(
        "__main__.py",
        """\
        import pulumi
        from pulumi import dynamic


        class Provider(dynamic.ResourceProvider):
            def create(self, props):
                return dynamic.CreateResult("the id", {"doubled": 2 * props["number"]})


        class Doubled(dynamic.Resource):
            doubled: pulumi.Output[int]

            def __init__(self, name, number):
                super().__init__(Provider(), name, {"number": number, "doubled": None})


        resource = Doubled("it", 21)
        pulumi.export("id", resource.id)
        pulumi.export("doubled", resource.doubled)
        """,
    )
    done = project.up()
    assert done.returncode == 0, done.stdout
    assert project.outputs() == {"id": "the id", "doubled": 42}


def test_a_yaml_program_has_outputs(project: Project) -> None:
    project.write(
        "Pulumi.yaml",
        """\
        name: toy
        runtime: yaml
        variables: {who: Ada}
        outputs: {greeting: "hello ${who}"}
        """,
    )
    done = project.up()
    assert done.returncode == 0, done.stdout
    assert project.outputs() == {"greeting": "hello Ada"}


PLUGIN = """\
    import json
    import sys

    from pulumi.provider.experimental import provider as p
    from pulumi.provider.experimental import server

    NAME = {"inputProperties": {"name": {"type": "string"}}, "properties": {"name": {"type": "string"}}}
    SCHEMA = {"name": "toy", "version": "1.0.0", "resources": {"toy:index:Thing": NAME}}


    class Toy(p.Provider):
        async def get_schema(self, request):
            return p.GetSchemaResponse(json.dumps(SCHEMA))

        async def check_config(self, request):
            return p.CheckResponse(inputs=request.new_inputs)

        async def configure(self, request):
            return p.ConfigureResponse()

        async def check(self, request):
            return p.CheckResponse(inputs=request.new_inputs)

        async def create(self, request):
            return p.CreateResponse(resource_id="the id", properties=request.properties)


    server.main(sys.argv[1:], "1.0.0", Toy())
    """


@pytest.mark.parametrize("layout", ["a folder that is a program", "a package"])
def test_a_yaml_program_uses_a_plugin_in_python(stand_in: Project, layout: str) -> None:
    stand_in.write("plugin/PulumiPlugin.yaml", "{name: toy, runtime: python}")
    if layout == "a package":
        stand_in.write("plugin/pyproject.toml", '[project]\nname = "toy-plugin"\n')
        stand_in.write("plugin/toy_plugin/__init__.py", "")
        stand_in.write("plugin/toy_plugin/__main__.py", PLUGIN)
        # In place of an installed package.
        stand_in.environment["PYTHONPATH"] = str(stand_in.folder / "plugin")
    else:
        stand_in.write("plugin/__main__.py", PLUGIN)
    stand_in.write(
        "Pulumi.yaml",
        """\
        name: toy
        runtime: yaml
        plugins: {providers: [{name: toy, path: plugin}]}
        resources:
          thing: {type: "toy:index:Thing", properties: {name: Ada}}
        outputs: {id: "${thing.id}", name: "${thing.name}"}
        """,
    )
    done = stand_in.up()
    assert done.returncode == 0, done.stdout
    assert stand_in.outputs() == {"id": "the id", "name": "Ada"}


def test_pulumi_install_makes_the_virtual_environment(stand_in: Project) -> None:
    stand_in.write(
        "Pulumi.yaml", "{name: toy, runtime: {name: python, options: {virtualenv: own}}}"
    )
    stand_in.write("requirements.txt", "")
    done = stand_in.pulumi("install")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == (
        f"python3 -m venv {stand_in.folder}/own\n"
        "python3 -m pip install --requirement requirements.txt\n"
    )
    own = stand_in.folder / "own" / "bin" / "python3"
    assert json.loads(stand_in.pulumi("about", "--json").stdout)["runtime"]["executable"] == str(
        own
    )


def test_pulumi_install_says_what_cannot_be_installed(stand_in: Project) -> None:
    stand_in.write("requirements.txt", "./is-not-there\n")
    done = stand_in.pulumi("install")
    assert done.returncode != 0
    assert done.stderr.endswith(
        "`python3 -m pip install --requirement requirements.txt`"
        f" in {stand_in.folder} exited with code 1\n"
    )


def test_about_says_that_the_host_is_a_stand_in(stand_in: Project) -> None:
    stand_in.write("__main__.py", "")
    assert json.loads(stand_in.pulumi("about", "--json").stdout)["runtime"] == {
        "language": "python",
        "executable": str(VENV / "python3"),
        "version": ".".join(map(str, sys.version_info[:3])),
        "host": "stand-in for development and tests",
    }


def test_ctrl_c_ends_the_program_with_the_engine(project: Project) -> None:
    project.write(
        "__main__.py",
        """\
        import os, pathlib, signal

        pathlib.Path("pid.new").write_text(str(os.getpid()))
        pathlib.Path("pid.new").rename("pid")
        signal.pause()
        """,
    )
    with subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color=never"],
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as up:
        pid = project.folder / "pid"
        wait_for(pid.exists)
        up.send_signal(signal.SIGINT)
        stdout, stderr = up.communicate()
    assert not runs(int(pid.read_text()))
    assert diagnostics(
        subprocess.CompletedProcess(up.args, up.returncode, stdout, stderr)
    ) == dedent(
        """\
        pulumi:pulumi:Stack (toy-test):
          error: update canceled"""
    )


# --- the replacement language host


def end_of_input(host: subprocess.Popen[str]) -> None:
    assert host.stdin is not None
    host.stdin.close()


@pytest.mark.parametrize(
    "ending",
    [
        lambda host: host.send_signal(signal.SIGINT),
        lambda host: host.send_signal(signal.SIGTERM),
        end_of_input,
    ],
    ids=["SIGINT", "SIGTERM", "the engine is gone"],
)
def test_the_language_host_ends_silently(ending: Callable[[subprocess.Popen[str]], None]) -> None:
    with subprocess.Popen(
        [sys.executable, TOOL / "language_host.py", "127.0.0.1:1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.stdout is not None
        assert host.stderr is not None
        assert int(host.stdout.readline()) > 0
        ending(host)
        assert host.wait() == 0
        assert (host.stdout.read(), host.stderr.read()) == ("", "")


def test_the_language_host_says_when_its_python_has_no_sdk() -> None:
    done = subprocess.run(
        [sys.executable, "-S", TOOL / "language_host.py", "127.0.0.1:1"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        (
            f"pulumi-language-python: No module named 'grpc' in {sys.executable}; put the bin folder"
            " of the virtual environment that has Pulumi's Python SDK first on PATH\n"
        ),
    )


# --- the installation


@dataclass(frozen=True)
class Machine:
    """A machine with the programs in `path` on PATH, and without network."""

    folder: Path
    environment: dict[str, str] = field(
        default_factory=lambda: {"https_proxy": "http://127.0.0.1:9"}  # no server listens there
    )

    @property
    def path(self) -> Path:
        return self.folder / "path"

    @property
    def target(self) -> Path:
        return self.folder / "engine" / "bin"

    def has_pulumi(self, version: str) -> None:
        for name in FILES:
            script(self.path / name, "exit 1")
        script(self.path / "pulumi", f"echo v{version}")

    def has_go(self, version: str = PINNED, newest: str = "") -> Path:
        """Put a `go` on PATH that builds one-line programs of a version; return its log."""
        log = self.folder / "go.log"
        sdk = self.folder / "sdk" / "python"
        script(sdk / "cmd" / "pulumi-language-python-exec", "exit 1")
        script(sdk / "dist" / "pulumi-resource-pulumi-python", "exit 1")
        script(
            self.path / "go",
            f"""\
            echo "$@" >> {log}
            case "$1 $*" in
              list*@latest) echo v{newest};;
              list*) echo {sdk.parent};;
              build*)
                while [ "$1" != -o ]; do shift; done
                for name in pulumi pulumi-language-yaml; do
                  printf '#!/bin/sh\\necho v{version}\\n' > "$2$name"; /bin/chmod +x "$2$name"
                done;;
            esac""",
        )
        return log

    def start(self, *arguments: str, inherited: str = "") -> subprocess.Popen[str]:
        """Start the installation as a child of a process that ran the Python code `inherited`."""
        command = [str(TOOL / "install.py"), "--into", str(self.target), *arguments]
        become = f"import os, signal, sys\n{inherited}\nos.execv(sys.executable, sys.argv[1:])"
        return subprocess.Popen(
            [sys.executable, "-c", become, sys.executable, *command],
            env={"PATH": str(self.path), **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def install(self, *arguments: str) -> tuple[int, list[str], str]:
        """Run the installation; return the exit code, the lines on stdout, and stderr."""
        with self.start(*arguments) as process:
            stdout, stderr = process.communicate()
        return process.returncode, stdout.splitlines(), stderr

    def holds(self) -> list[str]:
        """Return the files in and next to the folder of the engine."""
        base = self.target.parent
        return sorted(str(path.relative_to(base)) for path in base.rglob("*"))


NOTHING = ["bin.lock"]
WHOLE = sorted([*NOTHING, "bin", "bin/.installed", *(f"bin/{name}" for name in FILES)])
ANNOUNCEMENT = "build: from Go modules; the first build takes some minutes"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.path.mkdir()
    return machine


def test_without_network_and_go_it_says_what_to_install(machine: Machine) -> None:
    code, lines, complaints = machine.install()
    download = lines.pop(1)
    assert (code, lines, complaints) == (
        1,
        [
            "path: no pulumi on PATH",
            (
                "build: no go on PATH; install Go 1.25.11 or newer (https://go.dev/dl), or"
                f" Pulumi {PINNED} or newer (https://www.pulumi.com/docs/install), and try again"
            ),
        ],
        "",
    )
    assert re.fullmatch(
        r"download: https://get\.pulumi\.com/install\.sh cannot be reached: .*Connection refused.*",
        download,
    )
    assert machine.holds() == NOTHING


@contextmanager
def pulumis_site(machine: Machine, installer: str) -> Iterator[None]:
    """Serve Pulumi's site with this installer, through a proxy."""
    certificate, key = make_ssl_devcert(str(machine.folder / "site"), host="get.pulumi.com")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    answer = f"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n#!/bin/sh\n{installer}\n".encode()

    class Connection(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with (
                context.wrap_socket(self.request, server_side=True) as tls,
                tls.makefile("rwb") as stream,
            ):
                while stream.readline().strip():
                    pass
                stream.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection) as proxy:
        threading.Thread(target=proxy.serve_forever, args=[0.01]).start()
        machine.environment["https_proxy"] = f"http://127.0.0.1:{proxy.server_address[1]}"
        machine.environment["SSL_CERT_FILE"] = certificate
        try:
            yield
        finally:
            proxy.shutdown()


# Called with: --no-edit-path --install-root ROOT --version VERSION
INSTALLS = f"""\
for name in {" ".join(FILES)}; do
  printf '#!/bin/sh\\necho v%s\\n' "$5" > "$3/bin/$name"; /bin/chmod +x "$3/bin/$name"
done"""


def test_the_official_release_is_downloaded(machine: Machine) -> None:
    with pulumis_site(machine, INSTALLS):
        assert machine.install() == (
            0,
            [
                "path: no pulumi on PATH",
                f"download: the official release; Pulumi {PINNED} is now in {machine.target}",
            ],
            "",
        )
    assert machine.holds() == WHOLE


@pytest.mark.parametrize(
    ("installer", "line"),
    [
        (f"{INSTALLS}\nexit 3", r"download: subprocess.CalledProcessError: .*exit status 3\."),
        (
            f"{INSTALLS}\n/bin/rm $3/bin/pulumi-language-*",
            r"download: the official release is not usable: missing pulumi-language-python, .*",
        ),
    ],
)
def test_a_download_that_fails_leaves_nothing(machine: Machine, installer: str, line: str) -> None:
    with pulumis_site(machine, installer):
        code, lines, complaints = machine.install("--only", "download")
    assert (code, len(lines), complaints) == (1, 1, "")
    assert re.fullmatch(line, lines[0])
    assert machine.holds() == NOTHING


@pytest.mark.parametrize("version", [PINNED, "3.999.1-alpha.1"])
def test_a_recent_pulumi_on_path_is_linked(machine: Machine, version: str) -> None:
    machine.has_pulumi(version)
    assert machine.install() == (
        0,
        [f"path: {machine.path}/pulumi; Pulumi {version} is now in {machine.target}"],
        "",
    )
    assert machine.holds() == WHOLE
    assert {name: (machine.target / name).readlink() for name in FILES} == {
        name: machine.path / name for name in FILES
    }


@pytest.mark.parametrize("version", ["3.100.0", "4.0.0"])
def test_a_pulumi_on_path_of_another_age_is_passed_over(machine: Machine, version: str) -> None:
    machine.has_pulumi(version)
    assert machine.install("--only", "path") == (
        1,
        [
            (
                f"path: {machine.path}/pulumi is not usable: version {version} is not {PINNED}"
                " or a newer 3.x"
            )
        ],
        "",
    )
    assert machine.holds() == NOTHING


def test_a_pulumi_on_path_without_its_hosts_is_passed_over(machine: Machine) -> None:
    script(machine.path / "pulumi", f"echo v{PINNED}")
    assert machine.install("--only", "path") == (
        1,
        [f"path: {machine.path}/pulumi is not usable: missing {', '.join(FILES[1:])}"],
        "",
    )
    assert machine.holds() == NOTHING


def test_what_was_installed_is_not_found_on_path(machine: Machine) -> None:
    machine.has_go()
    machine.install("--only", "build")
    (machine.path / "pulumi").symlink_to(machine.target / "pulumi")
    assert machine.install("--only", "path") == (1, ["path: no pulumi on PATH"], "")
    assert machine.holds() == WHOLE


def test_a_build_is_made_once(machine: Machine) -> None:
    log = machine.has_go()
    assert machine.install("--only", "build") == (
        0,
        [
            ANNOUNCEMENT,
            (
                "build: a build from Go modules, with a stand-in for the Python language host;"
                f" Pulumi {PINNED} is now in {machine.target}"
            ),
        ],
        "",
    )
    assert machine.holds() == WHOLE
    host = machine.target / "pulumi-language-python"
    assert host.read_bytes() == (TOOL / "language_host.py").read_bytes()

    log.unlink()
    assert machine.install() == (0, [f"Pulumi {PINNED} is already in {machine.target}"], "")
    assert not log.exists()


def test_a_build_from_other_sources_is_made_anew(machine: Machine) -> None:
    log = machine.has_go()
    machine.install("--only", "build")
    log.unlink()
    (machine.target / ".installed").write_text("build of last week\n")
    (machine.target / "left-over").touch()
    code, lines, _ = machine.install("--only", "build")
    assert (code, lines[0]) == (0, ANNOUNCEMENT)
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["list", "build", "list"]
    assert machine.holds() == WHOLE


def test_an_installation_that_broke_is_replaced(machine: Machine) -> None:
    machine.has_pulumi(PINNED)
    machine.install()
    (machine.path / "pulumi-language-yaml").unlink()
    machine.has_go()
    code, lines, _ = machine.install()
    assert code == 0
    assert lines[:2] == [
        f"the Pulumi in {machine.target} no longer works: missing pulumi-language-yaml",
        f"path: {machine.path}/pulumi is not usable: missing pulumi-language-yaml",
    ]
    assert lines[-1].startswith("build: a build from Go modules")
    assert machine.holds() == WHOLE


def test_a_build_shows_on_a_terminal_how_far_it_is(machine: Machine) -> None:
    machine.has_go()
    go = machine.path / "go"
    real = go.rename(machine.folder / "real-go")
    sleep = shutil.which("sleep")
    script(
        go,
        f"""\
        case "$1 $2" in
          "list -deps") echo "go: downloading example.com/a v1.0.0" >&2; {sleep} 1.5; echo a; echo b; echo c;;
          build*) echo a >&2; echo b >&2; {sleep} 1.5; echo c >&2; {sleep} 1.5; exec {real} "$@";;
          *) exec {real} "$@";;
        esac""",
    )
    terminal, end = os.openpty()
    with subprocess.Popen(
        [sys.executable, TOOL / "install.py", "--into", machine.target, "--only", "build"],
        env={"PATH": str(machine.path), **machine.environment},
        stdout=end,
        stderr=end,
    ) as process:
        os.close(end)
        shown = b""
        with contextlib.suppress(OSError):  # a terminal signals the end with an error
            while part := os.read(terminal, 1024):
                shown += part
        os.close(terminal)
    assert process.returncode == 0
    announcement, *lines = re.split(r"\r\n|\r", shown.decode().replace("\033[K", ""))
    assert announcement == ANNOUNCEMENT
    texts = [re.sub(r", 0:\d\d min$", "", line) for line in lines if line]
    assert list(dict.fromkeys(texts)) == [
        "build: 1 modules downloaded",
        "build: 2 of 3 packages",
        "build: 3 of 3 packages, linking",
        "build: a build from Go modules, with a stand-in for the Python language host;"
        f" Pulumi {PINNED} is now in {machine.target}",
    ]


def test_a_build_that_fails_leaves_what_was_there(machine: Machine) -> None:
    machine.has_pulumi(PINNED)
    machine.install()
    script(machine.path / "go", "echo reading >&2; echo 'proxy.example: no such host' >&2; exit 1")
    assert machine.install("--only", "build") == (
        1,
        [ANNOUNCEMENT, "build: proxy.example: no such host"],
        "",
    )
    assert machine.holds() == WHOLE
    assert machine.install() == (0, [f"Pulumi {PINNED} is already in {machine.target}"], "")


@pytest.mark.parametrize(
    "inherited",
    [
        "",
        "signal.signal(signal.{name}, signal.SIG_IGN)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.{name}])",
    ],
    ids=["", "ignored", "blocked"],
)
@pytest.mark.parametrize(
    ("number", "complaint"),
    [
        (signal.SIGINT, "interrupted; {target} is unchanged\n"),
        (signal.SIGTERM, "terminated\n"),
    ],
)
def test_an_interrupted_build_is_not_taken_for_whole(
    machine: Machine, number: signal.Signals, complaint: str, inherited: str
) -> None:
    pid = machine.folder / "pid"
    sleep = shutil.which("sleep")
    script(machine.path / "go", f"echo $$ > {pid}.new; /bin/mv {pid}.new {pid}; exec {sleep} 60")
    inherited = inherited.format(name=number.name)
    with machine.start("--only", "build", inherited=inherited) as process:
        wait_for(pid.exists)
        process.send_signal(number)
        stdout, stderr = process.communicate()
    assert (process.returncode, stdout, stderr) == (
        1,
        f"{ANNOUNCEMENT}\n",
        complaint.format(target=machine.target),
    )
    assert not runs(int(pid.read_text()))
    assert not machine.target.exists()

    machine.has_go()
    assert machine.install("--only", "build")[0] == 0
    assert machine.holds() == WHOLE


def test_a_build_without_its_product_is_one_line(machine: Machine) -> None:
    machine.has_go()
    missing = machine.folder / "sdk" / "python" / "dist" / "pulumi-resource-pulumi-python"
    missing.unlink()
    assert machine.install("--only", "build") == (
        1,
        [
            ANNOUNCEMENT,
            (
                f"build: {missing}: No such file or directory; remove Go's copy with"
                " `go clean -modcache`, and try again"
            ),
        ],
        "",
    )
    assert machine.holds() == NOTHING


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
def test_an_interrupt_while_another_installation_runs_is_one_line(machine: Machine) -> None:
    machine.target.parent.mkdir()
    lock = machine.target.with_name("bin.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with machine.start("--only", "path") as process:
            # The handler is set before the lock is opened. The process then waits for the lock.
            wait_for(lambda: opened(process, lock))
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate()
    line = f"interrupted; {machine.target} is unchanged\n"
    assert (process.returncode, stdout, stderr) == (1, "", line)


def opened(process: subprocess.Popen[str], file: Path) -> bool:
    """Return whether the process has the file open. Linux only."""
    links = Path(f"/proc/{process.pid}/fd").iterdir()
    return any(link.resolve() == file.resolve() for link in links)


# --- other versions


@pytest.mark.parametrize("name", ["3.999.0", "v3.999.0", "newest"])
def test_another_version_is_built_from_a_module_of_its_own(machine: Machine, name: str) -> None:
    log = machine.has_go("3.999.0", newest="3.999.0")
    before = (TOOL / "go.mod").read_bytes()
    assert machine.install("--version", name, "--only", "build") == (
        0,
        [
            ANNOUNCEMENT,
            (
                "build: a build from Go modules, with a stand-in for the Python language host;"
                f" Pulumi 3.999.0 is now in {machine.target}"
            ),
        ],
        "",
    )
    assert machine.holds() == WHOLE
    assert (TOOL / "go.mod").read_bytes() == before
    calls = [line for line in log.read_text().splitlines() if not line.endswith("@latest")]
    assert [call.split()[0] for call in calls] == ["get", "list", "build", "list"]
    assert calls[0] == "get -tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v3.999.0"
    assert "/version.Version=v3.999.0 " in calls[2]

    log.unlink()
    code, lines, _ = machine.install("--version", "3.999.0", "--only", "build")
    assert (code, lines) == (0, [f"Pulumi 3.999.0 is already in {machine.target}"])
    assert not log.exists()


def test_a_folder_with_another_version_is_replaced(machine: Machine) -> None:
    machine.has_go("3.999.0")
    machine.install("--version", "3.999.0", "--only", "build")
    machine.has_go("3.999.1")
    code, lines, _ = machine.install("--version", "3.999.1", "--only", "build")
    assert code == 0
    assert lines[0] == (
        f"the Pulumi in {machine.target} no longer works: version 3.999.0 is not 3.999.1"
    )
    assert lines[-1].endswith(f"Pulumi 3.999.1 is now in {machine.target}")
    assert machine.holds() == WHOLE


def test_another_version_is_downloaded(machine: Machine) -> None:
    with pulumis_site(machine, INSTALLS):
        code, lines, _ = machine.install("--version", "3.999.0", "--only", "download")
    assert (code, lines) == (
        0,
        [f"download: the official release; Pulumi 3.999.0 is now in {machine.target}"],
    )


def test_only_the_requested_version_is_linked(machine: Machine) -> None:
    machine.has_pulumi("3.999.1")
    assert machine.install("--version", "3.999.0", "--only", "path") == (
        1,
        [f"path: {machine.path}/pulumi is not usable: version 3.999.1 is not 3.999.0"],
        "",
    )
    machine.has_pulumi("3.999.0")
    code, lines, _ = machine.install("--version", "3.999.0", "--only", "path")
    assert (code, lines) == (
        0,
        [f"path: {machine.path}/pulumi; Pulumi 3.999.0 is now in {machine.target}"],
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("latest", "'latest' is not a version; use pinned, newest or X.Y.Z\n"),
        ("newest", "no go on PATH to look up the newest version; pass a version\n"),
    ],
)
def test_a_version_that_cannot_be_told_is_one_line(
    machine: Machine, name: str, complaint: str
) -> None:
    assert machine.install("--version", name) == (1, [], complaint)
    assert not machine.target.parent.exists()
