"""Who can do what: the permissions of each principal in a world, with the paths that give them.

Rules only add up. A principal has the rules of its own policies, and of the policies of its groups. A rule
gives its permission sets, and the permission sets that these include, within its scope. A rule of the
organization gives permission sets of the scope type `projects` in all present and future projects.

A verdict is about one permission set, and a project if the permission set has the scope type `projects`.
What the world or the catalogue does not show is CANNOT_TELL, never NO. This module is pure: it calls nothing.

`Access.answer` explains one verdict. `Access.effective` has all verdicts of a principal as bit sets, for
comparisons of whole organizations.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pulumi_scw_iam.access.implied import inclusions
from pulumi_scw_iam.access.world import Group, Policy, Principal, Rule, World, name_of
from pulumi_scw_iam.common.formats import moment
from pulumi_scw_iam.common.permission_sets import ESCALATION, catalogue

__all__ = [
    "BUCKET_POLICIES",
    "Access",
    "Answer",
    "Doubt",
    "Effective",
    "Grant",
    "Masks",
    "SetIndex",
    "Verdict",
    "verdict_of",
]

_BUCKETS = "ObjectStorage"
BUCKET_POLICIES = (
    "bucket policies of Object Storage also decide, and the IAM API does not show them"
)
"""The doubt about all permission sets of Object Storage."""


class Verdict(enum.Enum):
    """Whether a principal has a permission set."""

    YES = "yes"
    ONLY_IF = "only if"
    """Under the condition of a rule."""
    CANNOT_TELL = "cannot tell"
    NO = "no"


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A path from a principal to permission sets: the group, the policy and the rule."""

    principal: Principal
    group: Group | None = None
    """The group that has the policy; None for a policy of the principal itself."""
    policy: Policy | None = None
    """None for the owner, who has all permissions without a policy."""
    number: int = 0
    """The number of the rule in the policy, from 1."""
    rule: Rule | None = None
    permission_sets: tuple[str, ...] = ()
    """The permission sets of the rule. In an answer, only those that include the permission set in question."""

    @property
    def is_owner(self) -> bool:
        """Whether the principal has all permissions as the owner of the organization."""
        return self.policy is None

    @property
    def project_ids(self) -> frozenset[str] | None:
        """The projects of the rule; None for the whole organization."""
        return None if self.rule is None else self.rule.project_ids

    @property
    def condition(self) -> str:
        """The condition of the rule; empty without a condition."""
        return "" if self.rule is None else self.rule.condition

    @property
    def is_conditional(self) -> bool:
        """Whether the rule has a condition, or may have one that is not known yet."""
        return self.rule is not None and (
            bool(self.rule.condition) or "condition" in self.rule.unknown
        )

    @property
    def escalation(self) -> tuple[str, ...]:
        """The permission sets of the path that lead to any right."""
        if self.project_ids is not None:
            return ()
        return tuple(name for name in self.permission_sets if name in ESCALATION)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason why an answer is not certain."""

    reason: str
    """One line."""
    is_general: bool = False
    """Whether the reason applies to every principal alike."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The answer to one question: whether a principal has a permission set."""

    principal: Principal
    permission_set: str
    project_id: str | None
    """The project in question; None for any project, and for permission sets of the organization."""
    verdict: Verdict
    grants: tuple[Grant, ...] = ()
    """All paths. If the principal is locked, the paths have no effect."""
    doubts: tuple[Doubt, ...] = ()
    """What the model cannot know. With the verdicts YES and ONLY_IF, there may be more paths."""
    is_locked: bool = False
    """Whether the principal is a locked user, who has no permissions until the unlock."""
    escalation: tuple[Grant, ...] = ()
    """The paths that lead to any right, if the verdict is not YES: the principal can obtain the rest."""


