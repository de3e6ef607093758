"""Check, diff, preview and refresh of a kind, derived from its declared fields."""

from __future__ import annotations

import enum
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import joined, plural, quoted
from pulumi_scw_iam.core.check import Failure, Spell, checked, filled
from pulumi_scw_iam.core.fields import UNKNOWN, Props, encode, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

    from pulumi_scw_iam.core.fields import Path, Step

__all__ = ["Change", "DeclaredKind"]

I = TypeVar("I")  # noqa: E741 - the inputs
S = TypeVar("S")  # the state


class Change(enum.Enum):
    """The effect of a changed property."""

    UPDATE = "update"
    REPLACE = "replace"


class DeclaredKind(Generic[I, S]):
    """The names, inputs and state of one kind, and the operations derived from them."""

    name: ClassVar[str]
    """The name of the resource type, `Group`."""
    noun: ClassVar[str]
    """The noun for an object in messages, `group`."""
    described_by: ClassVar[str] = "name"
    """The field that identifies an object in messages."""
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
        """Return the checked inputs and the syntax failures.

        An unset field gets its default from the provider's settings, else keeps its value from the
        creation of the resource: an API key belongs to one organization only.
        """
        values = filled(
            self.inputs, news, settings=settings, olds=olds, resource_name=resource_name
        )
        inputs, failures = checked(self.inputs, self.state, values, noun=self.name, spell=spell)
        failures = [self._with_source(failure, news, values, spell) for failure in failures]
        secrets = self.secrets()
        failures += [
            Failure(spell(name), reason, hidden=name in secrets)
            for name, reason in self.rules(olds, inputs, spell)
        ]
        return inputs if failures else self.normalized(inputs), failures

    def _with_source(self, failure: Failure, news: Props, values: Props, spell: Spell) -> Failure:
        """Add the source of the value to the failure if this is the resource's name."""
        for field in fields(self.inputs):
            unset = news.get(field.name) is None and values.get(field.name) is not None
            if field.prop.autoname and unset and failure.path == spell(field.name):
                return replace(
                    failure,
                    reason=f"{failure.reason}; the value is the resource's logical name, because"
                    f" {failure.path} is not set; set {failure.path}",
                )
        return failure

    def rules(self, olds: Props, inputs: Props, spell: Spell) -> Iterable[tuple[str, str]]:
        """Return failures of rules over several fields: pairs of name and reason.

        With `ignore_changes`, the engine takes a value from the old inputs. A kind that sets an
        input from another input must therefore accept an old value.
        """
        del olds, inputs, spell
        return ()

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return valid inputs in the API's spelling.

        For values with two spellings over several fields. `Prop.format` normalizes a single field.
        """
        return inputs

    def diff(self, olds: Props, news: Props) -> dict[str, Change]:
        """Return the changes between a state and checked inputs, by property.

        An unknown value differs from every value.
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
        """Yield the path and the step of each difference in the changed properties."""
        for field in fields(self.inputs):
            if field.name in changes:
                for path, step in field.differences(olds.get(field.name), news.get(field.name)):
                    yield (field.name, *path), step

    def deletes_first(self, olds: Props, news: Props) -> bool:
        """Return whether a replacement must delete the old object before the create.

        True if the API refuses the new object while the old object exists.
        """
        same_organization = olds.get("organization_id") == news.get("organization_id")
        return same_organization and self.excludes(olds, news)

    def is_exclusive(self) -> bool:
        """Return whether the API may refuse a second object, because of its name or in any case."""
        return any(field.prop.unique for field in fields(self.inputs))

    def excludes(self, olds: Props, news: Props) -> bool:
        """Return whether old and new object cannot coexist: both have the same unique name."""
        return any(
            field.prop.unique
            and news.get(field.name) is not None
            and field.same(olds.get(field.name), news[field.name])
            for field in fields(self.inputs)
        )

    # --- states of a preview, an update and a refresh ----------------------------------------

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        """Return the outputs after a create or an update; UNKNOWN for values chosen by the API."""
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

    def moving_outputs(self, olds: Props, news: Props) -> Collection[str]:
        """Return the outputs of the API that an update in place changes; none by default."""
        del olds, news
        return ()

    def outputs_for(self, news: Props, state: S) -> dict[str, Any]:
        """Return the outputs after a create or an update, with lists in the order of the inputs.

        The preview shows lists in the same order, as far as the items are known.
        """
        given = {
            field.name: field.completed(news[field.name])
            for field in fields(self.inputs)
            if news.get(field.name) is not None
        }
        return self.same_spelling(given, encode(state))

    def inputs_of(self, outputs: Props) -> dict[str, Any]:
        """Return the inputs for a program to declare an existing object; defaults are left out."""
        given = self.without_defaults(outputs)
        return {
            field.name: given[field.name]
            for field in fields(self.inputs)
            if field.name in given and not field.prop.create_only and not field.prop.kept
        }

    def inputs_of_item(self, item: Props, outputs: Props) -> dict[str, Any]:
        """Return the inputs for a program to declare an object, given its form in the API and its outputs."""
        del item
        return self.inputs_of(outputs)

    def without_defaults(self, props: Props) -> dict[str, Any]:
        """Return the inputs among the properties, without the inputs that equal their default."""
        return {
            field.name: props[field.name]
            for field in fields(self.inputs)
            if props.get(field.name) not in (None, encode(field.default))
        }

    def same_spelling(self, olds: Props, news: dict[str, Any]) -> dict[str, Any]:
        """Return the new state, with the old spelling of each equivalent value.

        So a refresh shows no change if the API returns rules in another order. In a list that
        differs, equivalent items keep their index.
        """
        for field in fields(self.state):
            name = field.name
            if name in olds and name in news:
                old, new = olds[name], news[name]
                news[name] = old if field.same(old, new) else field.merged(old, new)
        return news

    def refreshed(self, inputs: Props, olds: Props, outputs: Props) -> dict[str, Any] | None:
        """Return the inputs to keep after a refresh; None if the refresh found no changes.

        With `ignoreChanges`, the engine takes the ignored values from these inputs. Changes made
        outside the program must therefore be in the inputs, or the next update would revert the
        changes. The engine takes list items by index, so equivalent items keep their index.
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
        """The plural noun in messages, `groups`."""
        return plural(self.noun)

    @classmethod
    def outputs(cls) -> tuple[str, ...]:
        """Return the names of the outputs that are not inputs."""
        inputs = {field.name for field in fields(cls.inputs)}
        return tuple(field.name for field in fields(cls.state) if field.name not in inputs)

    @classmethod
    def unique(cls) -> tuple[str, ...]:
        """Return the inputs with values that must be unique in an organization."""
        return tuple(field.name for field in fields(cls.inputs) if field.prop.unique)

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """Return the names of all secret inputs and outputs."""
        return tuple(field.name for field in fields(cls.state) if field.prop.secret)

    @classmethod
    def secrets_note(cls, spell: Spell = str) -> str | None:
        """Return the note about the unset secrets of an imported object; None without secrets."""
        inputs = {field.name for field in fields(cls.inputs)}
        names = [spell(name) for name in cls.secrets() if name not in inputs]
        if not names:
            return None
        pronoun = "they are" if len(names) > 1 else "it is"
        return f"the API returns {joined(names)} only at creation, so {pronoun} not set here"

    def describe(self, props: Props, resource_id: str = "") -> str:
        """Return the description of an object in messages: `group "devs"`, or the noun and the id.

        A name that the program marks as secret is `[secret]`.
        """
        title = props.get(self.described_by)
        if isinstance(title, str) and title:
            return f"{self.noun} {declared_secrets.whole(title, quoted)}"
        return f"{self.noun} {resource_id}".rstrip()

    def title(self, props: Props, resource_id: str) -> str:
        """Return the noun, the name and the id of an object, on one line, for a report."""
        name = props.get(self.described_by)
        return f"{self.noun}{f' {quoted(str(name))}' if name else ''} {resource_id}"

    def _normalize_of(self, name: str) -> Callable[[str], Hashable]:
        """Return the function that maps equivalent values of a field to equal keys."""
        (field,) = (field for field in fields(self.state) if field.name == name)
        return field.prop.key or str
