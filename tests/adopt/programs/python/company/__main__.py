"""Scaleway IAM, as found by `pulumi-scw-iam adopt`."""

import api_keys  # noqa: F401
import applications  # noqa: F401
import groups  # noqa: F401
import policies  # noqa: F401
import users  # noqa: F401