class SetIndex:
    """The bit of each permission set. Two worlds to compare share one index."""

    def __init__(self, *worlds: World) -> None:
        names = dict.fromkeys(catalogue().by_name)
        for world in worlds:
            names |= dict.fromkeys(world.permission_sets)
            names |= dict.fromkeys(sorted(world.permission_sets_in_rules))
        self.names: tuple[str, ...] = tuple(names)
        self.bits: Mapping[str, int] = {name: 1 << place for place, name in enumerate(names)}
        self.all: int = (1 << len(self.names)) - 1
        types = {name: entry.scope_type for name, entry in catalogue().by_name.items()}
        for world in worlds:
            types |= world.permission_sets
        self.organization: int = self.mask(
            name for name in self.names if types.get(name) == "organization"
        )
        """The permission sets of the scope type `organization`."""

    def mask(self, names: Iterable[str]) -> int:
        """Return the bits of the names in the index."""
        bits = 0
        for name in names:
            bits |= self.bits.get(name, 0)
        return bits

    def of(self, mask: int) -> tuple[str, ...]:
        """Return the names of the bits, in the order of the index."""
        return tuple(name for name in self.names if self.bits[name] & mask)


@dataclass(slots=True)
class Masks:
    """Permission sets as bits: without a condition, under a condition, and in doubt."""

    yes: int = 0
    only_if: int = 0
    doubt: int = 0

    def __or__(self, other: Masks) -> Masks:
        return Masks(self.yes | other.yes, self.only_if | other.only_if, self.doubt | other.doubt)

    def add(self, other: Masks, within: int) -> None:
        """Add the bits of other masks, as far as they are in `within`."""
        self.yes |= other.yes & within
        self.only_if |= other.only_if & within
        self.doubt |= other.doubt & within

    def verdict(self, bit: int) -> Verdict:
        """Return the verdict about the permission set of a bit."""
        if self.yes & bit:
            return Verdict.YES
        if self.only_if & bit:
            return Verdict.ONLY_IF
        return Verdict.CANNOT_TELL if self.doubt & bit else Verdict.NO


@dataclass(frozen=True, kw_only=True, slots=True)
class Effective:
    """All verdicts about one principal."""

    principal: Principal
    index: SetIndex
    whole: Masks
    """The organization, and all present and future projects."""
    projects: Mapping[str, Masks]
    """The projects with other verdicts than `whole`, by id; each includes `whole`."""
    anywhere: Masks
    """The best of all scopes."""
    is_locked: bool

    def masks(self, project_id: str | None = None) -> Masks:
        """Return the bits in a project; without a project, in any scope. A locked user has none."""
        if self.is_locked:
            return Masks()
        if project_id is None:
            return self.anywhere
        return self.projects.get(project_id, self.whole)

    def verdict(self, permission_set: str, project_id: str | None = None) -> Verdict:
        """Return the verdict of `Access.answer`. Raises KeyError for a permission set outside of the index."""
        return self.masks(project_id).verdict(self.index.bits[permission_set])


@dataclass
class _Holder:
    """The policies of a principal: its own, and those of its groups."""

    policies: list[tuple[Group | None, Policy]] = field(default_factory=list)
    perhaps: list[tuple[str, Policy]] = field(default_factory=list)
    """Policies that the principal may have, with the reason for the doubt."""


