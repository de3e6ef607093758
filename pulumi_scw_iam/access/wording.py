"""Sentences and JSON about answers. All texts of users are escaped for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.access.model import Verdict
from pulumi_scw_iam.access.world import name_of
from pulumi_scw_iam.common.words import joined, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_scw_iam.access.model import Access, Answer, Grant
    from pulumi_scw_iam.access.world import Principal

__all__ = [
    "ANY_RIGHT",
    "NO_KEY",
    "answer_json",
    "answer_lines",
    "grant_json",
    "only_if_text",
    "path_sentence",
    "scope_text",
    "title_of",
    "via_text",
    "who_lines",
]

ANY_RIGHT = "leads to any right"
NO_KEY = "no API key that works"
_MOST_PROJECTS = 3


def title_of(principal: Principal) -> str:
    """Return a principal as written on the command line: `user:alice`, or the id of an unnamed one."""
    return f"{principal.kind}:{name_of(principal.name or principal.id)}"


def scope_text(access: Access, project_ids: Iterable[str] | None) -> str:
    """Return the scope of a rule: `the organization`, `project prod`, `projects dev and prod`."""
    if project_ids is None:
        return "the organization"
    names = sorted(name_of(access.projects.get(one) or one) for one in project_ids)
    if not names:
        return "no project"
    if len(names) > _MOST_PROJECTS:
        names = [*names[: _MOST_PROJECTS - 1], f"{len(names) - _MOST_PROJECTS + 1} more"]
    return f"project{'s' if len(names) > 1 else ''} {joined(names)}"


def via_text(grant: Grant) -> str:
    """Return the way of a grant: `group devs, policy ops, rule 2`."""
    if grant.policy is None:
        return "the owner"
    group = [f"group {name_of(grant.group.name or grant.group.id)}"] if grant.group else []
    managed = " (managed by Scaleway)" if grant.policy.managed else ""
    policy = f"policy {grant.policy.title}{managed}"
    return ", ".join([*group, policy, f"rule {grant.number}"])


def path_sentence(access: Access, grant: Grant, permission_set: str, *, words: str = "") -> str:
    """Return one path as a sentence without its full stop.

    `words` stand for several permission sets with the same scope type.
    """
    who, what = title_of(grant.principal), words or permission_set
    if grant.policy is None:
        return f"{who} has {what} as the owner of the organization"
    scope = _scope(access, grant, permission_set)
    by = [name for name in grant.permission_sets if name != permission_set]
    held = "" if permission_set in grant.permission_sets else f", included in {joined(sorted(by))}"
    return f"{who} has {what} on {scope} through {via_text(grant)}{held}{only_if_text(grant)}"


def _scope(access: Access, grant: Grant, permission_set: str) -> str:
    if grant.project_ids is None and access.scope_type(permission_set) == "projects":
        return "all projects"
    return scope_text(access, grant.project_ids)


def only_if_text(grant: Grant) -> str:
    """Return the condition of a path as the end of its sentence; empty without a condition."""
    if not grant.is_conditional:
        return ""
    if not grant.condition:
        return ", only if a condition holds that is not known yet"
    return f", only if {shown(grant.condition)}"


def _escalation(grant: Grant, permission_set: str) -> str:
    """Return the sentence about a path that leads to any right."""
    names = joined(sorted(grant.permission_sets))
    return (
        f"{title_of(grant.principal)} can obtain {permission_set}: {names} through {via_text(grant)}"
        f" {ANY_RIGHT}{only_if_text(grant)}"
    )


def answer_lines(access: Access, answer: Answer) -> Iterator[str]:
    """Yield the lines of one answer: a line per path, or the reason without a path."""
    who, name = title_of(answer.principal), name_of(answer.permission_set)
    place = f" on {scope_text(access, [answer.project_id])}" if answer.project_id else ""
    if answer.is_locked:
        yield f"{who} does not have {name}{place}: the user is locked"
    elif answer.verdict is Verdict.NO:
        yield f"{who} does not have {name}{place}"
    elif answer.verdict is Verdict.CANNOT_TELL:
        yield f"cannot tell whether {who} has {name}{place}"
    for grant in answer.grants:
        sentence = path_sentence(access, grant, answer.permission_set)
        yield f"  after an unlock: {sentence}" if answer.is_locked else sentence
    for doubt in answer.doubts:
        yield f"  not certain: {doubt.reason}"
    for grant in answer.escalation:
        yield f"  {_escalation(grant, name)}"
    keys = access.working_keys(answer.principal.id)
    if answer.principal.kind == "application" and keys == [] and answer.grants:
        yield f"  the application has {NO_KEY}, so it cannot act at present"


def who_lines(access: Access, permission_set: str, answers: Iterable[Answer]) -> Iterator[str]:
    """Yield the lines of all answers about a permission set. Doubts about everybody appear once."""
    general: dict[str, None] = {}
    leads: list[str] = []
    is_empty = True
    for answer in answers:
        general |= dict.fromkeys(doubt.reason for doubt in answer.doubts if doubt.is_general)
        own = [doubt.reason for doubt in answer.doubts if not doubt.is_general]
        for grant in answer.grants:
            is_empty = False
            yield path_sentence(access, grant, permission_set)
        if not answer.grants and own:
            is_empty = False
            yield f"cannot tell whether {title_of(answer.principal)} has {name_of(permission_set)}"
        for reason in own:
            yield f"  not certain: {reason}"
        leads += [_escalation(grant, name_of(permission_set)) for grant in answer.escalation]
    if is_empty:
        yield f"no principal is known to have {name_of(permission_set)}"
    yield from leads
    for reason in general:
        yield f"  not certain: {reason}"


def grant_json(access: Access, grant: Grant) -> dict[str, Any]:
    """Return a path as JSON."""
    policy, group = grant.policy, grant.group
    projects = grant.project_ids
    return {
        "principal": _principal_json(grant.principal),
        "permission_sets": list(grant.permission_sets),
        "scope": "organization"
        if projects is None
        else [{"id": one, "name": access.projects.get(one, "")} for one in sorted(projects)],
        "condition": grant.condition or None,
        "is_owner": grant.is_owner,
        "group": {"id": group.id, "name": group.name} if group else None,
        "policy": {"id": policy.id, "name": policy.name, "managed": policy.managed}
        if policy
        else None,
        "rule": grant.number or None,
        "not_known_yet": sorted(grant.rule.unknown) if grant.rule else [],
        "leads_to_any_right": list(grant.escalation),
    }


def answer_json(access: Access, answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON."""
    return {
        "principal": _principal_json(answer.principal),
        "permission_set": answer.permission_set,
        "project_id": answer.project_id,
        "verdict": answer.verdict.value,
        "is_locked": answer.is_locked,
        "paths": [grant_json(access, grant) for grant in answer.grants],
        "doubts": [doubt.reason for doubt in answer.doubts],
        "escalation": [grant_json(access, grant) for grant in answer.escalation],
    }


def _principal_json(principal: Principal) -> dict[str, Any]:
    return {"kind": principal.kind, "id": principal.id, "name": principal.name or None}
