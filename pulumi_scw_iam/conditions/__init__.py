"""Conditions of policy rules, built in Python: `ip("203.0.113.7") & ~user_agent_contains("curl")`.

What is built is a string of CEL and goes wherever a string goes.
"""

from pulumi_scw_iam.conditions.builder import (
    Condition,
    after,
    before,
    hours,
    ip,
    resource_id,
    resource_locality,
    resource_name,
    resource_name_starts_with,
    text,
    user_agent_contains,
    weekdays,
)

__all__ = [
    "Condition",
    "after",
    "before",
    "hours",
    "ip",
    "resource_id",
    "resource_locality",
    "resource_name",
    "resource_name_starts_with",
    "text",
    "user_agent_contains",
    "weekdays",
]