class Access:
    """The answers about one world. Immutable; answers are computed on demand."""

    def __init__(self, world: World, index: SetIndex | None = None) -> None:
        self.world = world
        self.index = index or SetIndex(world)
        everybody: list[Principal] = []
        for items in (world.users, world.applications, world.groups):
            everybody += sorted(
                items, key=lambda item: ((item.name or item.id).casefold(), item.id)
            )
        self.principals: Mapping[str, Principal] = {item.id: item for item in everybody}
        """Users, applications and groups, by id; each type in the order of names."""
        self.projects: Mapping[str, str] = {item.id: item.name for item in world.projects}
        """The names of projects, by id."""

    # --- questions ---------------------------------------------------------------------------

    def grants(
        self,
        principal_id: str | None = None,
        permission_set: str | None = None,
        project_id: str | None = None,
    ) -> Iterator[Grant]:
        """Yield the paths of one or all principals, to one or all permission sets.

        With a permission set, only rules that certainly include it. With a project, only rules whose
        scope has the project, and rules with permission sets of the organization.
        """
        chosen = (
            self.principals.values()
            if principal_id is None
            else ([self.principals[principal_id]] if principal_id in self.principals else [])
        )
        for principal in chosen:
            for grant in self._paths(principal):
                names = self._that_include(grant, permission_set, project_id)
                if names or grant.is_owner:
                    yield Grant(
                        principal=principal,
                        group=grant.group,
                        policy=grant.policy,
                        number=grant.number,
                        rule=grant.rule,
                        permission_sets=names,
                    )

    def answer(
        self, principal_id: str, permission_set: str, project_id: str | None = None
    ) -> Answer:
        """Return whether a principal has a permission set, with all paths and doubts.

        Without a project, the question is about any scope. The project does not matter for a permission
        set of the scope type `organization`. Raises KeyError for an unknown principal.
        """
        principal = self.principals[principal_id]
        if self.scope_type(permission_set) == "organization":
            project_id = None
        grants = tuple(self.grants(principal_id, permission_set, project_id))
        doubts = tuple(dict.fromkeys(self._doubts(principal, permission_set, project_id)))
        is_locked = _is_locked(principal)
        verdict = verdict_of(grants, doubts, is_locked=is_locked)
        leads = () if verdict is Verdict.YES or is_locked else self.escalation(principal_id)
        return Answer(
            principal=principal,
            permission_set=permission_set,
            project_id=project_id,
            verdict=verdict,
            grants=grants,
            doubts=doubts,
            is_locked=is_locked,
            escalation=leads,
        )

    def who(
        self, permission_set: str, project_id: str | None = None, *, with_escalation: bool = False
    ) -> list[Answer]:
        """Return the answers about all principals, without the verdict NO.

        With `with_escalation`, also those with a path that leads to any right.
        """
        answers = (self.answer(one, permission_set, project_id) for one in self.principals)
        return [
            answer
            for answer in answers
            if answer.verdict is not Verdict.NO or (with_escalation and answer.escalation)
        ]

    def escalation(self, principal_id: str) -> tuple[Grant, ...]:
        """Return the paths of a principal that lead to any right."""
        return tuple(
            Grant(
                principal=grant.principal,
                group=grant.group,
                policy=grant.policy,
                number=grant.number,
                rule=grant.rule,
                permission_sets=grant.escalation,
            )
            for grant in self._paths(self.principals[principal_id])
            if grant.escalation
        )

    def effective(self, principal_id: str, *, policies_only: bool = False) -> Effective:
        """Return all verdicts about a principal. Raises KeyError for an unknown principal.

        With `policies_only`, the doubt about bucket policies is left out. A comparison of two worlds has
        it on both sides.
        """
        principal = self.principals[principal_id]
        every = self.index.all
        whole = Masks(doubt=self._general_mask())
        if policies_only and not self.world.lacks("policies"):
            whole.doubt = 0
        by_project: dict[str, Masks] = defaultdict(Masks)
        elsewhere = Masks()
        if _is_owner(principal):
            whole.yes = every
        elif _may_be_owner(principal):
            whole.doubt = every
        holder = self._holders[principal.id]
        for is_sure, policy in (
            *((True, policy) for _, policy in holder.policies),
            *((False, policy) for _, policy in holder.perhaps),
        ):
            if policy.rules is None:
                whole.doubt = every
            for rule in policy.rules or ():
                masks, beyond = self._masks_of(rule, is_sure)
                if "project_ids" in rule.unknown:
                    whole.doubt |= masks.yes | masks.only_if | masks.doubt
                if rule.project_ids is None:
                    whole.add(masks, every)
                    continue
                whole.doubt |= beyond
                for project_id in rule.project_ids:
                    by_project[project_id].add(masks, every)
                elsewhere.add(masks, every if rule.project_ids else 0)
        whole.doubt |= elsewhere.doubt & self.index.organization
        return Effective(
            principal=principal,
            index=self.index,
            whole=whole,
            projects={one: masks | whole for one, masks in by_project.items()},
            anywhere=whole | elsewhere,
            is_locked=_is_locked(principal),
        )

    def members(self, group: Group) -> Mapping[str, bool]:
        """Return the ids of the members with True, and of possible members with False."""
        return self._members(group)

    def scope_type(self, permission_set: str) -> str:
        """Return `projects` or `organization`; empty for a permission set outside of both lists."""
        if scope_type := self.world.permission_sets.get(permission_set):
            return scope_type
        entry = catalogue().by_name.get(permission_set)
        return entry.scope_type if entry else ""

    def working_keys(self, bearer_id: str) -> list[str] | None:
        """Return the access keys of a bearer that have not expired; None if the list is unknown."""
        if self.world.is_partial or self.world.lacks("API keys"):
            return None
        return [
            key.access_key
            for key in self.world.api_keys
            if key.bearer_id == bearer_id
            and not (key.expires_at and moment(key.expires_at) <= moment(self.world.as_of))
        ]

    # --- the paths of a principal ------------------------------------------------------------

    @cached_property
    def _holders(self) -> Mapping[str, _Holder]:
        """The policies of all principals, by the id of the principal."""
        holders: dict[str, _Holder] = {one: _Holder() for one in self.principals}
        by_group: dict[str, list[Policy]] = defaultdict(list)
        for policy in sorted(
            self.world.policies, key=lambda item: ((item.name or item.id).casefold(), item.id)
        ):
            if not policy.principal_known:
                reason = f"the principal of policy {policy.title} is not known yet"
                for holder in holders.values():
                    holder.perhaps.append((reason, policy))
            elif policy.group_id:
                by_group[policy.group_id].append(policy)
            if policy.principal_id in holders:
                holders[policy.principal_id].policies.append((None, policy))
        groups = {group.id: group for group in self.world.groups}
        for group_id, policies in by_group.items():
            # A group that is missing in a complete list was deleted.
            if group_id in groups or self.world.lacks("groups"):
                self._add_members(holders, groups.get(group_id), group_id, policies)
        return holders

    def _add_members(
        self,
        holders: Mapping[str, _Holder],
        group: Group | None,
        group_id: str,
        policies: Iterable[Policy],
    ) -> None:
        """Give the policies of a group to its members, and in doubt to its possible members.

        `group` is None if the groups could not be read.
        """
        if group is None:
            group = Group(id=group_id, users_known=False, applications_known=False)
        members = self._members(group)
        reason = f"the source does not have all members of group {name_of(group.name or group.id)}"
        for member_id, is_sure in members.items():
            if (holder := holders.get(member_id)) is None:
                continue
            if is_sure:
                holder.policies += [(group, policy) for policy in policies]
            else:
                holder.perhaps += [(reason, policy) for policy in policies]

    def _members(self, group: Group) -> dict[str, bool]:
        """Return the ids of the members with True, and of possible members with False."""
        users = [user.id for user in self.world.users]
        applications = [app.id for app in self.world.applications]
        members: dict[str, bool] = {}
        if not group.users_known:
            members |= dict.fromkeys(users, False)
        if not group.applications_known:
            members |= dict.fromkeys(applications, False)
        members |= dict.fromkeys((*group.user_ids, *group.application_ids), True)
        if group.all_users:
            members |= dict.fromkeys(users, True)
        if group.all_applications:
            members |= {app.id: True for app in self.world.applications if not app.managed}
        return members

    def _paths(self, principal: Principal) -> Iterator[Grant]:
        """Yield a path for each rule of a principal, with all permission sets of the rule."""
        if _is_owner(principal):
            yield Grant(principal=principal)
        for group, policy in self._holders[principal.id].policies:
            for number, rule in enumerate(policy.rules or (), 1):
                yield Grant(
                    principal=principal,
                    group=group,
                    policy=policy,
                    number=number,
                    rule=rule,
                    permission_sets=rule.permission_sets,
                )

    def _that_include(
        self, grant: Grant, permission_set: str | None, project_id: str | None
    ) -> tuple[str, ...]:
        """Return the permission sets of a path that include a permission set, within a project."""
        if grant.rule is None:
            return ()
        is_whole = grant.project_ids is None
        names = grant.permission_sets
        if not is_whole:
            # The effect of such a rule on the organization is undocumented, so it is a doubt.
            names = tuple(name for name in names if self.scope_type(name) != "organization")
            if not grant.project_ids:
                return ()
        if permission_set is not None:
            sure = inclusions().sure
            names = tuple(
                name for name in names if permission_set in sure.get(name, frozenset({name}))
            )
        if project_id is None or is_whole or project_id in (grant.project_ids or ()):
            return names
        return ()

    # --- doubts ------------------------------------------------------------------------------

    def _doubts(
        self, principal: Principal, permission_set: str, project_id: str | None
    ) -> Iterator[Doubt]:
        """Yield what the model cannot know about a question."""
        if permission_set.startswith(_BUCKETS):
            yield Doubt(BUCKET_POLICIES, is_general=True)
        if _is_owner(principal):
            return
        for gap in self.world.gaps:
            if gap.noun == "policies":
                yield Doubt(gap.reason, is_general=True)
        if _may_be_owner(principal):
            yield Doubt(
                "the source does not show whether the user is the owner of the organization"
            )
        holder = self._holders[principal.id]
        for _, policy in holder.policies:
            yield from self._open_rules(policy, permission_set, project_id)
        for reason, policy in holder.perhaps:
            if policy.rules is None or any(
                self._may_give(rule, permission_set, project_id) for rule in policy.rules
            ):
                yield Doubt(f"{reason} (policy {policy.title})")

    def _open_rules(
        self, policy: Policy, permission_set: str, project_id: str | None
    ) -> Iterator[Doubt]:
        """Yield the doubts about the rules of a policy that the principal certainly has."""
        title = policy.title
        if policy.rules is None:
            yield Doubt(f"the rules of policy {title} are unknown")
        for number, rule in enumerate(policy.rules or (), 1):
            for reason in self._open(rule, permission_set, project_id):
                yield Doubt(f"{reason} (policy {title}, rule {number})")

    def _may_give(self, rule: Rule, permission_set: str, project_id: str | None) -> bool:
        """Return whether a rule gives a permission set to its principal, surely or perhaps."""
        is_open = any(True for _ in self._open(rule, permission_set, project_id))
        return is_open or any(
            permission_set in inclusions().sure.get(name, {name}) and _is_in_scope(rule, project_id)
            for name in rule.permission_sets
        )

    def _open(self, rule: Rule, permission_set: str, project_id: str | None) -> Iterator[str]:
        """Yield the reasons why a rule of a principal may give more than it certainly does."""
        is_in_scope = _is_in_scope(rule, project_id)
        is_scope_open = "project_ids" in rule.unknown
        asked = self.scope_type(permission_set)
        if (is_in_scope or is_scope_open) and "permission_sets" in rule.unknown:
            yield "permission sets are not known yet"
        for name in rule.permission_sets:
            includes = permission_set in inclusions().sure.get(name, frozenset({name}))
            is_misplaced = rule.project_ids is not None and self.scope_type(name) == "organization"
            if is_misplaced and (includes or self._may_include(name, permission_set)):
                yield f"the effect of {name} in a rule with projects is not documented"
                continue
            if is_scope_open and (includes or self._may_include(name, permission_set)):
                yield "the projects are not known yet"
            if not is_in_scope or includes or not self._may_include(name, permission_set):
                continue
            if name not in inclusions().sure:
                yield f"the content of {name} is unknown: the bundled catalogue does not have it"
            elif asked == "" or permission_set not in inclusions().sure:
                yield f"the bundled catalogue does not have {permission_set}, so {name} may include it"
            else:
                yield f"the documentation does not say whether {name} includes {permission_set}"

    def _may_include(self, name: str, permission_set: str) -> bool:
        """Return whether a permission set may include another, as far as nobody knows."""
        known = inclusions()
        if name in known.sure and permission_set in known.sure:
            return permission_set in known.perhaps[name]
        if name == permission_set:
            return False
        types = {self.scope_type(name), self.scope_type(permission_set)} - {""}
        return len(types) < 2

    # --- bit sets ----------------------------------------------------------------------------

    def _masks_of(self, rule: Rule, is_sure: bool) -> tuple[Masks, int]:
        """Return the bits that a rule gives within its scope, and the bits in doubt everywhere.

        If the rule is not surely a rule of the principal, all its bits are in doubt.
        """
        is_limited = rule.project_ids is not None
        sure, doubt, beyond = self._bits_of_names(rule.permission_sets, is_limited)
        if "permission_sets" in rule.unknown:
            doubt = self.index.all
        if not is_sure:
            return Masks(doubt=sure | doubt), beyond
        if rule.condition or "condition" in rule.unknown:
            return Masks(only_if=sure, doubt=doubt), beyond
        return Masks(yes=sure, doubt=doubt), beyond

    def _bits_of_names(self, names: tuple[str, ...], is_limited: bool) -> tuple[int, int, int]:
        key = (names, is_limited)
        if key not in self._names_bits:
            self._names_bits[key] = self._new_bits(names, is_limited)
        return self._names_bits[key]

    @cached_property
    def _names_bits(self) -> dict[tuple[tuple[str, ...], bool], tuple[int, int, int]]:
        return {}

    def _new_bits(self, names: tuple[str, ...], is_limited: bool) -> tuple[int, int, int]:
        """Return the bits that names certainly give, may give in scope, and may give everywhere."""
        sure = doubt = beyond = 0
        for name in names:
            given, open_ = self._closure[name]
            if is_limited and self.scope_type(name) == "organization":
                beyond |= given | open_
            else:
                sure |= given
                doubt |= open_
        return sure, doubt, beyond

    @cached_property
    def _closure(self) -> Mapping[str, tuple[int, int]]:
        """The bits that each permission set certainly includes, and the bits that it may include."""
        known = inclusions()
        closure: dict[str, tuple[int, int]] = {}
        unreviewed = [name for name in self.index.names if name not in known.sure]
        for name in self.index.names:
            sure = self.index.mask(known.sure.get(name, (name,)))
            others = known.perhaps[name] if name in known.sure else self.index.names
            maybe = self.index.mask(
                other for other in (*others, *unreviewed) if self._may_include(name, other)
            )
            closure[name] = (sure, maybe & ~sure)
        return closure

    def _general_mask(self) -> int:
        """Return the permission sets in doubt for every principal."""
        if self.world.lacks("policies"):
            return self.index.all
        return self._bucket_mask

    @cached_property
    def _bucket_mask(self) -> int:
        return self.index.mask(name for name in self.index.names if name.startswith(_BUCKETS))


def _is_in_scope(rule: Rule, project_id: str | None) -> bool:
    """Return whether the known scope of a rule has a project; without a project, whether it has any."""
    if rule.project_ids is None:
        return True
    return bool(rule.project_ids) if project_id is None else project_id in rule.project_ids


def _is_owner(principal: Principal) -> bool:
    return getattr(principal, "type", "") == "owner"


def verdict_of(grants: Iterable[Grant], doubts: Collection[Doubt], *, is_locked: bool) -> Verdict:
    """Return the verdict of certain paths and of doubts about further paths."""
    conditional = [grant.is_conditional for grant in grants]
    if is_locked:
        return Verdict.NO
    if conditional:
        return Verdict.ONLY_IF if all(conditional) else Verdict.YES
    return Verdict.CANNOT_TELL if doubts else Verdict.NO


def _is_locked(principal: Principal) -> bool:
    return bool(getattr(principal, "locked", False))


def _may_be_owner(principal: Principal) -> bool:
    """Return whether the source does not know the type of a user."""
    return getattr(principal, "type", "member") == ""
