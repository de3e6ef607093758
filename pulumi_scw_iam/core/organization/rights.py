"""Rights: the permissions to manage IAM in the rules of a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ALL_RULES", "MANAGERS", "common", "lost", "rights_of"]

Rights = set[tuple[str, str]]
"""Pairs of a managed noun ("groups") and the condition of the rule, "" without a condition."""

MANAGERS: Mapping[str, frozenset[str]] = {
    managed: frozenset({"IAMManager", "OrganizationManager", permission_set})
    for managed, permission_set in (
        ("policies", "IAMPolicyManager"),
        ("groups", "IAMGroupManager"),
        ("applications", "IAMApplicationManager"),
        ("users", "IAMUserManager"),
    )
}
"""The sufficient permission sets for managing each kind of object: any of a set is enough."""

ALL_RULES = [{"permission_set_names": ["IAMManager"]}]
"""Placeholder for rules not read yet, which may give every right."""


def rights_of(rules: Iterable[Mapping[str, Any]] | None) -> Rights:
    """Return the rights that rules give their principal."""
    return {
        (managed, rule.get("condition") or "")
        for rule in rules or ()
        if isinstance(rule, dict)
        for names in [rule.get("permission_set_names")]
        # A list may be UNKNOWN as a whole; it then counts as no right.
        if isinstance(names, list | tuple | frozenset)
        for managed, managers in MANAGERS.items()
        if not managers.isdisjoint(names)
    }


def common(rights: Rights, others: Rights) -> Rights:
    """Return the rights that `others` also has, under the same condition or unconditionally."""
    return {
        (managed, condition)
        for managed, condition in rights
        if {(managed, condition), (managed, "")} & others
    }


def lost(before: Rights, after: Rights) -> Rights:
    """Return the rights that are missing afterwards, or have another condition."""
    return before - common(before, after)
