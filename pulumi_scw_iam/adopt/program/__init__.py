"""The program that `adopt` writes: in Python, with the Python SDK of the plugin, or in YAML."""
