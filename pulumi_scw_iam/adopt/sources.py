"""Join the objects in the state of another tool with the objects of the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.adopt.objects import Existing
from pulumi_scw_iam.adopt.recorded import brief
from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import fields
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.members import MEMBER_LISTS, built_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_scw_iam.adopt.recorded import Recorded, Recordings
    from pulumi_scw_iam.core.fields import Field

__all__ = ["Joined", "with_recorded"]


class Joined(NamedTuple):
    """The objects to adopt, with one line for each difference from the state."""

    existing: tuple[Existing, ...]
    failures: tuple[str, ...]
    """Objects outside of the adoption, with the reason."""
    notes: tuple[str, ...]
    """Differences between the recording and the adoption."""


def with_recorded(
    survey_items: Mapping[str, Mapping[str, Mapping[str, Any]]],
    recordings: Recordings,
    organization_id: str,
) -> Joined:
    """Return the recorded objects as they exist in the organization.

    `survey_items` are the objects of the organization by the name of the kind, then by id. Policies
    have their `rules`. A kind without a mapping was not read. Memberships are looked up in the groups.
    Inputs have the values of the organization: the first update must change nothing. The recording adds
    the logical name, the secrets and the unmanaged inputs.
    """
    existing: list[Existing] = []
    failures: list[str] = []
    notes: list[str] = []
    lists = _recorded_lists(recordings)
    for recorded in recordings.objects:
        item, reason = _live(recorded, survey_items, organization_id)
        title = f"{recordings.name}: {brief(recorded.address)}"
        if item is None:
            failures.append(f"{title}: {reason}")
            continue
        if (owner := _listed_by(recorded, lists)) is not None:
            notes.append(
                f"{title}: left out, because {brief(owner.address)} lists all members of the group"
            )
            continue
        if differing := list(_differing(recorded, item)):
            verb = "differs" if len(differing) == 1 else "differ"
            notes.append(
                f"{title}: {joined(differing)} {verb} in the organization, whose values are used"
            )
        existing.append(
            Existing(
                kind=recorded.kind,
                id=recorded.id,
                item=item,
                known=recorded.known,
                unmanaged=recorded.unmanaged,
                label=recorded.label,
            )
        )
    return Joined(tuple(_in_order(existing, survey_items)), tuple(failures), tuple(notes))


def _live(
    recorded: Recorded,
    survey_items: Mapping[str, Mapping[str, Mapping[str, Any]]],
    organization_id: str,
) -> tuple[Mapping[str, Any] | None, str]:
    """Return the object in the organization; else None and the reason."""
    if recorded.organization_id not in ("", organization_id):
        return None, f"is in another organization than {organization_id}, that of the credentials"
    if recorded.kind.name == "GroupMembership":
        return _live_membership(recorded, survey_items)
    items = survey_items.get(recorded.kind.name)
    if items is None:
        return None, f"the {recorded.kind.plural} of the organization could not be read"
    item = items.get(recorded.id)
    if item is None:
        return None, f"{recorded.kind.noun} {recorded.id} no longer exists"
    return item, ""


def _live_membership(
    recorded: Recorded, survey_items: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> tuple[Mapping[str, Any] | None, str]:
    item = recorded.kind.parts_of(recorded.id)
    groups = survey_items.get("Group")
    if groups is None:
        return None, "the groups of the organization could not be read"
    group = groups.get(item["group_id"])
    if group is None:
        return None, f"group {item['group_id']} no longer exists"
    if (everyone := built_in(group)) is not None:
        return None, f"is in the built-in group of all {everyone}, whose members Scaleway manages"
    for field in MEMBER_LISTS:
        member, member_id = field.removesuffix("_ids"), item.get(field.removesuffix("s"))
        if member_id is not None and member_id not in (group.get(field) or ()):
            return None, f"{member} {member_id} is no longer in group {item['group_id']}"
    return item, ""


def _recorded_lists(recordings: Recordings) -> dict[tuple[str, str], Recorded]:
    """Return the groups with a managed list of members, by group id and list."""
    return {
        (recorded.id, field): recorded
        for recorded in recordings.objects
        if recorded.kind.name == "Group"
        for field in MEMBER_LISTS
        if field not in recorded.unmanaged
    }


def _listed_by(recorded: Recorded, lists: Mapping[tuple[str, str], Recorded]) -> Recorded | None:
    """Return the group with a managed list of the member: a member has one declaration only."""
    if recorded.kind.name != "GroupMembership":
        return None
    group_id, member, _ = recorded.id.split("/")
    return lists.get((group_id, f"{member}_ids"))


def _differing(recorded: Recorded, item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the inputs with another value in the organization."""
    for field in fields(recorded.kind.inputs):
        if field.name not in recorded.values:
            continue
        value, live = recorded.values[field.name], item.get(field.name)
        if field.prop.format is formats.instant:
            value, live = _whole_seconds(field, value), _whole_seconds(field, live)
        if not field.same(live, value):
            yield field.name


def _whole_seconds(field: Field, plain: Any) -> Any:
    """Return a time without fractions of a second: Terraform records none."""
    text = field.typed(plain)
    return None if text is None else f"{text[:19]}Z"


def _in_order(
    existing: list[Existing], survey_items: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> Iterator[Existing]:
    """Yield the objects in the order of the kinds, then of the API; memberships as recorded."""
    for kind_name in KINDS:
        order = {key: index for index, key in enumerate(survey_items.get(kind_name, ()))}
        of_kind = [item for item in existing if item.kind.name == kind_name]
        yield from sorted(of_kind, key=lambda item: order.get(item.id, len(order)))
