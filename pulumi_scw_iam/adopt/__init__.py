"""Adopt existing objects: write a program and an import file for them, for the command `adopt`."""
