"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Nothing here is timed: machines are small, shared and noisy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A developer's own catalogue of permission sets must not change what the tests see.
os.environ["PULUMI_SCW_IAM_CATALOGUE"] = os.devnull
