"""Grounds: how we know that the real API does what the emulator does.

Every operation, kind, filter and limit is declared with its ground. All else that the emulator does as the real API is
a behaviour, declared above the function that has it:

    @behaviour(DOCUMENTED, "The name of a group is unique in its organization.")
    def refuse_taken_name(call: Call) -> None: ...

docs/reference/local-iam-api.md is written from all of these.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound="Callable[..., Any]")


class Ground(Enum):
    """How we know; the surest comes first."""

    RECORDED = "recorded"
    DOCUMENTED = "documented"
    ASSUMED = "assumed"


RECORDED, DOCUMENTED, ASSUMED = Ground


class Behaviour(NamedTuple):
    """One thing that the emulator does as the real API does it, and the function that does it."""

    ground: Ground
    text: str
    module: str
    function: str


BEHAVIOURS: list[Behaviour] = []
"""All behaviours. Those of one function are in reverse order: decorators run from the lowest to the highest."""


def behaviour(ground: Ground, text: str) -> Callable[[Function], Function]:
    """Decorate a function with what it does as the real API does it, and how we know. Returns it unchanged."""

    def declare(function: Function) -> Function:
        BEHAVIOURS.append(Behaviour(ground, text, function.__module__, function.__qualname__))
        return function

    return declare


def need_ground(ground: Ground | None, limit: object) -> None:
    """Raise TypeError for a limit without a ground."""
    if limit and ground is None:
        raise TypeError("a limit must be declared with its ground")
