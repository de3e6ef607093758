"""The permission sets that Scaleway documents, bundled for work without a network.

The list is a snapshot: Scaleway adds sets, and shows some to testers only. So a name that is missing
here may exist; the live list (`GET /iam/v1alpha1/permission-sets`) decides. Users can keep a newer
snapshot of their own, made of that list.
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
"""In the environment: the file of the user's own catalogue."""

_VERSION = 1


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
    """A dated list of permission sets by name.

    `version` counts the changes of the file's format that a reader must know of.
    """

    version: int
    as_of: str
    by_name: Mapping[str, PermissionSet]
    renames: Mapping[str, str]
    """The names of today, by those that the documentation once had, or has by mistake."""
    gone: frozenset[str]
    """Names that the documentation once had, and that nothing took the place of."""


@cache
def bundled() -> Catalogue:
    """The catalogue that comes with the package, read once."""
    return _loaded((files("pulumi_scw_iam.common") / "permission_sets.json").read_text("utf-8"))


@cache
def catalogue() -> Catalogue:
    """The user's own catalogue, or the bundled one where that is newer; read once.

    A file that cannot be read, or is of another version of this package, is as good as none: the
    catalogue helps, and nobody's deployment must fail for it.
    """
    try:
        own = _loaded(own_file().read_text("utf-8"))
    except (OSError, RuntimeError, ValueError):
        return bundled()
    # Of the same day, the live list knows more than the documentation.
    return own if own.as_of >= bundled().as_of else bundled()


def own_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the user's own catalogue is; raises RuntimeError where there is no home directory."""
    if named := environ.get(FILE_VARIABLE):
        return Path(named)
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    return Path(base, "pulumi-scw-iam", "permission_sets.json")


def _loaded(text: str) -> Catalogue:
    """The catalogue in a file's text; raises ValueError for anything else."""
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            raise ValueError("another version of the format")
        sets = [PermissionSet(**entry) for entry in data["permission_sets"]]
        renames, gone = data.get("renames", {}), data.get("gone", [])
        texts = [data["as_of"], *gone, *renames, *renames.values()]
        texts += [part for entry in sets for part in entry]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a name is not a text")
        # Dates are compared as texts, so each must have the one spelling that sorts.
        as_of = date.fromisoformat(data["as_of"]).isoformat()
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError("not a catalogue") from error
    by_name = {entry.name: entry for entry in sets}
    return Catalogue(_VERSION, as_of, by_name, renames, frozenset(gone))


def meant(name: str, known: Collection[str]) -> str | None:
    """Which of the `known` names a wrong one may have meant: its new name, else one much like it."""
    renames = bundled().renames
    if name in bundled().gone:
        return None
    if (new := renames.get(name)) in known:
        return new
    # The last one wins: a name of today, written in another case, before an old one.
    by_letters = {old.casefold(): new for old, new in renames.items() if new in known}
    by_letters |= {other.casefold(): other for other in sorted(known)}
    if same := by_letters.get(name.casefold()):
        return same
    reads = "read" in name.casefold()
    # Who asks for reading is never led to more than that.
    likely = [other for other in sorted(known) if not reads or "read" in other.casefold()]
    near = difflib.get_close_matches(name, likely, n=1)
    return near[0] if near else None


# --- the user's own catalogue ------------------------------------------------------------------


class Changes(NamedTuple):
    """What differs from one catalogue to the next; of `rescoped`, each as it was and as it is."""

    added: tuple[PermissionSet, ...]
    gone: tuple[PermissionSet, ...]
    rescoped: tuple[tuple[PermissionSet, PermissionSet], ...]


def refreshed(old: Catalogue, live: Iterable[Mapping[str, Any]], as_of: date) -> Catalogue:
    """The catalogue that the live list makes of an old one.

    Known sets keep their place and their product: the API may name products in other words than the
    documentation, and what goes by them must not depend on who has refreshed.
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
    """What differs between two catalogues, in their order."""
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
    """The text of a catalogue's file, a line for each set, so that versions compare well."""

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
    """Write the file of a catalogue, all or nothing; raises OSError."""
    # What a link leads to is replaced, not the link.
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        path.write_text(dumped(catalogue), "utf-8")  # /dev/null must stay what it is
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(dumped(catalogue), "utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
