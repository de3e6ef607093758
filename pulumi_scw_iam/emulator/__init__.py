"""A local IAM API, which programs, the official SDK, `scw` and Terraform take for Scaleway's.

It needs no account, and the extra `emulator`.
"""

from __future__ import annotations

from pulumi_scw_iam.emulator.http.faults import Fault, faults_from_json
from pulumi_scw_iam.emulator.http.server import Emulator
from pulumi_scw_iam.emulator.operations.seed import SeedError
from pulumi_scw_iam.emulator.state.snapshot import Snapshot
from pulumi_scw_iam.emulator.state.store import StateFileError

__all__ = ["Emulator", "Fault", "SeedError", "Snapshot", "StateFileError", "faults_from_json"]
