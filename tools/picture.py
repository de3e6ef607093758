"""Draw docs/assets/refused-preview.svg: the output of a refused preview.

    python tools/picture.py

The API key of a deployment declares its own policy. The second preview would remove its permission to manage IAM. The real
engine runs with the local IAM API. tests/engine/test_picture.py compares the picture with a new run.
"""

from __future__ import annotations

import html
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
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
key = iam.APIKey("deploy", application_id=deploy.id)
iam.Policy(
    "deploy",
    application_id=deploy.id,
    rules=iam.rules_by_scope(["PERMISSION_SET"]),
    opts=pulumi.ResourceOptions(depends_on=[key]),
)
pulumi.export("access_key", key.access_key)
pulumi.export("secret_key", key.secret_key)
"""
"""The policy is the last resource, so that each preview counts the same unchanged resources."""

COLUMNS = 98
Letter = tuple[str, str]
"""A color and a letter."""

GREY, WHITE = "#c9d1e0", "#f4f6fb"
COLORS = {
    "1": "#ff8a80",
    "2": "#8fd18f",
    "3": "#e5c76b",
    "12": "#8ab4f8",
    "13": "#d7a6f5",
}
"""The colors of the engine, by their number among the 256 of a terminal."""


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(svg(refused_preview(Path(folder))), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")


def refused_preview(folder: Path) -> str:
    """Return the diagnostics of the preview with terminal colors; every UUID is replaced by one constant."""
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
    # The lines before are the progress of the engine, in any order.
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
    """Return a picture of a terminal: the changed line of the program, the command and its output."""
    (line,) = re.findall(r"^.*PERMISSION_SET.*$", PROGRAM, re.MULTILINE)
    shown = [
        [(COLORS["1"], letter) for letter in "-" + line.replace("PERMISSION_SET", "IAMManager")],
        [(COLORS["2"], letter) for letter in "+" + line.replace("PERMISSION_SET", "IAMReadOnly")],
        [],
        [(WHITE, letter) for letter in "$ pulumi preview"],
    ]
    for printed in output.strip("\n").split("\n"):
        shown += wrapped(colored(printed))
    height = 20 * len(shown) + 52
    texts = "\n".join(
        f'<text x="20" y="{50 + 20 * number}">{"".join(spans(letters))}</text>'
        for number, letters in enumerate(shown)
        if letters
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height}" role="img" aria-label="A refused preview">
<style>text{{font:13.5px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}}</style>
<rect width="860" height="{height}" rx="8" fill="#1d2330"/>
<circle cx="22" cy="20" r="5" fill="#ff6159"/><circle cx="40" cy="20" r="5" fill="#ffbd2e"/><circle cx="58" cy="20" r="5" fill="#28c941"/>
{texts}
</svg>
"""


def colored(line: str) -> list[Letter]:
    """Return the letters of a line of the engine, each with its color."""
    color = GREY
    letters = []
    for code, text in re.findall(r"(\x1b\[[0-9;]*m)?([^\x1b]*)", line):
        if number := re.fullmatch(r"\x1b\[38;5;(\d+)m", code):
            color = COLORS[number[1]]
        elif code == "\x1b[0m":
            color = GREY
        letters += [(color, letter) for letter in text]
    return letters


def wrapped(letters: list[Letter]) -> Iterator[list[Letter]]:
    """Yield the parts of a line, broken at spaces, with the indent of the line."""
    text = "".join(letter for _, letter in letters)
    indent = letters[: len(text) - len(text.lstrip(" "))]
    while len(letters) > COLUMNS:
        text = "".join(letter for _, letter in letters[: COLUMNS + 1])
        place = text.rindex(" ")
        yield letters[:place]
        letters = [*indent, *letters[place + 1 :]]
    yield letters


def spans(letters: list[Letter]) -> Iterator[str]:
    """Yield the SVG text of a line, one element for each change of color."""
    for color, group in itertools.groupby(letters, key=lambda letter: letter[0]):
        text = "".join(letter for _, letter in group)
        yield f'<tspan fill="{color}">{html.escape(text)}</tspan>'


if __name__ == "__main__":
    main()
