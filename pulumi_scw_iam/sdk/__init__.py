"""The classes and functions for Python programs."""
