"""A kind is one IAM resource: its inputs, its state, and four verbs over the API.

What follows from the declared fields is in `declared`, and what an organization says of inputs in `judged`. A
kind adds create, read, update and delete.
"""

from __future__ import annotations

import typing
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pulumi_scw_iam.common.errors import IamError, Incomplete, Refused
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import Props, decode, encode, fields, one_ofs
from pulumi_scw_iam.core.find import find_one
from pulumi_scw_iam.core.judged import JudgedKind
from pulumi_scw_iam.core.overlap import Overlap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.plan import Loss

__all__ = ["Kind"]

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


class Kind(ABC, JudgedKind[I, S]):
    """One IAM resource. Kinds have no state of their own; one object of each serves all calls."""

    found_by: ClassVar[tuple[str, ...]] = ()
    """What an import may name one by, beside its id: `name:devs`."""
    outlives_resource: ClassVar[bool] = False
    """Whether the object stays when its resource is deleted."""
    overlap: ClassVar[Overlap] = Overlap()
    """What its objects share with those of other resources."""
    listed_by_doctor: ClassVar[bool] = False
    """Whether `doctor` lists all objects to find forgotten ones, since the audit log does not record them."""

    # --- the verbs, each kind's own ----------------------------------------------------------

    @abstractmethod
    def create(self, client: IamClient, inputs: I) -> tuple[str, S]:
        """Create an object; return its id and state. All or nothing: see `undone_by`."""

    @abstractmethod
    def read(self, client: IamClient, resource_id: str, state: S | None) -> S:
        """Return the state that the API holds.

        `state` is the known state; None if the resource is being looked up. Raises Gone if the object's
        own GET says that it does not exist (`own_get`), and any other NotFound for what says less.
        """

    def update(self, client: IamClient, resource_id: str, state: S, inputs: I) -> S:
        """Change what differs, in place; only reached for changes that do not replace.

        If an update takes several calls, `apply_steps` makes them.
        """
        raise NotImplementedError(f"every change of a {self.noun} replaces it")

    @abstractmethod
    def delete(self, client: IamClient, resource_id: str, state: S) -> None:
        """Delete an object. NotFound means that it is gone already, and is no failure."""

    @abstractmethod
    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield all objects as the API sends them, with their ids.

        `named` has at most one of the names in `found_by`; what does not match may be left out.
        """

    # --- finding and judging objects ---------------------------------------------------------

    def find(self, client: IamClient, given: str) -> str:
        """Return the id of what an import names: an id already, or `name:devs` and its like.

        Raises IamError when not exactly one is named so.
        """
        how, colon, value = given.partition(":")
        if not colon or how not in self.found_by:
            return given

        def listed(**named: str) -> Iterator[Mapping[str, Any]]:
            return (item for _, item in self.listed(client, **named))

        item = find_one(
            listed,
            how,
            value,
            place="the organization",
            filters={how: value},
            normalize=self._normalize_of(how),
        )
        return str(item["id"])

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

    # --- answers of the API, and updates in several calls ------------------------------------

    def state_of(self, answer: Mapping[str, Any], known: I | S | None = None) -> S:
        """The state for an object as the API sent it.

        What the API does not tell (again), a password or a secret key, is taken from `known`.
        """
        plain = dict(answer)
        values = encode(known) if known is not None else {}
        for field in fields(self.state):
            if field.prop.kept and plain.get(field.name) is None:
                plain[field.name] = values.get(field.name)
        return decode(self.state, plain)

    def body(self, inputs: I) -> dict[str, Any]:
        """Return the inputs that a create sends, as keywords of the client; None if one is unset.

        Lists without order are sorted. `Prop.sent` says what a create does not send.
        """
        return {
            field.name: encode(getattr(inputs, field.name))
            for field in fields(self.inputs)
            if field.is_in_create
        }

    def differing(self, state: S, inputs: I, *names: str) -> dict[str, Any]:
        """Return the inputs that differ from the state and that an update sends, as keywords of the client.

        With `names`, only these inputs are compared, also those that have a call of their own.
        """
        olds, news = encode(state), encode(inputs)
        return {
            field.name: encode(getattr(inputs, field.name))
            for field in fields(self.inputs)
            if (field.name in names if names else field.is_in_update)
            and not field.same(olds.get(field.name), news.get(field.name))
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
