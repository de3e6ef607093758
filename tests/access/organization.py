"""The organization of docs/guide/access.md, and helpers for the output of the command."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Run = Callable[..., tuple[int, list[str], list[str]]]
"""Runs `access` with arguments: the status, and the lines of both streams."""

CONDITION = 'request.ip == "203.0.113.7"'
ORGANIZATION: dict[str, Any] = {
    "projects": [{"name": "prod"}, {"name": "dev"}],
    "users": [
        {"username": "alice", "email": "alice@example.com"},
        {"username": "bob", "email": "bob@example.com"},
    ],
    "applications": [{"name": "ci"}],
    "groups": [{"name": "devs", "users": ["alice"]}],
    "policies": [
        {
            "name": "ops",
            "group": "devs",
            "rules": [
                {
                    "permission_set_names": ["InstancesFullAccess"],
                    "projects": ["prod"],
                    "condition": CONDITION,
                },
                {"permission_set_names": ["ObjectStorageReadOnly"]},
            ],
        },
        {
            "name": "helpdesk",
            "user": "bob",
            "rules": [{"permission_set_names": ["IAMUserManager"]}],
        },
        {
            "name": "ci",
            "application": "ci",
            "rules": [{"permission_set_names": ["IPAMReadOnly"], "projects": ["prod"]}],
        },
        {"name": "old", "rules": [{"permission_set_names": ["AllProductsFullAccess"]}]},
    ],
    "api_keys": [{"application": "ci"}],
}
"""The organization of docs/guide/access.md."""


def plain(text: str) -> str:
    """Replace ids and times in a text."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
