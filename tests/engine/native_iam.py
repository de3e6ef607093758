"""The classes of pulumi_scw_iam as raw custom resources of the native plugin.

The arguments are the same, so each test program runs on both fronts. Tests copy this file into
their projects.
"""

from __future__ import annotations

from typing import Any

import pulumi

from pulumi_scw_iam import default_organization_id, default_project_id
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.names import camel, token
from pulumi_scw_iam.kinds import KINDS

__all__ = ["PolicyRuleArgs", "default_organization_id", "default_project_id"]

PolicyRuleArgs = dict


def _resource_class(name: str) -> type[pulumi.CustomResource]:
    names = [field.name for field in fields(KINDS[name].state)]
    spelled = {camel(field): field for field in names}

    class Resource(pulumi.CustomResource):
        def __init__(
            self, resource_name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any
        ) -> None:
            alias = pulumi.Alias(type_=f"pulumi-python:dynamic/scw_iam:{name}")
            super().__init__(
                token(name),
                resource_name,
                {**dict.fromkeys(names), **inputs},
                pulumi.ResourceOptions.merge(pulumi.ResourceOptions(aliases=[alias]), opts),
            )

        def translate_input_property(self, prop: str) -> str:
            return camel(prop)

        def translate_output_property(self, prop: str) -> str:
            return spelled.get(prop, prop)

        @classmethod
        def get(cls, resource_name: str, id: str) -> Resource:  # noqa: A002
            return cls(resource_name, pulumi.ResourceOptions(id=id))

    return Resource


globals().update({name: _resource_class(name) for name in KINDS})
