"""The command `pulumi`: versions, stacks and errors."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from pulumi_scw_iam.adopt.engine import Engine, EngineError, import_command
from tests.support.scripted_engine import ScriptedEngine, answer


@pytest.fixture
def scripted(tmp_path: Path) -> ScriptedEngine:
    return ScriptedEngine(tmp_path)


def find(scripted: ScriptedEngine, stack: str | None = None) -> Engine:
    return Engine.find(scripted.project, stack, environ=scripted.environ)


def test_the_engine_the_project_and_the_selected_stack_are_found(scripted: ScriptedEngine) -> None:
    below = scripted.project / "deep"
    below.mkdir()
    engine = Engine.find(below, environ=scripted.environ)
    assert (engine.version, engine.project, engine.stack) == ((3, 259, 0), "iam", "dev")
    assert "environ" not in repr(engine)


def test_a_stack_with_an_organization_has_a_short_name_in_urns(scripted: ScriptedEngine) -> None:
    scripted.set(stack=[(0, "acme/iam/prod\n", "")])
    engine = find(scripted, "acme/iam/prod")
    assert engine.stack == "prod"
    scripted.set(stack_export=answer({"version": 3}))
    assert engine.export() == {"version": 3}
    (call,) = scripted.calls("stack export")
    assert call[0] == ["stack", "export", "--stack", "acme/iam/prod", "--non-interactive"]


@pytest.mark.parametrize(
    ("version", "takes"),
    [("v3.254.0", True), ("v3.253.9", False), ("4.0.0", True), ("v3.260.0-alpha.1", True)],
)
def test_import_files_have_outputs_from_one_version_on(
    scripted: ScriptedEngine, version: str, takes: bool
) -> None:
    scripted.set(version=[(0, f"{version}\n", "")])
    assert find(scripted).takes_inputs is takes


def test_without_an_engine_one_line_tells_where_to_get_it(scripted: ScriptedEngine) -> None:
    with pytest.raises(EngineError) as raised:
        Engine.find(scripted.project, environ={"PATH": "/nowhere"})
    assert str(raised.value) == (
        "there is no `pulumi` on PATH; install it (https://www.pulumi.com/docs/install), and run"
        " again"
    )
    scripted.set(version=[(1, "oops", "")])
    with pytest.raises(EngineError, match=r'^`pulumi version` printed "oops", which is not a ver'):
        find(scripted)


def test_a_missing_stack_is_one_line_with_the_command_that_creates_it(
    scripted: ScriptedEngine,
) -> None:
    scripted.set(stack=[(255, "", "error: no stack named 'a b' found\n")])
    with pytest.raises(EngineError) as raised:
        find(scripted, "a b")
    assert str(raised.value) == (
        f"cannot open stack \"a b\" of {scripted.project}: no stack named 'a b' found; create a stack"
        " with `pulumi stack init 'a b'`, or pass --stack"
    )
    with pytest.raises(
        EngineError, match=r"^cannot open the selected stack of .*`pulumi stack init"
    ):
        find(scripted)


def test_a_folder_without_a_program_is_refused(scripted: ScriptedEngine) -> None:
    with pytest.raises(EngineError) as raised:
        Engine.find(Path("/proc"), environ=scripted.environ)
    assert str(raised.value) == (
        "/proc: there is no Pulumi.yaml here or in a folder above; pass the folder of the program"
    )
    file = scripted.project / "Pulumi.yaml"
    file.write_text("runtime: yaml")
    with pytest.raises(EngineError) as raised:
        find(scripted)
    assert str(raised.value) == f"{file}: there is no name of the project; add `name: …`"
    file.write_text("a: [")
    with pytest.raises(EngineError, match=r"Pulumi.yaml: cannot be read as YAML; correct it$"):
        find(scripted)


def test_secrets_are_on_stdin_and_never_on_the_command_line(scripted: ScriptedEngine) -> None:
    scripted.set(**{"import": [(0, "", "")], "stack_import": [(0, "", "")]})
    engine = find(scripted)
    engine.import_resources({"resources": ["hush"]})
    engine.replace_state({"deployment": "hush"})
    (arguments, content, variables), *_ = scripted.calls("import")
    assert arguments == [
        *("import", "--file", "/dev/stdin", "--yes", "--skip-preview", "--protect=false"),
        *("--generate-code=false", "--stack", "dev", "--non-interactive"),
    ]
    assert content == '{"resources": ["hush"]}'
    assert variables == {"PULUMI_SKIP_CHECKPOINTS": "1"}
    (arguments, content, variables), *_ = scripted.calls("stack import")
    assert "hush" not in " ".join(arguments)
    assert (content, variables) == ('{"deployment": "hush"}', {})


def test_a_failed_command_is_its_last_error_and_keeps_its_output(scripted: ScriptedEngine) -> None:
    output = "Importing\nerror: first\n\x1b[31merror: no\nerror: update failed.\n"
    scripted.set(**{"import": [(1, "to stdout\n", output)]})
    with pytest.raises(EngineError) as raised:
        find(scripted).import_resources({})
    assert str(raised.value) == "cannot import the resources: update failed"
    assert raised.value.output == f"to stdout\n{output}"


def test_the_output_of_an_import_goes_to_the_terminal(
    scripted: ScriptedEngine, tmp_path: Path
) -> None:
    scripted.set(**{"import": [(1, "to stdout\n", "to stderr\n")]})
    with (tmp_path / "terminal").open("w+") as terminal:
        engine = Engine.find(scripted.project, environ=scripted.environ, terminal=terminal)
        with pytest.raises(EngineError) as raised:
            engine.import_resources({})
        terminal.seek(0, io.SEEK_SET)
        assert sorted(terminal) == ["to stderr\n", "to stdout\n"]
    assert str(raised.value) == "cannot import the resources: see the output of `pulumi`"


def test_a_folder_that_is_gone_is_one_line(scripted: ScriptedEngine) -> None:
    engine = find(scripted)
    shutil.rmtree(scripted.project)
    with pytest.raises(EngineError) as raised:
        engine.export()
    assert (
        str(raised.value) == f"cannot run `pulumi` in {scripted.project}: No such file or directory"
    )


def test_what_is_no_json_is_an_error(scripted: ScriptedEngine) -> None:
    scripted.set(
        preview=[(255, "", "error: passphrase must be set\n")],
        config=[(0, "[]", ""), (1, "hush", "error: locked\n"), (0, "hush", "")],
        refresh=[(1, '{"preludeEvent": {}}\n', "error: interrupted\n"), (0, "{", "")],
    )
    engine = find(scripted)
    with pytest.raises(EngineError) as raised:
        engine.preview()
    assert str(raised.value) == "cannot run `pulumi preview`: passphrase must be set"
    with pytest.raises(EngineError) as raised:
        engine.config()
    assert str(raised.value) == "cannot read the configuration: `pulumi` printed no reason"
    for reason in ("locked", "`pulumi` printed no reason"):
        with pytest.raises(EngineError) as raised:
            engine.config()
        assert str(raised.value) == f"cannot read the configuration: {reason}"
        assert "hush" not in raised.value.output  # the configuration has secrets in clear
    for line in ("interrupted", "{"):
        with pytest.raises(EngineError) as raised:
            list(engine.events("refresh"))
        assert str(raised.value) == f"cannot run `pulumi refresh`: {line}"


def test_the_command_for_the_user() -> None:
    assert import_command(Path("my import.json"), "a/b") == (
        "pulumi import --file 'my import.json' --yes --skip-preview --protect=false"
        " --generate-code=false --stack a/b"
    )
    assert import_command(Path("import.json"), count=3000) == (
        "PULUMI_SKIP_CHECKPOINTS=1 pulumi import --file import.json --yes --skip-preview"
        " --protect=false --generate-code=false"
    )
