"""Group: users and applications that share policies."""

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
from pulumi_scw_iam.kinds.shared.members import MEMBER_LISTS, MemberList

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
    """Users and applications that share policies.

    Deleting a group takes from its members what its policies gave them; the members stay.
    """

    name: UniqueLabel
    description: Description = ""
    tags: Tags = frozenset()
    user_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The users in it, all of them; unset, Pulumi leaves the users of the group alone.",
            format=formats.uuid_of("user"),
            sent=Sent.APART,
        ),
    ] = None
    application_ids: Annotated[
        frozenset[str] | None,
        Prop(
            "The applications in it, all of them; unset, Pulumi leaves them alone.",
            format=formats.uuid_of("application"),
            sent=Sent.APART,
        ),
    ] = None
    organization_id: OrganizationId


@dataclass(frozen=True, kw_only=True)
class GroupState(Facts, GroupInputs):
    """A group as the API holds it."""

    all_users: Annotated[bool, Prop("Whether it is the built-in group of all users.")] = False
    all_applications: Annotated[
        bool, Prop("Whether it is the built-in group of all applications.")
    ] = False


_ATTEMPTS = 3
"""How often members are set before an answer that has others is an error."""


class GroupKind(Kind[GroupInputs, GroupState]):
    """Group, over `groups` and `groups/{id}/members`."""

    name = "Group"
    noun = "group"
    quota = "iam_groups"
    found_by = ("name",)
    overlap = MemberList()
    inputs = GroupInputs
    state = GroupState

    def declares(self, organization: Organization, olds: Props, news: Props) -> Declaration:
        """Also the lists of members, and a member without whom the program cannot go on."""
        name = news.get("name")
        lists = [field for field in MEMBER_LISTS if news.get(field) is not None]
        return replace(
            super().declares(organization, olds, news),
            set_lists=tuple((name, field) for field in lists if isinstance(name, str)),
            loss=self._loss(organization.directory, olds, news),
        )

    def check_against(
        self, organization: Organization, proposal: Proposal
    ) -> Iterator[CheckFinding]:
        """Also members that come one by one."""
        yield from super().check_against(organization, proposal)
        olds, news = proposal.olds, proposal.news
        for field in _changed_lists(olds, news):
            group = self._held(organization.directory, olds)
            if (
                group is not None
                and olds.get(field) is None
                and organization.plan.extends_list(group["id"], field)
            ):
                yield CheckFinding(
                    field,
                    f"a GroupMembership of this program adds single members to the group; leave"
                    f" {proposal.spell(field)} out, or put all members into it",
                )

    def _loss(self, directory: Directory, olds: Props, news: Props) -> tuple[str, Loss] | None:
        """Return the group that the caller leaves by new lists of members, and the field."""
        for field in _changed_lists(olds, news):
            group = self._held(directory, olds)
            left = set(olds.get(field) or ()) - set(news[field])
            if group is None or not left:
                continue
            if directory.caller(field.removesuffix("s")) in left and UNKNOWN not in news[field]:
                return field, LeavesGroup(group["id"])
        return None

    def _held(self, directory: Directory, olds: Props) -> Mapping[str, Any] | None:
        """Return the group as it was listed, by its old name."""
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
        """Return the group if the declared lists of members take the caller out of it."""
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
            made = self._state(group, inputs)
            # A new group has no members of others, so both lists can be set by one call.
            lists = {name: getattr(inputs, name) or frozenset() for name in MEMBER_LISTS}
            with undone_by(
                client, lambda: client.delete_group(group_id), self.noun, group_id, made
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
        """Change the fields and the lists of members that differ; all else is left alone.

        Two lists that differ are both the program's own, and are replaced by one call. Of one list, the
        difference is sent, as it is when the group is read now. The other list takes no part: the
        program may leave it to others, or have Pulumi ignore it, which a provider cannot see.
        """
        self._refuse_built_in("change", state)
        fields = self.differing(state, inputs)
        lists: dict[str, frozenset[str]] = {
            name: declared
            for name in MEMBER_LISTS
            if (declared := getattr(inputs, name)) not in (None, getattr(state, name))
        }
        changed = replace(state, **{name: getattr(inputs, name) for name in fields})
        # A list that the program no longer declares leaves the state without a call.
        new = replace(changed, user_ids=inputs.user_ids, application_ids=inputs.application_ids)

        members = _Members(
            read=partial(client.get_group, resource_id),
            add=partial(client.add_group_members, resource_id),
            remove=partial(client.remove_group_member, resource_id),
        )

        def steps() -> Iterator[tuple[Callable[[], object], GroupState]]:
            if fields:
                # Its answer has the members too, so they need not be read.
                yield (
                    partial(members.take, partial(client.update_group, resource_id, **fields)),
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
        """A list that the program does not speak of is not in the state: its changes are others'."""
        state = self.state_of(group, known)
        if known is None:
            return state
        return replace(
            state,
            user_ids=None if known.user_ids is None else state.user_ids,
            application_ids=None if known.application_ids is None else state.application_ids,
        )

    def _refuse_built_in(self, verb: str, state: GroupState) -> None:
        if state.all_users or state.all_applications:
            everyone = "users" if state.all_users else "applications"
            raise Refused(f"it is the built-in group of all {everyone}; Scaleway keeps it itself")
        self.refuse_locked(verb, state)


class _Members:
    """The members of a group as an answer showed them last, and the calls that change them."""

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

    def take(self, call: Callable[[], types.Group]) -> None:
        """Make a call that answers with the group."""
        self._group = call()

    def steps(
        self, field: str, declared: frozenset[str]
    ) -> Iterator[tuple[Callable[[], object], frozenset[str]]]:
        """Yield the calls that bring one list to what is declared, each with the list after it.

        The calls that a step needs are known when the one before it is done. Removals come first, so that
        nobody keeps rights for longer than is needed. If the last answer has another list, others have
        changed it meanwhile, and the calls for the new difference follow.
        """
        if self._group is None:
            self._group = self._read()
        wrong: list[str] = []
        for _ in range(_ATTEMPTS):
            held = _held(self._group, field)
            for member_id in sorted(held - declared):
                held -= {member_id}
                yield partial(self._take_out, field, member_id), held
            if missing := sorted(declared - held):
                yield partial(self.take, partial(self._add, **{field: missing})), declared
            if not (wrong := _differences({field: declared}, self._group)):
                return
        yield partial(self._give_up, wrong), _held(self._group, field)

    def _give_up(self, wrong: list[str]) -> None:
        raise _given_up(wrong)

    def _take_out(self, field: str, member_id: str) -> None:
        try:
            self._group = self._remove(**{field.removesuffix("s"): member_id})
        except NotFound:
            # If the group is there, the member is not in it.
            self._group = self._read()


def _set(call: Callable[..., types.Group], lists: Mapping[str, frozenset[str]]) -> types.Group:
    """Set both lists of members; return the group. Raises IamError if no answer has these lists."""
    body = {field: sorted(declared) for field, declared in lists.items()}
    wrong: list[str] = []
    for _ in range(_ATTEMPTS):
        group = call(**body)
        if not (wrong := _differences(lists, group)):
            return group
    raise _given_up(wrong)


def _changed_lists(olds: Props, news: Props) -> Iterator[str]:
    """Yield the fields of the known lists of members that an update changes."""
    for field in MEMBER_LISTS:
        members, old = news.get(field), olds.get(field)
        if not olds or members in (None, UNKNOWN):
            continue
        if old is None or set(members) != set(old):
            yield field


def _held(group: Mapping[str, Any], field: str) -> frozenset[str]:
    return frozenset(group[field])


def _with(state: GroupState, field: str, members: frozenset[str]) -> GroupState:
    if field == "user_ids":
        return replace(state, user_ids=members)
    return replace(state, application_ids=members)


def _differences(lists: Mapping[str, frozenset[str]], group: Mapping[str, Any]) -> list[str]:
    """Return what an answer has otherwise than it is declared, one phrase per member."""
    wrong = []
    for field, declared in lists.items():
        noun, held = field.removesuffix("_ids"), _held(group, field)
        wrong += [f"{noun} {member_id} is missing" for member_id in sorted(declared - held)]
        wrong += [f"{noun} {member_id} is still a member" for member_id in sorted(held - declared)]
    return wrong


def _given_up(wrong: list[str]) -> IamError:
    return IamError(
        f"{joined(wrong)}, though the members were set {_ATTEMPTS} times; if another program sets them"
        " too, declare them in one of the two, and run again"
    )
