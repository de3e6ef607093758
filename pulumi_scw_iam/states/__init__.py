"""Pulumi states and previews, parsed for `doctor` and `adopt`."""
