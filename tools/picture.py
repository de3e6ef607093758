"""Draw docs/assets/refused-preview.svg: the output of a preview that the provider refuses.

    python tools/picture.py

A deployment key declares its own policy. The second preview would take the permission to manage IAM away from this key. The
real engine runs on the local IAM API; tests/engine/test_picture.py runs it again and compares the picture.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_scw_iam.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "assets" / "refused-preview.svg"

PROGRAM = """\
import pulumi
import pulumi_scw_iam as iam

deploy = iam.Application("deploy")
iam.Policy(
    "deploy",
    application_id=deploy.id,
    rules=iam.rules_by_scope(["PERMISSION_SET"]),
)
key = iam.APIKey("deploy", application_id=deploy.id)
pulumi.export("access_key", key.access_key)
pulumi.export("secret_key", key.secret_key)
"""

COLUMNS = 98
COLORS = {
    "1": "#ff8a80",
    "2": "#8fd18f",
    "3": "#e5c76b",
    "12": "#8ab4f8",
    "13": "#d7a6f5",
}
"""Of the 256 colors of a terminal, those that the engine uses."""


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(svg(refused_preview(Path(folder))), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")


def refused_preview(folder: Path) -> str:
    """Return the diagnostics of the preview as a terminal shows them, with each id replaced by the same one."""
    (folder / "Pulumi.yaml").write_text("name: access\nruntime: python\n", encoding="utf-8")
    (folder / "backend").mkdir()
    path = [str(ROOT / ".engine" / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    with Emulator() as emulator:
        environment = {
            **os.environ,
            **emulator.environment,
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "picture",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }
        write_program(folder, "IAMManager")
        pulumi(folder, environment, "stack", "init", "dev")
        pulumi(folder, environment, "up", "--yes", "--skip-preview")
        outputs = json.loads(
            pulumi(folder, environment, "stack", "output", "--json", "--show-secrets")
        )
        environment["SCW_ACCESS_KEY"] = outputs["access_key"]
        environment["SCW_SECRET_KEY"] = outputs["secret_key"]
        write_program(folder, "IAMReadOnly")
        output = pulumi(folder, environment, "preview", "--color", "always", refused=True)
    # The lines before tell of the progress, and come in any order.
    diagnostics = output[output.index("\x1b[38;5;13m\x1b[1mDiagnostics") :]
    return re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "11111111-1111-4111-8111-111111111111",
        diagnostics,
    )


def write_program(folder: Path, permission_set: str) -> None:
    """Write the program with a permission set for the policy."""
    program = PROGRAM.replace("PERMISSION_SET", permission_set)
    (folder / "__main__.py").write_text(program, encoding="utf-8")


def pulumi(
    folder: Path, environment: Mapping[str, str], *arguments: str, refused: bool = False
) -> str:
    """Run a command of the engine, and return its output."""
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    if (done.returncode != 0) is not refused:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def svg(output: str) -> str:
    """Return a picture of a terminal with a command and its output."""
    shown = [
        *wrapped([("#f4f6fb", '-    rules=iam.rules_by_scope(["IAMManager"]),')]),
        *wrapped([("#f4f6fb", '+    rules=iam.rules_by_scope(["IAMReadOnly"]),')]),
        [],
        *wrapped([("#f4f6fb", "$ pulumi preview")]),
    ]
    shown[0] = [(COLORS["1"], shown[0][0][1])]
    shown[1] = [(COLORS["2"], shown[1][0][1])]
    for line in output.strip("\n").split("\n"):
        shown += wrapped(colored(line))
    height = 20 * len(shown) + 52
    texts = "\n".join(
        f'<text x="20" y="{50 + 20 * number}">'
        + "".join(f'<tspan fill="{color}">{html.escape(text)}</tspan>' for color, text in line)
        + "</text>"
        for number, line in enumerate(shown)
        if line
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height}" role="img" aria-label="A preview that is refused">
<style>text{{font:13.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}}</style>
<rect width="860" height="{height}" rx="8" fill="#1d2330"/>
<circle cx="22" cy="20" r="5" fill="#ff6159"/><circle cx="40" cy="20" r="5" fill="#ffbd2e"/><circle cx="58" cy="20" r="5" fill="#28c941"/>
{texts}
</svg>
"""


def colored(line: str) -> list[tuple[str, str]]:
    """Return a line of the engine as pieces of one color each."""
    color, pieces = "#c9d1e0", []
    for code, text in re.findall(r"(\x1b\[[0-9;]*m)?([^\x1b]*)", line):
        if code:
            number = re.fullmatch(r"\x1b\[38;5;(\d+)m", code)
            color = COLORS[number[1]] if number else color if "[1m" in code else "#c9d1e0"
        if text:
            pieces.append((color, text))
    return pieces


def wrapped(pieces: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield the lines into which a terminal breaks one, at spaces."""
    text = "".join(piece for _, piece in pieces)
    colors = "".join(chr(number) * len(piece) for number, (_, piece) in enumerate(pieces))
    indent = len(text) - len(text.lstrip(" "))
    lines = textwrap.wrap(
        text,
        COLUMNS,
        initial_indent="",
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    if not lines:
        yield []
        return
    place = 0
    for line in lines:
        body = line.lstrip(" ") if place else line
        place = text.index(body, place)
        pieces_of_line: list[tuple[str, str]] = []
        for offset, letter in enumerate(body):
            color = pieces[ord(colors[place + offset])][0]
            if pieces_of_line and pieces_of_line[-1][0] == color:
                pieces_of_line[-1] = (color, pieces_of_line[-1][1] + letter)
            else:
                pieces_of_line.append((color, letter))
        if place and pieces_of_line:
            pieces_of_line[0] = (pieces_of_line[0][0], " " * indent + pieces_of_line[0][1])
        place += len(body)
        yield pieces_of_line


if __name__ == "__main__":
    main()
