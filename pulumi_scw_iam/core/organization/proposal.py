"""Checked inputs that are judged against an organization, and what the judgement finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pulumi_scw_iam.core.check import Spell
from pulumi_scw_iam.core.fields import Props
from pulumi_scw_iam.core.organization.plan import Registration

__all__ = ["CheckFinding", "Proposal"]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The old and the new inputs of a resource, as plain values."""

    olds: Props
    """Empty if there is no resource yet, or if the engine does not tell."""
    news: Props
    """Without the properties that failed the check of the form."""
    registration: Registration
    """What the plan says of the declaration of these inputs."""
    spell: Spell


class CheckFinding(NamedTuple):
    """One failure or warning of a check."""

    property: str
    """The declared name of the property, such as "user_ids" or "rules[0].condition"; "" if it is none."""
    reason: str
    """Why the API would refuse the property; of a warning, the whole line."""
    is_warning: bool = False

    @classmethod
    def warning(cls, line: str) -> CheckFinding:
        """Return a finding that lets the check pass."""
        return cls("", line, is_warning=True)
