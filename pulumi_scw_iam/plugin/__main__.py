"""Start the native plugin, from the folder of `pulumi-scw-iam path plugin`."""

from pulumi_scw_iam.native.server import main

main()
