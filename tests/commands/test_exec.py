"""`pulumi-scw-iam exec`: a key in the environment of one command, which is gone after the command."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.commands.main import main
from pulumi_scw_iam.common.formats import moment, span
from pulumi_scw_iam.emulator import Fault
from tests.support.exec_command import COMMAND, Application, RecordingRelay, eventually
from tests.support.relays.crashes import KILL_AFTER, KILL_BEFORE, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.emulator import Emulator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

TTL = timedelta(minutes=30)
CREATES: dict[str, Any] = {"method": "POST", "path": "*/api-keys"}
REMOVES: dict[str, Any] = {"method": "DELETE", "path": "*/api-keys/*"}
WAITS = ("--", "sh", "-c", 'printf %s "$SCW_SECRET_KEY" > "$OUT/secret"; exec sleep 300')
"""A command that a signal ends."""


@pytest.fixture
def app(iam_emulator: Emulator, tmp_path: Path) -> Iterator[Application]:
    yield Application(iam_emulator, tmp_path)
    iam_emulator.faults.clear()


# --- spans and arguments ---------------------------------------------------------------------------------


@given(st.integers(1, 999_999), st.sampled_from("mhd"))
def test_a_span_is_a_number_of_minutes_hours_or_days(number: int, unit: str) -> None:
    minutes = {"m": 1, "h": 60, "d": 1440}[unit]
    assert span(f"{number}{unit}") == timedelta(minutes=number * minutes)


@given(st.text() | st.from_regex(r"\A[0-9]{0,8}[a-zA-Z]?\n?\Z"))
def test_any_other_span_is_refused(text: str) -> None:
    if re.fullmatch(r"[0-9]{1,6}[mhd]", text) and text.strip("0mhd"):
        assert span(text) > timedelta()
    else:
        with pytest.raises(ValueError, match=r"must look like 30m, 2h or 1d|is too short"):
            span(text)


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        ([], 2, "exec: put -- and the command last: exec OPTIONS -- COMMAND"),
        (["ls"], 2, 'exec: put -- and the command last, before "ls": exec OPTIONS -- COMMAND'),
        (["--"], 2, "exec: there is no command after --"),
        (["--", "no-such-command"], 127, '"no-such-command": command not found'),
        (["--", "./no/such\nfile"], 127, '"./no/such\\nfile": command not found'),
        (["--", "/dev/null"], 126, '"/dev/null": not executable'),
        (["--", "/"], 126, '"/": not executable'),
    ],
)
def test_a_command_that_cannot_run_is_one_line_before_any_call(
    words: list[str], status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exec", "--application", "ci", *words]) == status
    assert capsys.readouterr() == ("", f"pulumi-scw-iam: {line}\n")


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("--ttl=0h", '--ttl: "0h" is too short; pass at least 1m'),
        ("--ttl=30", '--ttl: "30" must look like 30m, 2h or 1d'),
        (
            "--project=web",
            '--project: "web" is not a UUID; pass the project\'s id, not the name',
        ),
    ],
)
def test_a_wrong_option_is_named(
    option: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["exec", "--application", "ci", option, "--", "true"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: argument {line}\n")


def test_windows_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulumi_scw_iam.commands.exec.os.name", "nt")
    status = main(["exec", "--application", "ci", "--", "true"])
    monkeypatch.undo()
    assert status == 125
    assert capsys.readouterr().err == (
        "pulumi-scw-iam: exec needs the signals of Linux or macOS; on Windows, run it in the Windows"
        " Subsystem for Linux\n"
    )


# --- the key and the environment -------------------------------------------------------------------------


def test_the_command_has_the_key_until_it_ends(app: Application) -> None:
    """The key has the project and the expiry; other credentials are removed, and the rest stays."""
    project = str(app.emulator.seed({"projects": [{"name": "web"}]})["projects"][0]["id"])
    (app.folder / "config.yaml").write_text(
        "profiles:\n  prod:\n    default_region: nl-ams\n    secret_key: 11111111-1111-4111-8111-111111111111\n"
    )
    script = 'env > "$OUT/env"; cat; read line < "$OUT/go"; echo out; echo err >&2; exit 7'
    os.mkfifo(app.folder / "go")
    config = str(app.folder / "config.yaml")
    process = app.start(
        *("--ttl", "30m", "--project", project, "--", "/bin/sh", "-c", script, "sh", "argument"),
        environ={
            "SCW_PROFILE": "prod",
            "SCW_TOKEN": "old",
            "SCALEWAY_TOKEN": "older",
            "SCW_CONFIG_PATH": config,
            "OTHER": "stays",
        },
    )
    assert process.stdin
    process.stdin.write("in\n")
    process.stdin.close()
    process.stdin = None
    eventually(lambda: app.file("env").endswith("\n"))
    (key,) = app.keys()
    environ = dict(line.split("=", 1) for line in app.file("env").splitlines())
    assert {name: value for name, value in environ.items() if name.startswith("SC")} == {
        "SCW_ACCESS_KEY": key["access_key"],
        "SCW_SECRET_KEY": environ["SCW_SECRET_KEY"],
        "SCW_DEFAULT_ORGANIZATION_ID": app.emulator.organization_id,
        "SCW_DEFAULT_PROJECT_ID": project,
        "SCW_DEFAULT_REGION": "nl-ams",
        "SCW_API_URL": app.emulator.url,
        "SCW_CONFIG_PATH": config,
    }
    assert environ["OTHER"] == "stays"
    assert (app.signs(environ["SCW_SECRET_KEY"]), key["default_project_id"]) == (True, project)
    assert key["description"] == f"pulumi-scw-iam exec: sh on {os.uname().nodename}"
    life = moment(key["expires_at"]) - moment(key["created_at"])
    assert TTL - timedelta(seconds=5) < life <= TTL
    (app.folder / "go").write_text("\n")
    assert process.communicate(timeout=60) == ("in\nout\n", "err\n")
    assert process.returncode == 7
    assert (app.keys(), app.signs(environ["SCW_SECRET_KEY"])) == ([], False)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("planted", ["", "$SCW_SECRET_KEY"], ids=["exec", "planted"])
def test_the_secret_is_on_no_command_line_and_in_no_output(app: Application, planted: str) -> None:
    """A command line with the secret, made by the command itself, is found by the same scan."""
    scan = 'cat /proc/[0-9]*/cmdline > "$OUT/lines" 2>&1; printf %s "$SCW_SECRET_KEY" > "$OUT/key"; exit 0'
    outer = f'sh -c "$1" sh "{planted}"'
    status, stdout, stderr = app.run("--", "sh", "-c", outer, "sh", scan)
    lines, secret = app.file("lines"), app.file("key")
    assert "printf" in lines
    assert len(secret) == 36
    assert (secret in lines) is bool(planted)
    assert (status, stdout, stderr) == (0, "", "")


def test_the_application_can_be_named_by_its_id(app: Application) -> None:
    words = ("--application", app.id.upper(), "--", "sh", "-c", "echo $SCW_ACCESS_KEY")
    status, stdout, stderr = app.run(*words)
    assert (status, stdout[:3], stderr) == (0, "SCW", "")


def test_a_failure_before_the_command_is_one_line_and_makes_no_key(
    app: Application, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in app.environ.items():
        monkeypatch.setenv(name, value)
    organization = app.emulator.organization_id

    def failed(*options: str) -> str:
        assert main(["exec", *options, "--", "echo", "ran"]) == 125
        stdout, stderr = capfd.readouterr()
        assert (stdout, app.keys()) == ("", [])
        return str(stderr)

    assert failed("--application", "cu") == (
        f'pulumi-scw-iam: find application "cu": no object in organization {organization} has this name;'
        ' existing names: "ci"\n'
    )
    app.iam.patch(
        f"/organizations/{organization}/security-settings",
        max_api_key_expiration_duration="5400s",
    )
    assert failed("--application", "ci", "--ttl", "2h") == (
        f'pulumi-scw-iam: create an API key of application "ci": organization {organization} allows API keys'
        " to last 5400s at most; pass --ttl 90m\n"
    )
    assert main(["exec", "--application", "ci", "--ttl", "90m", "--", "echo", "ran"]) == 0
    assert capfd.readouterr() == ("ran\n", "")
    second = app.emulator.seed({"applications": [{"name": "ci"}]})["applications"][0]
    first = app.iam.get(f"/applications/{app.id}")
    assert failed("--application", "ci") == (
        f'pulumi-scw-iam: find application "ci": 2 objects in organization {organization} have this name:'
        f" {first['id']} (created {first['created_at']}), {second['id']} (created {second['created_at']});"
        " pass one of these ids\n"
    )


def test_a_script_without_its_interpreter_is_one_line_and_leaves_no_key(app: Application) -> None:
    script = app.folder / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o700)
    line = f'pulumi-scw-iam: "{script}": its interpreter was not found\n'
    if len(str(script)) > 40:
        line = f'pulumi-scw-iam: "{str(script)[:37]}...": its interpreter was not found\n'
    assert app.run("--", str(script)) == (127, "", line)
    assert app.keys() == []


# --- the end of the key ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
def test_a_signal_ends_the_command_and_the_key(app: Application, number: signal.Signals) -> None:
    process = app.start(*WAITS)
    eventually(lambda: app.file("secret"))
    assert app.signs(app.file("secret"))
    process.send_signal(number)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 128 + number
    assert (app.keys(), app.signs(app.file("secret"))) == ([], False)


def test_a_command_gets_each_signal_once_and_decides_when_it_ends(app: Application) -> None:
    script = (
        "exec 2> /dev/null; trap 'echo INT' INT; trap 'echo USR1' USR1; trap 'echo TERM; exit 9' TERM; echo > \"$OUT/ready\";"
        " while :; do sleep 0.02; done"
    )
    process = app.start("--", "sh", "-c", script)
    assert process.stdout
    eventually(lambda: app.file("ready"))
    for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGINT):
        process.send_signal(number)
        assert process.stdout.readline() == f"{number.name[3:]}\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60) == ("TERM\n", "")
    assert (process.returncode, app.keys()) == (9, [])


def test_a_stopped_command_continues(app: Application) -> None:
    script = 'echo $$ > "$OUT/pid"; exec sleep 300'
    process = app.start("--", "sh", "-c", script)
    eventually(lambda: app.file("pid").endswith("\n"))
    process.send_signal(signal.SIGTSTP)
    eventually(lambda: _state(int(app.file("pid"))) == "T")
    process.send_signal(signal.SIGCONT)
    eventually(lambda: _state(int(app.file("pid"))) == "S")
    process.terminate()
    assert process.communicate(timeout=60) == ("", "")
    assert (process.returncode, app.keys()) == (128 + signal.SIGTERM, [])


def test_a_process_of_the_command_gets_the_signal_too(app: Application) -> None:
    """A shell that a signal ends leaves its processes behind, unless they get the signal."""
    process = app.start("--", "sh", "-c", 'sleep 300 & echo $! > "$OUT/inner"; wait')
    eventually(lambda: app.file("inner").endswith("\n"))
    process.terminate()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    process.communicate(timeout=30)  # ends, because the inner process has closed stdout
    assert app.keys() == []


def test_an_ignored_signal_stays_ignored(app: Application) -> None:
    words = ["--application", "ci", "--", "sh", "-c", 'echo > "$OUT/ready"; read line; echo alive']
    app.emulator.faults.add(Fault(**CREATES, latency=0.5))
    code = COMMAND[2].replace("for name in ('SIGTERM', 'SIGHUP', 'SIGQUIT')", "for name in ()")
    process = subprocess.Popen(
        ["nohup", *COMMAND[:2], code, "now", "exec", *words],
        env=app.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    eventually(lambda: app.emulator.faults.tally()[0][2])
    process.send_signal(signal.SIGHUP)
    eventually(lambda: app.file("ready"))
    process.send_signal(signal.SIGHUP)
    assert process.communicate("go\n", timeout=60)[0] == "alive\n"
    assert (process.returncode, app.keys()) == (0, [])


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_the_command_has_the_signal_mask_and_the_sigpipe_of_a_shell(app: Application) -> None:
    status, stdout, _ = app.run("--", "sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status")
    # Signals above 31 are internal to the C library.
    sets = [int(word, 16) & 0x7FFF_FFFF for word in stdout.split()[1::2]]
    assert (status, sets) == (0, [0, 0])


def test_a_signal_during_the_removal_loses_nothing(app: Application) -> None:
    """The removal is tried again, too."""
    app.emulator.faults.add(Fault(**REMOVES, latency=0.5, status=503, last=1))
    process = app.start(*WAITS)
    eventually(lambda: app.file("secret"))
    process.send_signal(signal.SIGINT)
    eventually(lambda: app.emulator.faults.tally()[0][2])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    assert process.communicate(timeout=60) == ("", "")
    assert (process.returncode, app.keys()) == (128 + signal.SIGINT, [])


def test_a_signal_before_the_start_leaves_no_key_and_runs_nothing(app: Application) -> None:
    app.emulator.faults.add(Fault(**CREATES, latency=0.5))
    process = app.start("--", "touch", str(app.folder / "ran"))
    eventually(lambda: app.emulator.faults.tally()[0][2])
    process.terminate()
    assert process.communicate(timeout=60) == ("", "pulumi-scw-iam: interrupted by SIGTERM\n")
    assert (process.returncode, app.keys()) == (128 + signal.SIGTERM, [])
    assert not (app.folder / "ran").exists()


def test_a_key_that_cannot_be_removed_is_named_and_expires(app: Application) -> None:
    app.emulator.faults.add(Fault(**REMOVES, status=403))
    words = (
        "--ttl",
        "30m",
        "--",
        "sh",
        "-c",
        'printf %s "$SCW_SECRET_KEY" > "$OUT/secret"; exit 3',
    )
    status, stdout, stderr = app.run(*words)
    (key,) = app.keys()
    assert (status, stdout) == (3, "")
    assert re.sub(r" \(403.*?\)", " (403)", stderr) == (
        f"pulumi-scw-iam: API key {key['access_key']} is not deleted, and expires at {key['expires_at']}:"
        " insufficient permissions (403); delete it now with"
        f" `pulumi-scw-iam delete api-key {key['access_key']}`\n"
    )
    assert app.signs(app.file("secret"))
    app.emulator.advance(TTL)
    assert not app.signs(app.file("secret"))


def test_the_clock_of_the_api_decides_the_expiry(app: Application) -> None:
    app.emulator.advance(timedelta(days=400))
    assert app.run("--ttl", "1m", "--", "echo", "ran") == (0, "ran\n", "")


# --- lost responses and kills ----------------------------------------------------------------------------


def test_a_lost_response_costs_one_key_which_is_removed(app: Application) -> None:
    app.emulator.faults.add(Fault(**CREATES, lost="after", last=1))
    status, stdout, stderr = app.run("--", "sh", "-c", "echo $SCW_ACCESS_KEY")
    assert (status, stdout[:3], stderr) == (0, "SCW", "")
    assert app.keys() == []


def test_without_any_response_the_line_says_how_to_find_the_key(app: Application) -> None:
    """No log proves which key the call made, so the key expires."""
    app.emulator.faults.add(Fault(**CREATES, lost="after"))
    app.emulator.faults.add(Fault(method="GET", path="*/logs", status=403))
    status, stdout, stderr = app.run("--ttl", "30m", "--", "echo", "ran")
    (key,) = app.keys()
    assert (status, stdout) == (125, "")
    assert stderr.count("\n") == 1
    assert f"`pulumi-scw-iam delete api-key {key['access_key']}`" in stderr
    assert moment(key["expires_at"]) - moment(key["created_at"]) <= TTL


CALLS = ("GET", "GET", "POST", "DELETE")
"""The calls of one run, in order: find the application, read the limit, create, delete."""


@pytest.mark.parametrize("call", range(1, len(CALLS) + 1))
@pytest.mark.parametrize("effect", [KILL_BEFORE, KILL_AFTER])
def test_a_kill_at_each_call_leaves_at_most_one_key_that_expires(
    app: Application, effect: str, call: int
) -> None:
    relay = RecordingRelay(app.emulator.url)
    process = app.start("--ttl", "30m", "--", "true", gate=True, environ={"SCW_API_URL": relay.url})
    relay.follow(Plan(effect, call, process=process.pid))
    process.communicate("go\n", timeout=60)
    relay.close()
    happened = CALLS[: call if effect == KILL_AFTER else call - 1]
    assert (process.returncode, tuple(relay.requests)) == (-signal.SIGKILL, happened)
    is_left = "POST" in happened and "DELETE" not in happened
    assert [app.signs(secret_key) for secret_key in relay.secret_keys] == [is_left] * (
        "POST" in happened
    )
    assert len(app.keys()) == is_left
    app.emulator.advance(TTL)
    assert not any(app.signs(secret_key) for secret_key in relay.secret_keys)


def test_the_calls_of_a_run_are_those_that_are_killed(app: Application) -> None:
    relay = RecordingRelay(app.emulator.url)
    assert app.run("--", "true", SCW_API_URL=relay.url) == (0, "", "")
    relay.close()
    assert tuple(relay.requests) == CALLS


def test_a_kill_while_the_command_runs_leaves_one_key_that_expires(app: Application) -> None:
    script = 'echo $$ > "$OUT/pid"; printf %s "$SCW_SECRET_KEY" > "$OUT/secret"; exec sleep 300'
    process = app.start("--ttl", "30m", "--", "sh", "-c", script)
    eventually(lambda: app.file("secret"))
    process.kill()
    process.wait(timeout=60)
    assert (len(app.keys()), app.signs(app.file("secret"))) == (1, True)
    os.kill(int(app.file("pid")), signal.SIGKILL)
    process.communicate(timeout=60)
    app.emulator.advance(TTL)
    assert not app.signs(app.file("secret"))


# --- the terminal ----------------------------------------------------------------------------------------

_SHELL = (
    "import fcntl, os, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])"
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="an interactive shell")
def test_in_a_terminal_the_keys_and_jobs_of_the_shell_work(app: Application) -> None:
    """Ctrl-C reaches the command once; Ctrl-Z, fg, kill, pipelines and hanging up work; each key is removed."""
    (app.folder / "counts.py").write_text(
        "import os, signal, sys, time\n"
        "out = os.environ['OUT']\n"
        "signal.signal(signal.SIGINT, lambda *_: None)\n"
        "ints = os.open(f'{out}/ints', os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK)\n"
        "signal.set_wakeup_fd(ints)  # one byte for each signal\n"
        "open(f'{out}/first', 'w').write('.')\n"
        "while not os.path.getsize(f'{out}/ints'): time.sleep(0.02)\n"
        "time.sleep(0.3)\n"
        "sys.exit(5)\n"
    )
    keyboard, terminal = os.openpty()
    words = f"{sys.executable} -m pulumi_scw_iam.commands exec --application ci"
    shell = subprocess.Popen(
        [sys.executable, "-c", _SHELL],
        env={**app.environ, "RUN": words, "PYTHON": sys.executable, "PS1": "", "TERM": "dumb"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)

    def type_in(text: str) -> None:
        os.write(keyboard, text.encode())

    try:
        type_in('$RUN -- $PYTHON -S "$OUT/counts.py"; echo $? > "$OUT/status"\n')
        eventually(lambda: app.file("first"))
        type_in("\x03")
        eventually(lambda: app.file("status"))
        assert (app.file("ints"), app.file("status"), app.keys()) == ("\x02", "5\n", [])

        type_in('$RUN -- sh -c \'echo $$ > "$OUT/pid"; read line; echo "$line" > "$OUT/read"\'\n')
        eventually(lambda: app.file("pid").endswith("\n"))
        type_in("\x1a")
        eventually(lambda: _state(int(app.file("pid"))) == "T")
        type_in('jobs > "$OUT/jobs"\n')
        eventually(lambda: "Stopped" in app.file("jobs"))
        type_in('fg; echo $? > "$OUT/resumed"\n')
        eventually(lambda: _state(int(app.file("pid"))) == "S")
        type_in("hello\n")
        eventually(lambda: app.file("resumed"))
        assert (app.file("read"), app.file("resumed"), app.keys()) == ("hello\n", "0\n", [])

        type_in(
            "$RUN -- sh -c 'echo $PPID > \"$OUT/parent\"; exec sleep 300' |"
            ' cat; echo ${PIPESTATUS[0]} > "$OUT/piped"\n'
        )
        eventually(lambda: app.file("parent").endswith("\n"))
        os.kill(int(app.file("parent")), signal.SIGTERM)
        eventually(lambda: app.file("piped"))
        assert (app.file("piped"), app.keys()) == ("143\n", [])

        type_in("$RUN -- sh -c 'echo > \"$OUT/last\"; exec sleep 300'\n")
        eventually(lambda: app.file("last"))
        assert len(app.keys()) == 1
    finally:
        os.close(keyboard)  # as a window that is closed
        shell.wait(timeout=60)
    eventually(lambda: app.keys() == [])


def _state(process: int) -> str:
    """Return the state of a process as in `ps`: S sleeping, T stopped."""
    listed = subprocess.run(
        ["ps", "-o", "state=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()[:1]
