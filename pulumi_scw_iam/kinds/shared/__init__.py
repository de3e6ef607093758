"""Declarations and helpers of several kinds. No module here defines a kind."""
