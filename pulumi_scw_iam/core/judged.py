"""The check of a kind's inputs against an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import plural, quoted
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
    """The declaration of a kind's inputs for the plan, and the check against an organization.

    `declares` and `check_against` change nothing. The caller registers the declaration in between.
    """

    quota: ClassVar[str] = ""
    """The name of the quota for the number of objects in an organization."""
    counted: ClassVar[str] = ""
    """The noun of the objects that the quota counts, if this is not the kind's own noun."""

    @property
    def _counted(self) -> str:
        return self.counted or self.noun

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Return the declaration of checked inputs for the plan; changes nothing.

        `news` has only the properties without failures.
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
            noun=self._counted,
            claims=tuple(claims),
            kept=tuple(kept),
            adds_one=bool(self.quota) and is_new,
        )

    def claim(self, field: str, olds: Props, news: Props) -> Claim:
        """Return the claim to the new value of a unique field."""
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
        """Yield the checked inputs that the API would refuse; changes nothing.

        Only new or changed values are checked: accepted values are not looked up again.
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
        """Yield a warning if the program would exceed the quota.

        A warning only: the program may delete the old object first, or import the new object.
        """
        number = proposal.registration.number
        if number is None:
            return
        if (excess := organization.excess(self._counted, self.quota, number)) is None:
            return
        limit, count = excess
        allowed = (
            f"the quota of organization {organization.id} ({count} {plural(self._counted)}, at most {limit}"
            " are allowed)"
        )
        if not proposal.olds:
            yield CheckFinding.warning(
                f"{self.describe(proposal.news)} would exceed {allowed}; delete unused {plural(self._counted)}, or"
                " ask Scaleway support to raise the quota"
            )
            return
        yield CheckFinding.warning(
            f"{self.describe(proposal.olds)}: the replacement would exceed {allowed}, because the engine"
            f" deletes the old object last; set the option {proposal.spell('delete_before_replace')}, or"
            " replace fewer at once with --target"
        )

    def _exists(self, organization: Organization, news: Props) -> bool:
        """Return whether an object already has a unique name of the inputs.

        The create then replaces or imports the object, or fails: in no case is there one object
        more.
        """
        return any(
            isinstance(value := news.get(field.name), str)
            and organization.holder(
                self.noun, field.name, value, normalize=self._normalize_of(field.name)
            )
            for field in fields(self.inputs)
            if field.prop.unique
        )

    def _adds_replacement(self, olds: Props, news: Props) -> bool:
        """Return whether a replacement creates a second object before it deletes the old."""
        replaced = Change.REPLACE in self.diff(olds, news).values()
        return replaced and not self.deletes_first(olds, news)

    def name_conflicts(
        self, organization: Organization, field: str, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Yield a finding if another object has the unique value.

        Without old inputs, the existing object may belong to this resource. The engine passes no
        old inputs for a tainted resource, with `--replace`, and for a resource about to be imported
        (`--import-file`). The finding is then a warning, and the create decides. If a refresh of
        this run has read the object under another URN, the finding is a failure.
        """
        olds, value, normalize = proposal.olds, proposal.news[field], self._normalize_of(field)
        word = field.replace("_", " ")
        twice = f"another {self.noun} of this program has the {word} {quoted(value)}; choose another {word}"
        if field in proposal.registration.taken:
            yield CheckFinding(field, twice)
            return
        holder = organization.holder(self.noun, field, value, normalize=normalize)
        if holder is None or (olds and self._may_be_itself(organization, field, olds.get(field))):
            return
        if organization.plan.keeps(self._unique_name(field, value)):
            yield CheckFinding(field, twice)
            return
        taken = f"the {word} {quoted(value)} is already in use in organization {organization.id}"
        if olds:
            yield CheckFinding(
                field, f"{taken} by {self.noun} {holder['id']}; choose another {word}"
            )
            return
        cure = organization.adopt(self.name, value, holder["id"])
        reason = f"{taken}; {cure.words}, or choose another {word}"
        if cure.is_of_stack:
            yield CheckFinding(field, reason)
        else:
            yield self.conflict_warning(reason, proposal)

    def _may_be_itself(self, organization: Organization, field: str, old: object) -> bool:
        """Return whether the object with the new name may be the resource's own object.

        True if the old name is unknown or free: an incomplete update, or another person, may have
        renamed the object. The API then decides.
        """
        if not isinstance(old, str):
            return True
        normalize = self._normalize_of(field)
        return organization.directory.named(self.noun, field, old, normalize=normalize) is None

    def conflict_warning(self, reason: str, proposal: Proposal) -> CheckFinding:
        """Return the warning of a name conflict: the create fails unless the resource has the name."""
        return CheckFinding.warning(
            f"{self.describe(proposal.news)}: {declared_secrets.text(reason)}; if this resource has the"
            f" object and is being replaced, set the option {proposal.spell('delete_before_replace')}"
        )


def _missing_objects(directory: Directory, field: Field, value: Any) -> Iterator[str]:
    """Yield a reason for each id in a value without an existing object."""
    uuid_of = field.prop.format
    if not isinstance(uuid_of, formats.UuidOf) or not directory.can_look_up(uuid_of.noun):
        return
    for resource_id in dict.fromkeys(value) if isinstance(value, list) else [value]:
        if resource_id is not UNKNOWN and directory.is_missing(uuid_of.noun, resource_id):
            yield directory.missing_reason(uuid_of.noun, resource_id)
