"""A component: resources of several kinds, created from one set of inputs.

Names, checks, schema and SDK of a component are derived from its declared fields, as for kinds. A component has
no object in the API, so it has no verbs. Its children do the work, with the classes of either front.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.core.declared import DeclaredKind
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.fields import Props

__all__ = ["Children", "Component", "declared", "listed"]

I = TypeVar("I")  # noqa: E741 - the inputs
O = TypeVar("O")  # noqa: E741 - the outputs


class Children:
    """Creates the children of a component, with the resource classes of one front.

    `class_of` returns the class of a kind. Each child has the name of the component, and depends on the
    dependencies of the component: the engine does not pass them on.
    """

    def __init__(
        self,
        parent: pulumi.ComponentResource,
        opts: pulumi.ResourceOptions | None,
        class_of: Callable[[str], Callable[..., Any]],
    ) -> None:
        self.name = parent.pulumi_resource_name
        self._options = pulumi.ResourceOptions(
            parent=parent, depends_on=None if opts is None else opts.depends_on
        )
        self._class_of = class_of

    def create(
        self,
        kind: str,
        inputs: Mapping[str, pulumi.Input[Any]],
        *,
        after: Sequence[pulumi.Resource] = (),
    ) -> Any:
        """Create the child of a kind, after other children. Unset inputs are left out."""
        options = pulumi.ResourceOptions.merge(
            self._options, pulumi.ResourceOptions(depends_on=list(after))
        )
        given = {name: value for name, value in inputs.items() if value is not None}
        return self._class_of(kind)(self.name, options, **given)


class Component(ABC, DeclaredKind[I, O]):
    """One component. A component is stateless; one instance serves all programs.

    Its `state` has the outputs only.
    """

    @abstractmethod
    def build(self, children: Children, given: Mapping[str, pulumi.Input[Any]]) -> dict[str, Any]:
        """Create the children, and return the outputs by name.

        `given` has the inputs that the program sets, by name. Which children exist depends on the set inputs
        and on `plain` inputs only. So a preview shows all children, even if a value is not known yet.
        """

    def failures(self, news: Props, *, resource_name: str, spell: Spell) -> list[Failure]:
        """Return the failures of plain inputs. The children check the values against the organization."""
        _, failures = self.check({}, news, settings={}, resource_name=resource_name, spell=spell)
        reason = "is not known before the update; pass a plain value, not an output"
        return failures + [
            Failure(spell(field.name), reason)
            for field in fields(self.inputs)
            if field.prop.plain and news.get(field.name) is UNKNOWN
        ]


def listed(failures: Iterable[Failure]) -> str:
    """Return failures as one line."""
    return " | ".join(shown(f"{failure.path}: {failure.reason}") for failure in failures)


def declared(cls: type, name: str, description: str | None = None) -> Prop:
    """Return the declaration of a child's input, for the same input of a component."""
    (prop,) = (field.prop for field in fields(cls) if field.name == name)
    return prop if description is None else replace(prop, description=description)
