"""What should exist, said in a few lines: objects one by one, or a number of them.

    {
      "projects": [{"name": "web"}],
      "users": [{"username": "alice", "email": "alice@example.com"}, {"email": "guest@example.com"}],
      "applications": [{"name": "ci", "tags": ["team=web"]}],
      "groups": [{"name": "devs", "users": ["alice"], "applications": ["ci"]}],
      "policies": [{"name": "devs", "group": "devs",
                    "rules": [{"permission_set_names": ["InstancesFullAccess"], "projects": ["web"]}]}],
      "api_keys": [{"application": "ci", "description": "pipeline"}],
      "ssh_keys": 100
    }

Each section is a list of objects, or the number of those to make up. An object is the body of the operation
that creates it, and may use names where the API wants ids: `users`, `applications`, `projects` for
lists of ids, `user`, `group`, `application`, `project` for one. A user without a username is a guest, a
policy without a principal has none, a rule without a scope is for the organization, and what belongs to
a project belongs to the default one unless it says otherwise. All goes through the API's own
operations, and either all of it exists afterwards, or nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_scw_iam.emulator.schema.fields import Body
from pulumi_scw_iam.emulator.schema.kinds import (
    API_KEY,
    APPLICATION,
    GROUP,
    POLICY,
    PRINCIPALS,
    PROJECT,
    SCOPES,
    SSH_KEY,
    USER,
)
from pulumi_scw_iam.emulator.schema.objects import ObjectKind
from pulumi_scw_iam.emulator.schema.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator.operations.base import Json
    from pulumi_scw_iam.emulator.state.store import Store

Entry: TypeAlias = dict[str, Any]
References: TypeAlias = Mapping[str, tuple[str, str]]
Act: TypeAlias = "Callable[[str, Mapping[str, str], Json], Json | None]"
"""Calls the operation of a name with what its path and its body hold. Raises Refusal."""


class SeedError(ValueError):
    """What should exist cannot; the message names the section, the object and the reason."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a seed: how its objects come to be, and what names stand for in them.

    `name` is the field by which others refer to an object. `references` leads from a key to the section
    that it speaks of and the API's own key, which takes the ids. `made_up` writes the n-th object.
    """

    kind: ObjectKind
    operation: str
    made_up: Callable[[_Sower, int], Entry]
    name: str = "name"
    references: References = field(default_factory=dict)
    more: tuple[str, ...] = ()
    """Keys of the API that are not in the body of the operation."""


def seed(
    act: Act, store: Store, organization_id: str, wanted: Mapping[str, Any]
) -> dict[str, list[Json]]:
    """Create what is wanted, and return the API's answers by section. Raises SeedError."""
    if not isinstance(wanted, Mapping):
        raise SeedError("a seed must be an object")
    if unknown := sorted(wanted.keys() - SECTIONS.keys()):
        raise SeedError(f"{unknown[0]}: there is no such section, only {', '.join(SECTIONS)}")
    sower = _Sower(act, store, organization_id)
    # In the order in which one may refer to another, whatever theirs is.
    return {name: list(sower.sow(name, wanted[name])) for name in SECTIONS if name in wanted}


