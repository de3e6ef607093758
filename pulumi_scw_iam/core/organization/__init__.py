"""One organization, for the checks of a run.

- `directory`: the existing objects, read from the API; each list once per run.
- `writes`: the objects created, changed and deleted by this process since the lists were read.
- `plan`: the declarations of the program and the operations under way.
- `rights`: the permissions to manage IAM that the rules of a policy give.
- `lockout`: whether an operation locks out the caller; a pure function of directory and plan.
- `organization`: the object with all of these parts.
- `proposal`: checked inputs, and the findings of a check.
"""
