"""The plan of a run: the declarations of the program, and the operations under way.

Each check first registers the declaration of its resource. So each resource is checked against all
resources of the program: their unique names, their member lists, and the rights that they take from
the caller.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.core.fields import Props

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable


__all__ = [
    "Claim",
    "Declaration",
    "EndsCaller",
    "LeavesGroup",
    "Loss",
    "Plan",
    "PolicyBecomes",
    "Registration",
    "UniqueName",
]


class UniqueName(NamedTuple):
    """A name required to be unique in the organization."""

    noun: str
    field: str
    key: Hashable
    """The normalized name: equivalent names have equal keys."""


class Claim(NamedTuple):
    """The new name of a resource, and the old name, released by the change."""

    new: UniqueName
    old: UniqueName | None = None


@dataclass(frozen=True)
class EndsCaller:
    """An operation that deletes or locks the API key that runs the program, or its bearer."""

    action: str
    """The predicate in messages, as in "this deletes the API key that runs the program"."""


@dataclass(frozen=True)
class LeavesGroup:
    """An operation that takes the caller out of a group."""

    group_id: str


@dataclass(frozen=True)
class PolicyBecomes:
    """An operation that changes or deletes a policy."""

    policy_ids: tuple[str, ...]
    """The policy. A check gets no id, so it names all policies with the name and the principal of the
    old inputs."""
    inputs: Props | None
    """The new inputs; None if the policy is deleted."""


Loss = EndsCaller | LeavesGroup | PolicyBecomes
"""The loss of the caller by an operation."""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """The declaration in the checked inputs of one resource."""

    noun: str
    claims: tuple[Claim, ...] = ()
    """The new unique names."""
    kept: tuple[UniqueName, ...] = ()
    """The unchanged unique names."""
    adds_one: bool = False
    """Whether the run adds an object of the kind, at least until the old object is deleted."""
    set_lists: tuple[tuple[str, str], ...] = ()
    """The member lists set as a whole: the group's name, and the field."""
    extended_lists: tuple[tuple[str, str], ...] = ()
    """The member lists extended by single members: the group's id, and the field."""
    sets_users: bool = False
    """Whether the resource adds or removes users of a group."""
    security_settings: Mapping[str, Any] = field(default_factory=dict)
    loss: tuple[str, Loss] | None = None
    """The changed property, and the possible loss of the caller by the change."""


class Registration(NamedTuple):
    """The result of registering a declaration; later registrations do not change it."""

    taken: frozenset[str] = frozenset()
    """The fields with a new name that another resource of the program has already claimed."""
    number: int | None = None
    """The number of objects of the kind that the program adds so far; None if this declaration adds none."""
    loss: tuple[str, Loss] | None = None
    """The loss of the declaration. A loss of rights names a single policy."""
    is_first_with_users: bool = False
    """Whether this is the first declaration of the run that adds or removes users of a group."""


