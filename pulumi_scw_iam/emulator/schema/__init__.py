"""What the local IAM API declares: its fields, its objects, its refusals, and what says so."""
