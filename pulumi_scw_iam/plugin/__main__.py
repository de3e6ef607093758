"""Start the native plugin, from the folder that `pulumi-scw-iam path plugin` prints."""

from pulumi_scw_iam.native.server import main

main()