class _Sower:
    """Creates one object after the other, and knows the names of all that exist."""

    def __init__(self, act: Act, store: Store, organization_id: str) -> None:
        self._act = act
        self.organization_id = organization_id
        self.names: dict[str, dict[str, str]] = {}
        self.ids: dict[str, list[str]] = {}
        for title, section in SECTIONS.items():
            known = store.all(section.kind)
            self.names[title] = {one[section.name]: one[section.kind.key] for one in known}
            self.ids[title] = [one[section.kind.key] for one in known]

    def sow(self, title: str, wanted: Any) -> Iterator[Json]:
        """Create the objects of a section, and yield the API's answers."""
        section = SECTIONS[title]
        if isinstance(wanted, int) and not isinstance(wanted, bool) and wanted >= 0:
            start = len(self.ids[title])
            wanted = (section.made_up(self, start + number) for number in range(wanted))
        elif not isinstance(wanted, list):
            raise SeedError(f"{title}: must be a list of objects, or how many of them")
        for index, entry in enumerate(wanted):
            try:
                made = self._make(section, entry)
            except SeedError as error:
                raise SeedError(f"{title}[{index}]: {error}") from None
            except Refusal as refusal:
                raise SeedError(f"{title}[{index}]: {_words(refusal)}") from None
            self.names[title][made[section.name]] = made[section.kind.key]
            self.ids[title].append(made[section.kind.key])
            yield made

    def _make(self, section: Section, entry: Any) -> Json:
        fields = {*section.kind.create.fields, *section.more}
        body = self._resolve(entry, section.references, fields)
        if "organization_id" in section.kind.create.fields:
            body["organization_id"] = self.organization_id
        if section.kind is USER:
            body = _user(body)
        elif section.kind is POLICY:
            body["rules"] = [self._rule(rule) for rule in _list(body.get("rules"), "rules")]
            if not body.keys() & PRINCIPALS:
                body["no_principal"] = True
        elif section.kind is SSH_KEY:
            # The default project of an organization has the organization's id.
            body.setdefault("project_id", self.organization_id)
        members = {name: body.pop(name, []) for name in section.more if section.kind is GROUP}
        made = self._act(section.operation, {}, body)
        if any(members.values()):
            made = self._act("set_group_members", {"group_id": (made or {})["id"]}, members)
        assert made
        return made

    def _rule(self, rule: Any) -> Entry:
        fields = {"permission_set_names", "condition", *SCOPES}
        spec = self._resolve(rule, {"projects": ("projects", "project_ids")}, fields)
        return spec if spec.keys() & SCOPES else {**spec, "organization_id": self.organization_id}

    def _resolve(self, entry: Any, references: References, fields: set[str]) -> Entry:
        """Return an object with ids in the place of names."""
        if not isinstance(entry, dict):
            raise SeedError("must be an object")
        if unknown := sorted(entry.keys() - references.keys() - fields):
            raise SeedError(f"{unknown[0]}: there is no such key")
        body = {}
        for key, value in entry.items():
            if key not in references:
                body[key] = value
                continue
            title, real = references[key]
            many = real.endswith("s")
            ids = [self._id(title, name, key) for name in (_list(value, key) if many else [value])]
            body[real] = ids if many else ids[0]
        return body

    def _id(self, title: str, name: Any, key: str) -> str:
        if not isinstance(name, str) or name not in self.names[title]:
            raise SeedError(f"{key}: among the {title}, none is called {name!r}")
        return self.names[title][name]


