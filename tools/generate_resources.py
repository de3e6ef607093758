"""Write pulumi_scw_iam/resources.py, what users type, from the declarations of the kinds.

    python tools/generate_resources.py            write the file
    python tools/generate_resources.py --check    exit 1 when it is not what would be written

The file is kept in the repository so that editors complete and explain every argument.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.prop import Field, encode, fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.kind import Kind

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "pulumi_scw_iam" / "resources.py"

HEADER = '''"""The resources, as programs write them.

Written by tools/generate_resources.py from the declarations in pulumi_scw_iam/kinds; change those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, TypedDict

import pulumi

from pulumi_scw_iam import dynamic
from pulumi_scw_iam.resource import IamResource

if TYPE_CHECKING:
    from typing_extensions import NotRequired
'''


def main() -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    check = parser.parse_args().check
    source = formatted(generated())
    if check:
        if TARGET.read_text(encoding="utf-8") != source:
            print(f"{TARGET.name} is not up to date; run tools/generate_resources.py")
            return 1
        return 0
    TARGET.write_text(source, encoding="utf-8")
    return 0


def formatted(source: str) -> str:
    """The source as `ruff format` leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(
        command, input=source, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def generated() -> str:
    """The whole file."""
    nested = {
        field.item: None
        for kind in KINDS.values()
        for field in fields(kind.inputs)
        if dataclasses.is_dataclass(field.item)
    }
    public = [*KINDS, *(f"{c.__name__}{end}" for c in nested for end in ("", "Args", "ArgsDict"))]
    parts = [HEADER, f"__all__ = {sorted(public)!r}"]
    parts += [part for cls in nested for part in nested_classes(cls)]
    parts += [resource_class(kind) for kind in KINDS.values()]
    return "\n\n".join(parts)


# --- nested objects ------------------------------------------------------------------------------


def nested_classes(cls: type) -> Iterator[str]:
    """The output type, the input type and the dict of one nested dataclass."""
    name = cls.__name__
    yield "\n".join(
        [
            "@pulumi.output_type",
            f"class {name}(dict):  # type: ignore[type-arg] # as the SDK's own output types",
            *docstring(f"{inspect.getdoc(cls)}"),
            "    def __init__(self, *,",
            *(f"        {f.name}: {output_type(f)}{default(f)}," for f in fields(cls)),
            "    ) -> None:",
            *(f"        pulumi.set(self, {f.name!r}, {f.name})" for f in fields(cls)),
            *(line for field in fields(cls) for line in getter(field, output_type(field))),
        ]
    )
    yield "\n".join(
        [
            "@pulumi.input_type",
            f"class {name}Args:",
            *docstring(f"{inspect.getdoc(cls)}"),
            "    def __init__(self, *,",
            *signature(fields(cls)),
            "    ) -> None:",
            *docstring(parameters(fields(cls)), indent=8),
            *(f"        pulumi.set(self, {f.name!r}, {f.name})" for f in fields(cls)),
            *(line for field in fields(cls) for line in getter(field, argument_type(field))),
        ]
    )
    yield "\n".join(
        [
            f"class {name}ArgsDict(TypedDict):",
            *docstring(f"`{name}Args`, written as a dict."),
            *(line for field in fields(cls) for line in attribute(field, dict_type(field))),
        ]
    )


def default(field: Field) -> str:
    """The default of an output's field, as source."""
    return "" if field.required else f" = {encode(field.default)!r}"


def getter(field: Field, annotation: str) -> Iterator[str]:
    """The property of a nested object."""
    yield ""
    yield "    @property"
    yield "    @pulumi.getter"
    yield f"    def {field.name}(self) -> {annotation}:"
    yield from docstring(field.prop.description, indent=8)
    yield f"        return pulumi.get(self, {field.name!r})  # type: ignore[no-any-return]"


# --- resources -----------------------------------------------------------------------------------


def resource_class(kind: Kind[Any, Any]) -> str:
    """The class of one kind."""
    inputs = sorted(fields(kind.inputs), key=lambda field: not must_be_said(field))
    arguments = ", ".join(f"{field.name!r}: {field.name}" for field in inputs)
    return "\n".join(
        [
            f'class {kind.name}(IamResource, module="scw_iam", name="{kind.name}"):',
            *docstring(f"{inspect.getdoc(kind.inputs)}"),
            f"    _iam = dynamic.{kind.name}Provider()",
            "",
            *(
                line
                for field in fields(kind.state)
                for line in attribute(field, f"pulumi.Output[{output_type(field)}]")
            ),
            "",
            "    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, *,",
            *signature(inputs),
            "        **unknown: NoReturn,",
            "    ) -> None:",
            *docstring(parameters(inputs), indent=8),
            f"        super().__init__(resource_name, opts, {{{arguments}, **unknown}})",
        ]
    )


def signature(inputs: Iterable[Field]) -> Iterator[str]:
    """The keyword arguments."""
    for field in inputs:
        yield f"        {field.name}: {argument_type(field)}{'' if must_be_said(field) else ' = None'},"


def parameters(inputs: Iterable[Field]) -> str:
    """The docstring of a constructor: its arguments, one by one."""
    lines = ["Declare one; what is not said is as described.", ""]
    for field in inputs:
        lines += textwrap.wrap(
            f":param {field.name}: {field.prop.description}", 88, subsequent_indent="    "
        )
    return "\n".join(lines)


def attribute(field: Field, annotation: str) -> Iterator[str]:
    """An annotated attribute with its description."""
    yield f"    {field.name}: {annotation}"
    yield from docstring(field.prop.description)


def docstring(text: str, indent: int = 4) -> list[str]:
    """The lines of a docstring."""
    lines = [wrapped for line in text.splitlines() for wrapped in textwrap.wrap(line, 92) or [""]]
    quoted = [f'"""{lines[0]}', *lines[1:]]
    if len(lines) == 1:
        quoted = [f'"""{lines[0]}"""']
    else:
        quoted.append('"""')
    return [f"{' ' * indent}{line}".rstrip() for line in quoted]


# --- types ---------------------------------------------------------------------------------------


def must_be_said(field: Field) -> bool:
    """Whether a program has to give it: nothing fills it in."""
    return field.required and field.prop.setting is None and not field.prop.autoname


def argument_type(field: Field) -> str:
    """The type of a keyword argument."""
    said = f"pulumi.Input[{_input_item(field)}]"
    if field.container:
        said = f"pulumi.Input[Sequence[{said}]]"
    return said if must_be_said(field) else f"{said} | None"


def dict_type(field: Field) -> str:
    """The type of a key of a TypedDict."""
    said = argument_type(field).removesuffix(" | None")
    return said if must_be_said(field) else f"NotRequired[{said}]"


def output_type(field: Field) -> str:
    """The type of a value that the engine hands back."""
    said = f"Sequence[{field.item.__name__}]" if field.container else field.item.__name__
    return said if field.required or field.default is not None else f"{said} | None"


def _input_item(field: Field) -> str:
    name = field.item.__name__
    return f"{name}Args | {name}ArgsDict" if dataclasses.is_dataclass(field.item) else name


if __name__ == "__main__":
    sys.exit(main())
