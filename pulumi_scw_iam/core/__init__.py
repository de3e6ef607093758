"""What both fronts share: fields, check, diff, kinds, functions, and what is known of an organization."""
