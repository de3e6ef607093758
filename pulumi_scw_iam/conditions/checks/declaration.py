"""The declaration of a condition check, used by the linter, the documentation and the setting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from pulumi_scw_iam.common.cel.expressions import Node
from pulumi_scw_iam.common.permission_sets import PermissionSet

__all__ = ["ConditionCheck", "ConditionFinding", "Subject", "check", "cut"]


@dataclass(frozen=True)
class Subject:
    """A condition and the known facts of its rule."""

    text: str
    root: Node
    permission_sets: tuple[PermissionSet, ...]
    """The known permission sets of the rule."""
    now: datetime
    """The reference for past dates; with a time zone."""

    def code(self, node: Node) -> str:
        """Return the text of a node on one line."""
        return " ".join(self.text[node.start : node.end].split())

    def shown(self, node: Node) -> str:
        """Return the text of a node on one line, cut to 80 characters."""
        return cut(self.code(node))


def cut(code: str, size: int = 80) -> str:
    """Return at most `size` characters of code, with an ellipsis at a cut."""
    return code if len(code) <= size else f"{code[: size - 3]}..."


class ConditionFinding(NamedTuple):
    """A finding of a check in a condition."""

    check_id: str
    reason: str
    """The fault and the fix, as a predicate of the property's path."""

    @property
    def message(self) -> str:
        """The reason, followed by the check id in brackets, for the setting that ignores checks."""
        return f"{self.reason} [{self.check_id}]"


@dataclass(frozen=True, kw_only=True)
class ConditionCheck:
    """A check for one kind of fault in conditions."""

    id: str
    """The id in messages and in `scw-iam:ignoreConditionChecks`; never changed after a release."""
    finds: str
    """The fault, as one sentence for the documentation."""
    example: str
    """A condition with a finding of this check, and of no other check."""
    cure: str
    """The fix, as one sentence for the documentation."""
    find: Callable[[Subject], Iterator[str]] | None = None
    """Yields a reason for each fault. None if the parser detects the fault."""
    severity: Literal["failure", "warning"] = "warning"
    """`failure`: the API refuses the condition. `warning`: the API accepts the condition."""

    @property
    def can_be_ignored(self) -> bool:
        """Whether users may ignore the check.

        An ignored failure would only move the error from the preview to the update.
        """
        return self.severity == "warning"


def check(
    *,
    id: str,  # noqa: A002 - the name of the field
    finds: str,
    example: str,
    cure: str,
) -> Callable[[Callable[[Subject], Iterator[str]]], ConditionCheck]:
    """Decorator: declare a generator of reasons as a check with the severity `warning`."""

    def declare(find: Callable[[Subject], Iterator[str]]) -> ConditionCheck:
        return ConditionCheck(id=id, finds=finds, example=example, cure=cure, find=find)

    return declare
