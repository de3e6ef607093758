"""A kind is one IAM resource: its inputs, its state, and four verbs over the API.

What all kinds have in common is written here once, driven by `Prop`: check, diff, and how an answer
of the API becomes a state. A kind adds create, read, update and delete.
"""

from __future__ import annotations

import enum
import typing
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import (
    Gone,
    IamError,
    Incomplete,
    NotFound,
    Refused,
    UnknownOutcome,
)
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import dashed, joined, plural, quoted
from pulumi_scw_iam.core.check import Failure, Spell, checked, filled
from pulumi_scw_iam.core.fields import UNKNOWN, Field, Props, decode, encode, fields, one_ofs
from pulumi_scw_iam.core.find import the_one
from pulumi_scw_iam.core.organization.plan import Claim, Declaration, Name
from pulumi_scw_iam.core.organization.proposal import Finding
from pulumi_scw_iam.core.overlap import Overlap

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Hashable,
        Iterable,
        Iterator,
        Mapping,
    )

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.fields import Path, Step
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal

__all__ = ["Change", "Kind", "own_get", "undone_by"]

I = TypeVar("I")  # noqa: E741 - the inputs
S = TypeVar("S")  # the state

_REFRESH = "run `pulumi refresh`"
_PART = "a part of the update is done, and the next `pulumi up` does the rest"
_UNKNOWN_PART = (
    "a part of the update is done, and the call that failed may have been done as well;"
    f" {_REFRESH}, and then `pulumi up`"
)
_UNKNOWN_OUTCOME = (
    f"the update may have been done nevertheless; {_REFRESH} before you change the program"
)


class Change(enum.Enum):
    """What a difference asks for."""

    UPDATE = "update"
    REPLACE = "replace"


