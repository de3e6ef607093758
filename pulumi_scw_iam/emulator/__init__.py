"""The local IAM API: a server for tests, compatible with the official SDK, `scw` and Terraform.

It requires the extra `emulator`, and no Scaleway account.
"""

from __future__ import annotations

from pulumi_scw_iam.emulator.http.faults import Fault, faults_from_json
from pulumi_scw_iam.emulator.http.server import Emulator
from pulumi_scw_iam.emulator.operations.origin import FixedIdError
from pulumi_scw_iam.emulator.operations.seed import SeedError
from pulumi_scw_iam.emulator.state.snapshot import Snapshot
from pulumi_scw_iam.emulator.state.store import StateFileError

__all__ = [
    "Emulator",
    "Fault",
    "FixedIdError",
    "SeedError",
    "Snapshot",
    "StateFileError",
    "faults_from_json",
]
