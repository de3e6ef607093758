"""All guardrails: those of each module make one chapter, in the order in which they stand there."""

from __future__ import annotations

from pulumi_scw_iam.guardrails import (
    conditions,
    everything,
    groups,
    keys,
    permissions,
    ssh_keys,
    users,
)
from pulumi_scw_iam.guardrails.guardrail import Rule

__all__ = ["CHAPTERS", "RULES"]

CHAPTERS: dict[str, tuple[Rule, ...]] = {
    module.CHAPTER: tuple(value for value in vars(module).values() if isinstance(value, Rule))
    for module in (keys, permissions, conditions, groups, users, ssh_keys, everything)
}
"""All rules, by the titles of the documentation."""

RULES = {rule.id: rule for rules in CHAPTERS.values() for rule in rules}
"""All rules, by id."""
