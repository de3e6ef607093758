"""Distinguish deleted from unreadable objects: the API returns 404 for both."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.errors import (
    Gone,
    NotFound,
    PermissionDenied,
    Refused,
    Unauthenticated,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.directory import Directory

__all__ = ["explain_denials", "own_get", "refuse_foreign", "refuse_invisible"]

_OWN_CREDENTIALS = (
    "use credentials of that organization; if the object is deleted, remove the resource from the"
    " state with `pulumi state delete URN`"
)
_KEY_OF_LAST_UP = (
    "`pulumi refresh` and `pulumi destroy` use the API key of the last `pulumi up`; if the key in the"
    " configuration has changed since, run them with --run-program"
)


@contextmanager
def own_get(resource_id: str) -> Iterator[None]:
    """Context manager for the GET of one object: raises Gone for a 404 about its id.

    Any other NotFound passes, since the 404 of another id proves nothing about the object.
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
def explain_denials(olds: Props, configured: str | None) -> Iterator[None]:
    """Context manager: explain why a call was denied (other organization, old key).

    `configured` is the organization of the settings.
    """
    try:
        yield
    except PermissionDenied:
        refuse_foreign(olds, configured)
        raise
    except Unauthenticated as error:
        error.hint = f"{error.hint}; {_KEY_OF_LAST_UP}"
        raise


def refuse_foreign(olds: Props, configured: str | None) -> None:
    """Raise Refused for an object outside the organization of the settings."""
    owner = olds.get("organization_id")
    if isinstance(owner, str) and configured is not None and owner != configured:
        raise Refused(
            f"the object is in organization {owner}, but the credentials are for organization {configured}",
            hint=_OWN_CREDENTIALS,
        )


def refuse_invisible(directory: Directory, noun: str) -> None:
    """Raise Refused if the credentials cannot read the organization: a 404 then proves nothing."""
    try:
        if directory.is_visible(noun):
            return
        reason = ""
    except (PermissionDenied, NotFound) as error:
        reason = f": {error.words}"
    raise Refused(
        f"cannot tell whether the {noun} is deleted: the API returned 404, but the credentials cannot"
        f" read organization {directory.id}{reason}",
        hint=_OWN_CREDENTIALS,
    )
