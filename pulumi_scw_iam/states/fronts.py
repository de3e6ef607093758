"""The front and the kind of a resource, by its type token."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

from pulumi_scw_iam.core.names import dynamic_token, token
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = ["Front", "front_and_kind"]

Front = Literal["dynamic", "native", ""]
"""The front of a resource; empty for resources of other packages."""


def front_and_kind(type_token: object) -> tuple[Front, AnyKind | None]:
    """Return the front and the kind of a type token; "" and None for other packages."""
    front, name = _kinds().get(type_token, ("", ""))
    return front, KINDS[name] if name else None


@functools.cache
def _kinds() -> Mapping[object, tuple[Front, str]]:
    """Return the front and the name of the kind by type token."""
    native: dict[object, tuple[Front, str]] = {token(name): ("native", name) for name in KINDS}
    return {**native, **{dynamic_token(name): ("dynamic", name) for name in KINDS}}
