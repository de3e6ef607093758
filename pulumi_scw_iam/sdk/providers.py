"""Checks of explicit providers of the Python classes and functions.

The classes are dynamic resources of the package `pulumi-python`. The SDK silently ignores providers of other
packages, and the object would be created with the stack's credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from weakref import WeakSet

import pulumi

from pulumi_scw_iam.common.words import quoted, shown
from pulumi_scw_iam.core.names import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_invoke_options", "check_options"]

_DYNAMIC = "pulumi-python"
_SCALEWAY = (PACKAGE, "scaleway")
"""The packages of providers with Scaleway credentials."""

_CURE = (
    f"the stack's credentials would be used; pass a provider of package {_DYNAMIC} (Explicit providers in"
    " docs/reference/resources.md), or use the SDK that `pulumi package add` generates"
)
_CURE_OF_FUNCTION = (
    "functions of the Python package use the stack's credentials; for other credentials, use the SDK"
    " that `pulumi package add` generates"
)

_warned: WeakSet[pulumi.ProviderResource] = WeakSet()
"""The providers of parents with a warning in this run."""


def check_options(title: str, opts: pulumi.ResourceOptions | None) -> None:
    """Raise pulumi.RunError for a provider that the SDK would ignore.

    If the parent has such a provider, log a warning once.
    """
    if opts is None:
        return
    own = {provider.package: provider for provider in _own(opts)}
    if _DYNAMIC in own:
        return
    for package in _SCALEWAY:
        if ignored := own.get(package):
            line = f"{title}: {_named(ignored)} has no effect on this class: {_CURE}"
            raise pulumi.RunError(shown(line))
    if opts.parent is not None and _inherited(opts.parent, _DYNAMIC) is None:
        _warn_of_parent(opts.parent, PACKAGE, title, f"this class: {_CURE}")


def check_invoke_options(title: str, opts: pulumi.InvokeOptions | None) -> None:
    """Raise pulumi.RunError for any provider of a function.

    If the parent has a provider, log a warning once.
    """
    if opts is None:
        return
    if opts.provider is not None:
        line = f"{title}: {_named(opts.provider)} has no effect: {_CURE_OF_FUNCTION}"
        raise pulumi.RunError(shown(line))
    if opts.parent is not None:
        for package in (PACKAGE, _DYNAMIC):
            _warn_of_parent(opts.parent, package, title, f"functions: {_CURE_OF_FUNCTION}")


def _own(opts: pulumi.ResourceOptions) -> Iterator[pulumi.ProviderResource]:
    if opts.provider is not None:
        yield opts.provider
    if opts.providers is not None:
        listed = opts.providers
        yield from listed.values() if isinstance(listed, Mapping) else listed


def _inherited(parent: pulumi.Resource, package: str) -> pulumi.ProviderResource | None:
    """Return the inherited provider of a package for the children of a resource."""
    return parent.get_provider(f"{package}:index:Any")


def _warn_of_parent(parent: pulumi.Resource, package: str, title: str, ending: str) -> None:
    provider = _inherited(parent, package)
    if provider is not None and provider not in _warned:
        _warned.add(provider)
        line = f"{title}: {_named(provider)} of the parent has no effect on {ending}"
        pulumi.log.warn(shown(line))


def _named(provider: pulumi.ProviderResource) -> str:
    return f"provider {quoted(provider.pulumi_resource_name)} of package {provider.package}"
