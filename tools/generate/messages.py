"""Write docs/reference/messages.md: every message of the package, collected from its source code.

A message is a string or an f-string of at least three words that another page does not have. A
reason that its caller completes has at least four. The part of the page above the mark is written by hand.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pulumi_scw_iam
from tools.generate.fidelity import table
from tools.generate.pages import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = ["SECTIONS", "Message", "find", "main", "messages"]

ROOT = Path(pulumi_scw_iam.__file__).parent
TARGET = ROOT.parent / "docs" / "reference" / "messages.md"

SECTIONS = {
    "Settings and credentials": ("api.settings", "api.parsers", "api.profiles", "sdk.defaults"),
    "Inputs and previews": ("core", "kinds", "components", "functions"),
    "Conditions": ("conditions",),
    "API calls": ("api", "common"),
    "Python classes": ("", "sdk", "dynamic", "pytest_plugin"),
    "Native plugin": ("native",),
    "Guardrails": ("guardrails",),
    "Commands": ("commands", "doctor", "access", "adopt", "states"),
    "Local IAM API": ("emulator",),
}
"""The headings of the page, each with the modules below it; the longest prefix of a module wins."""

NOT_MESSAGES = frozenset(
    {
        # documented on the pages of resources, functions, settings, commands and guardrails
        *("Prop", "Function", "Setting", "Command", "add_argument", "ArgumentParser"),
        *("Guardrail", "Option", "CIS", "PolicyComplianceFramework", "_guardrail", "_policy"),
        # documented on the pages of conditions and of the local IAM API
        *("check", "ConditionCheck", "behaviour", "ObjectKind", "Filter"),
        # read by machines, or written to a log file only
        # data about permission sets
        "Inclusion",
        *("compile", "execute", "run", "Formatter", "debug", "exception", "encode", "request"),
        *("_log_exchange", "_access_log", "CreateFingerprint"),
    }
)
"""Callees whose arguments are no messages."""

ROLES = {
    "CheckFinding": "check failure",
    "Failure": "check failure",
    "EndsCaller": "check failure",
    "InvalidArgument": "reason of a 400",
    "NotApplicable": "not applicable",
    "Refusal": "error of the API",
    "Violation": "violation",
    "attempting": "attempt",
    "_reading": "attempt",
    "_unknown_outcome": "`UnknownOutcome`",
    "abort": "error",
    "complain": "error",
    "fail": "check failure",
    "info": "note",
    "print": "output",
    "warn": "warning",
    "warning": "warning",
    "wrong": "check failure",
}
"""What a message is, by the callee that it is an argument of; an exception is named by its class."""

QUOTING = frozenset(
    {
        "joined",
        "plural",
        "quoted",
        "shown",
        "cut",
        "dumps",
        "lower",
        "str",
        "sorted",
        "spell",
        "spelled",
        "join",
    }
)
"""Functions that format a value: a placeholder is named after the value."""

REASON = "reason"
"""The role of a text that is returned or yielded, for its caller to complete."""

HEADERS = frozenset({"content-security-policy", "server"})
"""Keys of dicts whose values are HTTP headers."""


@dataclass(frozen=True)
class Message:
    """A message as the source code has it."""

    text: str
    """The text, with a placeholder such as `{name}` for each value."""
    role: str
    """What it is: the class of an exception, or a value of `ROLES`."""
    module: str
    """The module below `pulumi_scw_iam` that has it."""

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """A regular expression that matches the message with any values."""
        literals = re.split(r"\{[^{}]*\}", self.text)
        return re.compile(".*".join(map(re.escape, literals)), re.DOTALL)


def main(*, check: bool) -> int:
    """Write or check the page."""
    return write(TARGET, generated(), check=check)


def generated() -> str:
    """Return the sections of the page, each with a table of its messages, reasons last."""
    sections: dict[str, dict[tuple[str, str], None]] = {heading: {} for heading in SECTIONS}
    for message in sorted(messages(), key=lambda message: message.role == REASON):
        sections[_section(message.module)][as_code(message.text), message.role] = None
    parts = (
        f"## {heading}\n\n{table('message, role', rows)}" for heading, rows in sections.items()
    )
    return "\n\n".join(parts) + "\n"


def find(text: str) -> list[Message]:
    """Return the messages that a printed text contains."""
    return [message for message in messages() if message.pattern.search(text)]


@functools.cache
def messages() -> tuple[Message, ...]:
    """Return all messages of the package, in the order of its modules and of their lines."""
    return tuple(
        message
        for path in sorted(ROOT.rglob("*.py"))
        if path.parent.name not in {"plugin", "policy_pack"}
        for message in _Module(path).messages()
    )


class _Module:
    """A module of the package, and the messages in its source code."""

    def __init__(self, path: Path) -> None:
        parts = path.relative_to(ROOT).with_suffix("").parts
        self._name = ".".join(part for part in parts if part != "__init__")
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._parents = {
            child: node for node in ast.walk(self._tree) for child in ast.iter_child_nodes(node)
        }

    @functools.cached_property
    def _namespace(self) -> ModuleType:
        return importlib.import_module(f"pulumi_scw_iam.{self._name}".rstrip("."))

    def messages(self) -> Iterator[Message]:
        """Yield the messages in the order of their lines."""
        nodes = [node for node in ast.walk(self._tree) if isinstance(node, ast.expr)]
        for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
            if not self._is_text(node) or (role := self._role(node)) is None:
                continue
            text = self._template(node)
            if _is_sentence(text, 4 if role == REASON else 3):
                yield Message(text, role, self._name)

    def _is_text(self, node: ast.expr) -> bool:
        """Return whether this is a whole text, and neither a part of a larger one nor a docstring."""
        if isinstance(self._parents[node], ast.Expr | ast.JoinedStr | ast.FormattedValue):
            return False
        return isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    def _role(self, node: ast.expr) -> str | None:
        """Return what the text is, from the calls that it is an argument of; None: no message."""
        role, child = REASON, cast("ast.AST", node)
        while not isinstance(parent := self._parents[child], ast.stmt):
            if isinstance(parent, ast.Call) and child is not parent.func:
                if _called(parent) in NOT_MESSAGES:
                    return None
                if role == REASON:
                    role = self._role_of(parent, child)
            if isinstance(parent, ast.Dict) and _key(parent, child) in HEADERS:
                return None
            child = parent
        return None if _is_type(parent) or self._is_title(parent, node) else role

    def _is_title(self, statement: ast.stmt, node: ast.expr) -> bool:
        """Return whether a text is a name in a constant of the module, such as a heading."""
        is_constant = self._parents[statement] is self._tree and isinstance(statement, ast.Assign)
        return is_constant and isinstance(node, ast.Constant) and str(node.value)[:1].isupper()

    def _role_of(self, call: ast.Call, argument: ast.AST) -> str:
        """Return what a call makes of a text: an exception, a check failure, a warning."""
        if isinstance(argument, ast.keyword) and argument.arg == "hint":
            return "fix"
        if (name := _called(call)) in ROLES:
            return ROLES[name]
        found: Any = self._namespace
        for attribute in ast.unparse(call.func).split("."):
            found = getattr(found, attribute, getattr(builtins, attribute, None))
        if not isinstance(found, type) or not issubclass(found, Exception):
            return REASON
        return "error" if name.startswith("_") else f"`{name}`"

    def _template(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return self._with_arguments(node)
        assert isinstance(node, ast.JoinedStr)
        return "".join(
            str(value.value)
            if isinstance(value, ast.Constant)
            else self._placeholder(value.value)
            if isinstance(value, ast.FormattedValue)
            else "{…}"
            for value in node.values
        )

    def _with_arguments(self, node: ast.Constant) -> str:
        """Return a text of `%` formatting with the names of the arguments in it."""
        call = self._parents[node]
        if not isinstance(call, ast.Call) or call.args[:1] != [node]:
            return str(node.value)
        arguments = iter(call.args[1:])
        return re.sub(
            r"%s|%\.\df|%d",
            lambda found: (
                self._placeholder(value) if (value := next(arguments, None)) else found[0]
            ),
            str(node.value),
        )

    def _placeholder(self, value: ast.expr) -> str:
        """Return how a value of a message is written: a constant itself, others by their name."""
        match value:
            case ast.Constant():
                return str(value.value)
            case ast.IfExp(body=ast.Constant(value=str(yes)), orelse=ast.Constant(value=str(no))):
                return f"{yes}/{no}" if yes and no else f"[{yes or no}]"
            case ast.Name(id=name) if isinstance(
                constant := vars(self._namespace).get(name), str | int
            ):
                return str(constant)
            case _:
                return f"{{{_name(value)}}}"


def _name(value: ast.expr) -> str:
    """Return the name of a placeholder; `…` if the value has none."""
    match value:
        case ast.Constant(value=str(name)) | ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_")
        case ast.Call(args=[first, *_]) if _called(value) in QUOTING:
            return _name(first)
        case ast.Subscript(value=inner):
            return _name(inner)
        case _:
            return "…"


def _section(module: str) -> str:
    """Return the heading whose modules fit best."""
    fitting = (
        (len(prefix), heading)
        for heading, prefixes in SECTIONS.items()
        for prefix in prefixes
        if f"{module}.".startswith(f"{prefix}." if prefix else "") or module == prefix
    )
    return max(fitting)[1]


def _called(call: ast.Call) -> str:
    """Return the name of what is called, without the object that has it."""
    return ast.unparse(call.func).rpartition(".")[2]


def _key(mapping: ast.Dict, value: ast.AST) -> object:
    """Return the key of a value of a dict, if it is a constant."""
    keys = [key for key, held in zip(mapping.keys, mapping.values, strict=True) if held is value]
    return keys[0].value if keys and isinstance(keys[0], ast.Constant) else None


def _is_type(statement: ast.AST) -> bool:
    """Return whether a statement gives a type a name."""
    return isinstance(statement, ast.AnnAssign) and "TypeAlias" in ast.unparse(statement.annotation)


def _is_sentence(text: str, words: int) -> bool:
    """Return whether a person reads a text: it has some words, two of them in plain letters.

    A text that ends with a period is a description, which another page has.
    """
    literal = re.sub(r"\{[^{}]*\}", "\0", text)
    plain = re.findall(r"(?<![\w./{-])[A-Za-z][a-z'-]+(?![\w./(=-])", literal)
    ends = "\n" in text or text.endswith(".")
    return not ends and len(text.split()) >= words and len(plain) >= 2


def as_code(text: str) -> str:
    """Return a text as a code span of Markdown, which a table can hold."""
    fence = "``" if "`" in text else "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text.strip()}{space}{fence}"
