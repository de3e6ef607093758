"""What programs in Python import."""
