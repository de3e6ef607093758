"""Rights to manage IAM, as the rules of a policy give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ALL_RULES", "MANAGERS", "common", "lost", "rights_of"]

Rights = set[tuple[str, str]]
"""Pairs of what may be managed, such as "groups", and the condition of the rule; "" is no condition."""

MANAGERS: Mapping[str, frozenset[str]] = {
    managed: frozenset({"IAMManager", "OrganizationManager", permission_set})
    for managed, permission_set in (
        ("policies", "IAMPolicyManager"),
        ("groups", "IAMGroupManager"),
        ("applications", "IAMApplicationManager"),
        ("users", "IAMUserManager"),
    )
}
"""The permission sets that let a bearer manage objects of IAM; one is enough."""

ALL_RULES = [{"permission_set_names": ["IAMManager"]}]
"""Rules of a policy that are not read yet; they may give every right."""


def rights_of(rules: Iterable[Mapping[str, Any]] | None) -> Rights:
    """Return what rules let their principal manage in IAM, each with its condition."""
    return {
        (managed, rule.get("condition") or "")
        for rule in rules or ()
        if isinstance(rule, dict)
        for names in [rule.get("permission_set_names")]
        # A list that is unknown as a whole gives no right that can be told.
        if isinstance(names, list | tuple | frozenset)
        for managed, managers in MANAGERS.items()
        if not managers.isdisjoint(names)
    }


def common(rights: Rights, others: Rights) -> Rights:
    """Return the rights that are among the others, under the same condition or without one."""
    return {
        (managed, condition)
        for managed, condition in rights
        if {(managed, condition), (managed, "")} & others
    }


def lost(before: Rights, after: Rights) -> Rights:
    """Return the rights that are gone, or under another condition than before."""
    return before - common(before, after)