class Kind(ABC, Generic[I, S]):
    """One IAM resource. Kinds have no state of their own; one object of each serves all calls."""

    name: ClassVar[str]
    """The type's name, `Group`."""
    noun: ClassVar[str]
    """What messages call one, `group`."""
    described_by: ClassVar[str] = "name"
    """The field that tells one from another in messages."""
    found_by: ClassVar[tuple[str, ...]] = ()
    """What an import may name one by, beside its id: `name:devs`."""
    quota: ClassVar[str] = ""
    """The name of the quota that limits how many an organization may have."""
    outlives_resource: ClassVar[bool] = False
    """Whether the object stays when its resource is deleted."""
    overlap: ClassVar[Overlap] = Overlap()
    """What its objects share with those of other resources."""
    inputs: type[I]
    state: type[S]

    # --- the verbs, each kind's own ----------------------------------------------------------

    @abstractmethod
    def create(self, client: IamClient, inputs: I) -> tuple[str, S]:
        """Make one; returns its id and state. All or nothing: see `undone_by`."""

    @abstractmethod
    def read(self, client: IamClient, resource_id: str, state: S | None) -> S:
        """Return the state that the API holds.

        `state` is the known state; None if the resource is being looked up. Raises Gone if the object's
        own GET says that it does not exist (`own_get`), and any other NotFound for what says less.
        """

    def update(self, client: IamClient, resource_id: str, state: S, inputs: I) -> S:
        """Change what differs, in place; only reached for changes that do not replace.

        Where that takes several calls they are done with `apply_steps`.
        """
        raise NotImplementedError(f"every change of a {self.noun} replaces it")

    @abstractmethod
    def delete(self, client: IamClient, resource_id: str, state: S) -> None:
        """Delete one; NotFound means that it is gone, which is as good."""

    @abstractmethod
    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """All there are, as the API sends them, with their ids.

        `named` has at most one of the names in `found_by`; what does not match may be left out.
        """

    def find(self, client: IamClient, wanted: str) -> str:
        """The id of what an import names: an id already, or `name:devs` and its like.

        Raises IamError when not exactly one is named so.
        """
        how, colon, value = wanted.partition(":")
        if not colon or how not in self.found_by:
            return wanted

        def listed(**named: str) -> Iterator[Mapping[str, Any]]:
            return (item for _, item in self.listed(client, **named))

        item = the_one(
            listed,
            how,
            value,
            place="the organization",
            filters={how: value},
            normalize=self._normalize_of(how),
        )
        return str(item["id"])

    def _normalize_of(self, name: str) -> Callable[[str], Hashable]:
        """Return what equal values of a field have in common."""
        (field,) = (field for field in fields(self.state) if field.name == name)
        return field.prop.key or str

    # --- check and diff, the same for all ----------------------------------------------------

    def check(
        self,
        olds: Props,
        news: Props,
        *,
        settings: Mapping[str, str | None],
        resource_name: str | None = None,
        spell: Spell = str,
    ) -> tuple[dict[str, Any], list[Failure]]:
        """The inputs to use, and all that is wrong with them.

        A field that the program leaves out is filled from the settings of the provider, else keeps
        what it was when the resource was made: an API key belongs to one organization only.
        """
        values = filled(
            self.inputs, news, settings=settings, olds=olds, resource_name=resource_name
        )
        inputs, failures = checked(self.inputs, self.state, values, noun=self.name, spell=spell)
        failures = [self._of_default(failure, news, values, spell) for failure in failures]
        secrets = self.secrets()
        failures += [
            Failure(spell(name), reason, hidden=name in secrets)
            for name, reason in self.rules(inputs, spell)
        ]
        return inputs if failures else self.normalized(inputs), failures

    def _of_default(self, failure: Failure, news: Props, values: Props, spell: Spell) -> Failure:
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

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Return what checked inputs declare, for the plan. Changes nothing.

        Properties that failed the check are left out of `news`.
        """
        claims, kept = [], []
        for field in fields(self.inputs):
            value = news.get(field.name)
            if not field.prop.unique or value in (None, UNKNOWN):
                continue
            if olds and field.same(olds.get(field.name), value):
                kept.append(self._unique_name(field.name, value))
            else:
                claims.append(self.claim(field.name, olds, news))
        is_new = self._is_made_again(olds, news) if olds else not self._exists(organization, news)
        return Declaration(
            noun=self.noun,
            claims=tuple(claims),
            kept=tuple(kept),
            adds_one=bool(self.quota) and is_new,
        )

    def claim(self, field: str, olds: Props, news: Props) -> Claim:
        """Return the claim to the new value of a field that must be unique."""
        old = olds.get(field)
        return Claim(
            self._unique_name(field, news[field]),
            self._unique_name(field, old) if isinstance(old, str) else None,
        )

    def _unique_name(self, field: str, value: str) -> Name:
        return Name(self.noun, field, self._normalize_of(field)(value))

    def check_against(self, organization: Organization, proposal: Proposal) -> Iterator[Finding]:
        """Yield what the API would refuse of checked inputs as the organization is. Changes nothing.

        Only new or changed values are judged: what was accepted once is not looked up again.
        """
        olds, news = proposal.olds, proposal.news
        for field in fields(self.inputs):
            value = news.get(field.name)
            if value in (None, UNKNOWN) or (olds and field.same(olds.get(field.name), value)):
                continue
            for reason in _lacking(organization.directory, field, value):
                yield Finding(field.name, reason)
            if field.prop.unique:
                yield from self.unless_free(organization, field.name, proposal)
        yield from self._over_quota(organization, proposal)

    def _over_quota(self, organization: Organization, proposal: Proposal) -> Iterator[Finding]:
        """Yield a warning if there would be more objects than the organization may have.

        It is no failure: the old object may be deleted first, or the new one imported.
        """
        number = proposal.registration.number
        if number is None:
            return
        if (excess := organization.excess(self.noun, self.quota, number)) is None:
            return
        limit, count = excess
        place = f"number {count} of the {limit} {self.plural} that organization {organization.id} may have"
        if not proposal.olds:
            yield Finding.warning(
                f"{self.describe(proposal.news)} would be {place}; delete what is not needed, or ask"
                " Scaleway's support to raise the quota"
            )
            return
        yield Finding.warning(
            f"{self.describe(proposal.olds)}: its replacement would be {place}, since the engine deletes"
            f" the old one last; set the option {proposal.spell('delete_before_replace')}, or replace less"
            " at once with --target"
        )

    def _exists(self, organization: Organization, news: Props) -> bool:
        """Return whether an object has a name of new inputs: it is replaced, imported, or in the way."""
        return any(
            isinstance(value := news.get(field.name), str)
            and organization.holder(
                self.noun, field.name, value, normalize=self._normalize_of(field.name)
            )
            for field in fields(self.inputs)
            if field.prop.unique
        )

    def _is_made_again(self, olds: Props, news: Props) -> bool:
        """Return whether new inputs replace a resource, so that there are two until the old one goes."""
        replaced = Change.REPLACE in self.diff(olds, news).values()
        return replaced and not self.deletes_first(olds, news)

    def unless_free(
        self, organization: Organization, field: str, proposal: Proposal
    ) -> Iterator[Finding]:
        """Yield why a value cannot be that of this resource: another object has it.

        Without old inputs, an existing object may be this very resource: the engine does not tell the old
        inputs of a resource that is tainted, or replaced by `--replace`, and has the new inputs of one that
        is about to be imported (`--import-file`) checked. Only the create can tell, so that is a warning,
        unless a refresh of this run has read the object under another URN.
        """
        olds, value, normalize = proposal.olds, proposal.news[field], self._normalize_of(field)
        word = field.replace("_", " ")
        twice = (
            f"another {self.noun} of this program has the {word} {quoted(value)}; choose another"
        )
        if field in proposal.registration.taken:
            yield Finding(field, twice)
            return
        holder = organization.holder(self.noun, field, value, normalize=normalize)
        if holder is None or (olds and self._may_be_itself(organization, field, olds.get(field))):
            return
        if organization.plan.keeps(self._unique_name(field, value)):
            yield Finding(field, twice)
            return
        taken = f"the {word} {quoted(value)} is taken in organization {organization.id}"
        if olds:
            yield Finding(field, f"{taken} by {self.noun} {holder['id']}; choose another")
            return
        cure = organization.adopt(self.name, value, holder["id"])
        reason = f"{taken}; {cure.words}, or choose another"
        if cure.is_of_stack:
            yield Finding(field, reason)
        else:
            yield self.in_the_way(reason, proposal)

    def _may_be_itself(self, organization: Organization, field: str, old: object) -> bool:
        """Return whether the object that has a new name already may be the resource's own.

        So it may if the old name is not known, or if no object has it any more: an update that failed in its
        middle has renamed the object, or somebody else has. The API will tell.
        """
        if not isinstance(old, str):
            return True
        normalize = self._normalize_of(field)
        return organization.directory.named(self.noun, field, old, normalize=normalize) is None

    def in_the_way(self, reason: str, proposal: Proposal) -> Finding:
        """Return a warning that a create will be refused, unless it replaces what is in its way."""
        return Finding.warning(
            f"{self.describe(proposal.news)}: {declared_secrets.text(reason)}; if this resource has it, and"
            f" is replaced, {proposal.spell('delete_before_replace')} must be set"
        )

    def loss_by_delete(self, directory: Directory, resource_id: str, state: S) -> Loss | None:
        """Return what deleting an object takes from the API key that runs the program; None for nothing."""
        del directory, resource_id, state
        return None

    def loss_by_update(
        self, directory: Directory, resource_id: str, state: S, inputs: I
    ) -> Loss | None:
        """Return what an update takes from the caller; None for nothing.

        The check has judged what it knew. The update is judged by what exists when it is made.
        """
        del directory, resource_id, state, inputs
        return None

    def parts_of(self, resource_id: str) -> Props:
        """Return the properties that an id is made of; none if the API chose it.

        Raises Refused if it is not the id of such a resource.
        """
        del resource_id
        return {}

    def warnings(self, resource_id: str, outputs: Props) -> Iterator[str]:
        """Yield what a preview and a refresh should tell of an object that the state has."""
        del resource_id, outputs
        yield from ()

    def normalized(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Checked inputs without failures, as the API spells them.

        For what has two spellings over several fields; a `form` does it for the value of one.
        """
        return inputs

    def diff(self, olds: Props, news: Props) -> dict[str, Change]:
        """What changes between a state and checked inputs, by property.

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

        So it is where the API refuses the new one beside the old one.
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

    # --- helpers -----------------------------------------------------------------------------

    def preview(self, olds: Props | None, news: Props) -> dict[str, Any]:
        """The outputs after a create or an update, as far as they can be told without a call."""
        said = {field.name: field for field in fields(self.inputs)}
        outputs: dict[str, Any] = {}
        for field in fields(self.state):
            name = field.name
            if olds is not None and (name not in said or field.prop.create_only):
                value = olds.get(name)
            elif news.get(name) is not None:
                value = field.completed(news[name])
            elif olds is not None and field.prop.server_default:
                value = olds.get(name)
            elif name in said and not field.chosen_by_api:
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
        """The inputs of a program that declares what is there, without what it need not say."""
        given = self.without_defaults(outputs)
        return {
            field.name: given[field.name]
            for field in fields(self.inputs)
            if field.name in given and not field.prop.create_only and not field.prop.kept
        }

    def without_defaults(self, props: Props) -> dict[str, Any]:
        """The inputs among the properties, without those that have the default of an unset one."""
        return {
            field.name: props[field.name]
            for field in fields(self.inputs)
            if props.get(field.name) not in (None, encode(field.default))
        }

    @property
    def plural(self) -> str:
        """What messages call several."""
        return plural(self.noun)

    @classmethod
    def outputs(cls) -> tuple[str, ...]:
        """The names that the API adds to the inputs."""
        said = {field.name for field in fields(cls.inputs)}
        return tuple(field.name for field in fields(cls.state) if field.name not in said)

    @classmethod
    def unique(cls) -> tuple[str, ...]:
        """Return the inputs that no two of the kind may share in an organization."""
        return tuple(field.name for field in fields(cls.inputs) if field.prop.unique)

    @classmethod
    def secrets(cls) -> tuple[str, ...]:
        """The names of the properties that are secret, inputs and outputs."""
        return tuple(field.name for field in fields(cls.state) if field.prop.secret)

    @classmethod
    def told_once(cls, spell: Spell = str) -> str | None:
        """What to say of one that was looked up or imported: the secrets that are not known."""
        said = {field.name for field in fields(cls.inputs)}
        names = [spell(name) for name in cls.secrets() if name not in said]
        if not names:
            return None
        return f"the API tells {' and '.join(names)} only once, so it is not set here"

    def describe(self, props: Props, resource_id: str = "") -> str:
        """What messages call this one: `group "devs"`, or its id where it has no name.

        A name that the program marks as secret is `[secret]`.
        """
        title = props.get(self.described_by)
        if isinstance(title, str) and title:
            return f"{self.noun} {declared_secrets.whole(title, quoted)}"
        return f"{self.noun} {resource_id}".rstrip()

    def state_of(self, answer: Mapping[str, Any], said: I | S | None = None) -> S:
        """The state for an object as the API sent it.

        What the API does not tell (again), a password or a secret key, is taken from `said`.
        """
        plain = dict(answer)
        known = encode(said) if said is not None else {}
        for field in fields(self.state):
            if field.prop.kept and plain.get(field.name) is None:
                plain[field.name] = known.get(field.name)
        return decode(self.state, plain)

    def differing(self, state: S, inputs: I, *names: str) -> dict[str, Any]:
        """Those of the named inputs that differ from the state, ready to be sent."""
        olds, news = encode(state), encode(inputs)
        return {
            field.name: encode(getattr(inputs, field.name))
            for field in fields(self.inputs)
            if field.name in names and not field.same(olds.get(field.name), news.get(field.name))
        }

    def apply_steps(
        self, resource_id: str, state: S, steps: Iterable[tuple[Callable[[], object], S]]
    ) -> None:
        """Make the calls of an update in turn, each with the state after it.

        Raises Incomplete if a call fails after another succeeded. Its state is the one after the last
        call that succeeded, from which the next update goes on.
        """
        done = state
        for number, (call, after) in enumerate(steps):
            try:
                call()
            except IamError as error:
                unknown = error.may_have_acted
                if number == 0:
                    if unknown:
                        error.hint = error.hint or _UNKNOWN_OUTCOME
                    raise
                failure = Incomplete(
                    error.words,
                    resource_id=resource_id,
                    state=done,
                    furthest=after if unknown else done,
                    hint=_UNKNOWN_PART if unknown else _PART,
                )
                break
            done = after
        else:
            return
        raise failure

    def undo_update(self, client: IamClient, resource_id: str, old: S, left: Incomplete) -> None:
        """Undo the calls of a failed update, and say in the hint of the error what is left of it.

        For a front that cannot keep the state of an incomplete update. Undoing is an update to the old
        state, so it widens access no more than an update does.
        """
        reached = typing.cast("S", left.furthest)
        stays = self.irreversible(old, reached)
        inputs = {**encode(old), **{name: getattr(reached, name) for name in stays}}
        try:
            with client.bounded(None):
                self.update(client, resource_id, reached, decode(self.inputs, inputs))
        except IamError as failed:
            left.hint = (
                "a part of the update is done, and undoing it failed too:"
                f" {failed.aside}; {_REFRESH}, and then `pulumi up`"
            )
            return
        left.hint = "the part of the update that was done is undone"
        if stays:
            left.hint += f", except for {joined(stays)}"
        kept = {field.name for field in fields(self.inputs) if field.prop.kept}
        if not kept.issuperset(stays):
            left.hint += f"; {_REFRESH} before you change the program"

    def irreversible(self, old: S, reached: S) -> list[str]:
        """Return the inputs that keep their new value when an update is undone.

        The API does not tell the value of a `kept` input, so the old one may be another by now. An
        unset input leaves what the API holds alone.
        """
        before, after = encode(old), encode(reached)
        alternatives = {name for group in one_ofs(self.inputs) for name in group.names}
        return [
            field.name
            for field in fields(self.inputs)
            if not field.same(before.get(field.name), after.get(field.name))
            and (
                field.prop.kept
                or (before.get(field.name) is None and field.name not in alternatives)
            )
        ]

    def same_spelling(self, olds: Props, news: dict[str, Any]) -> dict[str, Any]:
        """The new state, in the old spelling wherever both mean the same.

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
        """The inputs to keep after a refresh that found changes; None when it found none.

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

    @staticmethod
    def is_protected(state: object) -> bool:
        """Whether the API never allows to delete it."""
        return getattr(state, "managed", False) or not getattr(state, "deletable", True)

    def refuse_locked(self, verb: str, state: S) -> None:
        """Raise Refused for a change that the API never allows, before any call."""
        if getattr(state, "managed", False):
            raise Refused(f"it is managed by a Scaleway product, so Pulumi cannot {verb} it")
        flag = "deletable" if verb == "delete" else "editable"
        if not getattr(state, flag, True):
            raise Refused(f"Scaleway does not allow to {verb} it ({flag} is false)")


def _lacking(directory: Directory, field: Field, value: Any) -> Iterator[str]:
    """Yield the reason for each id in a value that names no object."""
    uuid_of = field.prop.format
    if not isinstance(uuid_of, formats.UuidOf) or not directory.can_tell(uuid_of.noun):
        return
    for resource_id in dict.fromkeys(value) if isinstance(value, list) else [value]:
        if resource_id is not UNKNOWN and directory.lacks(uuid_of.noun, resource_id):
            yield directory.lacking(uuid_of.noun, resource_id)


@contextmanager
def own_get(resource_id: str) -> Iterator[None]:
    """Make the 404 of the GET of one object say that the object is gone.

    Raises Gone for a 404 about this very id. Any other NotFound passes: it says nothing about the object.
    """
    try:
        yield
    except NotFound as error:
        if error.resource_id.lower() != resource_id.lower():
            raise
        gone = Gone.of(error)
    else:
        return
    raise gone


@contextmanager
def undone_by(
    client: IamClient, undo: Callable[[], None], noun: str, resource_id: str, state: object
) -> Iterator[None]:
    """Undo a create when a later call of it fails, so that nothing is left behind.

    The error says that the create was undone. If undoing fails too, Incomplete says what is left;
    `state` is the state after the first call. An object that the create adopted without proof may be
    another program's: UnknownOutcome is raised before a call changes or deletes it.
    """
    if client.is_unproved(resource_id):
        raise UnknownOutcome(
            f"{noun} {resource_id} appeared while the response to the create was lost, and nothing proves"
            " that this create made it, so it was left as it is",
            hint="if nothing uses it, delete it with"
            f" `pulumi-scw-iam delete {dashed(noun)} {resource_id}`, and run again",
        )
    try:
        yield
    except IamError as error:
        failure = error
        try:
            # What is begun is undone with all the time that it takes.
            with client.bounded(None):
                undo()
        except NotFound:
            error.hint = f"the new {noun} is gone again"
        except IamError as failed:
            failure = Incomplete(
                error.words,
                resource_id=resource_id,
                state=state,
                hint=f"the new {noun} {resource_id} may be left, since removing it failed too:"
                f" {failed.aside}",
            )
        else:
            error.hint = f"the new {noun} was removed again"
        raise failure from None
