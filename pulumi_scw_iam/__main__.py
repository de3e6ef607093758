"""What `PulumiPlugin.yaml` starts: the native plugin."""

from pulumi_scw_iam.native.plugin import main

main()
