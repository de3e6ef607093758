"""Find principals and projects by the texts of the command line."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, TypeVar

from pulumi_scw_iam.common.permission_sets import catalogue, meant
from pulumi_scw_iam.common.words import joined, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_scw_iam.access.model import Access
    from pulumi_scw_iam.access.world import Application, Group, Principal, Project, User

__all__ = ["LookupFailure", "check_permission_set", "find_principal", "find_project"]

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

T = TypeVar("T", bound="User | Application | Group | Project")

_KINDS = ("user", "application", "group")
_MOST_CANDIDATES = 5


class LookupFailure(Exception):
    """A text names nothing, or more than one object. The message is one line."""


def find_principal(access: Access, text: str) -> Principal:
    """Return the principal of `user:EMAIL`, `user:USERNAME`, `application:NAME`, `group:NAME`, or an id.

    A name may also be an id after its kind: `group:ID`. Raises LookupFailure.
    """
    kind, colon, name = text.partition(":")
    if not colon or kind not in _KINDS:
        if text in access.principals:
            return access.principals[text]
        raise LookupFailure(
            f"{quoted(text)} is not the id of a principal of {access.world.source}; write user:EMAIL,"
            " user:USERNAME, application:NAME, group:NAME or an id"
        )
    of_kind = [one for one in access.principals.values() if one.kind == kind]
    found = [one for one in of_kind if name == one.id or name in one.names]
    if not found:
        # Scaleway compares e-mail addresses without case.
        found = [
            one for one in of_kind if name.casefold() in {known.casefold() for known in one.names}
        ]
    noun = f"{kind}s"
    if not found and access.world.lacks(noun):
        raise LookupFailure(f"cannot look for {kind} {quoted(name)}: the {noun} could not be read")
    names = [known for one in of_kind for known in one.names]
    return _only(found, kind, name, noun, access.world.source, names)


def find_project(access: Access, text: str) -> str:
    """Return the id of a project, by its id or its name. Raises LookupFailure."""
    # States have no projects, only their ids in rules.
    if text in access.projects or (access.world.is_partial and _ID.fullmatch(text)):
        return text
    if access.world.is_partial:
        raise LookupFailure(
            f"{quoted(text)} is not the id of a project; pass an id: states have no names of projects"
        )
    found = [project for project in access.world.projects if project.name == text]
    if not found and access.world.lacks("projects"):
        raise LookupFailure(
            f"cannot look for project {quoted(text)}: the projects could not be read"
        )
    names = [project.name for project in access.world.projects]
    return _only(found, "project", text, "projects", access.world.source, names).id


def check_permission_set(access: Access, name: str) -> None:
    """Raise LookupFailure for a name in no list and in no rule, unless it may be newer than the lists."""
    known = access.index.bits
    if name in known:
        return
    likely = meant(name, known)
    if access.world.permission_sets:
        origin = f"the API's list of {access.world.as_of}"
    elif likely:
        origin = f"the catalogue of {catalogue().as_of}"
    else:
        return
    cure = f"; did you mean {likely}?" if likely else ""
    raise LookupFailure(f"permission set {quoted(name)} is not in {origin}{cure}")


def _only(  # noqa: PLR0917 - the parts of two messages
    items: Sequence[T], kind: str, name: str, noun: str, source: str, names: Sequence[str]
) -> T:
    """Return the only item. Raises LookupFailure with the ids of the candidates, or a similar name."""
    if len(items) == 1:
        return items[0]
    if not items:
        near = difflib.get_close_matches(name, names, n=1)
        cure = f"; did you mean {quoted(near[0])}?" if near else ""
        raise LookupFailure(f"{kind} {quoted(name)} is not among the {noun} of {source}{cure}")
    ids = [item.id for item in items[:_MOST_CANDIDATES]]
    more = len(items) - len(ids)
    candidates = joined([*ids, f"{more} more"] if more else ids)
    raise LookupFailure(
        f"{kind} {quoted(name)} is the name of {len(items)} {noun}; pass one of the ids {candidates}"
    )
