"""The Pulumi package schema of the native plugin, derived from the kinds and functions."""

from __future__ import annotations

import dataclasses
import inspect
from importlib import metadata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pulumi_scw_iam import __version__
from pulumi_scw_iam.api.settings import PROFILE, SETTINGS
from pulumi_scw_iam.components import COMPONENTS
from pulumi_scw_iam.core.fields import Field, fields
from pulumi_scw_iam.core.names import PACKAGE, camel, dynamic_token, token
from pulumi_scw_iam.functions import FUNCTIONS
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.api.settings import Setting
    from pulumi_scw_iam.components.component import Component
    from pulumi_scw_iam.core.function import Function
    from pulumi_scw_iam.core.kind import Kind

__all__ = ["is_always_set", "is_required", "package_schema"]

_TYPES: Mapping[type, str] = {str: "string", bool: "boolean", int: "integer"}


def is_required(field: Field) -> bool:
    """Return whether a program must set an input, because nothing else fills it."""
    return field.required and field.prop.setting is None and not field.prop.autoname


def is_always_set(field: Field, inputs: tuple[Field, ...] = ()) -> bool:
    """Return whether an output is always set, given the `inputs` of its resource.

    Outputs that are not inputs count as always set, unless they are declared otherwise. An imported API key has no secret key, but SDKs type
    `aws.iam.AccessKey.secret` in the same way.
    """
    if field.required or field.default is not None or field.prop.always_set:
        return True
    if field.prop.may_be_unset:
        return False
    return bool(inputs) and field.name not in {declared.name for declared in inputs}


def package_schema() -> dict[str, Any]:
    """Return the package schema, ready for JSON."""
    distribution = metadata.metadata("pulumi-scw-iam")
    urls = dict(line.split(", ", 1) for line in distribution.get_all("Project-URL") or ())
    configuration = {
        camel(setting.name): _setting(setting) for setting in (*SETTINGS.values(), PROFILE)
    }
    types: dict[str, Any] = {}
    resources = {token(name): _resource(kind, types) for name, kind in KINDS.items()}
    resources |= {token(name): _component(one, types) for name, one in COMPONENTS.items()}
    functions = {token(name): _function(function, types) for name, function in FUNCTIONS.items()}
    return {
        "name": PACKAGE,
        "displayName": "Scaleway IAM",
        "version": __version__,
        "description": distribution["Summary"],
        "keywords": ["pulumi", "scaleway", "iam", "category/cloud", "kind/native"],
        "homepage": urls["Documentation"],
        "license": "Apache-2.0",
        # The Go module of the SDK has this path too.
        "repository": urls["Repository"],
        # The engine installs the plugin from the release with the version of the SDK, if no plugin is on PATH.
        "pluginDownloadURL": f"github://api.github.com{urlsplit(urls['Repository']).path}",
        "publisher": "pulumi-scw-iam",
        # `pulumi package add` sets this too, so SDKs generated from schema.json are identical.
        "meta": {"supportPack": True},
        "config": {"variables": configuration},
        "provider": {
            "description": "Credentials and defaults of one organization.",
            "inputProperties": configuration,
        },
        "types": types,
        "resources": resources,
        "functions": functions,
        "language": {
            # The name pulumi_scw_iam would hide the package of the dynamic providers.
            "python": {
                "packageName": "pulumi_scw_iam_native",
                "pyproject": {"enabled": True},
                "pythonRequires": distribution["Requires-Python"],
            },
            "nodejs": {
                "packageName": "pulumi-scw-iam-native",
                "packageDescription": distribution["Summary"],
            },
            "go": {"respectSchemaVersion": True},
            "csharp": {"respectSchemaVersion": True},
        },
    }


def _setting(setting: Setting) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "string", "description": setting.description}
    if setting.environment:
        plain["defaultInfo"] = {"environment": [setting.environment]}
    if setting.secret:
        plain["secret"] = True
    return plain


def _resource(kind: Kind[Any, Any], types: dict[str, Any]) -> dict[str, Any]:
    outputs, inputs = fields(kind.state), fields(kind.inputs)
    return {
        "description": inspect.getdoc(kind.inputs),
        "properties": _properties(kind.name, outputs, types),
        "required": [camel(f.name) for f in outputs if is_always_set(f, inputs)],
        "inputProperties": _inputs(kind.name, inputs, types),
        "requiredInputs": [camel(f.name) for f in inputs if is_required(f)],
        # `pulumi do` offers to list a resource only if this is present, even if empty.
        "listInputs": {"properties": {}},
        # Stacks of the Python package migrate without replacements.
        "aliases": [{"type": dynamic_token(kind.name)}],
    }


def _component(component: Component[Any, Any], types: dict[str, Any]) -> dict[str, Any]:
    outputs, inputs = fields(component.state), fields(component.inputs)
    return {
        "isComponent": True,
        "description": inspect.getdoc(component.inputs),
        "properties": _properties(component.name, outputs, types),
        "required": [camel(f.name) for f in outputs if is_always_set(f)],
        "inputProperties": _inputs(component.name, inputs, types),
        "requiredInputs": [camel(f.name) for f in inputs if is_required(f)],
    }


def _function(function: Function[Any, Any], types: dict[str, Any]) -> dict[str, Any]:
    arguments, result = fields(function.arguments), fields(function.result)
    owner = f"{function.name[0].upper()}{function.name[1:]}"
    return {
        "description": inspect.getdoc(function.arguments),
        "inputs": {
            "properties": _inputs(owner, arguments, types),
            "required": [camel(f.name) for f in arguments if is_required(f)],
        },
        "outputs": {
            "properties": _properties(f"{owner}Result", result, types),
            "required": [camel(f.name) for f in result if is_always_set(f)],
        },
    }


def _properties(owner: str, declared: Iterable[Field], types: dict[str, Any]) -> dict[str, Any]:
    return {camel(field.name): _property(owner, field, types) for field in declared}


def _inputs(owner: str, declared: tuple[Field, ...], types: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of inputs, with their defaults.

    Empty strings and lists are left out: in every language they equal an unset input.
    """
    properties = _properties(owner, declared, types)
    for field in declared:
        if isinstance(field.default, bool | int):
            properties[camel(field.name)]["default"] = field.default
    return properties


def _property(owner: str, field: Field, types: dict[str, Any]) -> dict[str, Any]:
    prop = field.prop
    item = _item(owner, field, types)
    plain: dict[str, Any] = {"type": "array", "items": item} if field.container else item
    plain["description"] = prop.description
    if prop.secret:
        plain["secret"] = True
    if prop.replace is True:
        plain["replaceOnChanges"] = True
    if prop.plain:
        plain["plain"] = True
    return plain


def _item(owner: str, field: Field, types: dict[str, Any]) -> dict[str, Any]:
    if dataclasses.is_dataclass(field.item):
        name = token(field.item.__name__)
        if name not in types:
            nested = fields(field.item)
            types[name] = {}  # set before the fields, which may refer to the type
            types[name] = {
                "type": "object",
                "description": inspect.getdoc(field.item),
                "properties": _properties(field.item.__name__, nested, types),
                "required": [camel(f.name) for f in nested if f.required],
            }
        return {"$ref": f"#/types/{name}"}
    if field.prop.choices:
        name = token(f"{owner}{camel(field.name)[0].upper()}{camel(field.name)[1:]}")
        types[name] = {
            "type": "string",
            "description": field.prop.description,
            "enum": [{"value": choice} for choice in field.prop.choices],
        }
        return {"$ref": f"#/types/{name}"}
    return {"type": _TYPES[field.item]}
