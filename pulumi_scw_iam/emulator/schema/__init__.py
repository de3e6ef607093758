"""The declarations of the local IAM API: fields, objects, errors, and the evidence for each."""
