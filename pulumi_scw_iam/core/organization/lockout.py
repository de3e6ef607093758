"""Self-lockout: an operation takes rights away from the API key that runs the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.organization.plan import EndsCaller, LeavesGroup, PolicyBecomes
from pulumi_scw_iam.core.organization.rights import ALL_RULES, common, lost, rights_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.plan import Loss, Plan

__all__ = ["Lockout"]

_BY_ANOTHER_KEY = "use another API key"


class Lockout:
    """The judgement about self-lockout; changes nothing.

    Only existing rights count. From the plan, only losses count: the create of a planned policy may
    come later, or fail.
    """

    def __init__(self, directory: Directory, plan: Plan, *, is_allowed: bool) -> None:
        self._directory = directory
        self._plan = plan
        self._is_allowed = is_allowed

    def reason(self, loss: Loss) -> str | None:
        """Return the reason to refuse an operation; None if the caller keeps its rights.

        Always None if the setting `allow_self_lockout` is true.
        """
        if self._is_allowed:
            return None
        match loss:
            case EndsCaller(action):
                return _refusal(action, _BY_ANOTHER_KEY)
            case PolicyBecomes((policy_id,), inputs):
                rights = self._lost_rights(policy_id, inputs, self._plan.left_groups())
            case LeavesGroup(group_id):
                rights = self._lost_rights(None, None, self._plan.left_groups() | {group_id})
            case _:
                return None
        if not rights:
            return None
        return _refusal(
            f"takes the right to manage {joined(rights)} away from the API key that runs the program",
            f"give the key this right by another policy in an earlier update, {_BY_ANOTHER_KEY}",
        )

    def _lost_rights(
        self, policy_id: str | None, inputs: Props | None, left_groups: frozenset[str]
    ) -> list[str]:
        """Return the nouns that the caller can no longer manage after an operation.

        The operation sets the policy's inputs (None: deletes the policy) and takes the caller out
        of the groups.
        """
        bearer = self._directory.bearer()
        policies = self._directory.all("policy")
        if bearer is None or policies is None:
            return []
        principal = "user_id" if bearer.get("user_id") else "application_id"
        groups = self._directory.groups_of(principal, bearer[principal])
        if groups is None or self._is_owner(bearer):
            return []

        def rights(policy: Props, of_groups: set[str]) -> set[tuple[str, str]]:
            is_of_caller = policy.get(principal) == bearer[principal] or (
                policy.get("group_id") in of_groups
            )
            return rights_of(policy.get("rules")) if is_of_caller else set()

        planned = self._plan.planned_policies()
        before: set[tuple[str, str]] = set()
        after: set[tuple[str, str]] = set()
        left = groups - left_groups
        for other_id, listed in policies.items():
            if not rights({**listed, "rules": ALL_RULES}, groups) and other_id != policy_id:
                continue
            held = {**listed, "rules": self._directory.rules_of(other_id, listed)}
            before |= rights(held, groups)
            if other_id != policy_id:
                remaining = rights(held, left)
                if other_id in planned:
                    remaining = common(remaining, rights(planned[other_id], left))
                after |= remaining
            elif inputs is not None:
                after |= rights(inputs, left)
        return sorted({managed for managed, _ in lost(before, after)})

    def _is_owner(self, bearer: Mapping[str, Any]) -> bool:
        user_id = bearer.get("user_id")
        user = (self._directory.all("user") or {}).get(user_id, {}) if user_id else {}
        return user.get("type") == "owner"


def _refusal(action: str, cure: str) -> str:
    return f"this {action}; {cure}, or set scw-iam:allowSelfLockout to true if this is intended"
