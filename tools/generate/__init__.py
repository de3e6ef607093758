"""Generators of the SDK, the schema and most reference pages, from the declarations."""
