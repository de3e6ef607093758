"""Check: everything that the API would refuse and that can be known before, said at preview.

Unknown values never fail. Each failure names the property as the user spells it, and says what would
be right.
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
from pulumi_scw_iam.common.words import joined, quoted, shown
from pulumi_scw_iam.core.fields import UNKNOWN, Field, OneOf, fields, one_ofs
from pulumi_scw_iam.core.misfits import type_words

__all__ = ["Failure", "Spell", "brief", "checked", "concealed", "filled"]

Spell = Callable[[str], str]
"""How the user spells a property's name: as it is (Python) or in camelCase (native)."""


@dataclass(frozen=True)
class Failure:
    """A check failure: the path of the property, as the user spells it, and the reason.

    The engine prints the value of the property that a failure names, also of a secret one.
    """

    path: str
    reason: str
    hidden: bool = False
    """The value may be a secret, so that the engine must not know which property it is."""
    of_name: bool = dataclasses.field(default=False, compare=False)
    """The reason is about the property's name, and shows nothing of its value."""

    of_long_value: bool = dataclasses.field(default=False, compare=False)
    """The reason is about a part of a value that is too long to be printed."""

    @property
    def for_engine(self) -> tuple[str, str]:
        """The property and the reason for the engine, which prints both.

        The engine finds the value only of a property of the resource, so what is within one is named in
        the reason.
        """
        path, reason = shown(self.path), shown(self.reason)
        if self.hidden:
            return "", f"{path} {reason}"
        if not self.nested:
            return path, reason
        return "" if self.of_long_value else shown(self.names[0]), f"{path}: {reason}"

    @property
    def nested(self) -> bool:
        """Whether it is about a value within a property."""
        return self.path != self.names[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the path, without the places in lists: `rules[0].condition` has two."""
        return tuple(re.sub(r"\[\d+\]", "", self.path).split("."))


_LONGEST_VALUE = 500


def brief(failures: Iterable[Failure], values: Mapping[str, Any]) -> list[Failure]:
    """The failures, of which those within a long value do not have the engine print all of it.

    `values` are by the names that the paths begin with.
    """
    return [
        replace(failure, of_long_value=True)
        if failure.nested and len(str(values.get(failure.names[0]))) > _LONGEST_VALUE
        else failure
        for failure in failures
    ]


def concealed(failures: Iterable[Failure], secrets: Collection[str]) -> list[Failure]:
    """The failures without the values that the program marks as secret.

    `secrets` are the paths of such values, without the places in lists: `tags`, `rules.condition`.
    The engine is not told a property that holds one. A reason is left out if it may show a part of one,
    such as the character that a name must not have.
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
    reason = "is not as it must be; its value is secret, so the reason is not shown"
    return replace(failure, reason=reason, hidden=True)


def filled(
    inputs: type,
    news: Mapping[str, Any],
    *,
    settings: Mapping[str, str | None],
    olds: Mapping[str, Any] | None = None,
    resource_name: str | None = None,
) -> dict[str, Any]:
    """The values of `news`, with what fills in for those that are left out.

    That is a setting of the provider, else the old value; or the name of the resource. With
    `setting_at_creation`, the old value comes first: the default of another person replaces nothing.
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
    """The values of `news` in their normalized spelling, and all that is wrong with them as `inputs`.

    `noun` is what the messages call the object, `state` the dataclass that has its outputs as well.
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
        # The value under a wrong name may have been meant for a secret property.
        cautious = any(_is_hidden(field) for field in fields(self.state))
        if name in outputs and not path:
            reason = f"is an output of {noun}; leave it out"
            self.fail(where, reason, hidden=cautious, of_name=True)
            return
        names = [self.spell(known_name) for known_name in known]
        near = difflib.get_close_matches(self.spell(name), names, n=1)
        cure = f'did you mean "{near[0]}"?' if near else f"it has {', '.join(names)}"
        self.fail(where, f"is not an input of {noun}; {cure}", hidden=cautious, of_name=True)

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
            # The same item twice is harmless: lists of ids are often put together from several. An
            # unknown item may turn out to be one of the others.
            number = len(frozenset(items) - {UNKNOWN})
        if len(items) < prop.min_items:
            self.wrong(field, path, f"is empty; at least {_needed(prop.min_items, 'item')}")
        if prop.max_items is not None and number > prop.max_items:
            self.wrong(field, path, f"has {number} items; at most {prop.max_items} are allowed")
        # Order and length stay those of the program: an update plan compares the lists item by item,
        # and a preview that does not know all items cannot sort them as the update would.
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
        # A text may come as a Secret. Otherwise the type itself counts: True is an int too.
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
            short = f"is {_counted(size, 'character')} long" if value else "is empty"
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


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _needed(number: int, noun: str) -> str:
    return f"{_counted(number, noun)} {'is' if number == 1 else 'are'} needed"


def _described(value: Any) -> str:
    """Describe a value of the wrong type, without showing it; a truth value may be shown."""
    return str(value) if isinstance(value, bool) else type_words(value)
