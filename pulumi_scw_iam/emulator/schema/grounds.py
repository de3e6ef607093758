"""Evidence for each fact of the local IAM API: recorded, documented or assumed.

Every operation, object type, filter and limit is declared with its evidence. All other facts are behaviours,
declared above the function that implements the behaviour:

    @behaviour(DOCUMENTED, "The name of a group is unique in its organization.")
    def refuse_taken_name(call: Call) -> None: ...

docs/reference/local-iam-api.md is generated from these declarations.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound="Callable[..., Any]")


class Ground(Enum):
    """The evidence for a fact, strongest first.

    `RECORDED`: responses of the real API show the fact. `DOCUMENTED`: the documentation or Scaleway's own tools state
    the fact. `ASSUMED`: neither does; the local API makes the strict choice.
    """

    RECORDED = "recorded"
    DOCUMENTED = "documented"
    ASSUMED = "assumed"


RECORDED, DOCUMENTED, ASSUMED = Ground


class Behaviour(NamedTuple):
    """A behaviour of the local IAM API, its evidence, and the function that implements it."""

    ground: Ground
    text: str
    module: str
    function: str


BEHAVIOURS: list[Behaviour] = []
"""All behaviours. The behaviours of one function are in reverse order: the lowest decorator runs first."""


def behaviour(ground: Ground, text: str) -> Callable[[Function], Function]:
    """Decorate a function with one of its behaviours and the evidence. The function is unchanged."""

    def declare(function: Function) -> Function:
        BEHAVIOURS.append(Behaviour(ground, text, function.__module__, function.__qualname__))
        return function

    return declare


def need_ground(ground: Ground | None, limit: object) -> None:
    """Raise TypeError for a limit without evidence."""
    if limit and ground is None:
        raise TypeError("a limit must be declared with its evidence; pass `ground`")
