"""The check of inputs: first their syntax, then against the organization."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.user_log import user_log
from pulumi_scw_iam.core.check import Failure
from pulumi_scw_iam.core.damage import comparable, damaged
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.core.organization.proposal import Proposal

if TYPE_CHECKING:
    from pulumi_scw_iam.core.check import Spell
    from pulumi_scw_iam.core.client_source import ClientSource
    from pulumi_scw_iam.core.fields import Props
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.core.organization.organization import Organization, Organizations
    from pulumi_scw_iam.core.overlap import Overlaps
    from pulumi_scw_iam.core.sightings import Sightings

__all__ = ["ADOPTING", "Checks"]

ADOPTING = "PULUMI_SCW_IAM_ADOPTING"
"""The environment variable of a preview for `adopt --program`.

If set, new resources are not checked against the organization. The objects exist already, so most findings would be
wrong: a name in use, an API key that has expired, a quota. The preview after the import checks the inputs.
"""


class Checks:
    """The checks of one run. Threads may share it."""

    def __init__(
        self,
        clients: ClientSource,
        organizations: Organizations,
        overlaps: Overlaps,
        sightings: Sightings,
    ) -> None:
        self._clients = clients
        self._organizations = organizations
        self._overlaps = overlaps
        self._sightings = sightings
        self._checked: set[str] = set()

    def check(
        self,
        kind: Kind[Any, Any],
        olds: Props,
        news: Props,
        *,
        outputs: Props,
        resource_name: str | None,
        urn: str | None,
        spell: Spell,
    ) -> tuple[dict[str, Any], list[Failure]]:
        """Return the checked inputs and the failures.

        The syntax is checked first. Inputs with a failure are left out of the check against the
        organization. Damaged old inputs count as unknown. `outputs` are the old outputs, or empty.
        """
        defaults = self._clients.defaults
        olds = comparable(kind.inputs, olds, defaults)
        inputs, failures = kind.check(
            olds, news, settings=defaults, resource_name=resource_name, spell=spell
        )
        self._overlaps.declare(kind.overlap, inputs)
        if kind.changes_with_time:
            self._checked.add(_identity(kind, inputs, urn))
        sound, wrong = inputs, set[str]()
        if failures:
            wrong = {failure.names[0] for failure in failures}
            sound = {name: value for name, value in inputs.items() if spell(name) not in wrong}
        organization = None if spell("organization_id") in wrong else self._organizations.of(sound)
        if organization is None or (not olds and os.environ.get(ADOPTING)):
            return inputs, failures
        if organization.plan.is_checked_again(urn or kind.name, olds, inputs):
            return inputs, failures
        if urn is not None and not olds:
            # The engine passes no old inputs, so a resource that the state has is about to be
            # replaced.
            organization.plan.replace(kind.noun, self._sightings.ids_of(urn, kind.name))
        applied = _applied(kind, olds, outputs)
        return inputs, [*failures, *self._check_against(kind, organization, applied, sound, spell)]

    def has_checked(self, kind: Kind[Any, Any], inputs: Props, urn: str | None) -> bool:
        """Return whether this process has checked the inputs of a kind that changes with time.

        A front without URNs recognizes the resource by the inputs.
        """
        return kind.changes_with_time and _identity(kind, inputs, urn) in self._checked

    def _check_against(
        self,
        kind: Kind[Any, Any],
        organization: Organization,
        olds: Props,
        news: Props,
        spell: Spell,
    ) -> list[Failure]:
        """Register the declaration of the inputs, log the warnings, and return the failures."""
        registration = organization.plan.register(kind.declares(organization, olds, news))
        proposal = Proposal(olds=olds, news=news, registration=registration, spell=spell)
        secrets, failures = kind.secrets(), []
        for finding in kind.check_against(organization, proposal):
            name = finding.property
            if finding.is_warning:
                user_log.warning("%s", finding.reason)
            else:
                path = spell(name) if name else ""
                failures.append(Failure(path, finding.reason, hidden=name in secrets))
        if registration.loss is not None:
            name, loss = registration.loss
            if reason := organization.lockout.reason(loss):
                failures.append(Failure(spell(name), reason, hidden=name in secrets))
        return failures


def _identity(kind: Kind[Any, Any], inputs: Props, urn: str | None) -> str:
    return urn or f"{kind.name} {sorted((name, repr(value)) for name, value in inputs.items())}"


def _applied(kind: Kind[Any, Any], olds: Props, outputs: Props) -> Props:
    """Return the old inputs that the object has, by its old outputs.

    After an incomplete create or update, the engine keeps all inputs. Those of the failed calls were
    never accepted, so they are checked like new inputs.
    """
    if not olds or not outputs or damaged(kind.state, outputs):
        return olds
    pending = kind.diff(outputs, olds).keys() & {field.name for field in fields(kind.inputs)}
    held = {name: outputs[name] for name in pending if outputs.get(name) is not None}
    return {name: value for name, value in olds.items() if name not in pending} | held
