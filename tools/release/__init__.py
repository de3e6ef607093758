"""Build, check and publish a release. `python -m tools.release --help` lists the steps."""
