"""The command `pulumi-scw-iam`."""
