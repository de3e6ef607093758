"""Write what users type, resources.py and functions.py of pulumi_scw_iam/sdk, from the declarations.

The files are kept in the repository so that editors complete and explain every argument.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.core.fields import Field, encode, fields
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS
from tools.generate.schema import is_always_set, is_required

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pulumi_scw_iam" / "sdk"

RESOURCES_HEADER = '''"""The resources, as programs write them.

Written by `make generate` from the declarations in pulumi_scw_iam/kinds; change those.
"""

from __future__ import annotations

# The SDK reads the annotations at run time, to make objects of what is in an object.
from collections.abc import Awaitable, Sequence  # noqa: TC003
from typing import TYPE_CHECKING, Literal, TypedDict

import pulumi

from pulumi_scw_iam import dynamic
from pulumi_scw_iam.sdk.base import IamResource, declares
from pulumi_scw_iam.sdk.sequences import SequenceNotStr  # noqa: TC001

if TYPE_CHECKING:
    from typing_extensions import NotRequired
'''


FUNCTIONS_HEADER = '''"""The functions, as programs call them.

Written by `make generate` from the declarations in pulumi_scw_iam/functions; change those.

Each is there twice: `get_group` takes plain values and returns a result, and `get_group_output` takes
inputs too and returns an output. In a preview that output is unknown if an input is unknown, or if a
resource that it depends on is not created yet. They raise pulumi.RunError when an argument is wrong, and
when the API does not have what is asked for.
"""

from __future__ import annotations

# The SDK reads the annotations at run time, to make objects of what is in an object.
from collections.abc import Awaitable, Sequence  # noqa: TC003
from typing import Literal

import pulumi

from pulumi_scw_iam.sdk import invoke
from pulumi_scw_iam.sdk.resources import PolicyRule  # noqa: TC001
from pulumi_scw_iam.sdk.sequences import SequenceNotStr  # noqa: TC001'''


def main(*, check: bool) -> int:
    """Write or check the files."""
    code = 0
    for name, written in (("resources.py", resources()), ("functions.py", functions())):
        target = PACKAGE / name
        source = formatted(written, target)
        if not check:
            target.write_text(source, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != source:
            print(f"{target.name} is not up to date; run `make generate`")
            code = 1
    return code


def formatted(source: str, target: Path) -> str:
    """The source as `ruff format` leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(target), "-"]
    return subprocess.run(
        command, input=source, capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def resources() -> str:
    """The whole of resources.py."""
    given = nested(kind.inputs for kind in KINDS.values())
    output_classes = nested(kind.state for kind in KINDS.values())
    parts = [RESOURCES_HEADER, f"__all__ = {public_resources()!r}"]
    parts += [output_class(cls) for cls in output_classes]
    parts += [part for cls in given for part in input_classes(cls)]
    parts += [resource_class(kind) for kind in KINDS.values()]
    return "\n\n".join(parts)


def public_resources() -> list[str]:
    """The public names of resources.py."""
    given = nested(kind.inputs for kind in KINDS.values())
    output_classes = nested(kind.state for kind in KINDS.values())
    return in_order(
        [
            *KINDS,
            *(cls.__name__ for cls in output_classes),
            *(f"{cls.__name__}{end}" for cls in given for end in ("Args", "ArgsDict")),
        ]
    )


def in_order(names: Iterable[str]) -> list[str]:
    """The names in the order in which ruff sorts them."""
    return sorted(names, key=lambda name: (not name.isupper(), name))


def functions() -> str:
    """The whole of functions.py."""
    parts = [FUNCTIONS_HEADER, f"__all__ = {public_functions()!r}"]
    parts += [output_class(cls) for cls in result_classes()]
    parts += [part for function in FUNCTIONS.values() for part in function_pair(function)]
    return "\n\n".join(parts)


def public_functions() -> list[str]:
    """The public names of functions.py."""
    names = [python_name(function.name) for function in FUNCTIONS.values()]
    outputs = [f"{name}_output" for name in names]
    return in_order([*names, *outputs, *(cls.__name__ for cls in result_classes())])


def result_classes() -> list[type]:
    """The classes of what functions return."""
    results = [function.result for function in FUNCTIONS.values()]
    # The rules of a policy have the class that resources have for them.
    known = nested(kind.state for kind in KINDS.values())
    return [cls for cls in dict.fromkeys([*nested(results), *results]) if cls not in known]


# --- nested objects ------------------------------------------------------------------------------


def nested(owners: Iterable[type]) -> list[type]:
    """The dataclasses within these ones, each once."""
    items = (field.item for owner in owners for field in fields(owner))
    return list(dict.fromkeys(item for item in items if dataclasses.is_dataclass(item)))


def output_class(cls: type) -> str:
    """The output type of one dataclass."""
    return "\n".join(
        [
            "@pulumi.output_type",
            f"class {cls.__name__}(dict):  # type: ignore[type-arg] # as the SDK's own output types",
            *docstring(f"{inspect.getdoc(cls)}"),
            "    def __init__(self, *,",
            *(f"        {f.name}: {output_type(f)}{default(f)}," for f in fields(cls)),
            "    ) -> None:",
            *(f"        pulumi.set(self, {f.name!r}, {f.name})" for f in fields(cls)),
            *(line for field in fields(cls) for line in getter(field, output_type(field))),
        ]
    )


def input_classes(cls: type) -> Iterator[str]:
    """The input type and the dict of one nested dataclass."""
    name = cls.__name__
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
    """The property of an object."""
    yield ""
    yield "    @property"
    yield "    @pulumi.getter"
    yield f"    def {field.name}(self) -> {annotation}:"
    yield from docstring(field.prop.description, indent=8)
    yield f"        return pulumi.get(self, {field.name!r})  # type: ignore[no-any-return]"


# --- resources -----------------------------------------------------------------------------------


def resource_class(kind: Kind[Any, Any]) -> str:
    """The class of one kind."""
    inputs = sorted(fields(kind.inputs), key=lambda field: not is_required(field))
    outputs = {
        field: output_type(field, is_always_set(field, fields(kind.inputs)))
        for field in fields(kind.state)
    }
    return "\n".join(
        [
            f'class {kind.name}(IamResource, module="scw_iam", name="{kind.name}"):',
            *docstring(f"{inspect.getdoc(kind.inputs)}"),
            f"    _iam = dynamic.{kind.name}Provider()",
            "",
            "    @declares",
            "    def __init__(self, resource_name: str, opts: pulumi.ResourceOptions | None = None, *,",
            *signature(inputs),
            "    ) -> None:",
            *docstring(parameters(inputs), indent=8),
            *(
                line
                for field, type_ in outputs.items()
                for line in getter(field, f"pulumi.Output[{type_}]")
            ),
        ]
    )


def signature(
    inputs: Iterable[Field], annotation: Callable[[Field], str] | None = None
) -> Iterator[str]:
    """The keyword arguments; of an input's type, unless another `annotation` is wanted."""
    for field in inputs:
        type_ = (annotation or argument_type)(field)
        yield f"        {field.name}: {type_}{'' if is_required(field) else ' = None'},"


def parameters(
    inputs: Iterable[Field], summary: str = "Declare one; what is not said is as described."
) -> str:
    """A docstring that explains the arguments, one by one."""
    lines = [summary, ""]
    for field in inputs:
        lines += textwrap.wrap(
            f":param {field.name}: {field.prop.description}", 88, subsequent_indent="    "
        )
    return "\n".join(lines)


# --- functions -----------------------------------------------------------------------------------


def function_pair(function: Function[Any, Any]) -> Iterator[str]:
    """The function for plain values, and the one for inputs."""
    name, result = python_name(function.name), function.result.__name__
    arguments = sorted(fields(function.arguments), key=lambda field: not is_required(field))
    passed = ", ".join(f"{field.name!r}: {field.name}" for field in arguments)
    yield "\n".join(
        [
            f"def {name}(*,",
            *signature(arguments, plain_type),
            "    opts: pulumi.InvokeOptions | None = None,",
            f") -> {result}:",
            *docstring(parameters(arguments, f"{inspect.getdoc(function.arguments)}")),
            f"    return invoke.call({function.name!r}, {result}, {{{passed}}}, opts)",
        ]
    )
    yield "\n".join(
        [
            f"def {name}_output(*,",
            *signature(arguments),
            "    opts: pulumi.InvokeOutputOptions | pulumi.InvokeOptions | None = None,",
            f") -> pulumi.Output[{result}]:",
            *docstring(f"`{name}` of inputs, as an output."),
            f"    return invoke.call_output({function.name!r}, {result}, {{{passed}}}, opts)",
        ]
    )


def python_name(name: str) -> str:
    """A function's name in Python: `getAPIKeys` is `get_api_keys`, `getJWTs` is `get_jwts`."""
    words = re.findall(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+", name)
    return "_".join(words).lower()


# --- parts of classes and functions --------------------------------------------------------------


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


def argument_type(field: Field) -> str:
    """The type of a keyword argument."""
    annotation = f"pulumi.Input[{_input_item(field)}]"
    if field.prop.choices:
        # The choices are refused when they are misspelled. An output of them is rarely typed as exactly.
        annotation = f"{_plain_item(field)} | Awaitable[str] | pulumi.Output[str]"
    if field.container:
        annotation = f"pulumi.Input[SequenceNotStr[{annotation}]]"
    return annotation if is_required(field) else f"{annotation} | None"


def plain_type(field: Field) -> str:
    """The type of a keyword argument that takes no outputs."""
    item = _plain_item(field)
    annotation = f"SequenceNotStr[{item}]" if field.container else item
    return annotation if is_required(field) else f"{annotation} | None"


def dict_type(field: Field) -> str:
    """The type of a key of a TypedDict."""
    annotation = argument_type(field).removesuffix(" | None")
    return annotation if is_required(field) else f"NotRequired[{annotation}]"


def output_type(field: Field, always_set: bool | None = None) -> str:
    """The type of a value that the engine hands back."""
    annotation = f"Sequence[{field.item.__name__}]" if field.container else field.item.__name__
    return annotation if always_set or is_always_set(field) else f"{annotation} | None"


def _plain_item(field: Field) -> str:
    return f"Literal{list(field.prop.choices)!r}" if field.prop.choices else field.item.__name__


def _input_item(field: Field) -> str:
    name = field.item.__name__
    return f"{name}Args | {name}ArgsDict" if dataclasses.is_dataclass(field.item) else name
