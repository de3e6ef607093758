"""A function asks the API and changes nothing: its arguments, its result, and the query.

Functions are what Pulumi calls data sources. As for a kind, all else follows from the declared fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.check import Failure, Spell, checked, filled
from pulumi_scw_iam.core.fields import Props, decode, fields, one_ofs

if TYPE_CHECKING:
    # Nobody evaluates the annotation of `query`, and the client's library is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: TC004

__all__ = ["Function"]

A = TypeVar("A")  # the arguments
R = TypeVar("R")  # the result


@dataclass(frozen=True, kw_only=True)
class Function(Generic[A, R]):
    """One function. The docstring of its arguments says what it is for."""

    name: str
    """Its name in camelCase, `getGroup`."""
    noun: str
    """What messages call the result, `group`."""
    arguments: type[A]
    result: type[R]
    query: Callable[[IamClient, A], Mapping[str, Any]]
    """The calls: returns the fields of the result as the API has them."""

    def check(
        self, arguments: Props, *, settings: Mapping[str, str | None], spell: Spell = str
    ) -> tuple[dict[str, Any], list[Failure]]:
        """The arguments to use, and all that is wrong with them.

        An argument that is left out is filled from the settings of the provider.
        """
        values = filled(self.arguments, arguments, settings=settings)
        return checked(self.arguments, self.result, values, noun=self.name, spell=spell)

    def call(self, client: IamClient, arguments: A) -> R:
        """Make the calls of the query. Raises IamError, also if not exactly one object matches."""
        return decode(self.result, self.query(client, arguments))

    def attempt(self, arguments: Props) -> str:
        """Return what messages say was tried: `get group "devs"`, `get groups`."""
        keys = [name for group in one_ofs(self.arguments) for name in group.names]
        keys += [f.name for f in fields(self.arguments) if f.required and f.prop.setting is None]
        given = [quoted(str(arguments[key])) for key in keys if key in arguments]
        return " ".join(["get", self.noun, *given])
