"""Files of expectations about access, in YAML: principals with, and principals without a permission set.

The parser is strict: an unknown key, a value of the wrong type or an empty file is a problem with a line number.
A file may have several problems.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.access.model import Verdict
from pulumi_scw_iam.common.words import joined, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import yaml

__all__ = [
    "ANY_RIGHT",
    "EVERYONE",
    "OWNER",
    "Expectation",
    "ExpectationError",
    "Problem",
    "Text",
    "parse_expectations",
]

ANY_RIGHT = "any right"
"""Stands for all permission sets that lead to any right."""
EVERYONE = "everyone"
"""Stands for all users, applications and groups."""
OWNER = "owner"
"""Stands for the owners of the organization, in `but`."""

_VERBS = ("allow", "deny")
_BECAUSE = "because"
_KEYS = (*_VERBS, _BECAUSE)
_ACCEPTED = "accepted"
_DOUBTS = {"only_if": Verdict.ONLY_IF, "cannot_tell": Verdict.CANNOT_TELL}
_PARTS = ("who", "but", "set", "project", *_DOUBTS)
_STR = "tag:yaml.org,2002:str"
_FORM = "write - deny: {who: group:devs, set: IAMManager}"


class Text(NamedTuple):
    """A text of the file."""

    text: str
    line: int


class Problem(NamedTuple):
    """A wrong entry of the file. The message is one line with the cure."""

    line: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One entry of the file."""

    line: int
    verb: str
    """`allow` or `deny`."""
    who: tuple[Text, ...]
    but: tuple[Text, ...] = ()
    """The exceptions to EVERYONE."""
    sets: tuple[Text, ...]
    projects: tuple[Text, ...] = ()
    """The projects; empty for any scope."""
    accepts: frozenset[Verdict] = frozenset()
    """The accepted verdicts, besides YES for `allow` and NO for `deny`."""
    because: str = ""

    @property
    def title(self) -> str:
        """The entry as one line: `deny everyone but owner: any right on project prod`."""
        but = f" but {_list(self.but)}" if self.but else ""
        title = f"{self.verb} {_list(self.who)}{but}: {_list(self.sets)}"
        if not self.projects:
            return title
        noun = "projects" if len(self.projects) > 1 else "project"
        return f"{title} on {noun} {_list(self.projects)}"


def _list(texts: Sequence[Text]) -> str:
    return joined([text.text for text in texts])


class ExpectationError(Exception):
    """A file has problems, in the order of lines. The message is the first problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(self.problems[0].message)


def parse_expectations(content: bytes) -> list[Expectation]:
    """Parse a file. Raises ExpectationError with all problems."""
    import yaml  # noqa: PLC0415 - most commands read no YAML

    root = _root(content)
    if not isinstance(root, yaml.SequenceNode):
        raise ExpectationError([Problem(_line(root), f"not a list of expectations; {_FORM}")])
    if not root.value:
        raise ExpectationError([Problem(_line(root), f"has no expectations; {_FORM}")])
    entries: list[Expectation] = []
    problems: list[Problem] = []
    for node in root.value:
        try:
            entries.append(_expectation(node))
        except _Wrong as wrong:
            problems += wrong.problems
    if problems:
        raise ExpectationError(problems)
    return entries


def _root(content: bytes) -> yaml.Node:
    """Return the parsed YAML, with the places of all values. Raises ExpectationError."""
    import yaml  # noqa: PLC0415

    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or "it cannot be parsed"
        problem = Problem(mark.line + 1 if mark else 1, f"not YAML: {reason}; {_FORM}")
    except yaml.YAMLError:
        problem = Problem(1, "not YAML: it has a character that YAML does not allow; use UTF-8")
    except RecursionError:
        problem = Problem(1, f"not a list of expectations: it is nested too deep; {_FORM}")
    else:
        if root is not None:
            return root
        problem = Problem(1, f"has no expectations; {_FORM}")
    raise ExpectationError([problem])


class _Wrong(Exception):
    """An entry is wrong."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def _expectation(node: yaml.Node) -> Expectation:
    """Return the entry of a node. Raises _Wrong."""
    line = _line(node)
    parts = _mapping(node, _KEYS, f"an expectation is a mapping; {_FORM}")
    verbs = [verb for verb in _VERBS if verb in parts]
    if len(verbs) != 1:
        found = "both are there" if verbs else "none is there"
        raise _Wrong(Problem(line, f"write exactly one of allow and deny; {found}"))
    because = _text(parts[_BECAUSE], _BECAUSE).text if _BECAUSE in parts else ""
    (verb,) = verbs
    values = _mapping(parts[verb], _PARTS, f"{verb} needs a mapping; {_FORM}")
    problems: list[Problem] = []
    if missing := [key for key in ("who", "set") if key not in values]:
        raise _Wrong(Problem(line, f"{verb} needs {joined(missing)}; {_FORM}"))
    texts: dict[str, tuple[Text, ...]] = {}
    accepts = set()
    for key, value in values.items():
        try:
            if key in _DOUBTS:
                _accepted(value, key)
                accepts.add(_DOUBTS[key])
            else:
                texts[key] = _texts(value, key)
        except _Wrong as wrong:
            problems += wrong.problems
    problems += _contradictions(verb, texts)
    if problems:
        raise _Wrong(*problems)
    return Expectation(
        line=line,
        verb=verb,
        who=texts["who"],
        but=texts.get("but", ()),
        sets=texts["set"],
        projects=texts.get("project", ()),
        accepts=frozenset(accepts),
        because=because,
    )


