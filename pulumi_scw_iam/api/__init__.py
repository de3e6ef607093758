"""The client of the IAM API, usable without Pulumi."""
