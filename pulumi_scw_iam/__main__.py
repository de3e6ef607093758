"""What `PulumiPlugin.yaml` starts: the native plugin, once it is there."""

import sys

sys.exit(
    "the native plugin of pulumi-scw-iam is not part of this version;"
    " use the Python package: pip install pulumi-scw-iam"
)
