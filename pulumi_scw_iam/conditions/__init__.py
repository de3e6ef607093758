"""Conditions of policy rules, built in Python: `ip("203.0.113.7") & ~user_agent_contains("curl")`.

A built condition is a CEL string, accepted wherever a string is.
"""

from pulumi_scw_iam.conditions import builder
from pulumi_scw_iam.conditions.builder import *

__all__: list[str] = []
__all__ += builder.__all__
