"""The native plugin, for programs in every Pulumi language."""
