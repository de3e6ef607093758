"""Start the native plugin. `pulumi-scw-iam path plugin` prints this folder."""

from pulumi_scw_iam.native.server import main

main()
