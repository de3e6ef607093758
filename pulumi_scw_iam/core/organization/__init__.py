"""One organization, as the checks of a run see it.

- `directory`: what exists, read from the API; each list once per run.
- `writes`: what this process has created, changed and deleted, on top of those lists.
- `plan`: what the program declares and is about to do.
- `rights`: what the rules of a policy let their principal manage.
- `lockout`: whether an operation takes from the caller what it needs. Pure over directory and plan.
- `organization`: the object that holds them together.
- `proposal`: the checked inputs that are judged, and the findings.
"""
