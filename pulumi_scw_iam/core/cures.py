"""How the users of a front keep an object that exists: the ends of messages."""

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
    """How to keep an object that exists, for a message."""

    words: str
    is_of_stack: bool
    """Whether the state is known to have the object under another URN."""


class Cures(NamedTuple):
    """How programs in one front's languages are to be changed."""

    adopt: Callable[[str, str, str], str]
    """How to take over an object of nobody, from the kind, the name and the id."""
    alias: Callable[[str | None], str]
    """How to give a resource an alias, from the old URN; None if it is not known."""

    def keep(self, kind: str, name: str, resource_id: str, urns: Collection[str | None]) -> Cure:
        """Return how to keep an object that the state has under these URNs; a secret name is not shown.

        If another resource of the stack has the object, its deletion would take the object away from the
        adopter. So an alias is the cure if the state has the object, and the first of two cures if that is
        not known.
        """
        if not urns:
            adopt = self.adopt(kind, declared_secrets.whole(name), resource_id)
            words = f"if this stack has it under an old name, {self.alias(None)}; else {adopt}"
            return Cure(words, is_of_stack=False)
        urn = min(urns, key=str)
        old = "an old name" if urn is None else quoted(name_of(urn))
        words = f"this stack has it under {old}, so {self.alias(urn)}"
        # Without URNs, it may be the resource itself that has the object.
        return Cure(words, is_of_stack=urn is not None)


def _by_get(kind: str, name: str, resource_id: str) -> str:
    return f"look it up with {kind}.get({json.dumps(name)}, {json.dumps(resource_id)})"


def _by_alias(urn: str | None) -> str:
    if urn is None:
        return 'add aliases=[pulumi.Alias(name="OLD NAME")]'
    name = json.dumps(name_of(urn))
    # Of what is in a component, another name alone would not do.
    return f"add aliases=[{json.dumps(urn) if in_component(urn) else f'pulumi.Alias(name={name})'}]"


IN_PYTHON = Cures(_by_get, _by_alias)
"""The cures for programs that use the Python classes."""
