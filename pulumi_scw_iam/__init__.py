"""Scaleway IAM in Pulumi programs."""
