"""Guardrails for IAM: rules for packs of Pulumi's policies (CrossGuard).

The pack in `policy_pack/` has all of them; `pulumi-scw-iam path policy-pack` prints its path. A pack of your own takes those that it wants:

    from pulumi_policy import PolicyPack
    from pulumi_scw_iam import policies

    PolicyPack("ours", [
        policies.policy(policies.KEY_EXPIRES, level="remediate", longest_days=30),
        policies.policy(policies.NO_ALL_PRODUCTS),
    ])

Rules can be listed without pulumi-policy, the extra `policy`; to make policies of them needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.policies.conditions import (
    CONDITION_BY_ID,
    CONDITION_CAN_BE_MET,
    CONDITION_LIMITS,
    CONDITION_NOT_PAST,
    CONDITION_NOT_SPOOFABLE,
    CONDITION_ZONE,
)
from pulumi_scw_iam.policies.everything import (
    PRIVILEGED_PROTECTED,
    REQUIRED_TAGS,
    TAGS_LOWER_CASE,
)
from pulumi_scw_iam.policies.groups import (
    BUILTIN_GROUP_UNPRIVILEGED,
    GROUP_NOT_MIXED,
    GROUP_ONE_STYLE,
    PRIVILEGED_GROUP_CLOSED,
)
from pulumi_scw_iam.policies.keys import (
    KEY_DESCRIPTION,
    KEY_EXPIRES,
    KEY_NOT_FOR_OWNER,
    KEY_NOT_FOR_PEOPLE,
    KEY_NOT_NEAR_EXPIRY,
    KEY_ONE_ACTIVE,
    KEY_SHORT_LIFE,
)
from pulumi_scw_iam.policies.permissions import (
    ESCALATION_NAMED,
    FULL_ACCESS_BY_PROJECT,
    NO_ADMINISTRATOR_BY_ACCUMULATION,
    NO_ALL_PRODUCTS,
    NOT_IDLE,
    POLICY_NOT_ORPHAN,
    POLICY_TO_GROUP,
    PRIVILEGED_CONDITION,
    SECRETS_BY_PROJECT,
    SEPARATED_DUTIES,
)
from pulumi_scw_iam.policies.rule import (
    CIS,
    Given,
    NotApplicable,
    Option,
    Problem,
    Rule,
    Verdict,
    given,
    judged,
)
from pulumi_scw_iam.policies.ssh_keys import (
    SSH_NO_DSA,
    SSH_ONE_PROJECT,
    SSH_RSA_BITS,
)
from pulumi_scw_iam.policies.users import (
    SETTINGS_GRACE_PERIOD,
    SETTINGS_KEY_LIFE,
    SETTINGS_LOGIN_ATTEMPTS,
    SETTINGS_PASSWORD_RENEWAL,
    SETTINGS_SESSION,
    USER_EMAIL_DOMAIN,
    USER_EMAIL_LOWER_CASE,
    USER_MFA,
    USER_NO_PASSWORD,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.policies.pack import every_policy, policy

__all__ = [
    "BUILTIN_GROUP_UNPRIVILEGED",
    "CHAPTERS",
    "CIS",
    "CONDITION_BY_ID",
    "CONDITION_CAN_BE_MET",
    "CONDITION_LIMITS",
    "CONDITION_NOT_PAST",
    "CONDITION_NOT_SPOOFABLE",
    "CONDITION_ZONE",
    "ESCALATION_NAMED",
    "FULL_ACCESS_BY_PROJECT",
    "GROUP_NOT_MIXED",
    "GROUP_ONE_STYLE",
    "KEY_DESCRIPTION",
    "KEY_EXPIRES",
    "KEY_NOT_FOR_OWNER",
    "KEY_NOT_FOR_PEOPLE",
    "KEY_NOT_NEAR_EXPIRY",
    "KEY_ONE_ACTIVE",
    "KEY_SHORT_LIFE",
    "NOT_IDLE",
    "NO_ADMINISTRATOR_BY_ACCUMULATION",
    "NO_ALL_PRODUCTS",
    "POLICY_NOT_ORPHAN",
    "POLICY_TO_GROUP",
    "PRIVILEGED_CONDITION",
    "PRIVILEGED_GROUP_CLOSED",
    "PRIVILEGED_PROTECTED",
    "REQUIRED_TAGS",
    "RULES",
    "SECRETS_BY_PROJECT",
    "SEPARATED_DUTIES",
    "SETTINGS_GRACE_PERIOD",
    "SETTINGS_KEY_LIFE",
    "SETTINGS_LOGIN_ATTEMPTS",
    "SETTINGS_PASSWORD_RENEWAL",
    "SETTINGS_SESSION",
    "SSH_NO_DSA",
    "SSH_ONE_PROJECT",
    "SSH_RSA_BITS",
    "TAGS_LOWER_CASE",
    "USER_EMAIL_DOMAIN",
    "USER_EMAIL_LOWER_CASE",
    "USER_MFA",
    "USER_NO_PASSWORD",
    "Given",
    "NotApplicable",
    "Option",
    "Problem",
    "Rule",
    "Verdict",
    "every_policy",
    "given",
    "judged",
    "policy",
]

CHAPTERS: dict[str, tuple[Rule, ...]] = {
    "API keys": (
        KEY_EXPIRES,
        KEY_SHORT_LIFE,
        KEY_NOT_NEAR_EXPIRY,
        KEY_NOT_FOR_PEOPLE,
        KEY_NOT_FOR_OWNER,
        KEY_ONE_ACTIVE,
        KEY_DESCRIPTION,
    ),
    "Policies": (
        ESCALATION_NAMED,
        NO_ALL_PRODUCTS,
        FULL_ACCESS_BY_PROJECT,
        SECRETS_BY_PROJECT,
        PRIVILEGED_CONDITION,
        POLICY_TO_GROUP,
        POLICY_NOT_ORPHAN,
        NOT_IDLE,
        NO_ADMINISTRATOR_BY_ACCUMULATION,
        SEPARATED_DUTIES,
    ),
    "Conditions": (
        CONDITION_LIMITS,
        CONDITION_CAN_BE_MET,
        CONDITION_NOT_PAST,
        CONDITION_NOT_SPOOFABLE,
        CONDITION_BY_ID,
        CONDITION_ZONE,
    ),
    "Groups": (
        GROUP_ONE_STYLE,
        GROUP_NOT_MIXED,
        BUILTIN_GROUP_UNPRIVILEGED,
        PRIVILEGED_GROUP_CLOSED,
    ),
    "Users and the organization": (
        USER_EMAIL_DOMAIN,
        USER_EMAIL_LOWER_CASE,
        USER_NO_PASSWORD,
        USER_MFA,
        SETTINGS_KEY_LIFE,
        SETTINGS_SESSION,
        SETTINGS_GRACE_PERIOD,
        SETTINGS_LOGIN_ATTEMPTS,
        SETTINGS_PASSWORD_RENEWAL,
    ),
    "SSH keys": (
        SSH_NO_DSA,
        SSH_RSA_BITS,
        SSH_ONE_PROJECT,
    ),
    "Everything": (
        REQUIRED_TAGS,
        TAGS_LOWER_CASE,
        PRIVILEGED_PROTECTED,
    ),
}
"""All rules, by the titles of the documentation."""

RULES = {rule.id: rule for rules in CHAPTERS.values() for rule in rules}
"""All rules, by id."""


def __getattr__(name: str) -> Any:
    # pulumi-policy is an extra, and slow to load.
    if name in {"policy", "every_policy"}:
        from pulumi_scw_iam.policies import pack  # noqa: PLC0415

        return getattr(pack, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
