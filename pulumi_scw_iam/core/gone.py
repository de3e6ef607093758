"""How a 404 of the API comes to mean that an object is gone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pulumi_scw_iam.common.errors import Gone, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["own_get"]


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
