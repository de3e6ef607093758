"""What a condition check is: declared once; the linter, the documentation and the setting follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from pulumi_scw_iam.common.permission_sets import PermissionSet
from pulumi_scw_iam.conditions.expressions import Node

__all__ = ["ConditionCheck", "ConditionFinding", "Subject", "check", "cut"]


@dataclass(frozen=True)
class Subject:
    """A condition, and what is known of its rule."""

    text: str
    root: Node
    permission_sets: tuple[PermissionSet, ...]
    """Permission sets of the rule, as far as they are known."""
    now: datetime
    """The time, with a zone, that decides which times are past."""

    def code(self, node: Node) -> str:
        """Return the text of a node on one line."""
        return " ".join(self.text[node.start : node.end].split())

    def shown(self, node: Node) -> str:
        """Return the text of a node on one line, cut to 80 characters."""
        return cut(self.code(node))


def cut(code: str, size: int = 80) -> str:
    """Return code that has at most `size` characters, with an ellipsis if it is cut."""
    return code if len(code) <= size else f"{code[: size - 3]}..."


class ConditionFinding(NamedTuple):
    """What one check finds in one condition."""

    check_id: str
    reason: str
    """One sentence that follows the path of the property: what is wrong, and the cure."""

    @property
    def message(self) -> str:
        """The reason with the id of the check behind it, by which users ignore the check."""
        return f"{self.reason} [{self.check_id}]"


@dataclass(frozen=True, kw_only=True)
class ConditionCheck:
    """One thing that can be wrong with a condition."""

    id: str
    """What messages end with and `scw-iam:ignoreConditionChecks` names; never changed once released."""
    finds: str
    """One sentence for the documentation: what is wrong."""
    example: str
    """A condition in which this check finds something, and no other check does."""
    cure: str
    """One sentence for the documentation: what to write instead."""
    find: Callable[[Subject], Iterator[str]] | None = None
    """Yields a reason for each place where something is wrong. None if the parser is what finds it."""
    severity: Literal["failure", "warning"] = "warning"
    """`failure`: the API refuses the condition, so the check fails. `warning`: the API accepts the condition."""

    @property
    def can_be_ignored(self) -> bool:
        """Whether users may ignore the check.

        Ignoring a failure would only move the error from the preview to the update.
        """
        return self.severity == "warning"


def check(
    *,
    id: str,  # noqa: A002 - what the field is called
    finds: str,
    example: str,
    cure: str,
) -> Callable[[Callable[[Subject], Iterator[str]]], ConditionCheck]:
    """Declare a generator of reasons as a check that warns."""

    def declare(find: Callable[[Subject], Iterator[str]]) -> ConditionCheck:
        return ConditionCheck(id=id, finds=finds, example=example, cure=cure, find=find)

    return declare
