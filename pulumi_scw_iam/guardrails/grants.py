"""What policies grant: the permission sets of their rules, and which of these are privileged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.permission_sets import catalogue
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.guardrail import CIS, NotApplicable, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource

ESCALATION = (
    "OrganizationManager",
    "IAMManager",
    "IAMPolicyManager",
    "IAMGroupManager",
    "IAMApplicationManager",
    "IAMUserManager",
)
"""Permission sets whose holder can get any right: by a policy, by a group, or by a key of another bearer."""
ALL_PRODUCTS = "AllProductsFullAccess"

NO_ADMINISTRATORS = CIS("1.16", 'No policy that allows "*:*" is attached')
"""What CIS says of permissions that make an administrator."""

_SCOPES = ("organization_id", "all_projects", "project_ids")


class Grant(NamedTuple):
    """One permission set that a rule of a policy grants."""

    rule: int
    """The index of the rule."""
    name: str
    whole: bool
    """Whether the scope is the whole organization, as far as it is known."""
    condition: Any


def grants(policy: Resource) -> tuple[list[Grant], list[NotApplicable]]:
    """Return what a policy grants, and what is not known yet."""
    found: list[Grant] = []
    unknowns: list[NotApplicable] = []
    for index, rule in enumerate(policy.items("rules")):
        if not isinstance(rule, Mapping):
            unknowns.append(unknown(policy, "rules"))
            continue
        for name in _list(rule.get("permission_set_names")):
            whole = UNKNOWN if name is UNKNOWN else _whole(rule, name)
            if whole is UNKNOWN:
                what = "permission_set_names" if name is UNKNOWN else "organization_id"
                unknowns.append(
                    NotApplicable(f"rules[{index}].{policy.spell(what)} is not known yet")
                )
            else:
                found.append(Grant(index, name, whole, rule.get("condition") or ""))
    return found, unknowns


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (UNKNOWN,)


def _whole(rule: Mapping[str, Any], name: str) -> Any:
    """Return whether the scope is the whole organization; UNKNOWN if that is not known yet.

    Exactly one scope is set, so a single scope that is set decides, even if its value is not known yet.
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
    """Return whether a grant makes an administrator, or lets its holder become one."""
    return grant.name in ESCALATION or (grant.name == ALL_PRODUCTS and grant.whole)


def privileged(policy: Resource) -> tuple[list[Grant], list[NotApplicable]]:
    """Return the privileged grants of a policy, and what is not known yet."""
    found, unknowns = grants(policy)
    return list(filter(is_privileged, found)), unknowns


def by_rule(found: Iterable[Grant]) -> Iterator[tuple[int, list[Grant]]]:
    """Yield grants by the index of their rule."""
    by_index: dict[int, list[Grant]] = defaultdict(list)
    for grant in found:
        by_index[grant.rule].append(grant)
    yield from sorted(by_index.items())


def names(found: Iterable[Grant]) -> str:
    """Return the permission sets of grants as messages list them."""
    return joined(sorted({grant.name for grant in found}))


def path_of_names(policy: Resource, index: int) -> str:
    """Return the path of the permission sets of a rule."""
    return f"{policy.spell('rules')}[{index}].{policy.spell('permission_set_names')}"
