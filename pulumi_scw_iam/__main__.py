"""Start the native plugin, for `PulumiPlugin.yaml`."""

from pulumi_scw_iam.native.server import main

main()
