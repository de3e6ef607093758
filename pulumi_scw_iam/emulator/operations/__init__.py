"""What each operation of the local IAM API does."""