def _contradictions(verb: str, texts: Mapping[str, tuple[Text, ...]]) -> Iterator[Problem]:
    """Yield the problems of contradictory texts."""
    who, but, sets = (texts.get(key, ()) for key in ("who", "but", "set"))
    everyone = [one for one in who if one.text == EVERYONE]
    if everyone and len(who) > 1:
        yield Problem(everyone[0].line, f"{EVERYONE} includes all others; remove the others")
    if but and not everyone:
        yield Problem(but[0].line, f"but needs who: {EVERYONE}; remove but")
    for one in who:
        if one.text in ("anyone", "everybody", "all"):
            yield Problem(one.line, f"who does not know {quoted(one.text)}; write {EVERYONE}")
        if one.text.startswith(f"{EVERYONE} but"):
            cure = f"write who: {EVERYONE} and but: [...]"
            yield Problem(one.line, f"who has the exceptions of {EVERYONE}; {cure}")
    for one in sets:
        is_many = one.text == ANY_RIGHT or "*" in one.text
        if is_many and verb == "allow":
            yield Problem(one.line, f"allow needs a permission set, not {quoted(one.text)}")
        if one.text == ANY_RIGHT and "project" in texts:
            reason = f"{quoted(ANY_RIGHT)} is about the whole organization; remove project"
            yield Problem(one.line, reason)


def _mapping(node: yaml.Node, known: Sequence[str], form: str) -> dict[str, yaml.Node]:
    """Return the values of a mapping with known keys. Raises _Wrong."""
    import yaml  # noqa: PLC0415

    if not isinstance(node, yaml.MappingNode):
        raise _Wrong(Problem(_line(node), form))
    found: dict[str, yaml.Node] = {}
    problems: list[Problem] = []
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            cure = f"did you mean {near[0]}?" if near else f"use {joined(known, 'or')}"
            shown = quoted(name) if name else "a value that is not a text"
            problems.append(Problem(_line(key), f"unknown key {shown}; {cure}"))
        elif name in found:
            problems.append(Problem(_line(key), f"{name} is there twice; remove one"))
        else:
            found[name] = value
    if problems:
        raise _Wrong(*problems)
    return found


def _texts(node: yaml.Node, key: str) -> tuple[Text, ...]:
    """Return a text, or a list of texts. Raises _Wrong."""
    import yaml  # noqa: PLC0415

    if not isinstance(node, yaml.SequenceNode):
        return (_text(node, key),)
    if not node.value:
        raise _Wrong(Problem(_line(node), f"{key} is an empty list; fill or remove it"))
    return tuple(_text(item, key) for item in node.value)


def _text(node: yaml.Node, key: str) -> Text:
    """Return a text. Raises _Wrong."""
    import yaml  # noqa: PLC0415

    if not isinstance(node, yaml.ScalarNode):
        cure = "write a text" if key == _BECAUSE else "write a text, or a list of texts"
        raise _Wrong(Problem(_line(node), f"{key} is not a text; {cure}"))
    if node.tag != _STR:
        reason = f"{key} is not a text: YAML reads {quoted(node.value)} as another type"
        raise _Wrong(Problem(_line(node), f"{reason}; write it in quotes"))
    if not node.value.strip():
        raise _Wrong(Problem(_line(node), f"{key} is empty; fill or remove it"))
    return Text(node.value.strip(), _line(node))


def _accepted(node: yaml.Node, key: str) -> None:
    """Raise _Wrong unless the value is `accepted`, the only possible value of the key."""
    if not isinstance(node.value, str) or node.value != _ACCEPTED:
        raise _Wrong(Problem(_line(node), f"write {key}: {_ACCEPTED}, or remove {key}"))


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
