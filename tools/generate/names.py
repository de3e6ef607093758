"""Generate docs/reference/python.md: every public name of the package.

The source is `__all__` and the docstrings of the public packages. The page above the mark is written by hand.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.guardrails import Guardrail
from pulumi_scw_iam.kinds import KINDS
from tools.generate.fidelity import table
from tools.generate.pages import write
from tools.generate.sdk import python_name

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = Path(__file__).parents[2] / "docs" / "reference" / "python.md"

PACKAGES = (
    "pulumi_scw_iam",
    "pulumi_scw_iam.conditions",
    "pulumi_scw_iam.guardrails",
    "pulumi_scw_iam.api",
    "pulumi_scw_iam.emulator",
)
"""The public packages, in the order of the page."""


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, "\n\n".join(generated()) + "\n", check=check)


def generated() -> Iterator[str]:
    """Yield a chapter with a table for each package."""
    for package in PACKAGES:
        module = importlib.import_module(package)
        yield f"## {package}"
        yield first_sentence(module.__doc__)
        yield table(
            "name, meaning",
            (
                [shown(package, name), meaning(package, name, getattr(module, name))]
                for name in sorted(module.__all__, key=lambda name: (name.lower(), name))
                if not name.endswith("_output")  # in the row of the plain function
            ),
        )


def shown(package: str, name: str) -> str:
    """Return a name as code, with a link to its description."""
    code = f"`{name}`"
    if package == "pulumi_scw_iam":
        if name in KINDS or name in COMPONENTS:
            return f"[{code}](resources.md#{name.lower()})"
        for function in FUNCTIONS.values():
            if name == python_name(function.name):
                return f"[{code}](functions.md#{function.name.lower()}), `{name}_output`"
        if name.endswith("Result"):
            return f"[{code}](functions.md#{name.lower()})"
    value = getattr(importlib.import_module(package), name)
    if isinstance(value, Guardrail):
        return f"[{code}](guardrails.md#{value.id})"
    return code


def meaning(package: str, name: str, value: Any) -> str:
    """Return a sentence about a public name."""
    if isinstance(value, Guardrail):
        return value.expects
    if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
        if package == "pulumi_scw_iam" and name in KINDS:
            return first_sentence(inspect.getdoc(KINDS[name].inputs))
        if package == "pulumi_scw_iam" and name in COMPONENTS:
            return first_sentence(inspect.getdoc(COMPONENTS[name].inputs))
        return first_sentence(inspect.getdoc(value))
    return first_sentence(docstring_of_constant(package, name))


def docstring_of_constant(package: str, name: str) -> str | None:
    """Return the string below the assignment of a constant, in a module of a package."""
    folder = Path(importlib.import_module(package).__path__[0])
    for file in sorted(folder.glob("*.py")):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for statement, after in itertools.pairwise(body):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.AnnAssign):
                target = statement.target
            if (
                isinstance(target, ast.Name)
                and target.id == name
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                return str(after.value.value)
    return None


def first_sentence(text: str | None) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = " ".join((text or "").split("\n\n")[0].split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", paragraph)[0]
