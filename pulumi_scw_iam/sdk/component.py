"""The base class of all component classes."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi

from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.components.component import Children, listed
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.core.names import camel, token
from pulumi_scw_iam.sdk.base import attributes_of
from pulumi_scw_iam.sdk.providers import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.components.component import Component

__all__ = ["IamComponent"]


class IamComponent(pulumi.ComponentResource):
    """A component with the Python classes as its children."""

    _component: ClassVar[Component[Any, Any]]

    def _declare(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None,
        arguments: Mapping[str, pulumi.Input[Any]],
    ) -> None:
        component = self._component
        title = f"{component.name} {resource_name}"
        check_options(title, opts)
        given = {name: value for name, value in arguments.items() if value is not None}
        props = _shaped(given)
        plain = _plain(props)
        if failures := component.failures(plain, resource_name=resource_name, spell=str):
            raise pulumi.RunError(f"{shown(title)}: {listed(failures)}")
        # Type and names are those of the native plugin, so a program that moves to it has no changes.
        pulumi.ComponentResource.__init__(self, token(component.name), resource_name, props, opts)
        outputs = component.build(Children(self, opts, _class_of), given)
        for name in component.outputs():
            self.__dict__[name] = pulumi.Output.from_input(outputs.get(name))
        self.register_outputs({camel(name): value for name, value in outputs.items()})

    def translate_input_property(self, prop: str) -> str:
        """Return the name of a property in the schema."""
        return camel(prop)


def _class_of(kind: str) -> Any:
    # The generated module imports this one.
    return getattr(importlib.import_module("pulumi_scw_iam.sdk.resources"), kind)


def _shaped(value: Any) -> Any:
    """Return the value of an argument with dicts in place of input classes."""
    match attributes_of(value):
        case dict() as items:
            return {name: _shaped(item) for name, item in items.items() if item is not None}
        case list() | tuple() as items:
            return [_shaped(item) for item in items]
        case other:
            return other


def _plain(value: Any) -> Any:
    """Return a shaped value as far as it is known, with UNKNOWN for outputs."""
    match value:
        case pulumi.Output() | Awaitable():
            return UNKNOWN
        case dict() as items:
            return {name: _plain(item) for name, item in items.items()}
        case list() as items:
            return [_plain(item) for item in items]
        case other:
            return other
