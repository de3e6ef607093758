"""Access in an organization: which principal has which permission set, where, and through which rule."""
