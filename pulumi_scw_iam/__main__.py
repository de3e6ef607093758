"""What `PulumiPlugin.yaml` starts: the native plugin."""

from pulumi_scw_iam.native.server import main

main()
