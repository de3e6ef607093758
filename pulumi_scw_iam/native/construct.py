"""Construct: the children of a component, registered with the engine by the plugin.

For `Construct`, the plugin runs a small program of the Pulumi SDK. The SDK serves the protocol: options, dependencies,
secrets and unknown values. Only this module imports the SDK, because few programs have a component, and the
import takes longer than the start of the plugin.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.resource import DependencyProviderResource

from pulumi_scw_iam.common.errors import Refused
from pulumi_scw_iam.common.version import __version__
from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.components.component import Children, listed
from pulumi_scw_iam.core.check import concealed
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.names import camel, dynamic_token, from_pulumi, token
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.native.values import from_struct, secret_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_scw_iam.components.component import Component

__all__ = ["construct"]

_TOKENS: Mapping[str, str] = {token(name): name for name in COMPONENTS}


def construct(request: Any, engine: str | None, provider: str | None) -> Any:
    """Register a component and its children; return the response of `Construct`.

    `engine` is the address of the engine. `provider` is the reference of the provider that this plugin serves. Without it,
    the children use the default provider of this version.

    Raises Refused for a wrong input, and if the engine refuses a child.
    """
    if request.type not in _TOKENS:
        raise Refused(
            f"{request.type} is not a component of scw-iam; use one of {', '.join(_TOKENS)}"
        )
    component = COMPONENTS[_TOKENS[request.type]]
    plain = from_pulumi(component.inputs, from_struct(request.inputs))
    failures = component.failures(plain, resource_name=request.name, spell=camel)
    if failures:
        raise Refused(listed(concealed(failures, secret_paths(request.inputs))))
    try:
        # A loop of its own, and thus settings of its own: calls of `Construct` may overlap.
        return asyncio.run(_respond(request, engine, _Program(component, plain, provider)))
    except pulumi.RunError as error:
        raise Refused(_first_line(error)) from None
    except Exception as error:
        if type(error) is not Exception:  # the SDK's type for errors of the engine
            raise
        raise Refused(_first_line(error)) from None


async def _respond(request: Any, engine: str | None, program: Provider) -> Any:
    servicer = ProviderServicer(program, [], engine_address=engine or "")
    # The public method appends a Python stack to each error.
    return await servicer._construct(request, None)  # noqa: SLF001


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


class _Program(Provider):
    """The program that the SDK runs for one component."""

    def __init__(
        self, component: Component[Any, Any], plain: Mapping[str, Any], provider: str | None
    ) -> None:
        super().__init__(__version__)
        self._component = component
        self._plain = plain
        self._provider = provider

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Register the component and its children."""
        declared = fields(self._component.inputs)
        given = {
            field.name: self._plain[field.name] if field.prop.plain else inputs[camel(field.name)]
            for field in declared
            if field.name in self._plain
        }
        resource = pulumi.ComponentResource(resource_type, name, inputs, options)
        outputs = self._component.build(Children(resource, options, self._class_of), given)
        state = {camel(name): value for name, value in outputs.items()}
        resource.register_outputs(state)
        return ConstructResult(resource.urn, state)

    def _class_of(self, kind: str) -> Callable[..., pulumi.CustomResource]:
        source = (
            pulumi.ResourceOptions(version=__version__)
            if self._provider is None
            else pulumi.ResourceOptions(provider=DependencyProviderResource(self._provider))
        )

        def create(
            resource_name: str, opts: pulumi.ResourceOptions, **inputs: pulumi.Input[Any]
        ) -> pulumi.CustomResource:
            return _Child(kind, resource_name, pulumi.ResourceOptions.merge(source, opts), inputs)

        return create


class _Child(pulumi.CustomResource):
    """A resource of the plugin, with the names of its declared fields as attributes."""

    def __init__(
        self,
        kind: str,
        resource_name: str,
        opts: pulumi.ResourceOptions,
        inputs: Mapping[str, pulumi.Input[Any]],
    ) -> None:
        names = [field.name for field in fields(KINDS[kind].state)]
        self._names = {camel(name): name for name in names}
        # Like a resource of the generated SDK.
        options = pulumi.ResourceOptions(
            aliases=[pulumi.Alias(type_=dynamic_token(kind))],
            additional_secret_outputs=list(KINDS[kind].secrets()),
        )
        super().__init__(
            token(kind),
            resource_name,
            {**dict.fromkeys(names), **inputs},
            pulumi.ResourceOptions.merge(options, opts),
        )

    def translate_input_property(self, prop: str) -> str:
        """Return the name of a property in the schema."""
        return camel(prop)

    def translate_output_property(self, prop: str) -> str:
        """Return the declared name of a property."""
        return self._names.get(prop, prop)
