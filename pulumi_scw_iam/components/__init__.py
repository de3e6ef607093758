"""The components: resources of several kinds under one declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.components.team import TeamComponent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.components.component import Component

__all__ = ["COMPONENTS"]

COMPONENTS: Mapping[str, Component[Any, Any]] = {
    component.name: component for component in (TeamComponent(),)
}
"""All components by name."""
