"""Seeds: initial objects of an emulator, as a list or as a number of generated objects.

    {
      "projects": [{"name": "web"}],
      "users": [{"username": "alice", "email": "alice@example.com"}, {"email": "bob@example.com"}],
      "webauthn_authenticators": [{"user": "alice", "name": "laptop"}],
      "applications": [{"name": "ci", "tags": ["team=web"]}],
      "built_in_groups": [{"name": "All Users", "built_in": "all_users"}],
      "groups": [{"name": "devs", "users": ["alice"], "applications": ["ci"]}],
      "policies": [{"name": "devs", "group": "devs",
                    "rules": [{"permission_set_names": ["InstancesFullAccess"], "projects": ["web"]}]}],
      "api_keys": [{"application": "ci", "description": "pipeline"}],
      "ssh_keys": 100
    }

Each section is a list of objects, or a number of objects to generate. An object has the fields of its create
operation, and optionally its own `id`, or the `access_key` and the `secret_key` of an API key; by default, these are
random. Names may replace ids of other objects: `users`, `applications` and `projects` for lists of ids, `user`, `group`,
`application` and `project` for a single id. A user without a username is invited by e-mail; with
the type `guest`, the user is a guest that Scaleway has not made a member. A policy without a principal gets
`no_principal`. A rule without a scope applies to the organization. An object without a project belongs to the default
project. The API's own operations create all objects in one transaction.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pulumi_scw_iam.emulator.operations.api_keys import digest
from pulumi_scw_iam.emulator.operations.groups import BUILT_IN_GROUP
from pulumi_scw_iam.emulator.schema.arguments import EXAMPLE_ID, UUID, Body
from pulumi_scw_iam.emulator.schema.kinds import (
    API_KEY,
    APPLICATION,
    BUILT_IN,
    GROUP,
    POLICY,
    PRINCIPALS,
    PROJECT,
    SCOPES,
    SSH_KEY,
    STORED,
    USER,
    WEBAUTHN_AUTHENTICATOR,
)
from pulumi_scw_iam.emulator.schema.objects import ObjectKind
from pulumi_scw_iam.emulator.schema.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.emulator.operations.base import Json
    from pulumi_scw_iam.emulator.operations.origin import Origin
    from pulumi_scw_iam.emulator.state.store import Store

_ID = (UUID, f"is not a UUID; pass a UUID such as {EXAMPLE_ID}")
IDS = {"id": _ID}
"""The id that a seed may choose: its pattern, and the message for other values."""
KEYS = {
    "access_key": (
        re.compile(r"SCW[0-9A-Z]{17}", re.ASCII),
        "is not an access key; pass SCW and 17 digits or capital letters",
    ),
    "secret_key": _ID,
}
"""The same for the keys of an API key."""

Entry: TypeAlias = dict[str, Any]
References: TypeAlias = Mapping[str, tuple[str, str]]
Act: TypeAlias = "Callable[[str, Mapping[str, str], Json, Mapping[str, str]], Json | None]"
"""The function that calls an operation: its name, path parameters, body, and the id of the new object or the keys of
the new API key. Raises Refusal."""


class SeedError(ValueError):
    """An object of a seed cannot be created; the message has the section, the index and the reason."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a seed: the create operation, and the fields with names instead of ids.

    Other sections refer to an object by its field `name`. `references` maps a field with names to the section of the
    names and to the API's field for the ids. `generate` returns the n-th generated object.
    """

    kind: ObjectKind
    operation: str
    generate: Callable[[_Seeder, int], Entry]
    name: str = "name"
    references: References = field(default_factory=dict)
    body: Body | None = None
    """The body of the operation, if it is not the create operation of the kind."""
    more: tuple[str, ...] = ()
    """Fields of an object other than the fields of the operation's body."""


