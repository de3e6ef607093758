"""How the objects of a kind overlap with what other resources declare.

A membership is an entry in the list of its group. The program may declare the same entry twice: by another
GroupMembership, under another name or provider, or by the list of the Group. The engine deletes after it
creates and updates, so the deletion of the one would take the entry of the other away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Mapping

    from pulumi_scw_iam.core.claims import Claims
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.organization.directory import Directory

__all__ = ["Overlap", "Overlaps"]


class Overlap:
    """What a kind's objects share with other resources: nothing, unless a kind overrides it."""

    def id_of(self, inputs: Props) -> str | None:
        """Return the id that follows from the inputs; None if the API chooses the id, or the inputs are unknown.

        A new object with the same inputs has the id of the old one.
        """
        del inputs
        return None

    def claims(self, inputs: Props, resource_id: str | None) -> Iterator[str]:
        """Yield what a declared resource keeps the processes of one engine from removing.

        `resource_id` is None while it is not known.
        """
        del resource_id
        if (own_id := self.id_of(inputs)) is not None:
            yield own_id

    def existed_before(self, directory: Directory, resource_id: str) -> bool:
        """Return whether an object may have existed before this program created it."""
        del directory, resource_id
        return False

    def is_superseded(self, directory: Directory, state: Props, claims: Container[str]) -> bool:
        """Return whether another resource of the program declares the same object in another way."""
        del directory, state, claims
        return False

    def conflict(
        self, given: Collection[str], referred: Mapping[str, tuple[Props, Collection[str]]]
    ) -> tuple[str, str] | None:
        """Return why two declarations of a program contradict each other: an argument and a reason.

        For a program whose ids are not known yet. `given` are the arguments of one resource. `referred` are,
        by argument, the resources whose ids it takes: their known values, and the names of their arguments.
        """
        del given, referred
        return None


class Overlaps:
    """The overlapping objects that the processes of one engine declare. Threads may share it."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    def declare(self, overlap: Overlap, props: Props, resource_id: str | None = None) -> None:
        """Record what the program declares, so that no process of the engine removes it."""
        for claim in overlap.claims(props, resource_id):
            self._claims.add(claim)

    def withdraw(self, overlap: Overlap, props: Props, resource_id: str) -> None:
        """Record that an object is declared no longer: its create is undone."""
        for claim in overlap.claims(props, resource_id):
            self._claims.drop(claim)

    def is_declared(self, resource_id: str) -> bool:
        """Return whether the program declares an object with this id."""
        return resource_id in self._claims

    def is_superseded(self, overlap: Overlap, directory: Directory, state: Props) -> bool:
        """Return whether the program declares in another way what is about to be deleted."""
        return overlap.is_superseded(directory, state, self._claims)
