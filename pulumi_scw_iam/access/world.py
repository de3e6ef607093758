"""The world of a question about access: the objects of an organization, as immutable values.

A source creates a world: the live organization, the states of stacks, or a snapshot. The ids are texts: a
source may use other unique texts, for objects that do not exist yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pulumi_scw_iam.common.words import quoted

__all__ = [
    "ApiKey",
    "Application",
    "Gap",
    "Group",
    "Policy",
    "Principal",
    "Project",
    "Rule",
    "User",
    "World",
    "name_of",
]

_PLAIN = re.compile(r"[\w@.+()-]+", re.ASCII)


def name_of(text: str) -> str:
    """Return a name for a sentence, in quotes unless all its characters are harmless."""
    return text if _PLAIN.fullmatch(text) else quoted(text)


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """A person."""

    kind: ClassVar[str] = "user"

    id: str
    username: str = ""
    email: str = ""
    type: str = ""
    """`owner`, `member`, `guest`; empty if unknown."""
    locked: bool = False

    @property
    def name(self) -> str:
        """The username, else the e-mail address; empty if both are unknown."""
        return self.username or self.email

    @property
    def names(self) -> frozenset[str]:
        """The texts that name the user on the command line."""
        return frozenset({self.username, self.email} - {""})


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """The identity of a program."""

    kind: ClassVar[str] = "application"

    id: str
    name: str = ""
    managed: bool = False
    """Whether a Scaleway product owns the application. No built-in group has it as a member."""

    @property
    def names(self) -> frozenset[str]:
        """The texts that name the application on the command line."""
        return frozenset({self.name} - {""})


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group, with its members."""

    kind: ClassVar[str] = "group"

    id: str
    name: str = ""
    user_ids: frozenset[str] = frozenset()
    application_ids: frozenset[str] = frozenset()
    users_known: bool = True
    """Whether `user_ids` has all users. A state may leave the users of a group alone."""
    applications_known: bool = True
    all_users: bool = False
    """Whether this is the built-in group of all users."""
    all_applications: bool = False
    managed: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The texts that name the group on the command line."""
        return frozenset({self.name} - {""})


Principal = User | Application | Group
"""A user, an application or a group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule of a policy."""

    permission_sets: tuple[str, ...]
    project_ids: frozenset[str] | None = None
    """The projects; None for the whole organization with all present and future projects."""
    condition: str = ""
    unknown: frozenset[str] = frozenset()
    """The fields with a value that is not known yet, besides the known part: any of these three."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A policy. Without any principal, the policy is an orphan and has no effect."""

    id: str
    name: str = ""
    user_id: str = ""
    application_id: str = ""
    group_id: str = ""
    rules: tuple[Rule, ...] | None = ()
    """None if the rules are unknown."""
    managed: bool = False
    principal_known: bool = True
    """Whether the principal is known; a preview may not know it yet."""

    @property
    def title(self) -> str:
        """The name for a sentence, else the id."""
        return name_of(self.name or self.id)

    @property
    def principal_id(self) -> str:
        """The id of the principal; empty for an orphan."""
        return self.user_id or self.application_id or self.group_id

    @property
    def is_orphan(self) -> bool:
        """Whether the policy has no principal, and therefore no effect."""
        return self.principal_known and not self.principal_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project."""

    id: str
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """An API key, without its secret. It has the permissions of its bearer until it expires."""

    access_key: str
    bearer_id: str
    expires_at: str = ""
    """RFC 3339; empty for a key that never expires."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A list that a source could not read, so that answers may be "cannot tell"."""

    noun: str
    """The plural noun of the list: `users`, `policies`, `rules`, …"""
    reason: str
    """One line for a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """The objects of one organization at one time."""

    organization_id: str = ""
    as_of: str = ""
    """The time of the source, in RFC 3339."""
    source: str = ""
    """The source for a message: `organization ID`, or the names of files."""
    is_partial: bool = False
    """Whether the source has only the objects of some stacks. Answers are then about these objects."""
    users: tuple[User, ...] = ()
    applications: tuple[Application, ...] = ()
    groups: tuple[Group, ...] = ()
    policies: tuple[Policy, ...] = ()
    projects: tuple[Project, ...] = ()
    api_keys: tuple[ApiKey, ...] = ()
    permission_sets: Mapping[str, str] = field(default_factory=dict)
    """The scope types of permission sets by name, from the live list; empty without the list."""
    gaps: tuple[Gap, ...] = ()

    def lacks(self, noun: str) -> bool:
        """Return whether a list could not be read."""
        return any(gap.noun == noun for gap in self.gaps)

    @property
    def permission_sets_in_rules(self) -> frozenset[str]:
        """The names in the rules of all policies."""
        return frozenset(
            name
            for policy in self.policies
            for rule in policy.rules or ()
            for name in rule.permission_sets
        )
