"""What follows from the declared fields of a kind, without the API.

Check, diff, preview and the states of a refresh are written here once, driven by `Prop`.
"""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import plural, quoted
from pulumi_scw_iam.core.check import Failure, Spell, checked, filled
from pulumi_scw_iam.core.fields import UNKNOWN, Props, encode, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

    from pulumi_scw_iam.core.fields import Path, Step

__all__ = ["Change", "DeclaredKind"]

I = TypeVar("I")  # noqa: E741 - the inputs
S = TypeVar("S")  # the state


class Change(enum.Enum):
    """What a difference asks for."""

    UPDATE = "update"
    REPLACE = "replace"


class DeclaredKind(Generic[I, S]):
    """The names, the inputs and the state of one kind, and what they say about its values."""

    name: ClassVar[str]
    """The type's name, `Group`."""
    noun: ClassVar[str]
    """What messages call one, `group`."""
    described_by: ClassVar[str] = "name"
    """The field that tells one from another in messages."""
    inputs: type[I]
    state: type[S]

    # --- check and diff ----------------------------------------------------------------------

    def check(
        self,
        olds: Props,
        news: Props,
        *,
        settings: Mapping[str, str | None],
        resource_name: str | None = None,
        spell: Spell = str,
    ) -> tuple[dict[str, Any], list[Failure]]:
        """Return the inputs to use, and all that is wrong with their form.

        A field that the program leaves out is filled from the settings of the provider, else keeps
        what it was when the resource was made: an API key belongs to one organization only.
        """
        values = filled(
            self.inputs, news, settings=settings, olds=olds, resource_name=resource_name
        )
        inputs, failures = checked(self.inputs, self.state, values, noun=self.name, spell=spell)
        failures = [self._with_source(failure, news, values, spell) for failure in failures]
        secrets = self.secrets()
        failures += [
            Failure(spell(name), reason, hidden=name in secrets)
            for name, reason in self.rules(inputs, spell)
        ]
        return inputs if failures else self.normalized(inputs), failures

    def _with_source(self, failure: Failure, news: Props, values: Props, spell: Spell) -> Failure:
        """Return the failure with where the value comes from, if the program has not set it."""
        for field in fields(self.inputs):
            unset = news.get(field.name) is None and values.get(field.name) is not None
            if field.prop.autoname and unset and failure.path == spell(field.name):
                reason = f"{failure.reason}; it is the resource's logical name, since"
                return replace(failure, reason=f"{reason} {failure.path} is not set; set it")
        return failure

    def rules(self, inputs: Props, spell: Spell) -> Iterable[tuple[str, str]]:
        """Rules over several fields that are more than a one-of: pairs of a name and a reason."""
        del inputs, spell
        return ()

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Checked inputs without failures, as the API spells them.

        For a meaning with two spellings over several fields; `Prop.format` normalizes the value of one field.
        """
        return inputs

    def diff(self, olds: Props, news: Props) -> dict[str, Change]:
        """Return what changes between a state and checked inputs, by property.

        An unknown value differs from everything.
        """
        changes = {}
        for field in fields(self.inputs):
            old, new = olds.get(field.name), news.get(field.name)
            if field.prop.create_only or field.same(old, new):
                continue
            replace = field.prop.replace
            if callable(replace):
                replace = replace(olds, news)
            changes[field.name] = Change.REPLACE if replace else Change.UPDATE
        return changes

    def differences(
        self, changes: Collection[str], olds: Props, news: Props
    ) -> Iterator[tuple[Path, Step]]:
        """Yield where changed properties differ: each with its path, and what happens there."""
        for field in fields(self.inputs):
            if field.name in changes:
                for path, step in field.differences(olds.get(field.name), news.get(field.name)):
                    yield (field.name, *path), step

    def deletes_first(self, olds: Props, news: Props) -> bool:
        """Return whether a replacement must delete the old one before it creates the new one.

        That is if the API refuses the new object while the old one exists.
        """
        same_organization = olds.get("organization_id") == news.get("organization_id")
        return same_organization and self.excludes(olds, news)

    def is_exclusive(self) -> bool:
        """Return whether the API refuses a second one with the same unique name, or any second one."""
        return any(field.prop.unique for field in fields(self.inputs))

    def excludes(self, olds: Props, news: Props) -> bool:
        """Return whether an organization cannot have both: they have the same unique name."""
        return any(
            field.prop.unique
            and news.get(field.name) is not None
            and field.same(olds.get(field.name), news[field.name])
            for field in fields(self.inputs)
        )

    # --- states of a preview, an update and a refresh ----------------------------------------

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        """Return the outputs after a create or an update; UNKNOWN for what only the API will tell."""
        declared = {field.name for field in fields(self.inputs)}
        outputs: dict[str, Any] = {}
        for field in fields(self.state):
            name = field.name
            if olds is not None and (name not in declared or field.prop.create_only):
                value = olds.get(name)
            elif news.get(name) is not None:
                value = field.completed(news[name])
            elif olds is not None and field.prop.server_default:
                value = olds.get(name)
            elif name in declared and not field.chosen_by_api:
                value = encode(field.default)
            else:
                value = UNKNOWN
            if value is not None:
                outputs[name] = value
        return outputs

    def outputs_for(self, news: Props, state: S) -> dict[str, Any]:
        """Return the outputs after a create or an update, with the lists in the order of the inputs.

        The preview shows the lists in that order too, as far as it knows their items.
        """
        given = {
            field.name: field.completed(news[field.name])
            for field in fields(self.inputs)
            if news.get(field.name) is not None
        }
        return self.same_spelling(given, encode(state))

    def inputs_of(self, outputs: Props) -> dict[str, Any]:
        """Return the inputs of a program that declares an object as it is; defaults are left out."""
        given = self.without_defaults(outputs)
        return {
            field.name: given[field.name]
            for field in fields(self.inputs)
            if field.name in given and not field.prop.create_only and not field.prop.kept
        }

    def without_defaults(self, props: Props) -> dict[str, Any]:
        """Return the inputs among the properties, without those that have the default of an unset one."""
        return {
            field.name: props[field.name]
            for field in fields(self.inputs)
            if props.get(field.name) not in (None, encode(field.default))
        }

    def same_spelling(self, olds: Props, news: dict[str, Any]) -> dict[str, Any]:
        """Return the new state, in the old spelling wherever both mean the same.

        So a refresh shows no change for rules that the API holds in another order. Of a list that
        differs, the items that are known keep their place.
        """
        for field in fields(self.state):
            name = field.name
            if name in olds and name in news:
                old, new = olds[name], news[name]
                news[name] = old if field.same(old, new) else field.merged(old, new)
        return news

    def refreshed(self, inputs: Props, olds: Props, outputs: Props) -> dict[str, Any] | None:
        """Return the inputs to keep after a refresh that found changes; None if it found none.

        What a program has Pulumi ignore is taken from these inputs: were the changes of others not in
        them, the next update would take those back. Items of lists are taken by their index, so the
        known ones keep it.
        """
        declared = fields(self.inputs)
        changed = {
            field.name: field.merged(inputs.get(field.name), outputs.get(field.name))
            for field in declared
            if not field.prop.create_only
            and not field.same(olds.get(field.name), outputs.get(field.name))
        }
        if not changed:
            return None
        values = {field.name: inputs.get(field.name) for field in declared} | changed
        return {name: value for name, value in values.items() if value is not None}

    # --- names -------------------------------------------------------------------------------

    @property
    def plural(self) -> str:
        """What messages call several, `groups`."""
        return plural(self.noun)

    @classmethod
    def outputs(cls) -> tuple[str, ...]:
        """Return the names of the properties that the API adds to the inputs."""
        inputs = {field.name for field in fields(cls.inputs)}
        return tuple(field.name for field in fields(cls.state) if field.name not in inputs)

    @classmethod
    def unique(cls) -> tuple[str, ...]:
        """Return the inputs that no two of the kind may share in an organization."""
        return tuple(field.name for field in fields(cls.inputs) if field.prop.unique)

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """Return the names of the secret properties, inputs and outputs."""
        return tuple(field.name for field in fields(cls.state) if field.prop.secret)

    @classmethod
    def secrets_note(cls, spell: Spell = str) -> str | None:
        """Return a note for an object that was looked up or imported; None if it has no secret outputs."""
        inputs = {field.name for field in fields(cls.inputs)}
        names = [spell(name) for name in cls.secrets() if name not in inputs]
        if not names:
            return None
        return f"the API tells {' and '.join(names)} only once, so it is not set here"

    def describe(self, props: Props, resource_id: str = "") -> str:
        """Return what messages call an object: `group "devs"`, or its id if it has no name.

        A name that the program marks as secret is `[secret]`.
        """
        title = props.get(self.described_by)
        if isinstance(title, str) and title:
            return f"{self.noun} {declared_secrets.whole(title, quoted)}"
        return f"{self.noun} {resource_id}".rstrip()

    def _normalize_of(self, name: str) -> Callable[[str], Hashable]:
        """Return what equal values of a field have in common."""
        (field,) = (field for field in fields(self.state) if field.name == name)
        return field.prop.key or str
