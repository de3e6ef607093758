"""Sentences and JSON about changes.

A sentence is a list of parts, so that each output escapes names in its own way.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.access.changes import Kind, Severity
from pulumi_scw_iam.access.model import Verdict
from pulumi_scw_iam.access.wording import ANY_RIGHT, NO_KEY, grant_json
from pulumi_scw_iam.access.world import name_of
from pulumi_scw_iam.common.words import plural, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_scw_iam.access.changes import Change, Comparison, Entry, Level, Unclear
    from pulumi_scw_iam.access.model import Access, Grant
    from pulumi_scw_iam.access.world import Principal

__all__ = [
    "Name",
    "Part",
    "Sentence",
    "comparison_json",
    "comparison_lines",
    "notes",
    "plain",
    "scope_of",
    "sentence",
    "summary",
    "unclear_sentence",
]

_KINDS = ("user", "application", "group")
_MOST_NAMES = 12
_MOST_SETS = 100


class Name(str):
    """A text of a user: a name, or a principal with its kind."""

    __slots__ = ()

    @property
    def plain(self) -> str:
        """The text for a terminal, in quotes unless all characters are harmless."""
        kind, colon, name = self.partition(":")
        if colon and kind in _KINDS:
            return f"{kind}:{name_of(name)}"
        return name_of(self)


class Condition(Name):
    """A text of a user in which quotes and spaces are usual."""

    __slots__ = ()

    @property
    def plain(self) -> str:
        """The text for a terminal."""
        return shown(self)


Part = str
"""A text of ours, or a Name."""
Sentence = list[Part]


def plain(parts: Iterable[Part]) -> str:
    """Return a sentence for a terminal."""
    return "".join(part.plain if isinstance(part, Name) else part for part in parts)


def sentence(comparison: Comparison, entry: Entry) -> Sentence:
    """Return a change as a sentence without its full stop."""
    change, many = entry.first, len(entry.changes) > 1
    side = _side(comparison, change)
    parts = [*_who(entry.principals), " "]
    scope = _scope(side, change)
    sets = _names(change.named)
    if any(grant.is_owner for grant in change.grants):
        sets, scope = ["all permission sets"], []
    sets += [", which may include ", *_names(entry.may_include), ","] if entry.may_include else []
    condition = _condition(change.after)
    match change.kind:
        case Kind.GAINED:
            parts += ["gain " if many else "gains ", *sets, *scope, *_via(change), *condition]
        case Kind.LOST:
            parts += ["lose " if many else "loses ", *sets, *scope, *_via(change)]
        case Kind.CONDITION:
            has = "have " if many else "has "
            now = condition or [", without a condition"]
            was = _condition(change.before)[1:] or ["without a condition"]
            parts += [has, *sets, *scope, *_via(change), *now, " (before: ", *was, ")"]
        case Kind.CANNOT_TELL:
            parts += _cannot_tell(change, scope)
    return [*parts, *_remarks(comparison, entry)]


def _remarks(comparison: Comparison, entry: Entry) -> Sentence:
    """Return what follows the change in its sentence."""
    change = entry.first
    remarks: Sentence = [f", because {change.cause}"] if change.cause else []
    if change.severity is Severity.ESCALATION:
        remarks.append(f"; {ANY_RIGHT}")
    elif entry.escalation:
        remarks.append("; this may lead to any right")
    if change.kind is not Kind.LOST:
        idle = [_title(one) for one in entry.principals if _is_idle(comparison.after, one)]
        has = "have" if len(idle) > 1 else "has"
        remarks += ["; ", *_names(idle), f" {has} {NO_KEY}"] if idle else []
    return remarks


def _side(comparison: Comparison, change: Change) -> Access:
    has_after = change.after.verdict in (Verdict.YES, Verdict.ONLY_IF)
    return comparison.after if has_after else comparison.before


def _cannot_tell(change: Change, scope: Sentence) -> Sentence:
    sets = _names(change.named)
    if len(change.permission_sets) > _MOST_SETS:
        sets = [f"{len(change.permission_sets)} permission sets"]
    before, after = (level.verdict for level in (change.before, change.after))
    reason = [": ", Condition("; ".join(change.doubts))] if change.doubts else []
    match before, after:
        case Verdict.CANNOT_TELL, Verdict.NO:
            return ["cannot have ", *sets, *scope, " any more (before: cannot tell", *reason, ")"]
        case Verdict.YES, _:
            return ["may lose ", *sets, *scope, *reason]
        case (Verdict.CANNOT_TELL, _):
            has = _condition(change.after)
            return [
                "certainly has ",
                *sets,
                *scope,
                *_via(change),
                *has,
                " (before: cannot tell",
                *reason,
                ")",
            ]
    return ["may gain ", *sets, *scope, *reason]


def _who(principals: Sequence[Principal]) -> Sentence:
    names = [title for one in principals for title in [_title(one)]]
    if len(names) == 1:
        return [names[0]]
    listed = _listed(names[:_MOST_NAMES])
    if more := len(names) - _MOST_NAMES:
        listed += [f" and {more} more"] if more > 0 else []
    return [f"{len(names)} principals (", *listed, ")"]


def _title(principal: Principal) -> Name:
    return Name(f"{principal.kind}:{principal.name or principal.id}")


def _names(names: Sequence[str]) -> Sentence:
    parts = _listed([Name(name) for name in names[:_MOST_NAMES]])
    more = len(names) - _MOST_NAMES
    return [*parts, f" and {more} more"] if more > 0 else parts


def _listed(names: Sequence[Name], word: str = "and") -> Sentence:
    """Return names with commas, and a word before the last one."""
    parts: Sentence = []
    for place, name in enumerate(names):
        if place:
            parts.append(f" {word} " if place == len(names) - 1 else ", ")
        parts.append(name)
    return parts


def scope_of(comparison: Comparison, change: Change) -> str:
    """Return the scope of a change: ` on project prod`."""
    return plain(_scope(_side(comparison, change), change))


def _scope(access: Access, change: Change) -> Sentence:
    if change.project_ids is not None:
        return [" on ", *_projects(access, change.project_ids)]
    is_project = any(access.scope_type(name) == "projects" for name in change.named)
    parts = [" on all projects" if is_project else " on the organization"]
    if change.except_ids:
        parts += [" except ", *_projects(access, change.except_ids)]
    return parts


def _projects(access: Access, ids: Iterable[str]) -> Sentence:
    names = sorted(Name(access.projects.get(one) or one) for one in ids)
    noun = "project " if len(names) == 1 else "projects "
    parts = _listed([Name(name) for name in names[:_MOST_NAMES]])
    more = len(names) - _MOST_NAMES
    return [noun, *parts, *([f" and {more} more"] if more > 0 else [])]


def _via(change: Change) -> Sentence:
    parts: Sentence = []
    for place, grant in enumerate(change.grants[:3]):
        parts += [", through " if place == 0 else ", and through ", *_path(grant)]
    more = len(change.grants) - 3
    return [*parts, f", and through {more} more paths"] if more > 0 else parts


def _path(grant: Grant) -> Sentence:
    if grant.policy is None:
        return ["the ownership of the organization"]
    group = ["group ", Name(grant.group.name or grant.group.id), ", "] if grant.group else []
    managed = " (managed by Scaleway)" if grant.policy.managed else ""
    return [
        *group,
        "policy ",
        Name(grant.policy.name or grant.policy.id),
        f"{managed}, rule {grant.number}",
    ]


def _condition(level: Level) -> Sentence:
    if level.verdict is not Verdict.ONLY_IF:
        return []
    texts = [
        Condition(text) if text else "a condition holds that is not known yet"
        for text in sorted(level.conditions)
    ]
    parts: Sentence = [", ", "only if "]
    for place, text in enumerate(texts):
        parts += [" or if ", text] if place else [text]
    return parts


def _is_idle(access: Access, principal: Principal) -> bool:
    """Return whether an application cannot act, because it has no working key."""
    return principal.kind == "application" and access.working_keys(principal.id) == []


def unclear_sentence(unclear: Unclear) -> Sentence:
    """Return what the sources do not show, as a sentence without its full stop."""
    return [
        f"cannot tell what {unclear.kind} ",
        Name(unclear.name or unclear.id),
        f" gives: {unclear.reason}",
    ]


def notes(comparison: Comparison) -> Iterator[Sentence]:
    """Yield facts for a reviewer that change no right: new orphan policies, and first working keys."""
    before, after = comparison.before, comparison.after
    old = {policy.id: policy for policy in before.world.policies}
    for policy in after.world.policies:
        was = old.get(policy.id)
        if policy.is_orphan and (was is None or not was.is_orphan):
            yield [
                "policy ",
                Name(policy.name or policy.id),
                " has no principal after the change, so no effect",
            ]
    for one in after.principals.values():
        if one.kind != "group" and after.working_keys(one.id) and before.working_keys(one.id) == []:
            yield [_title(one), " gets an API key that works"]


def summary(comparison: Comparison) -> str:
    """Return the numbers of changes: `1 escalation, 2 broadenings`, or `no change`."""
    counts = Counter(entry.severity for entry in comparison.entries)
    counts[Severity.CANNOT_TELL] += len(comparison.unclear)
    words = []
    for severity in Severity:
        if count := counts[severity]:
            noun = severity.value
            is_one = count == 1 or severity is Severity.CANNOT_TELL
            words.append(f"{count} {noun if is_one else plural(noun)}")
    return ", ".join(words) or "no change"


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Yield the lines for a terminal: the sources, the changes, and the notes."""
    before, after = comparison.before.world, comparison.after.world
    yield f"# from {shown(before.source)} to {shown(after.source)}: {summary(comparison)}"
    for severity in Severity:
        for entry in comparison.of(severity):
            yield f"{severity.value}: {plain(sentence(comparison, entry))}"
        if severity is Severity.CANNOT_TELL:
            for unclear in comparison.unclear:
                yield f"{severity.value}: {plain(unclear_sentence(unclear))}"
    for note in notes(comparison):
        yield f"# {plain(note)}"


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON."""
    sides = (comparison.before.world, comparison.after.world)
    before, after = ({"source": one.source, "as_of": one.as_of} for one in sides)
    severity = comparison.severity
    return {
        "before": before,
        "after": after,
        "severity": severity.value if severity else None,
        "changes": [_entry_json(comparison, entry) for entry in comparison.entries],
        "unclear": [
            {**unclear._asdict(), "sentence": plain(unclear_sentence(unclear))}
            for unclear in comparison.unclear
        ],
        "notes": [plain(note) for note in notes(comparison)],
        "not_read": [gap.reason for world in sides for gap in world.gaps],
    }


def _entry_json(comparison: Comparison, entry: Entry) -> dict[str, Any]:
    change = entry.first
    side = _side(comparison, change)

    def projects(ids: Iterable[str]) -> list[dict[str, str]]:
        return [{"id": one, "name": side.projects.get(one, "")} for one in sorted(ids)]

    return {
        "change": change.kind.value,
        "severity": change.severity.value,
        "principals": [
            {"kind": one.kind, "id": one.id, "name": one.name or None} for one in entry.principals
        ],
        "permission_sets": list(change.named),
        "may_include": list(entry.may_include),
        "with_included": list(change.permission_sets),
        "scope": "organization" if change.project_ids is None else projects(change.project_ids),
        "except_projects": projects(change.except_ids),
        "before": _level_json(change.before),
        "after": _level_json(change.after),
        "leads_to_any_right": list(entry.escalation),
        "paths": [grant_json(side, grant) for grant in change.grants],
        "doubts": list(change.doubts),
        "cause": change.cause or None,
        "sentence": plain(sentence(comparison, entry)),
    }


def _level_json(level: Level) -> dict[str, Any]:
    return {
        "verdict": level.verdict.value,
        "conditions": sorted(text for text in level.conditions if text),
        "has_unknown_condition": "" in level.conditions,
        "may_be_more": level.may_be_more,
    }
