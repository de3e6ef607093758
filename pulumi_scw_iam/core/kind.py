"""A kind is one IAM resource type: inputs, state, and the verbs create, read, update, delete.

`declared` derives check and diff from the declared fields. `judged` checks inputs against an
organization.
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
_PART = "the update is partly done; run `pulumi up` again to complete it"
_UNKNOWN_PART = (
    "the update is partly done, and the failed call may have had an effect too;"
    f" {_REFRESH}, and then `pulumi up`"
)
_UNKNOWN_OUTCOME = f"the update may have had an effect; {_REFRESH} before you change the program"


class Kind(ABC, JudgedKind[I, S]):
    """One IAM resource type. A kind is stateless; one instance serves all calls."""

    found_by: ClassVar[tuple[str, ...]] = ()
    """The fields that an import accepts instead of the id: `name:devs`."""
    outlives_resource: ClassVar[bool] = False
    """Whether the object stays when its resource is deleted."""
    overlap: ClassVar[Overlap] = Overlap()
    """The overlap of its objects with other resources."""
    listed_with: ClassVar[str] = "IAMReadOnly"
    """The permission set for the list of its objects."""
    changes_with_time: ClassVar[bool] = False
    """Whether an update may be due though the inputs did not change: see `as_of_now`."""
    listed_by_doctor: ClassVar[bool] = False
    """Whether `doctor` finds forgotten objects by a list, since the audit log does not record them."""

    # --- the verbs of each kind --------------------------------------------------------------

    @abstractmethod
    def create(self, client: IamClient, inputs: I) -> tuple[str, S]:
        """Create an object; return its id and state. All or nothing: see `undone_by`."""

    @abstractmethod
    def read(self, client: IamClient, resource_id: str, state: S | None) -> S:
        """Return the current state from the API.

        `state` is the known state; None for a look-up. Raises Gone if the object's own GET returns
        404 (`own_get`). Any other NotFound does not prove that the object is deleted.
        """

    def update(self, client: IamClient, resource_id: str, state: S, inputs: I) -> S:
        """Update the changed fields in place; never called for changes that replace.

        An update of several calls uses `apply_steps`.
        """
        raise NotImplementedError(f"{self.noun} has no update: every change is a replacement")

    @abstractmethod
    def delete(self, client: IamClient, resource_id: str, state: S) -> None:
        """Delete an object. The caller accepts NotFound: the object is already deleted."""

    def withdraw(self, client: IamClient, state: S) -> None:
        """Undo the effects of a create on other objects, before the undo deletes the object."""
        del client, state

    @abstractmethod
    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield all objects in the API's spelling, with their ids.

        `named` has at most one filter, a name in `found_by`. Filtered lists may still contain other
        objects.
        """

    # --- finding and judging objects ---------------------------------------------------------

    def find(self, client: IamClient, given: str) -> str:
        """Return the id of an object to import, given by id or by field (`name:devs`).

        Raises IamError unless exactly one object matches.
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
        """Return the properties in a compound id; empty if the API chooses the id.

        Raises Refused if the id is malformed.
        """
        del resource_id
        return {}

    def warnings(self, resource_id: str, outputs: Props) -> Iterator[str]:
        """Yield the warnings of a preview and a refresh about an existing object."""
        del resource_id, outputs
        yield from ()

    def as_of_now(self, state: Props, directory: Directory) -> Props:
        """Return the state for a diff and a preview of an update.

        For a kind whose updates depend on the time, or on objects that are in no state.
        """
        del directory
        return state

    def notes(self, resource_id: str, olds: Props, news: Props) -> Iterator[str]:
        """Yield the reasons of an update that the inputs do not show, given a state as of now."""
        del resource_id, olds, news
        yield from ()

    def without_object(self, state: S) -> S | None:
        """Return the state of a resource whose object is deleted; None if it is deleted with its object."""
        del state
        return None

    def objects_of(self, resource_id: str, outputs: Props) -> tuple[tuple[str, str], ...]:
        """Return the nouns and ids of the API's objects that a resource has."""
        del outputs
        return ((self.noun, resource_id),)

    def loss_by_delete(self, directory: Directory, resource_id: str, state: S) -> Loss | None:
        """Return the caller's loss by deleting an object; None without a loss.

        The caller is the API key that runs the program.
        """
        del directory, resource_id, state
        return None

    def loss_by_update(
        self, directory: Directory, resource_id: str, state: S, inputs: I
    ) -> Loss | None:
        """Return the caller's loss by an update; None without a loss.

        The check used the lists of the preview. The update is judged again by the lists of the
        update.
        """
        del directory, resource_id, state, inputs
        return None

    @staticmethod
    def is_protected(state: object) -> bool:
        """Return whether the API never allows to delete the object."""
        return getattr(state, "managed", False) or not getattr(state, "deletable", True)

    def refuse_locked(self, verb: str, state: S) -> None:
        """Raise Refused before any call if the API never allows the change."""
        if getattr(state, "managed", False):
            raise Refused(
                f"this {self.noun} is managed by a Scaleway product, so Pulumi cannot {verb} it"
            )
        flag = "deletable" if verb == "delete" else "editable"
        if not getattr(state, flag, True):
            raise Refused(f"Scaleway does not allow to {verb} this {self.noun} ({flag} is false)")

    # --- responses, and updates of several calls ---------------------------------------------

    def state_of(self, response: Mapping[str, Any], known: I | S | None = None) -> S:
        """Return the state for an object of a response.

        Values that the API does not return again (a password, a secret key) are copied from
        `known`.
        """
        plain = dict(response)
        values = encode(known) if known is not None else {}
        for field in fields(self.state):
            if field.prop.kept and plain.get(field.name) is None:
                plain[field.name] = values.get(field.name)
        return decode(self.state, plain)

    def body(self, inputs: I) -> dict[str, Any]:
        """Return the inputs of the create request as keywords of the client; None if unset.

        Lists without order are sorted. `Prop.sent` excludes fields.
        """
        return {
            field.name: encode(getattr(inputs, field.name))
            for field in fields(self.inputs)
            if field.is_in_create
        }

    def differing(self, state: S, inputs: I, *names: str) -> dict[str, Any]:
        """Return the changed inputs for the update request, as keywords of the client.

        With `names`, only the named inputs are compared, including inputs sent by separate calls.
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
        """Make the calls of an update in order; each step is a call and the state after it.

        Raises Incomplete if a call fails after a successful call. The error has the state after the
        last successful call, and the next update continues from this state.
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
        """Undo the calls of an incomplete update, and report the result in the hint of the error.

        For a front that cannot keep the state of an incomplete update. The undo is itself an
        update, to the old state, so the same rules keep it from widening access.
        """
        reached = typing.cast("S", left.furthest)
        stays = self.irreversible(old, reached)
        inputs = {**encode(old), **{name: getattr(reached, name) for name in stays}}
        try:
            with client.bounded(None):
                self.update(client, resource_id, reached, decode(self.inputs, inputs))
        except IamError as failed:
            left.hint = (
                "the update is partly done, and the undo failed too:"
                f" {failed.aside}; {_REFRESH}, and then `pulumi up`"
            )
            return
        left.hint = "the completed part of the update was undone"
        if stays:
            left.hint += f", except for {joined(stays)}"
        kept = {field.name for field in fields(self.inputs) if field.prop.kept}
        if not kept.issuperset(stays):
            left.hint += f"; {_REFRESH} before you change the program"

    def irreversible(self, old: S, reached: S) -> list[str]:
        """Return the inputs that keep their new value when an update is undone.

        The API does not return `kept` inputs, so the old value may be outdated. An input that was
        unset cannot be unset again: an update leaves unset inputs unchanged.
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
