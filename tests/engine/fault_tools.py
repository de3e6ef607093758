"""Stacks for the fault tests: commands that fail, processes to kill, and final checks."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.names import from_pulumi
from pulumi_scw_iam.emulator import Fault
from pulumi_scw_iam.kinds import KINDS
from tests.support.faults.engine import Engine, Held, Program, Ref, State
from tests.support.faults.secrets import Leak, scan
from tests.support.stack import OURS, Run, Stack, add_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.support.faults.rotations import Rotations
    from tests.support.faults.world import World

PROVIDER, ENGINE, BOTH = "provider", "engine", "both"
PATIENT = {"PULUMI_SCW_IAM_REQUEST_TIMEOUT": "60"}
"""A long timeout, for a provider to kill while it waits for a response."""
HASTY = {"PULUMI_SCW_IAM_REQUEST_TIMEOUT": "3", "PULUMI_SCW_IAM_RETRY_TIMEOUT": "2"}
"""Short time-outs, for a provider that outlives its engine."""
SIGNATURE = "4dabf18193072939515e22adb298388d"
PROC = Path("/proc")
DEADLINE = 120
"""The timeout of each command, in seconds."""


def source(program: Program) -> tuple[str, dict[str, str]]:
    """Return a program as Python source, and its passwords as environment variables."""
    passwords: dict[str, str] = {}

    def written(value: Any, name: str = "") -> str:
        match value:
            case Ref():
                return f"{_variable(value.name)}.id"
            case str() if name == "password":
                passwords[f"PASSWORD_{len(passwords)}"] = value
                return f"os.environ[{list(passwords)[-1]!r}]"
            case dict():
                items = ", ".join(f"{key!r}: {written(item, key)}" for key, item in value.items())
                return f"{{{items}}}"
            case list() | tuple():
                return f"[{', '.join(written(item) for item in value)}]"
            case _:
                return repr(value)

    lines = ["import os"]
    for name, (kind, inputs) in program.items():
        arguments = "".join(f", {key}={written(value, key)}" for key, value in inputs.items())
        lines.append(f"{_variable(name)} = iam.{kind}({name!r}{arguments})")
    return "\n".join(lines), passwords


def _variable(name: str) -> str:
    return f"it_{name.replace('-', '_')}"


class Site(Stack):
    """A stack for commands that may fail. Their outputs are kept in files."""

    def __init__(self, folder: Path, environment: Mapping[str, str], front: str) -> None:
        folder.mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: test\nruntime: python\n")
        shutil.copy(Path(__file__).parent / "native_iam.py", folder)
        self._numbers = itertools.count()
        self._outputs = folder.parent / "outputs"
        self._outputs.mkdir()
        self.passwords: set[str] = set()
        log = {"PULUMI_SCW_IAM_LOG": str(folder.parent / "calls.log")}
        super().__init__(folder, {**environment, **log}, front)

    def program(self, program: Program) -> None:
        """Write the program."""
        text, passwords = source(program)
        self.environment.update(passwords)
        self.passwords |= set(passwords.values())
        self.write(text)

    def started(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own."""
        with (self._outputs / f"{next(self._numbers)}.txt").open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        """Return the output of the last command."""
        return max(self._outputs.glob("*.txt"), key=lambda path: int(path.stem)).read_text()

    def forget(self, is_dropped: Callable[[str], bool]) -> None:
        """Drop matching lines from the outputs of all commands."""
        for path in self._outputs.iterdir():
            lines = path.read_text().splitlines()
            path.write_text("\n".join(line for line in lines if not is_dropped(line)))

    def command(self, *command: str, **environment: str) -> Run:
        """Run a command. If a killed command left its lock, run `pulumi cancel` and retry."""
        run = self._waited_for(*command, **environment)
        if run.code and "`pulumi cancel`" in run.output:
            self._waited_for("pulumi", "cancel", "--yes")
            run = self._waited_for(*command, **environment)
        return run

    def _waited_for(self, *command: str, **environment: str) -> Run:
        with self.started(*command, **environment) as process:
            code = process.wait(DEADLINE)
        return Run(code, self.output())

    def act(self, verb: str, *arguments: str, **environment: str) -> Run:
        """Run an operation of the engine; the operation may fail."""
        log = self.folder.parent / f"events{next(self._numbers)}.json"
        options = ["--non-interactive", "--event-log", str(log)]
        if verb != "preview":
            options += ["--yes", "--skip-preview"]
        run = self.command("pulumi", verb, *options, *arguments, **environment)
        for line in log.read_text().splitlines() if log.exists() else ():
            add_event(run, json.loads(line))
        return run

    def settled(self, times: int, **environment: str) -> list[Run]:
        """Run `up` until one succeeds, at most `times` times. Fails if no run succeeds."""
        runs = []
        for _ in range(times):
            runs.append(self.act("up", **environment))
            if runs[-1].code == 0:
                return runs
            # The IAM log records no SAML configuration and no SCIM token, so without proof of its
            # creator the message tells the user to delete the object.
            unproved = r"`(pulumi-scw-iam delete (?:saml-configuration|scim-token) \S+)`"
            for line in re.findall(unproved, runs[-1].output)[:1]:
                deleted = self.command(*shlex.split(line), "--yes")
                assert deleted.code == 0, deleted.output
        raise AssertionError("\n".join(run.output for run in runs))

    def exported(self) -> str:
        """Write the export of the stack to a file, with encrypted secrets; return its path."""
        path = self.folder.parent / f"state{next(self._numbers)}.json"
        run = self.command("pulumi", "stack", "export", "--file", str(path))
        assert run.code == 0, run.output
        return str(path)

    def doctor(self, state: str) -> tuple[int, dict[str, Any]]:
        """Return the exit status and the report of `pulumi-scw-iam doctor`."""
        run = self.command("pulumi-scw-iam", "doctor", state, "--json")
        assert run.code in {0, 3}, run.output
        report: dict[str, Any] = json.loads(run.output)
        return run.code, report

    def knowing(self) -> State:
        """Return a state with only the ids of the resources, also during an operation."""
        return State(
            {name: Held("", resource["id"], {}, {}) for name, resource in self.resources().items()}
        )

    def held(self) -> State:
        """Return the state with secrets in clear, without writing them to a file."""
        done = subprocess.run(
            ["pulumi", "stack", "export", "--show-secrets"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=True,
        )
        state = State()
        deployment = json.loads(done.stdout)["deployment"]
        assert not deployment.get("pending_operations")
        for resource in deployment.get("resources", []):
            if not resource["type"].startswith(OURS) or ":providers:" in resource["type"]:
                continue
            kind = resource["type"].rsplit(":")[-1].rpartition("/")[2]
            outputs = {
                k: v for k, v in _clear(resource.get("outputs", {})).items() if k != "__provider"
            }
            if resource["type"].startswith("scw-iam:"):
                outputs = from_pulumi(KINDS[kind].state, outputs)
            name = resource["urn"].rsplit("::", 1)[1]
            assert not resource.get("delete"), f"{name} is marked for deletion"
            state.resources[name] = Held(kind, resource["id"], {}, outputs)
        return state


def _clear(value: Any) -> Any:
    """Return a value of a state with secrets in clear."""
    match value:
        case {"plaintext": text} if SIGNATURE in value:
            return json.loads(text)
        case dict():
            return {name: _clear(item) for name, item in value.items()}
        case list():
            return [_clear(item) for item in value]
        case _:
            return value


# --- final checks ---------------------------------------------------------------------------------


def without_faults(world: World, *programs: Program) -> list[str]:
    """Return the objects after these programs without faults, on the engine model.

    The organization is restored afterwards.
    """
    world.emulator.faults.clear()
    world.emulator.restore(world.base)
    engine = Engine(world.driver(keeps=True))
    for program in programs:
        engine.up(program)
    holds = world.holds()
    world.emulator.restore(world.base)
    return holds


def wrong(world: World, site: Site, expected: list[str]) -> Iterator[str]:
    """Yield each error after the last successful run."""
    preview = site.act("preview")
    if preview.code or set(preview.changes) - {"same"}:
        yield f"the preview is not empty: {preview.output}"
    state = site.held()
    if left := world.unknown(state):
        yield f"left, and not in the state: {[world.with_names(f'{r} {resource_id}') for r, resource_id in left]}"
    holds = world.holds()
    missing, more = Counter(expected) - Counter(holds), Counter(holds) - Counter(expected)
    if missing or more:
        yield f"missing: {list(missing)}; instead: {list(more)}"
    yield from (f"{secret} does not work" for secret in world.broken_secrets(state))
    yield from map(str, in_clear(world, site, state))


def in_clear(world: World, site: Site, state: State) -> list[Leak]:
    """Return the secrets in all files of the runs, and in the access log of the local IAM API."""
    (site.folder.parent / "access.log").write_text("\n".join(world.lines))
    return scan(site.folder.parent, secrets_of(world, site, state))


def secrets_of(world: World, site: Site, state: State) -> dict[str, str]:
    """Return all secrets of a stack by name."""
    secrets = {"the caller's secret key": world.emulator.secret_key}
    secrets |= {f"a password {n}": word for n, word in enumerate(sorted(site.passwords))}
    for name, held in state.resources.items():
        for field in ("secret_key", "bearer_token"):
            if secret := held.outputs.get(field):
                secrets[f"{field} of {name}"] = secret
    return secrets


# --- processes ------------------------------------------------------------------------------------


def children(process: int) -> dict[int, str]:
    """Return all descendants of a process, with their command lines."""
    parents: dict[int, int] = {}
    for path in PROC.glob("[0-9]*/stat"):
        try:
            # The name may contain spaces and parentheses. The parent is the second field after the
            # name.
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # the process has ended
    found: dict[int, str] = {}
    generation = {process}
    while generation:
        generation = {child for child, parent in parents.items() if parent in generation}
        for child in generation:
            try:
                line = (PROC / str(child) / "cmdline").read_bytes()
            except OSError:
                continue
            found[child] = line.replace(b"\0", b" ").decode(errors="replace")
    return found


def providers(process: int, front: str) -> list[int]:
    """Return the processes of an engine's provider."""
    word = {"native": "pulumi-resource-scw-iam", "dynamic": "pulumi.dynamic"}[front]
    exact = {"native": word, "dynamic": "pulumi/dynamic"}[front]
    return [child for child, line in children(process).items() if word in line or exact in line]


def kill(process: int) -> None:
    """Kill a process started by a test."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def until(condition: Callable[[], bool], what: str, process: subprocess.Popen[bytes]) -> None:
    """Wait for a condition. Fails if the process ends before, or after a timeout."""
    ends = time.monotonic() + DEADLINE
    while not condition():
        assert process.poll() is None, f"the process ended before {what}"
        assert time.monotonic() < ends, f"timeout before {what}"
        time.sleep(0.02)


def at_rest(site: Site) -> bool:
    """Return whether the engine has finished writing its state.

    An engine killed during a write leaves an empty file. No provider can prevent this.
    """
    seen = None
    for _ in range(5):
        try:
            text = site.state_text()
            json.loads(text)
        except ValueError:
            return False
        if seen not in {None, text}:
            return False
        seen = text
        time.sleep(0.1)
    return True


def quiet(world: World | Rotations, seconds: float = 2) -> None:
    """Wait until the local IAM API has received no request for some seconds."""
    count, since = len(world.lines), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.05)
        if len(world.lines) != count:
            count, since = len(world.lines), time.monotonic()


def hung(operation: str, lost: str, nth: int = 1) -> Fault:
    """Return a fault that holds a call before or after its effect until a process is killed."""
    return Fault(operation=operation, first=nth, last=nth, lost=lost, hang=True)


def killed(world: World | Rotations, site: Site, victim: str, faults: tuple[Fault, ...]) -> None:
    """Run `up` until each fault holds a call, then kill the victim."""
    world.emulator.faults.add(*faults)
    # A surviving provider continues after its timeout.
    settings = HASTY if victim == ENGINE else PATIENT
    command = ("pulumi", "up", "--yes", "--skip-preview", "--non-interactive")
    engine = site.started(*command, **settings)
    try:
        until(
            lambda: all(struck for _, _, struck in world.emulator.faults.tally()),
            "all faults",
            engine,
        )
        until(lambda: at_rest(site), "rest", engine)
        family = list(children(engine.pid))
        hosts = providers(engine.pid, site.front)
        assert hosts, children(engine.pid)
        for process in {PROVIDER: hosts, ENGINE: [engine.pid], BOTH: [engine.pid, *hosts]}[victim]:
            kill(process)
    except BaseException:
        family = list(children(engine.pid))
        kill(engine.pid)
        raise
    finally:
        engine.wait(DEADLINE)
        if victim == ENGINE:
            quiet(world, 1.5 * float(HASTY["PULUMI_SCW_IAM_REQUEST_TIMEOUT"]))
        for process in family:
            kill(process)
        world.emulator.faults.clear()


def lines(report: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the first suggested command for each finding of `pulumi-scw-iam doctor`; `adopt` comes last."""
    finds = (*report["found"], *report["unrecorded"])
    commands = [find["commands"][0] for find in finds]
    adoptions = [one for one in commands if " adopt " in one["command"]]
    for command in commands:
        if command in adoptions:
            continue
        # The program already declares the resource, and this engine cannot generate Python code.
        options = ["--generate-code=false"] if command["does"] == "import" else []
        yield [*shlex.split(command["command"]), "--yes", *options]
    # The same command imports all objects.
    yield from ([*shlex.split(line)] for line in {one["command"]: None for one in adoptions})
    for clear in report["clear"]:
        yield [*shlex.split(clear["command"]), "--yes"]
