"""Group: users and applications with the same policies."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pulumi_scw_iam.common import formats
from pulumi_scw_iam.common.errors import IamError, NotFound, Refused
from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.core.fields import UNKNOWN, Prop, Props, Sent
from pulumi_scw_iam.core.gone import own_get
from pulumi_scw_iam.core.kind import Kind
from pulumi_scw_iam.core.organization.plan import LeavesGroup
from pulumi_scw_iam.core.organization.proposal import CheckFinding
from pulumi_scw_iam.core.undo import undone_by
from pulumi_scw_iam.kinds.shared.fields import (
    Description,
    Facts,
    OrganizationId,
    Tags,
    UniqueLabel,
)
from pulumi_scw_iam.kinds.shared.members import (
    MEMBER_LISTS,
    MemberList,
    built_in,
    scim_warning,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pulumi_scw_iam.api import types
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.core.organization.directory import Directory
    from pulumi_scw_iam.core.organization.organization import Organization
    from pulumi_scw_iam.core.organization.plan import Declaration, Loss
    from pulumi_scw_iam.core.organization.proposal import Proposal


@dataclass(frozen=True, kw_only=True)
class GroupInputs:
    """A group of users and applications. Policies of the group apply to all members.

    Deleting a group removes the permissions of its policies from the members. The users and
    applications are not deleted.
    """

    name: UniqueLabel
    description: Description = ""
    tags: Tags = frozenset()
    user_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The ids of all users in the group. If unset, Pulumi does not manage its users.",
            format=formats.uuid_of("user"),
            sent=Sent.APART,
        ),
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The ids of all applications in the group. If unset, Pulumi does not manage its"
            " applications.",
            format=formats.uuid_of("application"),
            sent=Sent.APART,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class GroupState(Facts, GroupInputs):
    """The state of a group in the API."""

    all_users: Annotated[bool, Prop("Whether the group is the built-in group of all users.")] = (
        False
    )
    all_applications: Annotated[
        bool, Prop("Whether the group is the built-in group of all applications.")
    ] = False


_BUILT_IN = (
    "the built-in group of all {everyone} is managed by Scaleway; remove the resource from the"
    " program, and from the state with `pulumi state delete`"
)

_ATTEMPTS = 3
"""The number of attempts to set members before remaining differences are an error."""


class GroupKind(Kind[GroupInputs, GroupState]):
    """Group, managed through `groups` and `groups/{id}/members`."""

    name = "Group"
    noun = "group"
    quota = "iam_groups"
    found_by = ("name",)
    overlap = MemberList()
    inputs = GroupInputs
    state = GroupState

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also declare the member lists, and the group that the caller would leave."""
        name = news.get("name")
        lists = [field for field in MEMBER_LISTS if news.get(field) is not None]
        return replace(
            super().declares(organization, olds, news),
            set_lists=tuple((name, field) for field in lists if isinstance(name, str)),
            sets_users=(not olds and "user_ids" in lists)
            or "user_ids" in _changed_lists(olds, news),
            loss=self._loss(organization.directory, olds, news),
        )

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also report a built-in group, a list that would remove members of a GroupMembership, and SCIM."""
        yield from super().check_against(organization, proposal)
        olds, news = proposal.olds, proposal.news
        if changed := _changed_fields(olds, news):
            # A new name or list has read the groups. Other changes are worth no call: the update refuses them.
            groups = (organization.directory.listed(self.noun) or {}).values()
            named = [item for item in groups if item["name"] == olds.get("name")]
            if named and (everyone := built_in(named[0])):
                yield CheckFinding(changed[0], _BUILT_IN.format(everyone=everyone))
                return
        for field in _changed_lists(olds, news):
            group = self._listed_group(organization.directory, olds)
            if (
                group is not None
                and olds.get(field) is None
                and organization.plan.extends_list(group["id"], field)
            ):
                yield CheckFinding(
                    field,
                    f"a GroupMembership of this program adds members to the same group; remove"
                    f" {proposal.spell(field)}, or list all members in it",
                )
        yield from scim_warning(
            organization, proposal, self.describe(news), f"remove {proposal.spell('user_ids')}"
        )

    def _loss(self, directory: Directory, olds: Props, news: Props) -> tuple[str, Loss] | None:
        """Return the field that removes the caller from the group, and the loss."""
        for field in _changed_lists(olds, news):
            group = self._listed_group(directory, olds)
            left = set(olds.get(field) or ()) - set(news[field])
            if group is None or not left:
                continue
            if directory.caller(field.removesuffix("s")) in left and UNKNOWN not in news[field]:
                return field, LeavesGroup(group["id"])
        return None

    def _listed_group(self, directory: Directory, olds: Props) -> Mapping[str, Any] | None:
        """Look up the group in the directory by its old name."""
        return directory.named(self.noun, "name", olds.get("name"))

    def loss_by_delete(
        self, directory: Directory, resource_id: str, state: GroupState
    ) -> Loss | None:
        if self.is_protected(state) or state.all_users or state.all_applications:
            return None
        nobody = dict.fromkeys(MEMBER_LISTS, frozenset[str]())
        return self._loss_by_lists(directory, resource_id, state, nobody)

    def loss_by_update(
        self, directory: Directory, resource_id: str, state: GroupState, inputs: GroupInputs
    ) -> Loss | None:
        declared = {
            field: members
            for field in MEMBER_LISTS
            if (members := getattr(inputs, field)) not in (None, getattr(state, field))
        }
        return self._loss_by_lists(directory, resource_id, state, declared)

    def _loss_by_lists(
        self,
        directory: Directory,
        group_id: str,
        state: GroupState,
        declared: Mapping[str, frozenset[str]],
    ) -> Loss | None:
        """Return a loss if the declared lists remove the caller from the group."""
        for field, members in declared.items():
            known = getattr(state, field)
            if known is not None and known <= members:
                continue
            caller = directory.caller(field.removesuffix("s"))
            if caller is None or caller in members:
                continue
            if known is None:
                known = (directory.all(self.noun) or {}).get(group_id, {}).get(field) or ()
            if caller in known:
                return LeavesGroup(group_id)
        return None

    def create(self, client: IamClient, inputs: GroupInputs) -> tuple[str, GroupState]:
        group = client.create_group(**self.body(inputs))
        group_id = group["id"]
        if inputs.user_ids or inputs.application_ids:
            created = self._state(group, inputs)
            # A new group has no other members, so one call may replace both lists.
            lists = {name: getattr(inputs, name) or frozenset() for name in MEMBER_LISTS}
            with undone_by(
                client, lambda: client.delete_group(group_id), self.noun, group_id, created
            ):
                group = _set(partial(client.set_group_members, group_id), lists)
        return group_id, self._state(group, inputs)

    def read(self, client: IamClient, resource_id: str, state: GroupState | None) -> GroupState:
        with own_get(resource_id):
            group = client.get_group(resource_id)
        return self._state(group, state)

    def update(
        self, client: IamClient, resource_id: str, state: GroupState, inputs: GroupInputs
    ) -> GroupState:
        """Update the fields and the member lists that differ from the state.

        If both lists differ, both belong to the program, and one call replaces them. If one list differs, only
        its difference from the current group is sent. The other list is never sent: another program may manage
        it, or `ignore_changes` may cover it. A provider sees neither.
        """
        self._refuse_built_in("change", state)
        fields = self.differing(state, inputs)
        lists: dict[str, frozenset[str]] = {
            name: declared
            for name in MEMBER_LISTS
            if (declared := getattr(inputs, name)) not in (None, getattr(state, name))
        }
        changed = replace(state, **{name: getattr(inputs, name) for name in fields})
        # A list removed from the program is dropped from the state without an API call.
        new = replace(changed, user_ids=inputs.user_ids, application_ids=inputs.application_ids)

        members = _Members(
            read=partial(client.get_group, resource_id),
            add=partial(client.add_group_members, resource_id),
            remove=partial(client.remove_group_member, resource_id),
        )

        def steps() -> Iterator[tuple[Callable[[], object], GroupState]]:
            if fields:
                # The response includes the members, so no read is needed.
                yield (
                    partial(members.call, partial(client.update_group, resource_id, **fields)),
                    changed,
                )
            if len(lists) == len(MEMBER_LISTS):
                yield partial(_set, partial(client.set_group_members, resource_id), lists), new
                return
            for field, declared in lists.items():
                for call, held in members.steps(field, declared):
                    yield call, _with(changed, field, held)

        with client.changing_members(resource_id) if lists else nullcontext():
            self.apply_steps(resource_id, state, steps())
        return new

    def delete(self, client: IamClient, resource_id: str, state: GroupState) -> None:
        self._refuse_built_in("delete", state)
        client.delete_group(resource_id)

    def listed(self, client: IamClient, **named: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((item["id"], item) for item in client.list_groups(name=named.get("name")))

    def _state(self, group: types.Group, known: GroupInputs | None) -> GroupState:
        """Return the state of a group. Lists that the program does not declare are left out.

        Changes of such lists are made elsewhere, and are no drift.
        """
        state = self.state_of(group, known)
        if known is None:
            return state
        return replace(
            state,
            user_ids=None if known.user_ids is None else state.user_ids,
            application_ids=None if known.application_ids is None else state.application_ids,
        )

    def _refuse_built_in(self, verb: str, state: GroupState) -> None:
        everyone = built_in(
            {"all_users": state.all_users, "all_applications": state.all_applications}
        )
        if everyone is not None:
            raise Refused(_BUILT_IN.format(everyone=everyone))
        self.refuse_locked(verb, state)


class _Members:
    """The members of a group in the last response, and the API calls that change them."""

    def __init__(
        self,
        read: Callable[[], types.Group],
        add: Callable[..., types.Group],
        remove: Callable[..., types.Group],
    ) -> None:
        self._read = read
        self._add = add
        self._remove = remove
        self._group: types.Group | None = None

    def call(self, request: Callable[[], types.Group]) -> None:
        """Make an API call that returns the group, and keep the response."""
        self._group = request()

    def steps(
        self, field: str, declared: frozenset[str]
    ) -> Iterator[tuple[Callable[[], object], frozenset[str]]]:
        """Yield the calls that set one list, each with the members after the call.

        Each call depends on the response of the previous call. Removals come first, so that no removed
        member keeps permissions longer than necessary. If the last response still differs, another program
        has changed the list meanwhile, and the calls for the new difference follow.
        """
        if self._group is None:
            self._group = self._read()
        differences: list[str] = []
        for _ in range(_ATTEMPTS):
            held = _held(self._group, field)
            for member_id in sorted(held - declared):
                held -= {member_id}
                yield partial(self._remove_member, field, member_id), held
            if missing := sorted(declared - held):
                yield partial(self.call, partial(self._add, **{field: missing})), declared
            if not (differences := _differences({field: declared}, self._group)):
                return
        yield partial(self._fail, differences), _held(self._group, field)

    def _fail(self, differences: list[str]) -> None:
        raise _conflict(differences)

    def _remove_member(self, field: str, member_id: str) -> None:
        try:
            self._group = self._remove(**{field.removesuffix("s"): member_id})
        except NotFound:
            # The group or the member does not exist; the read raises if it is the group.
            self._group = self._read()


def _set(call: Callable[..., types.Group], lists: Mapping[str, frozenset[str]]) -> types.Group:
    """Set both member lists and return the group. Raises IamError if the members still differ."""
    body = {field: sorted(declared) for field, declared in lists.items()}
    differences: list[str] = []
    for _ in range(_ATTEMPTS):
        group = call(**body)
        if not (differences := _differences(lists, group)):
            return group
    raise _conflict(differences)


def _changed_lists(olds: Props, news: Props) -> Iterator[str]:
    """Yield the fields of the member lists that an update changes, unless they are unknown."""
    for field in MEMBER_LISTS:
        members, old = news.get(field), olds.get(field)
        if not olds or members in (None, UNKNOWN):
            continue
        if old is None or set(members) != set(old):
            yield field


def _changed_fields(olds: Props, news: Props) -> list[str]:
    """Return the fields with a known new value, the member lists last."""
    plain = [
        field
        for field in ("name", "description", "tags")
        if olds and news.get(field) is not UNKNOWN and olds.get(field) != news.get(field)
    ]
    return [*plain, *_changed_lists(olds, news)]


def _held(group: Mapping[str, Any], field: str) -> frozenset[str]:
    return frozenset(group[field])


def _with(state: GroupState, field: str, members: frozenset[str]) -> GroupState:
    if field == "user_ids":
        return replace(state, user_ids=members)
    return replace(state, application_ids=members)


def _differences(lists: Mapping[str, frozenset[str]], group: Mapping[str, Any]) -> list[str]:
    """Return the differences between declared and actual members, one phrase per member."""
    differences = []
    for field, declared in lists.items():
        noun, held = field.removesuffix("_ids"), _held(group, field)
        differences += [f"{noun} {member_id} is missing" for member_id in sorted(declared - held)]
        differences += [
            f"{noun} {member_id} is still a member" for member_id in sorted(held - declared)
        ]
    return differences


def _conflict(differences: list[str]) -> IamError:
    return IamError(
        f"{joined(differences)} after {_ATTEMPTS} attempts to set the members; if another program sets them too,"
        " declare the members in one program only, and run `pulumi up` again"
    )
