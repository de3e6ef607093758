"""Check: report at preview the inputs that the API would refuse.

Unknown values never fail. Each failure names the property in the user's spelling, and the fix.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pulumi_scw_iam.api.settings import sources
from pulumi_scw_iam.common.redaction import declared_secrets, hidden, plain_type
from pulumi_scw_iam.common.words import counted, joined, quoted, shown
from pulumi_scw_iam.core.fields import UNKNOWN, Field, OneOf, fields, one_ofs
from pulumi_scw_iam.core.misfits import type_words

__all__ = ["Failure", "Spell", "brief", "checked", "concealed", "filled"]

Spell = Callable[[str], str]
"""The user's spelling of a property name: snake_case in Python, camelCase in the native plugin."""


@dataclass(frozen=True)
class Failure:
    """A check failure: the path of the property in the user's spelling, and the reason.

    The engine prints the value of the named property, even of a secret property.
    """

    path: str
    reason: str
    hidden: bool = False
    """The value may be a secret, so the engine must not get the property's name."""
    of_name: bool = dataclasses.field(default=False, compare=False)
    """The reason is about the property's name and shows no part of the value."""

    of_long_value: bool = dataclasses.field(default=False, compare=False)
    """The reason is about a part of a value, and the whole value is too long to print."""

    @property
    def for_engine(self) -> tuple[str, str]:
        """The property and the reason, as passed to the engine, which prints both.

        The engine finds values by the names of top-level properties only. The reason therefore
        starts with the full path of a nested value.
        """
        path, reason = shown(self.path), shown(self.reason)
        if self.hidden:
            return "", f"{path} {reason}"
        if not self.nested:
            return path, reason
        return "" if self.of_long_value else shown(self.names[0]), f"{path}: {reason}"

    @property
    def nested(self) -> bool:
        """Whether the failure is about a value inside a property."""
        return self.path != self.names[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the path, without list indexes: `rules[0].condition` has two."""
        return tuple(re.sub(r"\[\d+\]", "", self.path).split("."))


_LONGEST_VALUE = 500


def brief(failures: Iterable[Failure], values: Mapping[str, Any]) -> list[Failure]:
    """Mark the failures inside a long value, so that the engine does not print the whole value.

    The keys of `values` are spelled like the first names of the paths.
    """
    return [
        replace(failure, of_long_value=True)
        if failure.nested and len(str(values.get(failure.names[0]))) > _LONGEST_VALUE
        else failure
        for failure in failures
    ]


def concealed(failures: Iterable[Failure], secrets: Collection[str]) -> list[Failure]:
    """Remove the values that the program marks as secret from the failures.

    `secrets` are the paths of these values, without list indexes: `tags`, `rules.condition`. A
    property with a secret value is not named to the engine. A reason is replaced if it may show a
    part of a secret, such as a forbidden character of a name.
    """
    paths = [tuple(path.split(".")) for path in secrets]
    return [_concealed(failure, paths) for failure in failures]


def _concealed(failure: Failure, secrets: Iterable[tuple[str, ...]]) -> Failure:
    names = failure.names
    of_property = [path for path in secrets if path[0] == names[0]]
    if not of_property:
        return replace(failure, reason=declared_secrets.text(failure.reason))
    shows = any(all(a == b for a, b in zip(path, names, strict=False)) for path in of_property)
    if failure.of_name or not shows:
        return replace(failure, reason=declared_secrets.text(failure.reason), hidden=True)
    reason = "is invalid; the value is secret, so the reason is not shown"
    return replace(failure, reason=reason, hidden=True)


def filled(
    inputs: type,
    news: Mapping[str, Any],
    *,
    settings: Mapping[str, str | None],
    olds: Mapping[str, Any] | None = None,
    resource_name: str | None = None,
) -> dict[str, Any]:
    """Return the values of `news`, with defaults for unset inputs.

    The default is the provider's setting, else the old value; for an `autoname` field, the
    resource's name. With `setting_at_creation`, the old value comes first, so that another person's
    settings replace nothing.
    """
    values = dict(news)
    for field in fields(inputs):
        if values.get(field.name) is not None:
            continue
        if field.prop.setting is not None:
            choices = [settings.get(field.prop.setting), (olds or {}).get(field.name)]
            if field.prop.setting_at_creation:
                choices.reverse()
            default = choices[0] or choices[1]
        elif field.prop.autoname:
            default = resource_name
        else:
            continue
        if default is not None:
            values[field.name] = default
    return values


def checked(
    inputs: type, state: type, news: Mapping[str, Any], *, noun: str, spell: Spell
) -> tuple[dict[str, Any], list[Failure]]:
    """Return the normalized values of `news`, and their failures against the dataclass `inputs`.

    Messages call the object by `noun`. The dataclass `state` has the inputs and the outputs.
    """
    check = _Check(spell, state)
    plain = check.object(inputs, news, "", noun)
    return plain, check.failures


class _Check:
    def __init__(self, spell: Spell, state: type) -> None:
        self.spell = spell
        self.state = state
        self.failures: list[Failure] = []

    def fail(self, path: str, reason: str, *, hidden: bool = False, of_name: bool = False) -> None:
        self.failures.append(Failure(path, reason, hidden, of_name))

    def object(self, cls: type, news: Mapping[str, Any], path: str, noun: str) -> dict[str, Any]:
        known = {field.name: field for field in fields(cls)}
        plain: dict[str, Any] = {}
        for name in news:
            if name not in known:
                self.unknown_name(name, path, noun, list(known))
        for name, field in known.items():
            value = news.get(name)
            where = self.join(path, name)
            if value is not None:
                plain[name] = hidden(self.value(field, value, where), secret=field.prop.secret)
            elif field.required:
                setting = field.prop.setting
                cure = f"pass it, or set {sources(setting)}" if setting else "pass it"
                self.fail(where, f"is required; {cure}")
        for group in one_ofs(cls):
            self.one_of(group, plain, path)
        return plain

    def join(self, path: str, name: str) -> str:
        return f"{path}.{self.spell(name)}" if path else self.spell(name)

    def unknown_name(self, name: str, path: str, noun: str, known: list[str]) -> None:
        where = self.join(path, name)
        outputs = {
            spelled
            for field in fields(self.state)
            for spelled in (field.name, self.spell(field.name))
        }
        # A misspelled name may hold the value of a secret property.
        may_be_secret = any(_is_hidden(field) for field in fields(self.state))
        if name in outputs and not path:
            reason = f"is an output of {noun}; leave it out"
            self.fail(where, reason, hidden=may_be_secret, of_name=True)
            return
        names = [self.spell(known_name) for known_name in known]
        near = difflib.get_close_matches(self.spell(name), names, n=1)
        cure = f'did you mean "{near[0]}"?' if near else f"the inputs are {', '.join(names)}"
        self.fail(where, f"is not an input of {noun}; {cure}", hidden=may_be_secret, of_name=True)

    def one_of(self, group: OneOf, plain: Mapping[str, Any], path: str) -> None:
        values = {name: plain.get(name) for name in group.names}
        given = [name for name, value in values.items() if value not in (None, False)]
        known = [name for name in given if values[name] is not UNKNOWN]
        if len(given) == 1 or (len(known) <= 1 and len(known) < len(given)):
            return
        choice = joined(self.spell(name) for name in group.names)
        spelled = [self.spell(name) for name in known]
        state = "none is set"
        if spelled:
            both = len(group.names) == 2
            state = "both are set" if both else f"{' and '.join(spelled)} are set"
        self.fail(
            self.join(path, known[-1] if known else group.names[0]),
            f"set exactly one of {choice} as the {group.what}; {state}",
            of_name=True,
        )

    def value(self, field: Field, value: Any, path: str) -> Any:
        if value is UNKNOWN:
            return value
        if field.container is None:
            return self.item(field, value, path)
        if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
            self.wrong(field, path, f"is {_described(value)}; pass a list")
            return value
        items = [
            item if item is UNKNOWN else self.item(field, item, f"{path}[{i}]")
            for i, item in enumerate(value)
        ]
        prop = field.prop
        number = len(items)
        if field.container is frozenset and not self.failed_below(path):
            # Duplicates are harmless: programs often concatenate lists of ids. An unknown item may
            # turn out to be a duplicate.
            number = len(frozenset(items) - {UNKNOWN})
        if len(items) < prop.min_items:
            self.wrong(field, path, f"is empty; at least {_needed(prop.min_items, 'item')}")
        if prop.max_items is not None and number > prop.max_items:
            self.wrong(field, path, f"has {number} items; at most {prop.max_items} are allowed")
        # Keep the program's order and length: an update plan compares lists item by item. With
        # unknown items, a preview cannot sort a list as the update would.
        return items

    def wrong(self, field: Field, path: str, reason: str) -> None:
        self.fail(path, reason, hidden=_is_hidden(field))

    def failed_below(self, path: str) -> bool:
        return any(failure.path.startswith(f"{path}[") for failure in self.failures)

    def item(self, field: Field, value: Any, path: str) -> Any:
        if field.nested:
            if not isinstance(value, Mapping):
                self.wrong(
                    field, path, f"is {_described(value)}; pass {field.item.__name__}Args or a dict"
                )
                return value
            return self.object(field.item, value, path, field.item.__name__)
        # A string may be a Secret, a subclass. All other types must match exactly: True is also an
        # int.
        if plain_type(value) is not field.item:
            self.wrong(field, path, f"is {_described(value)}; pass {_TYPE_WORDS[field.item]}")
            return value
        if isinstance(value, str):
            return self.text(field, value, path)
        if isinstance(value, int):
            self.number(field, value, path)
        return value

    def number(self, field: Field, value: int, path: str) -> None:
        prop = field.prop
        if prop.minimum is not None and value < prop.minimum:
            self.wrong(field, path, f"is {value}; at least {prop.minimum} is needed")
        if prop.maximum is not None and value > prop.maximum:
            self.wrong(field, path, f"is {value}; at most {prop.maximum} is allowed")

    def text(self, field: Field, value: str, path: str) -> str:
        prop = field.prop
        size = len(value)
        if prop.max_length is not None and size > prop.max_length:
            self.wrong(
                field, path, f"is {size} characters long; at most {prop.max_length} are allowed"
            )
        elif size < prop.min_length:
            short = f"is {counted(size, 'character')} long" if value else "is empty"
            least = _needed(prop.min_length, "character")
            self.wrong(field, path, f"{short}; at least {least}")
        elif prop.choices and value not in prop.choices:
            choices = ", ".join(f'"{choice}"' for choice in prop.choices)
            self.wrong(field, path, f"{quoted(value)} is not one of {choices}")
        elif prop.format is not None:
            try:
                return prop.format(value)
            except ValueError as reason:
                self.wrong(field, path, str(reason))
        return value


def _is_hidden(field: Field) -> bool:
    return field.prop.secret or field.prop.unshown


_TYPE_WORDS: Mapping[type, str] = {str: "a string", bool: "True or False", int: "a whole number"}


def _needed(number: int, noun: str) -> str:
    return f"{counted(number, noun)} {'is' if number == 1 else 'are'} needed"


def _described(value: Any) -> str:
    """Return words for a value of the wrong type: its type, but of a boolean the value."""
    return str(value) if isinstance(value, bool) else type_words(value)
