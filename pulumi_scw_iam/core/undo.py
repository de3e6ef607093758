"""The undo of a create of several calls: a create is all or nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.errors import IamError, Incomplete, NotFound, UnknownOutcome
from pulumi_scw_iam.common.words import dashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_scw_iam.api.client import IamClient

__all__ = ["undone_by"]


@contextmanager
def undone_by(
    client: IamClient, undo: Callable[[], None], noun: str, resource_id: str, state: object
) -> Iterator[None]:
    """Context manager for the later calls of a create: if a call fails, undo the create.

    The hint of the error reports the undo. If the undo fails too, raises Incomplete with `state`,
    the state after the first call. Raises UnknownOutcome before any call if the object was adopted
    without proof, since the object may belong to another program.
    """
    if client.is_unproved(resource_id):
        raise UnknownOutcome(
            f"the response to the create was lost, and {noun} {resource_id} appeared without proof that"
            " this create made it, so it was left as it is",
            hint="if nothing uses it, delete it with"
            f" `pulumi-scw-iam delete {dashed(noun)} {resource_id}`, and run again",
        )
    try:
        yield
    except IamError as error:
        failure = error
        given = error.hint
        try:
            # The undo has no deadline.
            with client.bounded(None):
                undo()
        except NotFound:
            error.hint = _added(given, f"the new {noun} no longer exists")
        except IamError as failed:
            failure = Incomplete(
                error.words,
                resource_id=resource_id,
                state=state,
                hint=_added(
                    given,
                    f"the new {noun} {resource_id} may still exist, since deleting it failed too:"
                    f" {failed.aside}",
                ),
            )
        else:
            error.hint = _added(given, f"the new {noun} was deleted again")
        raise failure from None


def _added(hint: str, more: str) -> str:
    """Return a hint with one more part."""
    return f"{hint}; {more}" if hint else more
