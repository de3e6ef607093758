"""What every part may use: errors, formats of values, words of messages, the catalogue of permission sets."""
