"""A local IAM API, which programs, the official SDK, `scw` and Terraform take for Scaleway's.

It needs no account, and the extra `emulator`.
"""

from __future__ import annotations

from pulumi_scw_iam.emulator.server import Emulator
from pulumi_scw_iam.emulator.store import StateFileError

__all__ = ["Emulator", "StateFileError"]
