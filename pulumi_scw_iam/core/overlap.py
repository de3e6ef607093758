"""Overlaps: objects that several resources may declare.

A membership is an entry in the member list of its group. The program may declare the same entry
twice: by another GroupMembership, under another name or provider, or by the list of the Group. The
engine deletes last, so the deletion of one resource would remove the entry of the other resource.
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
    """The overlap of a kind's objects with other resources; by default, there is no overlap."""

    def id_of(self, inputs: Props) -> str | None:
        """Return the id derived from the inputs, or None.

        None if the API chooses the id, or if inputs are unknown. With a derived id, a new object
        with equal inputs has the id of the old object.
        """
        del inputs
        return None

    def claims(self, inputs: Props, resource_id: str | None) -> Iterator[str]:
        """Yield the claims of a declared resource: no process deletes a claimed object.

        `resource_id` is None until the object is created.
        """
        del resource_id
        if (own_id := self.id_of(inputs)) is not None:
            yield own_id

    def existed_before(self, directory: Directory, resource_id: str) -> bool:
        """Return whether an object may have existed before the create of this program."""
        del directory, resource_id
        return False

    def is_superseded(self, directory: Directory, state: Props, claims: Container[str]) -> bool:
        """Return whether another resource declares the same object in another way."""
        del directory, state, claims
        return False

    def conflict(
        self, given: Collection[str], referred: Mapping[str, tuple[Props, Collection[str]]]
    ) -> tuple[str, str] | None:
        """Return the argument and the reason of a contradiction of two declarations, or None.

        For a program with ids still unknown. `given` has the arguments of one resource. `referred`
        has, by argument, the referenced resources: their known values, and the names of their
        arguments.
        """
        del given, referred
        return None


class Overlaps:
    """The overlapping objects declared by the processes of one engine. Thread-safe."""

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    def declare(self, overlap: Overlap, props: Props, resource_id: str | None = None) -> None:
        """Claim the declared objects, so that no process of the engine deletes them."""
        for claim in overlap.claims(props, resource_id):
            self._claims.add(claim)

    def withdraw(self, overlap: Overlap, props: Props, resource_id: str) -> None:
        """Drop the claims of an object after its create is undone."""
        for claim in overlap.claims(props, resource_id):
            self._claims.drop(claim)

    def is_declared(self, resource_id: str) -> bool:
        """Return whether any process has declared an object with this id."""
        return resource_id in self._claims

    def is_superseded(self, overlap: Overlap, directory: Directory, state: Props) -> bool:
        """Return whether another resource declares the object that is about to be deleted."""
        return overlap.is_superseded(directory, state, self._claims)
