"""The table of all grants, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.access.model import Verdict
from pulumi_scw_iam.access.wording import (
    ANY_RIGHT,
    NO_KEY,
    answer_json,
    grant_json,
    scope_text,
    title_of,
    via_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.access.model import Access, Answer, Grant

__all__ = ["Row", "rows", "table_json", "table_lines"]


class Row(NamedTuple):
    """A permission set of a principal, by one path."""

    principal: str
    permission_set: str
    scope: str
    via: str
    notes: str


def rows(access: Access, grants: Iterable[Grant]) -> Iterator[Row]:
    """Yield a row for each permission set of each path. The owner has one row for everything."""
    for grant in grants:
        principal = grant.principal
        locked = " (locked)" if getattr(principal, "locked", False) else ""
        notes = [f"only if {grant.condition}"] if grant.condition else []
        if principal.kind == "application" and access.working_keys(principal.id) == []:
            notes.append(NO_KEY)
        for name in ("everything",) if grant.is_owner else grant.permission_sets:
            leads = [ANY_RIGHT] if name in grant.escalation else []
            yield Row(
                title_of(principal) + locked,
                name,
                _scope(access, grant, name),
                via_text(grant),
                "; ".join([*leads, *notes]),
            )


def _scope(access: Access, grant: Grant, name: str) -> str:
    if grant.project_ids is None and access.scope_type(name) == "projects":
        return "all projects"
    return scope_text(access, grant.project_ids)


def table_lines(
    access: Access, grants: Iterable[Grant], answers: Iterable[Answer], *, is_filtered: bool
) -> Iterator[str]:
    """Yield the lines of a table: the source, the rows, the doubts of answers, and orphan policies."""
    world = access.world
    part = ", only the objects of these states" if world.is_partial else ""
    yield f"# as of {world.as_of}, from {world.source}{part}"
    found = list(rows(access, grants))
    widths = [max(map(len, column)) for column in zip(*found, strict=True)]
    for row in found:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
    yield from _doubt_lines(answers)
    if not is_filtered:
        for policy in world.policies:
            if policy.is_orphan:
                yield f"# policy {policy.title} has no principal, so no effect"


def _doubt_lines(answers: Iterable[Answer]) -> Iterator[str]:
    """Yield the doubts about single principals, then the doubts about everybody once."""
    general: dict[str, None] = {}
    for answer in answers:
        for doubt in answer.doubts:
            if doubt.is_general:
                general[doubt.reason] = None
            elif answer.verdict is Verdict.CANNOT_TELL:
                who = title_of(answer.principal)
                yield f"{who}  {answer.permission_set}  cannot tell: {doubt.reason}"
    for reason in general:
        yield f"# cannot tell for all others: {reason}"


def table_json(
    access: Access, grants: Iterable[Grant], answers: Iterable[Answer]
) -> dict[str, Any]:
    """Return the table as JSON; `open` has the answers with doubts."""
    world = access.world
    return {
        "organization_id": world.organization_id,
        "as_of": world.as_of,
        "source": world.source,
        "is_partial": world.is_partial,
        "grants": [grant_json(access, grant) for grant in grants],
        "open": [answer_json(access, answer) for answer in answers],
        "orphan_policies": [
            {"id": policy.id, "name": policy.name} for policy in world.policies if policy.is_orphan
        ],
        "not_read": [gap.reason for gap in world.gaps],
    }
