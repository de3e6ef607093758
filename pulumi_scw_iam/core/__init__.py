"""The code of both fronts: fields, check, diff, kinds, functions, and the state of an organization."""
