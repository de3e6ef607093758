"""The code of both fronts: fields, check, diff, kinds, functions, organizations."""
