"""The catalogue of guardrails. Each module is a chapter, in the order of definition."""

from __future__ import annotations

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
from pulumi_scw_iam.guardrails.guardrail import Guardrail

__all__ = ["CHAPTERS", "GUARDRAILS"]

CHAPTERS: dict[str, tuple[Guardrail, ...]] = {
    module.CHAPTER: tuple(value for value in vars(module).values() if isinstance(value, Guardrail))
    for module in (
        keys,
        permissions,
        principals,
        combinations,
        conditions,
        groups,
        users,
        ssh_keys,
        everything,
    )
}
"""The guardrails by title of the chapter in the documentation."""

GUARDRAILS = {
    guardrail.id: guardrail for guardrails in CHAPTERS.values() for guardrail in guardrails
}
"""The guardrails by id."""
