"""The permission sets that Scaleway documents, bundled for work without a network.

The list is a snapshot: Scaleway adds sets, and shows some to testers only. So a name that is missing
here may exist; the live list (`GET /iam/v1alpha1/permission-sets`) decides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Catalogue", "PermissionSet", "catalogue"]


class PermissionSet(NamedTuple):
    """A named bundle of permissions, which a policy's rule grants.

    `scope_type` is `projects` or `organization`; all sets of one rule have the same. `category` is the
    product that it belongs to, as the documentation groups them.
    """

    name: str
    scope_type: str
    category: str


@dataclass(frozen=True)
class Catalogue:
    """A dated list of permission sets by name. `version` counts the changes of the file's format."""

    version: int
    as_of: str
    by_name: Mapping[str, PermissionSet]


@cache
def catalogue() -> Catalogue:
    """Return the bundled catalogue, read once."""
    data = json.loads(files(__package__).joinpath("permission_sets.json").read_text("utf-8"))
    sets = [PermissionSet(**entry) for entry in data["permission_sets"]]
    return Catalogue(data["version"], data["as_of"], {entry.name: entry for entry in sets})
