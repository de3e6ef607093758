"""What the local IAM API holds, and where its time and its ids come from."""
