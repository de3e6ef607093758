"""Resources of a dynamic provider without any work: their runs measure the engine alone."""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

import uuid
from typing import Any

import pulumi
from pulumi import dynamic

from bench.outputs import CREDENTIAL, MADE


class NoProvider(dynamic.ResourceProvider):
    """A dynamic provider for every kind."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        return dynamic.DiffResult(changes=_olds["description"] != _news["description"])

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        made = CREDENTIAL if "secret_key" in props else MADE
        return dynamic.CreateResult(str(uuid.uuid4()), {**props, **made})

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> dynamic.UpdateResult:
        return dynamic.UpdateResult({**_olds, **_news})


class _Resource(dynamic.Resource, module="scw_iam"):
    outputs = MADE

    def __init__(self, name: str, **inputs: Any) -> None:
        props = {**dict.fromkeys(self.outputs), "name": name, **inputs}
        secret = ["secret_key"] if "secret_key" in props else []
        options = pulumi.ResourceOptions(additional_secret_outputs=secret)
        super().__init__(NoProvider(), name, props, options)


class Application(_Resource, name="Application"):
    """An application without an object."""


class Group(_Resource, name="Group"):
    """A group without an object."""


class Policy(_Resource, name="Policy"):
    """A policy without an object."""


class APIKey(_Resource, name="APIKey"):
    """An API key without an object."""

    outputs = CREDENTIAL
