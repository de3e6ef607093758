"""The catalogue of Scaleway's documented permission sets, bundled for use without a network.

The catalogue is a snapshot: Scaleway adds permission sets, and shows some to testers only. So a missing
name may exist. The live list (`GET /iam/v1alpha1/permission-sets`) decides. Users can create a newer
catalogue of their own from the live list.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = [
    "ESCALATION",
    "FILE_VARIABLE",
    "Catalogue",
    "Changes",
    "PermissionSet",
    "bundled",
    "catalogue",
    "changes",
    "dumped",
    "meant",
    "own_file",
    "refreshed",
    "write",
]

FILE_VARIABLE = "PULUMI_SCW_IAM_CATALOGUE"
"""The environment variable with the path of the user's own catalogue."""

ESCALATION = (
    "OrganizationManager",
    "IAMManager",
    "IAMPolicyManager",
    "IAMGroupManager",
    "IAMApplicationManager",
    "IAMUserManager",
)
"""Permission sets for privilege escalation: by a policy, by a group, or by a key of another bearer."""

_VERSION = 1


class PermissionSet(NamedTuple):
    """A named set of permissions that a policy's rule grants.

    `scope_type` is `projects` or `organization`, the same for all permission sets of a rule. `category` is
    the product in Scaleway's documentation.
    """

    name: str
    scope_type: str
    category: str


@dataclass(frozen=True)
class Catalogue:
    """A dated list of permission sets by name.

    `version` is the version of the file format, and grows with each incompatible change.
    """

    version: int
    as_of: str
    by_name: Mapping[str, PermissionSet]
    renames: Mapping[str, str]
    """Current names by former or misspelled names from the documentation."""
    gone: frozenset[str]
    """Former names from the documentation without a successor."""


@cache
def bundled() -> Catalogue:
    """Return the catalogue of the package, read once."""
    return _loaded((files("pulumi_scw_iam.common") / "permission_sets.json").read_text("utf-8"))


@cache
def catalogue() -> Catalogue:
    """Return the newer of the user's own catalogue and the bundled catalogue; read once.

    An own catalogue is ignored if the file is unreadable or has another format version: the catalogue only
    improves messages, so no deployment must fail because of a broken file.
    """
    try:
        own = _loaded(own_file().read_text("utf-8"))
    except (OSError, RuntimeError, ValueError):
        return bundled()
    # On the same day, the live list is more complete than the documentation.
    return own if own.as_of >= bundled().as_of else bundled()


def own_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the user's own catalogue. Raises RuntimeError without a home directory."""
    if named := environ.get(FILE_VARIABLE):
        return Path(named)
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    return Path(base, "pulumi-scw-iam", "permission_sets.json")


def _loaded(text: str) -> Catalogue:
    """Parse the text of a catalogue file. Raises ValueError for a malformed or incompatible file."""
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            raise ValueError("unsupported format version")
        sets = [PermissionSet(**entry) for entry in data["permission_sets"]]
        renames, gone = data.get("renames", {}), data.get("gone", [])
        texts = [data["as_of"], *gone, *renames, *renames.values()]
        texts += [part for entry in sets for part in entry]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a value is not a string")
        # Dates are compared as texts, so each date needs the spelling that sorts by time.
        as_of = date.fromisoformat(data["as_of"]).isoformat()
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError("not a catalogue of permission sets") from error
    by_name = {entry.name: entry for entry in sets}
    return Catalogue(_VERSION, as_of, by_name, renames, frozenset(gone))


def meant(name: str, known: Collection[str]) -> str | None:
    """Return the likely correction of a wrong name from `known`: the new name, or a similar name."""
    renames = bundled().renames
    if name in bundled().gone:
        return None
    if (new := renames.get(name)) in known:
        return new
    # A current name in another case wins over a former name.
    by_letters = {old.casefold(): new for old, new in renames.items() if new in known}
    by_letters |= {other.casefold(): other for other in sorted(known)}
    if same := by_letters.get(name.casefold()):
        return same
    reads = "read" in name.casefold()
    # A misspelled read-only name is never corrected to a name with more permissions.
    likely = [other for other in sorted(known) if not reads or "read" in other.casefold()]
    near = difflib.get_close_matches(name, likely, n=1)
    return near[0] if near else None


# --- the user's own catalogue ------------------------------------------------------------------


class Changes(NamedTuple):
    """The differences between two catalogues. `rescoped` has pairs of the old and the new entry."""

    added: tuple[PermissionSet, ...]
    gone: tuple[PermissionSet, ...]
    rescoped: tuple[tuple[PermissionSet, PermissionSet], ...]


def refreshed(old: Catalogue, live: Iterable[Mapping[str, Any]], as_of: date) -> Catalogue:
    """Return the catalogue of the live list, based on an old catalogue.

    Known permission sets keep their position and their category: the API may spell products differently
    from the documentation, and checks by category must give the same result before and after a refresh.
    """
    by_name = {}
    for entry in live:
        name = entry["name"]
        known = old.by_name.get(name)
        category = known.category if known else ", ".join(entry.get("categories") or ())
        by_name[name] = PermissionSet(name, entry["scope_type"], category)
    places = {name: place for place, name in enumerate(old.by_name)}
    order = sorted(by_name, key=lambda name: (places.get(name, len(places)), name))
    return replace(old, as_of=as_of.isoformat(), by_name={name: by_name[name] for name in order})


def changes(old: Catalogue, new: Catalogue) -> Changes:
    """Return the differences between two catalogues, in catalogue order."""
    return Changes(
        added=tuple(entry for name, entry in new.by_name.items() if name not in old.by_name),
        gone=tuple(entry for name, entry in old.by_name.items() if name not in new.by_name),
        rescoped=tuple(
            (old.by_name[name], entry)
            for name, entry in new.by_name.items()
            if name in old.by_name and old.by_name[name].scope_type != entry.scope_type
        ),
    )


def dumped(catalogue: Catalogue) -> str:
    """Return the text of a catalogue file: one permission set per line, for readable diffs."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    sets = ",\n".join(f"    {line(entry._asdict())}" for entry in catalogue.by_name.values())
    renames = ",\n".join(f"    {line(old)}: {line(new)}" for old, new in catalogue.renames.items())
    return (
        f'{{\n  "version": {catalogue.version},\n  "as_of": {line(catalogue.as_of)},\n'
        f'  "permission_sets": [\n{sets}\n  ],\n  "renames": {{\n{renames}\n  }},\n'
        f'  "gone": {line(sorted(catalogue.gone))}\n}}\n'
    )


def write(catalogue: Catalogue, path: Path) -> None:
    """Write a catalogue file atomically. Raises OSError."""
    # A symbolic link stays; its target is replaced.
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        path.write_text(dumped(catalogue), "utf-8")  # /dev/null must not be replaced
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(dumped(catalogue), "utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
