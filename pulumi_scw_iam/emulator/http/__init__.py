"""The HTTP server of the local IAM API, its control paths and its faults."""
