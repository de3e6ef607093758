"""What says that the real API does what the emulator does.

Every operation, kind, filter and limit is declared with its ground. All else that the emulator keeps to is
a rule, which stands above the function that keeps it:

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
    """How we know; the best comes first."""

    RECORDED = "recorded"
    DOCUMENTED = "documented"
    ASSUMED = "assumed"


RECORDED, DOCUMENTED, ASSUMED = Ground


class Behaviour(NamedTuple):
    """One thing that the emulator keeps to, and the function that does it."""

    ground: Ground
    text: str
    module: str
    function: str


BEHAVIOURS: list[Behaviour] = []
"""All rules. Of those above one function the lowest comes first: decorators begin at the function."""


def behaviour(ground: Ground, text: str) -> Callable[[Function], Function]:
    """Say what a function does as the real API does it, and how we know; the function stays as it is."""

    def declare(function: Function) -> Function:
        BEHAVIOURS.append(Behaviour(ground, text, function.__module__, function.__qualname__))
        return function

    return declare


def need_ground(ground: Ground | None, limit: object) -> None:
    """Raise a TypeError where there is a limit, and nothing that says so."""
    if limit and ground is None:
        raise TypeError("a limit must be declared with its ground")