def seed(
    act: Act, store: Store, origin: Origin, sections: Mapping[str, Any]
) -> dict[str, list[Json]]:
    """Create the objects of a seed, and return the API's responses by section. Raises SeedError."""
    if not isinstance(sections, Mapping):
        raise SeedError("a seed must be an object")
    if unknown := sorted(sections.keys() - SECTIONS.keys()):
        raise SeedError(f"{unknown[0]}: unknown section; use one of {', '.join(SECTIONS)}")
    seeder = _Seeder(act, store, origin)
    # In the order of SECTIONS: a section refers to earlier sections only.
    return {
        name: list(seeder.create_section(name, sections[name]))
        for name in SECTIONS
        if name in sections
    }


class _Seeder:
    """Creates the objects of a seed, with a map from names to ids."""

    def __init__(self, act: Act, store: Store, origin: Origin) -> None:
        self._act = act
        self._store = store
        self._origin = origin
        self.names: dict[str, dict[str, str]] = {}
        self.ids: dict[str, list[str]] = {}
        for title, section in SECTIONS.items():
            objects = store.all(section.kind)
            self.names[title] = {item[section.name]: item[section.kind.key] for item in objects}
            self.ids[title] = [item[section.kind.key] for item in objects]

    def create_section(self, title: str, entries: Any) -> Iterator[Json]:
        """Create the objects of a section, and yield the API's responses."""
        section = SECTIONS[title]
        if isinstance(entries, int) and not isinstance(entries, bool) and entries >= 0:
            start = len(self.ids[title])
            entries = (section.generate(self, start + number) for number in range(entries))
        elif not isinstance(entries, list):
            raise SeedError(f"{title}: must be a list of objects, or a number of objects")
        for index, entry in enumerate(entries):
            try:
                created = self._create(section, entry)
            except SeedError as error:
                raise SeedError(f"{title}[{index}]: {error}") from None
            except Refusal as refusal:
                raise SeedError(f"{title}[{index}]: {_reason(refusal)}") from None
            for other, same in SECTIONS.items():
                if same.kind is section.kind:
                    self.names[other][created[section.name]] = created[section.kind.key]
            self.ids[title].append(created[section.kind.key])
            yield created

    def _create(self, section: Section, entry: Any) -> Json:
        fields = {*(section.body or section.kind.create).arguments, *section.more}
        fields |= (KEYS if section.kind is API_KEY else IDS).keys()
        body = self._resolve(entry, section.references, fields)
        chosen = self._chosen(section, body)
        if "organization_id" in (section.body or section.kind.create).arguments:
            body.setdefault("organization_id", self._origin.organization_id)
            self._check_organization(body)
        operation = section.operation
        if section.kind is USER:
            operation, body = _user(operation, body)
        elif section.kind is POLICY:
            body["rules"] = [self._rule(rule) for rule in _list(body.get("rules"), "rules")]
            if not body.keys() & PRINCIPALS:
                body["no_principal"] = True
        elif section.kind is SSH_KEY:
            body.setdefault("project_id", self._origin.project_id)
        members = {name: body.pop(name, []) for name in section.more if section.kind is GROUP}
        created = self._act(operation, {}, body, chosen)
        if any(members.values()):
            path = {"group_id": (created or {})["id"]}
            created = self._act("set_group_members", path, members, {})
        assert created
        return created

    def _check_organization(self, body: Entry) -> None:
        own = self._origin.organization_id
        named = body.get("organization_id")
        if named is not None and str(named).lower() != own:
            raise SeedError(f"organization_id: is another organization; pass {own} or none")

    def _chosen(self, section: Section, body: Entry) -> dict[str, str]:
        """Take the id of an object, or the keys of an API key, out of its body, and check these.

        Raises SeedError. No message shows a key.
        """
        chosen: dict[str, str] = {}
        for name, (pattern, advice) in (KEYS if section.kind is API_KEY else IDS).items():
            value = body.pop(name, None)
            if value is None:
                continue
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise SeedError(f"{name}: {advice}")
            chosen[name] = value if name == "access_key" else value.lower()
            if self._in_use(name, chosen[name]):
                raise SeedError(f"{name}: is already in use; pass another value or none")
        return chosen

    def _in_use(self, name: str, value: str) -> bool:
        if name == "secret_key":
            return bool(self._store.having(API_KEY, "secret_digest", digest(value)))
        return any(kind.key == name and self._store.get(kind, value) for kind in STORED)

    def _rule(self, rule: Any) -> Entry:
        fields = {"permission_set_names", "condition", *SCOPES}
        spec = self._resolve(rule, {"projects": ("projects", "project_ids")}, fields)
        if not spec.keys() & SCOPES:
            spec["organization_id"] = self._origin.organization_id
        self._check_organization(spec)
        return spec

    def _resolve(self, entry: Any, references: References, fields: set[str]) -> Entry:
        """Replace the names in an object by ids."""
        if not isinstance(entry, dict):
            raise SeedError("must be an object")
        if unknown := sorted(entry.keys() - references.keys() - fields):
            allowed = ", ".join(sorted(references.keys() | fields))
            raise SeedError(f"{unknown[0]}: unknown field; use one of {allowed}")
        body = {}
        for key, value in entry.items():
            if key not in references:
                body[key] = value
                continue
            title, argument = references[key]
            is_list = argument.endswith("s")
            names = _list(value, key) if is_list else [value]
            ids = [self._id(title, name, key) for name in names]
            body[argument] = ids if is_list else ids[0]
        return body

    def _id(self, title: str, name: Any, key: str) -> str:
        if not isinstance(name, str) or name not in self.names[title]:
            raise SeedError(f"{key}: no {title.removesuffix('s')} is called {name!r}")
        return self.names[title][name]