def _list(value: Any, key: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise SeedError(f"{key}: must be a list")
    return value


def _user(entry: Entry) -> Entry:
    """Return the body of a user, which has the facts of a member one level further in."""
    if "username" not in entry:
        return entry
    beside: Entry = {name: entry.pop(name) for name in ("organization_id", "tags") if name in entry}
    return {**beside, "member": entry}


def _words(refusal: Refusal) -> str:
    """Return the reason for a refusal, in one line."""
    body = refusal.body
    assert body  # it comes from an operation, not from the gateway
    if body["type"] == "invalid_arguments":
        return "; ".join(
            f"{one['argument_name']}: {one['help_message']}" for one in body["details"]
        )
    subject = f"{body.get('resource', '')} {body.get('resource_id', '')}".strip()
    words = str(body.get("help_message") or body["message"])
    return f"{words} ({subject})" if subject else words


# Objects that are made up: plausible, all different, and the same each time

_FIRST = (
    "Ada",
    "Alan",
    "Barbara",
    "Dennis",
    "Edsger",
    "Frances",
    "Grace",
    "Ken",
    "Margaret",
    "Tony",
)
_LAST = ("Allen", "Dijkstra", "Hamilton", "Hoare", "Hopper", "Liskov", "Ritchie", "Thompson")
_TEAMS = ("backend", "data", "frontend", "mobile", "operations", "security", "support")
_TASKS = ("backup", "billing", "ci", "deploy", "metrics", "registry", "terraform")
_GRANTS = (
    "ObjectStorageReadOnly",
    "InstancesFullAccess",
    "ContainerRegistryReadOnly",
    "IAMReadOnly",
)


def _pick(choices: tuple[str, ...] | list[str], number: int) -> str:
    return choices[number % len(choices)]


def _some_project(_: _Sower, number: int) -> Entry:
    return {"name": f"{_pick(_TASKS, number)}-{number}", "description": "Made up"}


def _some_user(_: _Sower, number: int) -> Entry:
    first, last = _pick(_FIRST, number), _pick(_LAST, number // len(_FIRST))
    username = f"{first}.{last}.{number}".lower()
    return {
        "username": username,
        "email": f"{username}@example.com",
        "first_name": first,
        "last_name": last,
        "tags": [f"team={_pick(_TEAMS, number)}"],
    }


def _some_application(_: _Sower, number: int) -> Entry:
    return {
        "name": f"{_pick(_TASKS, number)}-{number}",
        "description": f"Does the {_pick(_TEAMS, number)} team's work",
        "tags": [f"team={_pick(_TEAMS, number)}"],
    }


def _some_group(sower: _Sower, number: int) -> Entry:
    users, applications = sower.ids["users"], sower.ids["applications"]
    return {
        "name": f"{_pick(_TEAMS, number)}-{number}",
        "tags": [f"team={_pick(_TEAMS, number)}"],
        "user_ids": [_pick(users, number * 3 + member) for member in range(min(3, len(users)))],
        "application_ids": [_pick(applications, number)] if applications else [],
    }


def _some_policy(sower: _Sower, number: int) -> Entry:
    titles = [title for title in ("groups", "applications", "users") if sower.ids[title]]
    title = _pick(titles, number)
    return {
        "name": f"{_pick(_TEAMS, number)}-{_pick(_TASKS, number)}-{number}",
        f"{title.removesuffix('s')}_id": _pick(sower.ids[title], number),
        "rules": [{"permission_set_names": [_pick(_GRANTS, number)]}],
    }


def _some_api_key(sower: _Sower, number: int) -> Entry:
    # There is always a user: the owner.
    title = "applications" if sower.ids["applications"] else "users"
    return {
        "description": f"{_pick(_TASKS, number)} {number}",
        f"{title.removesuffix('s')}_id": _pick(sower.ids[title], number),
    }


def _some_ssh_key(_: _Sower, number: int) -> Entry:
    algorithm, key = b"ssh-ed25519", number.to_bytes(32, "little")
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (algorithm, key))
    text = base64.b64encode(blob).decode()
    return {"name": f"laptop-{number}", "public_key": f"{algorithm.decode()} {text}"}


_PROJECT, _USER, _APPLICATION = (
    {"project": ("projects", "project_id")},
    {"user": ("users", "user_id")},
    {"application": ("applications", "application_id")},
)
_MEMBER = USER.create.fields["member"]
assert isinstance(_MEMBER, Body)

SECTIONS: dict[str, Section] = {
    "projects": Section(kind=PROJECT, operation="create_project", made_up=_some_project),
    "users": Section(
        kind=USER,
        operation="create_user",
        made_up=_some_user,
        name="username",
        more=tuple(_MEMBER.fields),
    ),
    "applications": Section(
        kind=APPLICATION, operation="create_application", made_up=_some_application
    ),
    "groups": Section(
        kind=GROUP,
        operation="create_group",
        made_up=_some_group,
        references={
            "users": ("users", "user_ids"),
            "applications": ("applications", "application_ids"),
        },
        more=("user_ids", "application_ids"),
    ),
    "policies": Section(
        kind=POLICY,
        operation="create_policy",
        made_up=_some_policy,
        references={**_USER, **_APPLICATION, "group": ("groups", "group_id")},
    ),
    "api_keys": Section(
        kind=API_KEY,
        operation="create_api_key",
        made_up=_some_api_key,
        name="description",
        references={**_USER, **_APPLICATION, "project": ("projects", "default_project_id")},
    ),
    "ssh_keys": Section(
        kind=SSH_KEY, operation="create_ssh_key", made_up=_some_ssh_key, references=_PROJECT
    ),
}
"""The sections of a seed, in the order in which they are created."""
