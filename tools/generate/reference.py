"""Generate docs/reference/resources.md and docs/reference/functions.md.

The source is the declarations in pulumi_scw_iam/kinds and pulumi_scw_iam/functions. Each page above the mark is
written by hand.
"""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.core.fields import Field, fields, one_ofs
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tools.generate.fidelity import coded, table
from tools.generate.pages import write
from tools.generate.schema import is_required
from tools.generate.sdk import nested, python_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.components.component import Component
    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind

DOCS = Path(__file__).parents[2] / "docs" / "reference"

TYPES = {str: "string", bool: "boolean", int: "integer"}

IDS = {
    "APIKey": "The access key.",
    "RotatingAPIKey": "An id of its own, which no rotation changes; of an imported key, its access key.",
    "GroupMembership": "`GROUP_ID/user/USER_ID` or `GROUP_ID/application/APPLICATION_ID`.",
    "OrganizationSecuritySettings": "The id of the organization.",
    "SCIMToken": "`SCIM_ID/TOKEN_ID`.",
}
"""The resource ids that are not a UUID."""


def main(*, check: bool) -> int:
    """Write or check the pages."""
    code = 0
    for name, generated in (("resources.md", resources), ("functions.md", functions)):
        text = "\n\n".join(generated()) + "\n"
        code |= write(DOCS / name, text, check=check)
    return code


# --- resources -----------------------------------------------------------------------------------


def resources() -> Iterator[str]:
    """Yield the paragraphs of docs/reference/resources.md."""
    for kind in KINDS.values():
        yield from resource(kind)
    for component in COMPONENTS.values():
        yield from one_component(component)
    output_classes = nested(kind.state for kind in KINDS.values())
    yield "## Object types"
    for cls in output_classes:
        yield f"### {cls.__name__}"
        yield text_of(cls)
        yield from one_of(cls)
        yield table("property, type, description", map(argument, fields(cls)))


def resource(kind: Kind[Any, Any]) -> Iterator[str]:
    """Yield the paragraphs of one resource."""
    yield f"## {kind.name}"
    yield text_of(kind.inputs)
    yield f"**Inputs.** {' '.join(one_of(kind.inputs))}".rstrip()
    yield table(
        "input, type, description, change",
        ([*argument(field), change(field)] for field in fields(kind.inputs)),
    )
    yield "**Outputs**, in addition to the inputs."
    added = [field for field in fields(kind.state) if field.name in kind.outputs()]
    identity = ["`id`", "string", IDS.get(kind.name, "The UUID of the object.")]
    yield table("output, type, description", [identity, *map(described, added)])
    names = ["id", *(f"`{name}:{name.upper()}`" for name in kind.found_by)]
    yield f"**Import** by {', or by '.join(names)}."


def one_component(component: Component[Any, Any]) -> Iterator[str]:
    """Yield the paragraphs of one component."""
    yield f"## {component.name}"
    yield text_of(component.inputs)
    yield "**Inputs.**"
    yield table("input, type, description", map(argument, fields(component.inputs)))
    yield "**Outputs.**"
    yield table("output, type, description", map(described, fields(component.state)))


def change(field: Field) -> str:
    """Return the effect of a changed input."""
    if field.prop.create_only:
        return "no effect"
    if callable(field.prop.replace):
        _, _, reason = (inspect.getdoc(field.prop.replace) or "").partition("\n\n")
        return f"in place or replacement: {' '.join(reason.split())}"
    return "replacement" if field.prop.replace else "in place"


# --- functions -----------------------------------------------------------------------------------


def functions() -> Iterator[str]:
    """Yield the paragraphs of docs/reference/functions.md."""
    for function in FUNCTIONS.values():
        yield from one_function(function)
    results = [function.result for function in FUNCTIONS.values()]
    yield "## Results"
    for cls in sorted({*nested(results), *results}, key=lambda cls: cls.__name__):
        yield f"### {cls.__name__}"
        yield text_of(cls)
        yield table("property, type, description", map(described, fields(cls)))


def one_function(function: Function[Any, Any]) -> Iterator[str]:
    """Yield the paragraphs of one function."""
    yield f"## {function.name}"
    name = python_name(function.name)
    yield f"`iam.{name}`, `iam.{name}_output`, `scw-iam:{function.name}`. {text_of(function.arguments)}"
    yield from one_of(function.arguments)
    yield table("argument, type, description", map(argument, fields(function.arguments)))
    yield f"Returns {linked(function.result)}."


# --- parts ---------------------------------------------------------------------------------------


def text_of(cls: type) -> str:
    """Return the docstring of a declaration, with unwrapped paragraphs."""
    paragraphs = (inspect.getdoc(cls) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def one_of(cls: type) -> Iterator[str]:
    """Yield a sentence for each one-of group."""
    for group in one_ofs(cls):
        yield f"Set exactly one of {coded(group.names)} as the {group.what}."


def argument(field: Field) -> list[str]:
    """Return the cells of an input: name (with a mark if required), type, description."""
    name, *rest = described(field)
    return [f"{name}\\*" if is_required(field) else name, *rest]


def described(field: Field) -> list[str]:
    """Return the cells of a field: name, type, description."""
    secret = " Secret." if field.prop.secret else ""
    return [f"`{field.name}`", type_of(field), f"{field.prop.description}{secret}"]


def type_of(field: Field) -> str:
    """Return the type of a field in words."""
    if dataclasses.is_dataclass(field.item):
        item = linked(field.item)
    elif field.prop.choices:
        item = coded(field.prop.choices)
    else:
        item = TYPES[field.item]
    return f"list of {item}" if field.container else item


def linked(cls: type) -> str:
    """Return a link to the section of a class."""
    return f"[`{cls.__name__}`](#{cls.__name__.lower()})"