def _list(value: Any, key: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise SeedError(f"{key}: must be a list")
    return value


def _user(operation: str, entry: Entry) -> tuple[str, Entry]:
    """Return the operation and the body for a user, with the fields of a member in a nested object."""
    if "type" in entry:
        if entry.pop("type") != "guest" or "username" in entry:
            raise SeedError(
                'type: must be "guest", without a username; remove it for a member or an invited user'
            )
        return "add_guest", entry
    if "username" not in entry:
        return operation, entry
    outer: Entry = {name: entry.pop(name) for name in ("organization_id", "tags") if name in entry}
    return operation, {**outer, "member": entry}


def _reason(refusal: Refusal) -> str:
    """Return the reason of a refusal in one line."""
    body = refusal.body
    assert body  # only errors of the gateway have no body
    if body["type"] == "invalid_arguments":
        return "; ".join(
            f"{detail['argument_name']}: {detail['help_message']}" for detail in body["details"]
        )
    subject = f"{body.get('resource', '')} {body.get('resource_id', '')}".strip()
    words = str(body.get("help_message") or body["message"])
    return f"{words} ({subject})" if subject else words


# Generated objects: plausible, distinct and reproducible

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


def _some_project(_: _Seeder, number: int) -> Entry:
    return {"name": f"{_pick(_TASKS, number)}-{number}", "description": "Generated project"}


def _some_user(_: _Seeder, number: int) -> Entry:
    first, last = _pick(_FIRST, number), _pick(_LAST, number // len(_FIRST))
    username = f"{first}.{last}.{number}".lower()
    return {
        "username": username,
        "email": f"{username}@example.com",
        "first_name": first,
        "last_name": last,
        "tags": [f"team={_pick(_TEAMS, number)}"],
    }


def _some_authenticator(seeder: _Seeder, number: int) -> Entry:
    return {"name": f"passkey {number}", "user_id": _pick(seeder.ids["users"], number)}


def _some_application(_: _Seeder, number: int) -> Entry:
    return {
        "name": f"{_pick(_TASKS, number)}-{number}",
        "description": f"Runs jobs of the {_pick(_TEAMS, number)} team",
        "tags": [f"team={_pick(_TEAMS, number)}"],
    }


def _some_built_in_group(_: _Seeder, number: int) -> Entry:
    flag = _pick([*BUILT_IN], number)
    return {"name": flag.replace("_", " ").title(), "built_in": flag}


def _some_group(seeder: _Seeder, number: int) -> Entry:
    users, applications = seeder.ids["users"], seeder.ids["applications"]
    return {
        "name": f"{_pick(_TEAMS, number)}-{number}",
        "tags": [f"team={_pick(_TEAMS, number)}"],
        "user_ids": [_pick(users, number * 3 + member) for member in range(min(3, len(users)))],
        "application_ids": [_pick(applications, number)] if applications else [],
    }


def _some_policy(seeder: _Seeder, number: int) -> Entry:
    titles = [title for title in ("groups", "applications", "users") if seeder.ids[title]]
    title = _pick(titles, number)
    return {
        "name": f"{_pick(_TEAMS, number)}-{_pick(_TASKS, number)}-{number}",
        f"{title.removesuffix('s')}_id": _pick(seeder.ids[title], number),
        "rules": [{"permission_set_names": [_pick(_GRANTS, number)]}],
    }


def _some_api_key(seeder: _Seeder, number: int) -> Entry:
    # Without applications, the owner is the bearer.
    title = "applications" if seeder.ids["applications"] else "users"
    return {
        "description": f"{_pick(_TASKS, number)} {number}",
        f"{title.removesuffix('s')}_id": _pick(seeder.ids[title], number),
    }


def _some_ssh_key(_: _Seeder, number: int) -> Entry:
    algorithm, key = b"ssh-ed25519", number.to_bytes(32, "little")
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (algorithm, key))
    text = base64.b64encode(blob).decode()
    return {"name": f"laptop-{number}", "public_key": f"{algorithm.decode()} {text}"}


_PROJECT, _USER, _APPLICATION = (
    {"project": ("projects", "project_id")},
    {"user": ("users", "user_id")},
    {"application": ("applications", "application_id")},
)
_MEMBER = USER.create.arguments["member"]
assert isinstance(_MEMBER, Body)

SECTIONS: dict[str, Section] = {
    "projects": Section(kind=PROJECT, operation="create_project", generate=_some_project),
    "users": Section(
        kind=USER,
        operation="create_user",
        generate=_some_user,
        name="username",
        more=(*_MEMBER.arguments, "type"),
    ),
    "webauthn_authenticators": Section(
        kind=WEBAUTHN_AUTHENTICATOR,
        operation="add_webauthn_authenticator",
        generate=_some_authenticator,
        references=_USER,
    ),
    "applications": Section(
        kind=APPLICATION, operation="create_application", generate=_some_application
    ),
    "built_in_groups": Section(
        kind=GROUP,
        operation="add_built_in_group",
        body=BUILT_IN_GROUP,
        generate=_some_built_in_group,
    ),
    "groups": Section(
        kind=GROUP,
        operation="create_group",
        generate=_some_group,
        references={
            "users": ("users", "user_ids"),
            "applications": ("applications", "application_ids"),
        },
        more=("user_ids", "application_ids"),
    ),
    "policies": Section(
        kind=POLICY,
        operation="create_policy",
        generate=_some_policy,
        references={**_USER, **_APPLICATION, "group": ("groups", "group_id")},
    ),
    "api_keys": Section(
        kind=API_KEY,
        operation="create_api_key",
        generate=_some_api_key,
        name="description",
        references={**_USER, **_APPLICATION, "project": ("projects", "default_project_id")},
    ),
    "ssh_keys": Section(
        kind=SSH_KEY, operation="create_ssh_key", generate=_some_ssh_key, references=_PROJECT
    ),
}
"""The sections of a seed, in the order of creation."""
