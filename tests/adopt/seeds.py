"""Seeds of organizations to adopt."""

from __future__ import annotations

from typing import Any

from tests.support.ssh_keys import SSH_KEY

SEED: dict[str, Any] = {
    "projects": [{"name": "web"}],
    "users": [{"username": "alice", "email": "alice@example.com", "tags": ["team=web"]}],
    "applications": [{"name": "ci-web", "tags": ["team=web"]}, {"name": "backup"}],
    "built_in_groups": [{"name": "All Users", "built_in": "all_users"}],
    "groups": [{"name": "devs", "users": ["alice"], "applications": ["backup"]}],
    "policies": [
        {
            "name": "web",
            "group": "devs",
            "rules": [{"permission_set_names": ["InstancesFullAccess"], "projects": ["web"]}],
        },
        {"name": "nothing", "rules": []},
    ],
    "api_keys": [{"application": "ci-web", "description": "pipeline"}],
    "ssh_keys": [{"name": "laptop", "project": "web", "public_key": SSH_KEY}],
}
"""A small organization: some objects of most kinds, and two objects of Scaleway."""
