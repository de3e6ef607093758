"""Outputs of the providers without any work, in the shape and size of the API's.

The engine spends time on writing outputs to the state.
"""

# ruff: noqa: INP001 - beside a script

from __future__ import annotations

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
KEY = {"access_key": "SCW00000000000000000", "secret_key": ORGANIZATION, "creation_ip": "127.0.0.1"}
MADE = {
    "organization_id": ORGANIZATION,
    "created_at": "2026-01-01T00:00:00.000000Z",
    "editable": True,
    "deletable": True,
    "managed": False,
}
CREDENTIAL = {
    **{name: value for name, value in MADE.items() if name != "organization_id"},
    **KEY,
    "default_project_id": ORGANIZATION,
}
