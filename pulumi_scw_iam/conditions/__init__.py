"""Conditions of policy rules, built in Python: `ip("203.0.113.7") & ~user_agent_contains("curl")`.

What is built is a string of CEL and goes wherever a string goes.
"""

from pulumi_scw_iam.conditions import builder
from pulumi_scw_iam.conditions.builder import *

__all__: list[str] = []
__all__ += builder.__all__
