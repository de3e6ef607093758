"""Guardrails for IAM: policies for Pulumi's policy packs (CrossGuard).

The pack in `policy_pack/` includes all guardrails; `pulumi-scw-iam path policy-pack` prints its path. A pack of
your own includes the guardrails of your choice:

    from pulumi_policy import PolicyPack
    from pulumi_scw_iam import guardrails

    PolicyPack("ours", [
        guardrails.policy(guardrails.KEY_EXPIRES, level="remediate", longest_days=30),
        guardrails.policy(guardrails.NO_ALL_PRODUCTS),
    ])

`policy` and `every_policy` require pulumi-policy, the extra `policy`. The rest of this package does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.guardrails import (
    combinations,
    conditions,
    everything,
    groups,
    keys,
    permissions,
    principals,
    ssh_keys,
    users,
)
from pulumi_scw_iam.guardrails.catalogue import CHAPTERS, GUARDRAILS
from pulumi_scw_iam.guardrails.combinations import *
from pulumi_scw_iam.guardrails.conditions import *
from pulumi_scw_iam.guardrails.everything import *
from pulumi_scw_iam.guardrails.groups import *
from pulumi_scw_iam.guardrails.guardrail import (
    CIS,
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Verdict,
    Violation,
    context_of,
    evaluate,
)
from pulumi_scw_iam.guardrails.keys import *
from pulumi_scw_iam.guardrails.permissions import *
from pulumi_scw_iam.guardrails.principals import *
from pulumi_scw_iam.guardrails.ssh_keys import *
from pulumi_scw_iam.guardrails.users import *

if TYPE_CHECKING:
    from pulumi_scw_iam.guardrails.pack import every_policy, policy

__all__ = [
    "CHAPTERS",
    "CIS",
    "GUARDRAILS",
    "Context",
    "Guardrail",
    "NotApplicable",
    "Option",
    "Verdict",
    "Violation",
    "context_of",
    "evaluate",
    "every_policy",
    "policy",
]
__all__ += combinations.__all__
__all__ += conditions.__all__
__all__ += everything.__all__
__all__ += groups.__all__
__all__ += keys.__all__
__all__ += permissions.__all__
__all__ += principals.__all__
__all__ += ssh_keys.__all__
__all__ += users.__all__


def __getattr__(name: str) -> Any:
    # pulumi-policy is an extra, and slow to load.
    if name in {"policy", "every_policy"}:
        from pulumi_scw_iam.guardrails import pack  # noqa: PLC0415

        return getattr(pack, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
