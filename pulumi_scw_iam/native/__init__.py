"""The native plugin, for programs in every language of Pulumi."""
