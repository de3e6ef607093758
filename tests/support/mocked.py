"""A mocked engine for programs of the Pulumi SDK. Registered resources are recorded."""

from __future__ import annotations

from typing import Any

from pulumi.runtime import mocks

__all__ = ["Mocks"]


class Mocks(mocks.Mocks):
    """Records the registered resources by name."""

    def __init__(self) -> None:
        self.made: dict[str, mocks.MockResourceArgs] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.made[args.name] = args
        return f"{args.name}-id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], None]:
        raise NotImplementedError
