"""Compare the answers of the model with a file of expectations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.access.expectations import (
    ANY_RIGHT,
    EVERYONE,
    OWNER,
    Expectation,
    ExpectationError,
    Problem,
)
from pulumi_scw_iam.access.lookup import (
    LookupFailure,
    check_permission_set,
    find_principal,
    find_project,
)
from pulumi_scw_iam.access.model import Answer, Doubt, Verdict, verdict_of
from pulumi_scw_iam.access.wording import (
    answer_json,
    answer_lines,
    only_if_text,
    path_sentence,
    title_of,
    via_text,
)
from pulumi_scw_iam.access.world import Group, name_of
from pulumi_scw_iam.common.permission_sets import ESCALATION
from pulumi_scw_iam.common.words import joined, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from pulumi_scw_iam.access.expectations import Text
    from pulumi_scw_iam.access.model import Access, Effective, Grant

__all__ = ["Result", "check", "result_json", "result_lines"]

_MOST_NAMES = 3
_KINDS = ("user", "application", "group")


@dataclass(frozen=True, kw_only=True)
class Result:
    """An expectation, and the answers that contradict it."""

    expectation: Expectation
    violations: tuple[Answer, ...]

    @property
    def holds(self) -> bool:
        """Whether no answer contradicts the expectation."""
        return not self.violations


class _Question(NamedTuple):
    """The questions of an expectation: each principal, with each permission set and each project."""

    expectation: Expectation
    principal_ids: tuple[str, ...]
    sets: tuple[str, ...]
    project_ids: tuple[str | None, ...]


def check(access: Access, expectations: Iterable[Expectation]) -> list[Result]:
    """Compare the answers with expectations; return a result for each.

    Raises ExpectationError if an expectation names what does not exist.
    """
    problems: list[Problem] = []
    questions = [_resolved(access, one, problems) for one in expectations]
    if problems:
        raise ExpectationError(problems)
    # Bit sets answer most questions; the paths are only needed for a violation.
    effective = cache(access.effective)
    return [_compared(access, effective, question) for question in questions]


# --- the names of the file -----------------------------------------------------------------------


def _resolved(access: Access, one: Expectation, problems: list[Problem]) -> _Question:
    """Return the questions of an expectation; append a problem for each name of nothing."""
    found: dict[str, None] = {}
    sets: dict[str, None] = {}
    projects: dict[str | None, None] = {}
    excluded: set[str] = set()
    for text in one.but:
        with _naming(problems, text):
            excluded |= _excluded(access, text.text)
    for text in one.who:
        with _naming(problems, text):
            if text.text == EVERYONE:
                found |= dict.fromkeys(access.principals)
            else:
                found[find_principal(access, _spelled(text.text)).id] = None
    for text in one.sets:
        with _naming(problems, text):
            sets |= dict.fromkeys(_sets(access, text.text, has_project=bool(one.projects)))
    for text in one.projects:
        with _naming(problems, text):
            projects[find_project(access, text.text)] = None
    ids = tuple(each for each in found if each not in excluded)
    return _Question(one, ids, tuple(sets), tuple(projects) or (None,))


class _naming:  # noqa: N801 - used as a function
    """Context manager: a LookupFailure becomes a problem with the line of a text."""

    def __init__(self, problems: list[Problem], text: Text) -> None:
        self._problems = problems
        self._text = text

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, LookupFailure):
            return False
        self._problems.append(Problem(self._text.line, str(error)))
        return True


def _spelled(text: str) -> str:
    """Return a principal in the spelling of the commands: `group devs` is `group:devs`."""
    kind, space, name = text.partition(" ")
    return f"{kind}:{name}" if space and kind in _KINDS else text


def _excluded(access: Access, text: str) -> set[str]:
    """Return the ids of an exception. A group stands for itself and for its known members."""
    if text == OWNER:
        return {one.id for one in access.world.users if one.type == OWNER}
    principal = find_principal(access, _spelled(text))
    members = access.members(principal) if isinstance(principal, Group) else {}
    return {principal.id, *(member for member, is_sure in members.items() if is_sure)}


def _sets(access: Access, text: str, *, has_project: bool) -> Iterable[str]:
    """Return the permission sets of a name or a pattern. Raises LookupFailure."""
    if text == ANY_RIGHT:
        return (text,)
    if "*" in text:
        found = [name for name in access.index.names if fnmatchcase(name, text)]
        if not found:
            raise LookupFailure(f"no permission set matches {quoted(text)}; correct the pattern")
        if has_project:
            found = [name for name in found if access.scope_type(name) != "organization"]
            if not found:
                raise LookupFailure(f"{quoted(text)} {_ORGANIZATION}")
        return found
    check_permission_set(access, text)
    if has_project and access.scope_type(text) == "organization":
        raise LookupFailure(f"{text} {_ORGANIZATION}")
    return (text,)


_ORGANIZATION = "is a permission of the organization, not of a project; remove project"


# --- the comparison ------------------------------------------------------------------------------


def _compared(access: Access, effective: Callable[[str], Effective], question: _Question) -> Result:
    one = question.expectation
    good = {Verdict.YES if one.verb == "allow" else Verdict.NO, *one.accepts}
    return Result(
        expectation=one,
        violations=tuple(
            answer
            for principal_id in question.principal_ids
            for name in question.sets
            for project_id in question.project_ids
            if not _is_good(effective(principal_id), name, project_id, good)
            for answer in (_answer(access, principal_id, name, project_id),)
            if answer.verdict not in good
        ),
    )


def _is_good(
    effective: Effective, name: str, project_id: str | None, good: Collection[Verdict]
) -> bool:
    """Return whether the bit sets already show a good verdict."""
    bits = effective.index.bits
    if name == ANY_RIGHT:
        found = {effective.verdict(one) for one in ESCALATION if one in bits}
        return found <= {Verdict.NO} and Verdict.NO in good
    return name in bits and effective.verdict(name, project_id) in good


def _answer(access: Access, principal_id: str, name: str, project_id: str | None) -> Answer:
    if name == ANY_RIGHT:
        return _any_right(access, principal_id)
    return access.answer(principal_id, name, project_id)


def _any_right(access: Access, principal_id: str) -> Answer:
    """Return the answer whether a principal has a path that leads to any right."""
    principal = access.principals[principal_id]
    grants = [grant for grant in access.grants(principal_id) if grant.is_owner]
    grants += access.escalation(principal_id)
    doubts: dict[Doubt, None] = {}
    for name in ESCALATION:
        doubts |= dict.fromkeys(access.answer(principal_id, name).doubts)
    is_locked = bool(getattr(principal, "locked", False))
    return Answer(
        principal=principal,
        permission_set=ANY_RIGHT,
        project_id=None,
        verdict=verdict_of(grants, doubts, is_locked=is_locked),
        grants=tuple(grants),
        doubts=tuple(doubts),
        is_locked=is_locked,
    )


# --- words ---------------------------------------------------------------------------------------


def result_lines(access: Access, name: str, results: Iterable[Result]) -> Iterator[str]:
    """Yield the lines of all violated expectations, and a line about all; `name` is the file."""
    found = list(results)
    violated = [one for one in found if not one.holds]
    for one in violated:
        because = f"; because {one.expectation.because}" if one.expectation.because else ""
        yield f"{name}:{one.expectation.line}: {one.expectation.title}{because}"
        for line in _violation_lines(access, one):
            yield f"  {line}"
    if violated:
        is_one = len(violated) == 1
        yield f"# {len(violated)} of {len(found)} expectations {'is' if is_one else 'are'} violated"
    else:
        yield f"# {_number(len(found))}, no violation"


def _number(count: int) -> str:
    return "1 expectation" if count == 1 else f"{count} expectations"


def _violation_lines(access: Access, result: Result) -> Iterator[str]:
    if result.expectation.verb == "allow":
        for answer in result.violations:
            yield from answer_lines(access, answer)
            if answer.verdict is Verdict.ONLY_IF:
                yield "  the condition may not hold; write only_if: accepted to accept it"
        return
    paths: dict[tuple[str, str, int], list[tuple[Grant, str]]] = defaultdict(list)
    open_answers: list[Answer] = []
    for answer in result.violations:
        for grant in answer.grants:
            policy_id = grant.policy.id if grant.policy else ""
            key = (answer.principal.id, policy_id, grant.number)
            paths[key].append((grant, answer.permission_set))
        if not answer.grants:
            open_answers.append(answer)
    for found in paths.values():
        yield from _path_lines(access, found)
    proved = {principal_id for principal_id, _, _ in paths}
    yield from _open_lines([one for one in open_answers if one.principal.id not in proved])


def _path_lines(access: Access, found: Sequence[tuple[Grant, str]]) -> Iterator[str]:
    """Yield the sentences about one rule of a principal, with the permission sets in question.

    A pattern may match many. The permission sets of the rule itself then stand for what they include.
    """
    grant = found[0][0]
    names = list(dict.fromkeys(name for _, name in found))
    if names == [ANY_RIGHT]:
        yield _any_right_sentence(access, grant)
        return
    held = grant.rule.permission_sets if grant.rule else ()
    if own := [name for name in names if name in held]:
        yield from (path_sentence(access, grant, name) for name in own)
        return
    by = tuple(sorted({one for each, _ in found for one in each.permission_sets}))
    whole = replace(grant, permission_sets=by)
    yield path_sentence(access, whole, names[0], words=_names(names))


def _open_lines(answers: Iterable[Answer]) -> Iterator[str]:
    """Yield the lines of answers without a verdict; doubts about everybody appear once."""
    general: dict[str, None] = {}
    names: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for answer in answers:
        own = tuple(doubt.reason for doubt in answer.doubts if not doubt.is_general)
        if own:
            names[title_of(answer.principal), own].append(answer.permission_set)
        else:
            general |= dict.fromkeys(doubt.reason for doubt in answer.doubts)
    for (who, reasons), sets in names.items():
        words = _names(dict.fromkeys(sets))
        yield f"cannot tell whether {who} has {words}, so the deny is not proved"
        yield from (f"  not certain: {reason}" for reason in reasons)
    for reason in general:
        yield f"cannot tell about all others, so the deny is not proved: {reason}"


def _names(names: Iterable[str]) -> str:
    """Return permission sets for a sentence, at most three."""
    found = [_set_name(name) for name in names]
    more = len(found) - _MOST_NAMES
    return joined([*found[:_MOST_NAMES], f"{more} more"] if more > 0 else found)


def _set_name(text: str) -> str:
    """Return a permission set for a sentence; the words for any right stay without quotes."""
    return text if text == ANY_RIGHT else name_of(text)


def _any_right_sentence(access: Access, grant: Grant) -> str:
    if grant.is_owner:
        return path_sentence(access, grant, ANY_RIGHT)
    who, names = title_of(grant.principal), joined(sorted(grant.permission_sets))
    return f"{who} can obtain {ANY_RIGHT}: {names} through {via_text(grant)}{only_if_text(grant)}"


def result_json(access: Access, result: Result) -> dict[str, Any]:
    """Return a result as JSON."""
    one = result.expectation
    return {
        "line": one.line,
        "expectation": one.title,
        "because": one.because or None,
        "holds": result.holds,
        "violations": [answer_json(access, answer) for answer in result.violations],
    }
