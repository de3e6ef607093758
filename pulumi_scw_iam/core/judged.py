"""How checked inputs of a kind are judged against an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.declared import Change, DeclaredKind
from pulumi_scw_iam.core.fields import UNKNOWN, Field, Props, fields
from pulumi_scw_iam.core.organization.plan import Claim, Declaration, UniqueName
from pulumi_scw_iam.core.organization.proposal import CheckFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.proposal import Proposal

__all__ = ["JudgedKind"]

I = TypeVar("I")  # noqa: E741 - the inputs
S = TypeVar("S")  # the state


class JudgedKind(DeclaredKind[I, S]):
    """What a kind's inputs declare for the plan, and what the API would refuse of them.

    `declares` and `check_against` change nothing. Whoever checks registers the declaration in between.
    """

    quota: ClassVar[str] = ""
    """The name of the quota that limits how many an organization may have."""

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Return what checked inputs declare, for the plan. Changes nothing.

        Properties that failed the check are left out of `news`.
        """
        claims, kept = [], []
        for field in fields(self.inputs):
            value = news.get(field.name)
            if not field.prop.unique or value in (None, UNKNOWN):
                continue
            if olds and field.same(olds.get(field.name), value):
                kept.append(self._unique_name(field.name, value))
            else:
                claims.append(self.claim(field.name, olds, news))
        is_new = (
            self._adds_replacement(olds, news) if olds else not self._exists(organization, news)
        )
        return Declaration(
            noun=self.noun,
            claims=tuple(claims),
            kept=tuple(kept),
            adds_one=bool(self.quota) and is_new,
        )

    def claim(self, field: str, olds: Props, news: Props) -> Claim:
        """Return the claim to the new value of a field that must be unique."""
        old = olds.get(field)
        return Claim(
            self._unique_name(field, news[field]),
            self._unique_name(field, old) if isinstance(old, str) else None,
        )

    def _unique_name(self, field: str, value: str) -> UniqueName:
        return UniqueName(self.noun, field, self._normalize_of(field)(value))

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Yield what the API would refuse of checked inputs as the organization is. Changes nothing.

        Only new or changed values are judged: what was accepted once is not looked up again.
        """
        olds, news = proposal.olds, proposal.news
        for field in fields(self.inputs):
            value = news.get(field.name)
            if value in (None, UNKNOWN) or (olds and field.same(olds.get(field.name), value)):
                continue
            for reason in _missing_objects(organization.directory, field, value):
                yield CheckFinding(field.name, reason)
            if field.prop.unique:
                yield from self.name_conflicts(organization, field.name, proposal)
        yield from self._over_quota(organization, proposal)

    def _over_quota(self, organization: Organization, proposal: Proposal) -> Iterator[CheckFinding]:
        """Yield a warning if there would be more objects than the organization may have.

        It is no failure: the old object may be deleted first, or the new one imported.
        """
        number = proposal.registration.number
        if number is None:
            return
        if (excess := organization.excess(self.noun, self.quota, number)) is None:
            return
        limit, count = excess
        place = f"number {count} of the {limit} {self.plural} that organization {organization.id} may have"
        if not proposal.olds:
            yield CheckFinding.warning(
                f"{self.describe(proposal.news)} would be {place}; delete what is not needed, or ask"
                " Scaleway's support to raise the quota"
            )
            return
        yield CheckFinding.warning(
            f"{self.describe(proposal.olds)}: its replacement would be {place}, since the engine deletes"
            f" the old one last; set the option {proposal.spell('delete_before_replace')}, or replace less"
            " at once with --target"
        )

    def _exists(self, organization: Organization, news: Props) -> bool:
        """Return whether an object has a name of new inputs: it is replaced, imported, or in the way."""
        return any(
            isinstance(value := news.get(field.name), str)
            and organization.holder(
                self.noun, field.name, value, normalize=self._normalize_of(field.name)
            )
            for field in fields(self.inputs)
            if field.prop.unique
        )

    def _adds_replacement(self, olds: Props, news: Props) -> bool:
        """Return whether new inputs replace a resource, so that there are two until the old one goes."""
        replaced = Change.REPLACE in self.diff(olds, news).values()
        return replaced and not self.deletes_first(olds, news)

    def name_conflicts(
        self, organization: Organization, field: str, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Yield why a value cannot be that of this resource: another object has it.

        Without old inputs, an existing object may be this very resource: the engine does not tell the old
        inputs of a resource that is tainted, or replaced by `--replace`, and has the new inputs of one that
        is about to be imported (`--import-file`) checked. Only the create can tell, so that is a warning,
        unless a refresh of this run has read the object under another URN.
        """
        olds, value, normalize = proposal.olds, proposal.news[field], self._normalize_of(field)
        word = field.replace("_", " ")
        twice = (
            f"another {self.noun} of this program has the {word} {quoted(value)}; choose another"
        )
        if field in proposal.registration.taken:
            yield CheckFinding(field, twice)
            return
        holder = organization.holder(self.noun, field, value, normalize=normalize)
        if holder is None or (olds and self._may_be_itself(organization, field, olds.get(field))):
            return
        if organization.plan.keeps(self._unique_name(field, value)):
            yield CheckFinding(field, twice)
            return
        taken = f"the {word} {quoted(value)} is taken in organization {organization.id}"
        if olds:
            yield CheckFinding(field, f"{taken} by {self.noun} {holder['id']}; choose another")
            return
        cure = organization.adopt(self.name, value, holder["id"])
        reason = f"{taken}; {cure.words}, or choose another"
        if cure.is_of_stack:
            yield CheckFinding(field, reason)
        else:
            yield self.conflict_warning(reason, proposal)

    def _may_be_itself(self, organization: Organization, field: str, old: object) -> bool:
        """Return whether the object that has a new name already may be the resource's own.

        So it may if the old name is not known, or if no object has it any more: an update that failed in its
        middle has renamed the object, or somebody else has. The API will tell.
        """
        if not isinstance(old, str):
            return True
        normalize = self._normalize_of(field)
        return organization.directory.named(self.noun, field, old, normalize=normalize) is None

    def conflict_warning(self, reason: str, proposal: Proposal) -> CheckFinding:
        """Return a warning that a create will be refused, unless it replaces what is in its way."""
        return CheckFinding.warning(
            f"{self.describe(proposal.news)}: {declared_secrets.text(reason)}; if this resource has it, and"
            f" is replaced, {proposal.spell('delete_before_replace')} must be set"
        )


def _missing_objects(directory: Directory, field: Field, value: Any) -> Iterator[str]:
    """Yield the reason for each id in a value that names no object."""
    uuid_of = field.prop.format
    if not isinstance(uuid_of, formats.UuidOf) or not directory.can_look_up(uuid_of.noun):
        return
    for resource_id in dict.fromkeys(value) if isinstance(value, list) else [value]:
        if resource_id is not UNKNOWN and directory.is_missing(uuid_of.noun, resource_id):
            yield directory.missing_reason(uuid_of.noun, resource_id)
