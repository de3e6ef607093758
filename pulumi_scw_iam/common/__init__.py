"""Shared modules: errors, value formats, message helpers, redaction, the catalogue of permission sets."""
