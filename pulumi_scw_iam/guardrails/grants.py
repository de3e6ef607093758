"""The grants of policies: the permission sets of their rules, and the privileged permission sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.permission_sets import ESCALATION, catalogue
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import CIS, NotApplicable, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource

ALL_PRODUCTS = "AllProductsFullAccess"

NO_ADMINISTRATORS = CIS("1.16", 'No policy that allows "*:*" is attached')
"""The recommendation of CIS about administrator permissions."""

_SCOPES = ("organization_id", "all_projects", "project_ids")


class Grant(NamedTuple):
    """One permission set granted by a rule of a policy."""

    rule: int
    """The index of the rule."""
    name: str
    whole: bool
    """Whether the scope is the whole organization."""
    condition: Any


def grants(policy: Resource) -> tuple[list[Grant], list[NotApplicable]]:
    """Return the grants of a policy, and the unknowns."""
    found: list[Grant] = []
    unknowns: list[NotApplicable] = []
    for index, rule in enumerate(policy.items("rules")):
        if not isinstance(rule, Mapping):
            unknowns.append(unknown(policy, "rules"))
            continue
        for name in _list(rule.get("permission_set_names")):
            whole = UNKNOWN if name is UNKNOWN else _whole(rule, name)
            if whole is UNKNOWN:
                unknown_name = "permission_set_names" if name is UNKNOWN else "organization_id"
                unknowns.append(
                    NotApplicable(f"rules[{index}].{policy.spell(unknown_name)} is not known yet")
                )
            else:
                found.append(Grant(index, name, whole, rule.get("condition") or ""))
    return found, unknowns


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (UNKNOWN,)


def _whole(rule: Mapping[str, Any], name: str) -> Any:
    """Return True if the scope is the whole organization; UNKNOWN if the scope is not known yet.

    Exactly one scope is set. A single scope therefore decides, even if its value is not known yet.
    """
    known = catalogue().by_name.get(name)
    if known is not None and known.scope_type == "organization":
        return True
    given = {scope for scope in _SCOPES if rule.get(scope) not in (None, False, "", [])}
    sure = {scope for scope in given if rule[scope] is not UNKNOWN}
    chosen = sure or given
    if len(chosen) == 1:
        return chosen != {"project_ids"}
    return UNKNOWN if chosen else False


def is_privileged(grant: Grant) -> bool:
    """Return True if a grant makes an administrator, directly or by privilege escalation."""
    return grant.name in ESCALATION or (grant.name == ALL_PRODUCTS and grant.whole)


def privileged(policy: Resource) -> tuple[list[Grant], list[NotApplicable]]:
    """Return the privileged grants of a policy, and the unknowns."""
    found, unknowns = grants(policy)
    return list(filter(is_privileged, found)), unknowns


def by_rule(found: Iterable[Grant]) -> Iterator[tuple[int, list[Grant]]]:
    """Yield the index of each rule, with the grants of the rule."""
    by_index: dict[int, list[Grant]] = defaultdict(list)
    for grant in found:
        by_index[grant.rule].append(grant)
    yield from sorted(by_index.items())


def names(found: Iterable[Grant]) -> str:
    """Return the permission sets of grants, for a message."""
    return joined(sorted({grant.name for grant in found}))


def path_of_names(policy: Resource, index: int) -> str:
    """Return the path of the permission sets of a rule."""
    return f"{policy.spell('rules')}[{index}].{policy.spell('permission_set_names')}"
