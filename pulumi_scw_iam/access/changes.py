"""The comparison of two worlds: the permission sets gained and lost by each principal.

A comparison is about rights. Another name of a policy or another order of rules is no change. With several paths
to a right, only the loss of the last path is a loss. This module is pure.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from pulumi_scw_iam.access.implied import inclusions
from pulumi_scw_iam.access.model import Access, Grant, Masks, SetIndex, Verdict
from pulumi_scw_iam.access.world import Principal, User, World
from pulumi_scw_iam.common.permission_sets import ESCALATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "FAIL_ON",
    "Change",
    "Comparison",
    "Entry",
    "Kind",
    "Level",
    "Severity",
    "Unclear",
    "compare",
    "judged",
]

FAIL_ON = ("broadening", "escalation", "any")
"""The limits of `Comparison.exceeds`."""


class Kind(enum.Enum):
    """The type of a change."""

    GAINED = "gained"
    LOST = "lost"
    CONDITION = "condition changed"
    CANNOT_TELL = "cannot tell"
    """The source does not show the right before, or after."""


class Severity(enum.Enum):
    """The meaning of a change for a reviewer, the most serious first."""

    ESCALATION = "escalation"
    """A broadening with a permission set of ESCALATION."""
    BROADENING = "broadening"
    CANNOT_TELL = "cannot tell"
    """A possible broadening."""
    NARROWING = "narrowing"


_ORDER = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Level:
    """Whether a principal has a permission set in a scope, and under which conditions."""

    verdict: Verdict = Verdict.NO
    conditions: frozenset[str] = frozenset()
    """The alternative conditions of ONLY_IF; an empty text for an unknown condition."""
    may_be_more: bool = False
    """Whether ONLY_IF may be YES, because the source does not show everything."""


def judged(  # noqa: PLR0911 - one per form
    before: Level, after: Level
) -> tuple[Kind, Severity] | None:
    """Return the type and the severity of a change; None without a change."""
    if before == after:
        return None
    match before.verdict, after.verdict:
        case (Verdict.NO, Verdict.YES | Verdict.ONLY_IF):
            return Kind.GAINED, Severity.BROADENING
        case (Verdict.YES | Verdict.ONLY_IF, Verdict.NO):
            return Kind.LOST, Severity.NARROWING
        case (Verdict.ONLY_IF, Verdict.YES):
            return Kind.CONDITION, Severity.BROADENING
        case (Verdict.YES, Verdict.ONLY_IF):
            return Kind.CONDITION, Severity.NARROWING
        case (Verdict.CANNOT_TELL, Verdict.NO) | (Verdict.YES, Verdict.CANNOT_TELL):
            return Kind.CANNOT_TELL, Severity.NARROWING
        case (Verdict.ONLY_IF, Verdict.ONLY_IF):
            return _of_conditions(before, after)
    return Kind.CANNOT_TELL, Severity.CANNOT_TELL


def _of_conditions(before: Level, after: Level) -> tuple[Kind, Severity]:
    """Return the type and the severity of a change from ONLY_IF to ONLY_IF."""
    is_narrower = after.conditions <= before.conditions
    if before.may_be_more is not after.may_be_more:
        is_sure = before.may_be_more and is_narrower
        return Kind.CANNOT_TELL, Severity.NARROWING if is_sure else Severity.CANNOT_TELL
    if is_narrower:
        return Kind.CONDITION, Severity.NARROWING
    if "" in before.conditions | after.conditions:
        return Kind.CANNOT_TELL, Severity.CANNOT_TELL
    # Another condition may allow more; the comparison does not evaluate conditions.
    return Kind.CONDITION, Severity.BROADENING


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of one principal: permission sets with the same change in the same scope."""

    principal: Principal
    """The principal after the change, else before."""
    kind: Kind
    severity: Severity
    before: Level
    after: Level
    permission_sets: tuple[str, ...]
    """All permission sets, also the included ones."""
    named: tuple[str, ...]
    """The widest permission sets, without the included ones."""
    project_ids: frozenset[str] | None
    """The projects; None for the organization with all present and future projects."""
    except_ids: frozenset[str] = frozenset()
    """The projects without the change, for the organization in `project_ids`."""
    grants: tuple[Grant, ...] = ()
    """The paths after the change, else before."""
    doubts: tuple[str, ...] = ()
    """The reasons of CANNOT_TELL."""
    cause: str = ""
    """A cause outside of policies: the user is locked or unlocked."""

    @property
    def escalation(self) -> tuple[str, ...]:
        """The permission sets of ESCALATION, unless the change is a narrowing."""
        if self.project_ids is not None or self.severity is Severity.NARROWING:
            return ()
        return tuple(name for name in ESCALATION if name in self.permission_sets)

    @property
    def via(self) -> tuple[tuple[str, str, int], ...]:
        """The paths as ids: group, policy, number of the rule. A group is on its own path."""
        own = self.principal.id if self.principal.kind == "group" else ""
        return tuple(
            (
                grant.group.id if grant.group else own,
                grant.policy.id if grant.policy else "",
                grant.number,
            )
            for grant in self.grants
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """The same change of one or more principals, by the same paths."""

    changes: tuple[Change, ...]
    open_changes: tuple[Change, ...] = ()
    """Undocumented: the same principals' permission sets, perhaps included in those of the change."""
    covered: tuple[Change, ...] = ()
    """The same principals' included permission sets, in a smaller scope."""

    @property
    def first(self) -> Change:
        """The change of the first principal."""
        return self.changes[0]

    @property
    def principals(self) -> tuple[Principal, ...]:
        """The principals, in order."""
        return tuple(change.principal for change in self.changes)

    @property
    def severity(self) -> Severity:
        """The severity of all changes of the entry."""
        return self.first.severity

    @property
    def all_changes(self) -> tuple[Change, ...]:
        """All changes, also those implied by the sentence of the entry."""
        return (*self.changes, *self.open_changes, *self.covered)

    @property
    def may_include(self) -> tuple[str, ...]:
        """The permission sets perhaps included in those of the change."""
        names = dict.fromkeys(name for change in self.open_changes for name in change.named)
        return tuple(names)

    @property
    def escalation(self) -> tuple[str, ...]:
        """The permission sets of ESCALATION, certain or not."""
        found = (change.escalation for change in self.all_changes)
        return tuple(dict.fromkeys(name for names in found for name in names))


class Unclear(NamedTuple):
    """An object with a hidden change. It may give anything."""

    kind: str
    """`policy` or `group`."""
    id: str
    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All changes from one world to another, the most serious first."""

    before: Access = field(repr=False)
    after: Access = field(repr=False)
    entries: tuple[Entry, ...] = ()
    unclear: tuple[Unclear, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no right changes, as far as the sources show."""
        return not self.entries and not self.unclear

    def of(self, severity: Severity) -> tuple[Entry, ...]:
        """Return the entries of one severity."""
        return tuple(entry for entry in self.entries if entry.severity is severity)

    @property
    def severity(self) -> Severity | None:
        """The most serious severity; None without changes."""
        found = [entry.severity for entry in self.entries]
        found += [Severity.CANNOT_TELL] * bool(self.unclear)
        return min(found, key=_ORDER.__getitem__, default=None)

    def exceeds(self, limit: str) -> bool:
        """Return whether the changes exceed a limit of FAIL_ON.

        `cannot tell` counts as a broadening. It counts as an escalation if a permission set in question
        leads to any right.
        """
        if limit == "any":
            return not self.is_empty
        if limit == "escalation":
            return bool(self.unclear) or any(entry.escalation for entry in self.entries)
        return self.severity not in (None, Severity.NARROWING)


def compare(before: World, after: World, unclear: Iterable[Unclear] = ()) -> Comparison:
    """Return the changes from one world to another. One object has one id in both worlds.

    `unclear` are objects with unknown values that may be other values before and after.
    """
    index = SetIndex(before, after)
    comparison = _Comparing(
        Access(_typed(before, after), index), Access(_typed(after, before), index)
    )
    entries: dict[tuple[object, ...], list[Change]] = defaultdict(list)
    for change in comparison.changes():
        key = (
            *(change.kind, change.severity, change.before, change.after, change.named),
            *(change.project_ids, change.except_ids, change.doubts, change.cause, change.via),
        )
        entries[key].append(change)
    return Comparison(
        before=comparison.before,
        after=comparison.after,
        entries=tuple(
            sorted(
                _folded([Entry(tuple(changes)) for changes in entries.values()]),
                key=lambda entry: (_ORDER[entry.severity], entry.first.kind.value),
            )
        ),
        unclear=tuple(unclear),
    )


def _folded(entries: list[Entry]) -> Iterator[Entry]:
    """Yield the entries without those implied by another entry."""
    by_principals: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        by_principals[tuple(one.id for one in entry.principals)].append(place)
    parents: dict[int, int] = {}
    for places in by_principals.values():
        for place in places:
            for other in places:
                if (
                    other != place
                    and other not in parents
                    and _implies(entries[other], entries[place])
                ):
                    parents[place] = other
                    break
    children: dict[int, list[Entry]] = defaultdict(list)
    for place, parent in parents.items():
        children[parent].append(entries[place])
    for place, entry in enumerate(entries):
        if place not in parents:
            below = [one for child in children[place] for one in child.changes]
            yield replace(
                entry,
                open_changes=tuple(one for one in below if one.kind is Kind.CANNOT_TELL),
                covered=tuple(one for one in below if one.kind is not Kind.CANNOT_TELL),
            )


def _implies(entry: Entry, other: Entry) -> bool:
    """Return whether the sentence of an entry implies another entry of the same principals."""
    one, two = entry.first, other.first
    if two.kind is Kind.CANNOT_TELL:
        is_same_scope = (one.project_ids, one.except_ids) == (two.project_ids, two.except_ids)
        return is_same_scope and _is_content(one, two)
    included: set[str] = set()
    for name in one.named:
        included |= inclusions().sure.get(name, frozenset())
    is_smaller = one.project_ids is None and not one.except_ids
    return (
        is_smaller
        and (two.project_ids is not None or bool(two.except_ids))
        and one.kind is two.kind
        and one.kind in (Kind.GAINED, Kind.LOST)
        and (one.severity, one.before, one.after, one.via)
        == (two.severity, two.before, two.after, two.via)
        and included.issuperset(two.permission_sets)
    )


def _is_content(change: Change, doubt: Change) -> bool:
    """Return whether a doubt is only about the content of the permission sets of a change."""
    perhaps: set[str] = set()
    for name in change.permission_sets:
        perhaps |= inclusions().perhaps.get(name, frozenset())
    is_loss = change.kind is Kind.LOST
    levels = (doubt.before, doubt.after) if is_loss else (doubt.after, doubt.before)
    return (
        change.kind in (Kind.GAINED, Kind.LOST)
        and perhaps.issuperset(doubt.permission_sets)
        and levels == (Level(Verdict.CANNOT_TELL), Level())
    )


def _typed(world: World, other: World) -> World:
    """Return a world with the type of each user.

    A user whose type no world knows is a member here: if it is the owner, nothing changes for it.
    """
    types = {user.id: user.type for user in other.users}
    return replace(
        world,
        users=tuple(
            user if user.type else replace(user, type=types.get(user.id) or "member")
            for user in world.users
        ),
    )


class _Scope(NamedTuple):
    """The rights of a principal in one scope, as bits."""

    yes: int = 0
    doubt: int = 0
    conditions: Mapping[str, int] = {}

    def level(self, bit: int) -> Level:
        if self.yes & bit:
            return Level(Verdict.YES)
        has_doubt = bool(self.doubt & bit)
        if held := frozenset(text for text, bits in self.conditions.items() if bits & bit):
            return Level(Verdict.ONLY_IF, held, has_doubt)
        return Level(Verdict.CANNOT_TELL) if has_doubt else Level()


class _Rights(NamedTuple):
    """The rights of a principal: in the organization with all projects, and in different projects."""

    whole: _Scope
    projects: Mapping[str, _Scope]

    def of(self, project_id: str | None) -> _Scope:
        return self.whole if project_id is None else self.projects.get(project_id, self.whole)


_Pair = tuple[Level, Level]


class _Comparing:
    def __init__(self, before: Access, after: Access) -> None:
        self.before = before
        self.after = after
        self.index = after.index

    def changes(self) -> Iterator[Change]:
        """Yield the changes of all principals, the deleted ones last."""
        for principal in {**self.after.principals, **self.before.principals}.values():
            after = self.after.principals.get(principal.id)
            yield from self._of_principal(after or principal)

    def _of_principal(self, principal: Principal) -> Iterator[Change]:
        old, new = _rights(self.before, principal), _rights(self.after, principal)
        whole = self._pairs(old.whole, new.whole)
        changed = _masks(whole)
        exceptions: dict[str, int] = {}
        single: dict[tuple[_Pair, str], int] = defaultdict(int)
        for project_id in sorted(old.projects.keys() | new.projects.keys()):
            here = self._pairs(old.of(project_id), new.of(project_id))
            if here == whole:
                continue
            same = 0
            for pair, mask in here:
                shared = mask & _masks((other, bits) for other, bits in whole if other == pair)
                same |= shared
                if rest := mask & ~shared:
                    single[pair, project_id] |= rest
            if missing := changed & ~same:
                exceptions[project_id] = missing
        for pair, mask in whole:
            for cell in _cells(mask, exceptions.values()):
                excepted = frozenset(one for one, bits in exceptions.items() if bits & cell)
                yield self._change(principal, pair, cell, None, excepted)
        by_mask: dict[tuple[_Pair, int], set[str]] = defaultdict(set)
        for (pair, project_id), mask in single.items():
            by_mask[pair, mask].add(project_id)
        for (pair, mask), project_ids in by_mask.items():
            yield self._change(principal, pair, mask, frozenset(project_ids), frozenset())

    def _pairs(self, old: _Scope, new: _Scope) -> list[tuple[_Pair, int]]:
        """Return the changed bits of a scope, by level before and after."""
        texts = old.conditions.keys() | new.conditions.keys()
        given = [
            (old.conditions.get(text, 0), new.conditions.get(text, 0)) for text in sorted(texts)
        ]
        open_ = old.doubt ^ new.doubt
        for one, other in given:
            open_ |= one ^ other
        changed = (old.yes ^ new.yes) | (open_ & ~(old.yes & new.yes))
        splitters = [
            old.yes,
            new.yes,
            old.doubt,
            new.doubt,
            *(bits for pair in given for bits in pair),
        ]
        pairs: dict[_Pair, int] = defaultdict(int)
        for cell in _cells(changed, splitters):
            bit = cell & -cell
            if (pair := (old.level(bit), new.level(bit)))[0] != pair[1]:
                pairs[pair] |= cell
        return list(pairs.items())

    def _change(
        self,
        principal: Principal,
        pair: _Pair,
        mask: int,
        project_ids: frozenset[str] | None,
        except_ids: frozenset[str],
    ) -> Change:
        before, after = pair
        kind, severity = judged(before, after) or (Kind.CANNOT_TELL, Severity.CANNOT_TELL)
        names = self.index.of(mask)
        named = _outer(names)
        if (
            severity is Severity.BROADENING
            and project_ids is None
            and not set(ESCALATION).isdisjoint(names)
        ):
            severity = Severity.ESCALATION
        has_after = after.verdict in (Verdict.YES, Verdict.ONLY_IF)
        side, level = (self.after, after) if has_after else (self.before, before)
        doubts: tuple[str, ...] = ()
        if kind is Kind.CANNOT_TELL:
            is_after_open = after.verdict is Verdict.CANNOT_TELL or after.may_be_more
            doubts = _doubts(
                self.after if is_after_open else self.before, principal, named, project_ids
            )
        return Change(
            principal=principal,
            kind=kind,
            severity=severity,
            before=before,
            after=after,
            permission_sets=names,
            named=named,
            project_ids=project_ids,
            except_ids=except_ids,
            grants=tuple(_paths(side, principal, named, project_ids, level)),
            doubts=doubts,
            cause=self._cause(principal, kind),
        )

    def _cause(self, principal: Principal, kind: Kind) -> str:
        old, new = (side.principals.get(principal.id) for side in (self.before, self.after))
        if isinstance(old, User) and isinstance(new, User) and old.locked is not new.locked:
            if new.locked and kind is Kind.LOST:
                return "the user is locked"
            if old.locked and kind is Kind.GAINED:
                return "the user is unlocked"
        return ""


def _rights(access: Access, principal: Principal) -> _Rights:
    """Return the rights of a principal in a world; none for an absent principal."""
    if principal.id not in access.principals:
        is_unread = access.world.lacks(f"{principal.kind}s")
        return _Rights(_Scope(doubt=access.index.all if is_unread else 0), {})
    effective = access.effective(principal.id, policies_only=True)
    if effective.is_locked:
        return _Rights(_Scope(), {})
    whole, projects = _conditions(access, principal)

    def scope(masks: Masks, conditions: Mapping[str, int]) -> _Scope:
        return _Scope(masks.yes, masks.doubt & ~masks.yes, conditions)

    return _Rights(
        scope(effective.whole, whole),
        {
            one: scope(masks, _merged(whole, projects.get(one, {})))
            for one, masks in effective.projects.items()
        },
    )


def _merged(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    return {text: one.get(text, 0) | other.get(text, 0) for text in one.keys() | other.keys()}


def _conditions(
    access: Access, principal: Principal
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Return the bits under each condition: in the organization with all projects, and in each project."""
    whole: dict[str, int] = defaultdict(int)
    projects: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for grant in access.grants(principal.id):
        if grant.rule is None or not grant.is_conditional:
            continue
        bits = 0
        for name in grant.permission_sets:
            bits |= access.index.mask(inclusions().sure.get(name, (name,)))
        texts = {grant.condition} | ({""} if "condition" in grant.rule.unknown else set())
        for text in texts:
            if grant.project_ids is None:
                whole[text] |= bits
            for one in grant.project_ids or ():
                projects[one][text] |= bits
    return whole, projects


def _masks(pairs: Iterable[tuple[_Pair, int]]) -> int:
    bits = 0
    for _, mask in pairs:
        bits |= mask
    return bits


def _cells(mask: int, splitters: Iterable[int]) -> list[int]:
    """Split bits into parts, along each splitter."""
    cells = [mask] if mask else []
    for splitter in splitters:
        cells = [part for cell in cells for part in (cell & splitter, cell & ~splitter) if part]
    return cells


@cache
def _outer(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the widest permission sets, without the included ones."""
    inner: set[str] = set()
    for name in names:
        if name not in inner:
            inner |= inclusions().sure.get(name, frozenset()) - {name}
    return tuple(name for name in names if name not in inner)


def _paths(
    access: Access,
    principal: Principal,
    named: tuple[str, ...],
    project_ids: frozenset[str] | None,
    level: Level,
) -> Iterator[Grant]:
    """Yield the paths to permission sets in a scope; for YES, only those without a condition."""
    for grant in access.grants(principal.id):
        is_in_scope = grant.project_ids is None or (project_ids or frozenset()) <= grant.project_ids
        if project_ids is None:
            is_in_scope = grant.project_ids is None
        if level.verdict is Verdict.YES and grant.is_conditional:
            continue
        given: set[str] = set()
        for name in grant.permission_sets:
            given |= inclusions().sure.get(name, frozenset({name}))
        if is_in_scope and (grant.is_owner or not given.isdisjoint(named)):
            yield grant


def _doubts(
    access: Access,
    principal: Principal,
    named: tuple[str, ...],
    project_ids: frozenset[str] | None,
) -> tuple[str, ...]:
    """Return the reasons for the doubt about the first permission set."""
    if principal.id not in access.principals:
        return (f"the {principal.kind}s could not be read",)
    project_id = min(project_ids) if project_ids else None
    answer = access.answer(principal.id, named[0], project_id)
    own = [doubt.reason for doubt in answer.doubts if not doubt.is_general]
    return tuple(own or [doubt.reason for doubt in answer.doubts])
