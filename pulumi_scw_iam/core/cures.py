"""Fixes for messages: how a program keeps an object that already exists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.names import in_component, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["IN_PYTHON", "Cure", "Cures"]


class Cure(NamedTuple):
    """A fix: how to keep an object that already exists."""

    words: str
    is_of_stack: bool
    """Whether a refresh of this run has read the object under another URN."""


class Cures(NamedTuple):
    """The fixes in the languages of one front."""

    adopt: Callable[[str, str, str], str]
    """Return how to adopt an object outside the state; takes the kind, the name and the id."""
    alias: Callable[[str | None], str]
    """Return how to add an alias; takes the old URN, or None if the old URN is unknown."""

    def keep(self, kind: str, name: str, resource_id: str, urns: Collection[str | None]) -> Cure:
        """Return how to keep an object of the state under these URNs; never shows a secret name.

        If the state has the object under an old name, the engine deletes the object after the
        adoption. An alias is then the fix. Without URNs, the fix names both: first the alias, then
        the adoption.
        """
        if not urns:
            adopt = self.adopt(kind, declared_secrets.whole(name), resource_id)
            words = f"if this stack manages the object under an old name, {self.alias(None)}; otherwise {adopt}"
            return Cure(words, is_of_stack=False)
        urn = min(urns, key=str)
        old = "an old name" if urn is None else quoted(name_of(urn))
        words = f"this stack manages the object under {old}, so {self.alias(urn)}"
        # In a front without URNs, the resource itself may have the object.
        return Cure(words, is_of_stack=urn is not None)


def _by_get(kind: str, name: str, resource_id: str) -> str:
    given = f"{json.dumps(name)}, {json.dumps(resource_id)}"
    return f"look it up with {kind}.get({given}), import it with `pulumi-scw-iam adopt --program`"


def _by_alias(urn: str | None) -> str:
    if urn is None:
        return 'add aliases=[pulumi.Alias(name="OLD NAME")]'
    name = json.dumps(name_of(urn))
    # Inside a component, the name alone does not identify the resource.
    return f"add aliases=[{json.dumps(urn) if in_component(urn) else f'pulumi.Alias(name={name})'}]"


IN_PYTHON = Cures(_by_get, _by_alias)
"""The fixes for programs that use the Python classes."""
