"""Checked inputs for the check against an organization, and its findings."""

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
    """Empty for a new resource, or if the engine passes no old inputs."""
    news: Props
    """The properties without syntax failures."""
    registration: Registration
    """The plan's registration of these inputs."""
    spell: Spell


class CheckFinding(NamedTuple):
    """One failure or warning of a check."""

    property: str
    """The declared name of the property, such as "rules[0].condition"; "" for no property."""
    reason: str
    """The reason of a failure; the whole line of a warning."""
    is_warning: bool = False

    @classmethod
    def warning(cls, line: str) -> CheckFinding:
        """Return a finding that lets the check pass."""
        return cls("", line, is_warning=True)
