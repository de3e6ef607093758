"""How the local IAM API is served, started and told to fail."""
