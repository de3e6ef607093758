"""Functions (data sources of Pulumi): arguments, a result, and a query without changes.

Check and schema are derived from the declared fields, as for kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.check import Failure, Spell, checked, filled
from pulumi_scw_iam.core.fields import Props, decode, fields, one_ofs

if TYPE_CHECKING:
    # The annotation of `query` is never evaluated, and the client's library is slow to load.
    from pulumi_scw_iam.api.client import IamClient  # noqa: TC004
    from pulumi_scw_iam.core.run import Run  # noqa: TC004

__all__ = ["Function"]

A = TypeVar("A")  # the arguments
R = TypeVar("R")  # the result


@dataclass(frozen=True, kw_only=True)
class Function(Generic[A, R]):
    """One function. The docstring of its arguments describes the function."""

    name: str
    """The name in camelCase, `getGroup`."""
    noun: str
    """The noun for the result in messages, `group`."""
    arguments: type[A]
    result: type[R]
    query: Callable[[IamClient, A], Mapping[str, Any]] | None = None
    """Makes the API calls and returns the fields of the result in the API's spelling."""
    query_in_run: Callable[[Run, IamClient, A], Mapping[str, Any]] | None = None
    """Replaces `query` for a function with API calls that all calls of one run share."""
    local: Callable[[A], Mapping[str, Any]] | None = None
    """Returns the fields of the result without an API call. Replaces `query`; needs no settings."""
    verb: str = "get"
    """The verb in messages."""

    def __post_init__(self) -> None:
        if len([one for one in (self.query, self.query_in_run, self.local) if one]) != 1:
            raise ValueError(f"{self.name} needs one of query, query_in_run and local")

    def check(
        self, arguments: Props, *, settings: Mapping[str, str | None], spell: Spell = str
    ) -> tuple[dict[str, Any], list[Failure]]:
        """Return the checked arguments and the failures.

        Unset arguments get their defaults from the provider's settings.
        """
        values = filled(self.arguments, arguments, settings=settings)
        return checked(self.arguments, self.result, values, noun=self.name, spell=spell)

    def call(self, client: Callable[[], IamClient], arguments: A, run: Run) -> R:
        """Return the result. Raises IamError if a call fails, or unless exactly one object matches.

        `client` returns the client; it is not called for a local function.
        """
        if self.local is not None:
            return decode(self.result, self.local(arguments))
        if self.query_in_run is not None:
            return decode(self.result, self.query_in_run(run, client(), arguments))
        assert self.query is not None
        return decode(self.result, self.query(client(), arguments))

    def attempt(self, arguments: Props) -> str:
        """Return the attempt for messages: `get group "devs"`, `get groups`."""
        keys = [name for group in one_ofs(self.arguments) for name in group.names]
        keys += [
            f.name
            for f in fields(self.arguments)
            if f.required and f.prop.setting is None and not f.prop.unshown
        ]
        given = [quoted(str(arguments[key])) for key in keys if key in arguments]
        return " ".join([self.verb, self.noun, *given])
