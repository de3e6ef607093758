"""Read programs back: the resources and the arguments that a program declares.

Python programs are interpreted, not run: only the few expressions that `adopt` writes are known, so any
other code fails the test. Conditions are built by the real functions.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from pulumi_scw_iam import conditions
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.names import PACKAGE, from_pulumi
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.policy_rule import normalized_rule
from tests.adopt.organization import ORGANIZATION, World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.adopt.objects import Adoption, Front

__all__ = ["Id", "assert_declares", "declared"]


class Id(NamedTuple):
    """The id of a resource of the program."""

    kind: str
    name: str


Resources = dict[tuple[str, str], dict[str, Any]]
"""The arguments of each resource, by kind and logical name."""


def declared(front: Front, files: Mapping[str, str]) -> Resources:
    """Return the resources of a program. Ids of resources are `Id`."""
    if front == "yaml":
        return _declared_in_yaml(files["Pulumi.yaml"])
    reader = _Reader(files)
    reader.module("__main__")
    return reader.resources


class _Reader:
    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._modules: dict[str, dict[str, Any]] = {}
        self.resources: Resources = {}

    def module(self, name: str) -> dict[str, Any]:
        """Return the names of a module."""
        if name not in self._modules:
            names = self._modules[name] = {}
            for statement in ast.parse(self._files[f"{name}.py"]).body:
                self._execute(statement, names)
        return self._modules[name]

    def _execute(self, statement: ast.stmt, names: dict[str, Any]) -> None:
        match statement:
            case ast.Import(names=[ast.alias(name=name, asname=alias)]):
                is_ours = f"{name}.py" in self._files
                names[alias or name] = self.module(name) if is_ours else alias or name
            case ast.ImportFrom(module=str(name), names=imported):
                module = self.module(name)
                names.update({alias.name: module[alias.name] for alias in imported})
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                assert name not in names, f"{name} is assigned twice"
                names[name] = self._value(value, names)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names[name] = self._value(value, names)
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=table), slice=key)], value=value
            ):
                names[table][self._value(key, names)] = self._value(value, names)
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Expr(value=ast.Call() as call):
                self._value(call, names)
            case _:
                raise AssertionError(ast.dump(statement))

    def _value(  # noqa: C901, PLR0911 - one case for each expression
        self, node: ast.expr, names: dict[str, Any]
    ) -> Any:
        def value(inner: ast.expr) -> Any:
            return self._value(inner, names)

        match node:
            case ast.Constant(value=constant):
                return constant
            case ast.Name(id=name):
                return names[name]
            case ast.List(elts=items):
                return [value(item) for item in items]
            case ast.Dict(keys=keys, values=values):
                return {value(k): value(v) for k, v in zip(keys, values, strict=True) if k}
            case ast.Subscript(value=table, slice=key):
                return value(table)[value(key)]
            case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
                return value(left) & value(right)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return value(left) | value(right)
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return ~value(operand)
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="iam")), attr=choice):
                return choice.lower()
            case ast.Attribute(value=of, attr="id"):
                found = value(of)
                assert isinstance(found, Id)
                return found
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                return names[module][name]
            case ast.Call(func=function, args=args, keywords=keywords):
                named = {keyword.arg or "": value(keyword.value) for keyword in keywords}
                return self._call(function, [value(arg) for arg in args], named)
        raise AssertionError(ast.dump(node))

    def _call(self, function: ast.expr, args: list[Any], named: dict[str, Any]) -> Any:
        match function:
            case ast.Attribute(value=ast.Name(id="iam"), attr="default_organization_id"):
                return ORGANIZATION
            case ast.Attribute(value=ast.Name(id="iam"), attr="PolicyRuleArgs"):
                return named
            case ast.Attribute(value=ast.Name(id="iam"), attr=kind) if kind in KINDS:
                (name,) = args
                assert (kind, name) not in self.resources
                self.resources[kind, name] = named
                return Id(kind, name)
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="iam"), attr="conditions"), attr=name
            ):
                return getattr(conditions, name)(*args, **named)
        raise AssertionError(ast.dump(function))


def _declared_in_yaml(text: str) -> Resources:
    program = yaml.safe_load(text)
    found = {
        key: Id(resource["type"].removeprefix(f"{PACKAGE}:"), resource.get("name", key))
        for key, resource in program.get("resources", {}).items()
    }
    variables = program.get("variables", {})
    assert not found.keys() & variables.keys()

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(item) for item in value]
        if isinstance(value, dict):
            return {name: resolved(item) for name, item in value.items()}
        return _interpolated(value, found, variables) if isinstance(value, str) else value

    return {
        (found[key].kind, found[key].name): from_pulumi(
            KINDS[found[key].kind].inputs, resolved(resource.get("properties", {}))
        )
        for key, resource in program.get("resources", {}).items()
    }


def _interpolated(text: str, resources: Mapping[str, Id], variables: Mapping[str, Any]) -> Any:
    """Read a string as the language does: `$$` is a dollar sign, `${…}` is a reference."""
    if whole := re.fullmatch(r"\$\{([^.\[\]{}]+)(?:\.([^.\[\]{}]+))?\}", text):
        name, field = whole.groups()
        if name in resources:
            assert field == "id"
            return resources[name]
        return variables[name] if field is None else variables[name][field]
    parts = re.split(r"(\$\$|\$\{)", text)
    assert "${" not in parts
    return "".join("$" if part == "$$" else part for part in parts)


def _meaning(adoption: Adoption, arguments: Mapping[str, Any], ids: Mapping[Id, str]) -> Any:
    """Return the arguments as the check of the kind reads them, with ids in clear."""

    def plain(value: Any) -> Any:
        if isinstance(value, Id):
            return ids[value]
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list) else value

    values = {name: plain(value) for name, value in arguments.items()}
    for field in fields(adoption.kind.inputs):
        if field.prop.autoname:
            values.setdefault(field.name, adoption.name)
        if field.prop.setting == "organization_id":
            values.setdefault(field.name, ORGANIZATION)
    if "rules" in values:
        values["rules"] = [normalized_rule(rule, ORGANIZATION) for rule in values["rules"]]
    return {
        field.name: field.typed(values[field.name])
        for field in fields(adoption.kind.inputs)
        if field.name in values
    }


def assert_declares(world: World, front: Front, files: Mapping[str, str]) -> None:
    """Assert that a program declares exactly the objects."""
    adoptions = world.adoptions(front, files)
    found = declared(front, files)
    ids = {Id(a.kind.name, a.name): a.id for a in adoptions}
    assert found.keys() == ids.keys()
    for adoption in adoptions:
        given = found[adoption.kind.name, adoption.name]
        assert _meaning(adoption, given, ids) == _meaning(adoption, adoption.arguments, ids)