class Plan:
    """The declarations of one program for one organization. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: Counter[UniqueName] = Counter()
        self._released: set[UniqueName] = set()
        self._kept: set[UniqueName] = set()
        self._replaced: set[tuple[str, str]] = set()
        self._planned: Counter[str] = Counter()
        self._created: Counter[str] = Counter()
        self._checked: Counter[int] = Counter()
        self._set_lists: set[tuple[str, str]] = set()
        self._extended_lists: set[tuple[str, str]] = set()
        self._security_settings: dict[str, Any] = {}
        self._left_groups: set[str] = set()
        self._policies: dict[str, Props] = {}
        self._under_way: list[Loss] = []
        self._sets_users = False

    # --- writing -----------------------------------------------------------------------------

    def register(self, declaration: Declaration) -> Registration:
        """Register the declaration of one resource."""
        noun = declaration.noun
        with self._lock:
            taken = {claim.new.field for claim in declaration.claims if not self._claim(claim)}
            self._kept.update(declaration.kept)
            if declaration.adds_one:
                self._planned[noun] += 1
            self._set_lists.update(declaration.set_lists)
            self._extended_lists.update(declaration.extended_lists)
            self._security_settings.update(declaration.security_settings)
            loss = declaration.loss and (declaration.loss[0], self._lose(declaration.loss[1]))
            number = self._planned[noun] if declaration.adds_one else None
            is_first = declaration.sets_users and not self._sets_users
            self._sets_users = self._sets_users or declaration.sets_users
        return Registration(frozenset(taken), number, loss, is_first)

    def _claim(self, claim: Claim) -> bool:
        """Claim a name and release the old name; return False if the name was already claimed."""
        if claim.old is not None:
            self._released.add(claim.old)
            self._claims.pop(claim.old, None)
        self._claims[claim.new] += 1
        return self._claims[claim.new] == 1

    def _lose(self, loss: Loss) -> Loss:
        """Record a loss and return the loss, reduced to a single policy.

        From several policies, the first policy without a recorded change is chosen.
        """
        match loss:
            case LeavesGroup(group_id):
                self._left_groups.add(group_id)
            case PolicyBecomes(policy_ids, inputs) if policy_ids and inputs is not None:
                fresh = (policy_id for policy_id in policy_ids if policy_id not in self._policies)
                chosen = next(fresh, policy_ids[-1])
                self._policies[chosen] = inputs
                return PolicyBecomes((chosen,), inputs)
        return loss

    def begin(self, loss: Loss) -> None:
        """Record the start of an operation with a loss."""
        with self._lock:
            self._under_way.append(loss)

    def end(self, loss: Loss) -> None:
        """Record the end of an operation, completed or failed."""
        with self._lock:
            self._under_way.remove(loss)

    def replace(self, noun: str, ids: Iterable[str]) -> None:
        """Record objects that the program is about to replace: their names count as free."""
        with self._lock:
            self._replaced.update((noun, resource_id) for resource_id in ids)

    def count_created(self, noun: str) -> None:
        """Record the create of a planned object."""
        with self._lock:
            self._created[noun] += 1

    def is_checked_again(self, resource: str, olds: Props, news: Props) -> bool:
        """Record a check; return whether it repeats an earlier check, for a replacement.

        The repeated check has no old inputs, and the first check has reported all failures.
        `resource` is the URN, or the name of the kind in a front without URNs.
        """
        checked = hash((resource, repr(sorted(news.items()))))
        with self._lock:
            if olds:
                self._checked[checked] += 1
                return False
            if self._checked[checked] > 0:
                self._checked[checked] -= 1
                return True
        return False

    # --- reading -----------------------------------------------------------------------------

    def keeps(self, name: UniqueName) -> bool:
        """Return whether a resource of the program keeps a name."""
        with self._lock:
            return name in self._kept

    def releases(self, name: UniqueName) -> bool:
        """Return whether a resource of the program releases a name."""
        with self._lock:
            return name in self._released

    def replaces(self, noun: str, resource_id: str) -> bool:
        """Return whether the program is about to replace an object."""
        with self._lock:
            return (noun, resource_id) in self._replaced

    def created(self, noun: str) -> int:
        """Return the number of planned objects that this process has created."""
        with self._lock:
            return self._created[noun]

    def sets_list(self, group_name: str, field: str) -> bool:
        """Return whether a group of the program sets a list of members as a whole."""
        with self._lock:
            return (group_name, field) in self._set_lists

    def extends_list(self, group_id: str, field: str) -> bool:
        """Return whether a membership of the program adds a single member to a list."""
        with self._lock:
            return (group_id, field) in self._extended_lists

    def security_settings(self) -> dict[str, Any]:
        """Return the security settings that the program is about to set."""
        with self._lock:
            return dict(self._security_settings)

    def left_groups(self) -> frozenset[str]:
        """Return the ids of the groups that the caller is about to leave, or leaves now."""
        with self._lock:
            now = {loss.group_id for loss in self._under_way if isinstance(loss, LeavesGroup)}
            return frozenset(self._left_groups | now)

    def planned_policies(self) -> dict[str, Props]:
        """Return the planned inputs of policies by id; empty for a policy under deletion.

        Only the losses by these inputs count.
        """
        with self._lock:
            now = {
                policy_id: loss.inputs or {}
                for loss in self._under_way
                if isinstance(loss, PolicyBecomes)
                for policy_id in loss.policy_ids
            }
            return self._policies | now
