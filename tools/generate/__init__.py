"""What is derived from the declarations: the SDK, the schema, and most pages of the documentation."""
