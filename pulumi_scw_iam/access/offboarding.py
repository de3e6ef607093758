"""The references to a user or an application: in the organization, and in the states of stacks.

An SSH key belongs to a project, not to a user. The name of an SSH key is therefore only a hint.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.access.live import (
    Lists,
    application_of,
    group_of,
    key_of,
    now,
    policy_of,
    user_of,
)
from pulumi_scw_iam.access.lookup import LookupFailure, find_principal
from pulumi_scw_iam.access.model import Access
from pulumi_scw_iam.access.wording import title_of
from pulumi_scw_iam.access.world import Application, Gap, Group, User, World, name_of
from pulumi_scw_iam.common.words import dashed, joined, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.states.resources import StateResource

__all__ = [
    "Findings",
    "Item",
    "Organization",
    "Place",
    "findings",
    "findings_json",
    "findings_lines",
]

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS = ("user", "application")
_SHORTEST_HINT = 3


class _Step(enum.IntEnum):
    """The steps of an offboarding, in order.

    Keys come first, because they give access. The principal comes last: an earlier deletion leaves policies
    without a principal, and programs with a dead id.
    """

    KEY = 1
    POLICY = 2
    MEMBERSHIP = 3
    STATE = 4
    PRINCIPAL = 5


@dataclass(frozen=True, kw_only=True)
class Organization:
    """The lists of an organization for an offboarding. The world has no rules."""

    world: World
    keys: tuple[Mapping[str, Any], ...] = field(repr=False)
    """The API keys in the form of the API."""
    ssh_keys: tuple[Mapping[str, Any], ...] = field(repr=False)

    @classmethod
    def read(cls, client: IamClient, organization_id: str) -> Organization:
        """Read an organization, with one list per type. An unreadable list is a gap.

        Raises NoAnswer or Unauthenticated: no list can be read then.
        """
        gaps: list[Gap] = []
        listed = Lists(organization_id, gaps).read
        as_of = now()
        users = listed("users", client.list_users)
        apps = listed("applications", client.list_applications)
        groups = listed("groups", client.list_groups)
        policies = listed("policies", client.list_policies)
        keys = listed("API keys", client.list_api_keys)
        ssh_keys = listed("SSH keys", client.list_ssh_keys)
        world = World(
            organization_id=organization_id,
            as_of=as_of,
            source=f"organization {organization_id}",
            users=tuple(map(user_of, users)),
            applications=tuple(map(application_of, apps)),
            groups=tuple(map(group_of, groups)),
            policies=tuple(policy_of(item, None) for item in policies),
            api_keys=tuple(map(key_of, keys)),
            gaps=tuple(gaps),
        )
        return cls(world=world, keys=tuple(keys), ssh_keys=tuple(ssh_keys))


@dataclass(frozen=True, kw_only=True)
class Place:
    """A resource in a state."""

    state: str
    """The file of the state, as spelled by the user."""
    urn: str
    property: str = ""
    """The input with the id of the principal; empty if the resource is the object itself."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """An object with a reference to the principal, or the principal itself."""

    noun: str
    id: str
    title: str
    note: str = ""
    """The effect of the offboarding on the object, in a few words."""
    command: str = ""
    """The command for the removal; only for an object outside of the states."""
    places: tuple[Place, ...] = ()
    step: int = 0
    """The place in the order; objects of the same step in any order. 0 for a hint."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """The references to one principal."""

    principal: User | Application | None
    """None for a deleted principal."""
    id: str
    items: tuple[Item, ...]
    """In the order of removal."""
    hints: tuple[Item, ...]
    """Objects with the name of the principal."""


def findings(organization: Organization, text: str, resources: Sequence[StateResource]) -> Findings:
    """Return the references to a principal, given as on the command line.

    The id of a deleted principal is accepted. Raises LookupFailure.
    """
    access = Access(organization.world)
    kind, colon, rest = text.partition(":")
    bare_id = (rest if colon and kind in _KINDS else text).lower()
    try:
        principal = find_principal(access, bare_id if _ID.fullmatch(bare_id) else text)
    except LookupFailure:
        if not _ID.fullmatch(bare_id):
            raise
        principal = None
    if isinstance(principal, Group):
        raise LookupFailure(
            f"{title_of(principal)} is a group; pass a user or an application, such as user:EMAIL"
        )
    search = _Search(organization, principal, principal.id if principal else bare_id, resources)
    return search.run()


class _Search:
    """One search for the references to a principal."""

    def __init__(
        self,
        organization: Organization,
        principal: User | Application | None,
        principal_id: str,
        resources: Sequence[StateResource],
    ) -> None:
        self._organization = organization
        self._world = organization.world
        self._principal = principal
        self._id = principal_id
        self._noun = principal.kind if principal else "principal"
        self._resources = resources
        self._placed: set[int] = set()

    def run(self) -> Findings:
        items = [
            *self._keys(),
            *self._policies(),
            *self._memberships(),
            *([self._itself(self._principal)] if self._principal else []),
        ]
        hints = tuple(self._hints())
        items += self._elsewhere()
        return Findings(
            principal=self._principal,
            id=self._id,
            items=tuple(sorted(items, key=lambda item: item.step)),
            hints=hints,
        )

    def _keys(self) -> Iterator[Item]:
        for key in self._world.api_keys:
            if key.bearer_id == self._id:
                expiry = f"expires {key.expires_at}" if key.expires_at else "never expires"
                yield self._placed_item(
                    Item(
                        noun="API key",
                        id=key.access_key,
                        title=f"API key {key.access_key}",
                        note=f"{expiry}; deleted with the {self._noun} at the latest",
                        step=_Step.KEY,
                    ),
                    lambda resource, key=key: (
                        _holds(resource.outputs, key.access_key) or _has(resource, key.access_key)
                    ),
                )

    def _policies(self) -> Iterator[Item]:
        for policy in self._world.policies:
            if self._id in (policy.user_id, policy.application_id):
                yield self._placed_item(
                    Item(
                        noun="policy",
                        id=policy.id,
                        title=f"policy {policy.title}",
                        note=f"an orphan without the {self._noun}",
                        step=_Step.POLICY,
                    ),
                    lambda resource, policy=policy: _is(resource, "Policy", policy.id),
                )

    def _memberships(self) -> Iterator[Item]:
        for group in self._world.groups:
            members = group.user_ids | group.application_ids
            # The API adds and removes the members of built-in groups.
            if self._id not in members or group.all_users or group.all_applications:
                continue
            kind = "user" if self._id in group.user_ids else "application"
            name = name_of(group.name or group.id)
            yield self._placed_item(
                Item(
                    noun="membership",
                    id=f"{group.id}/{kind}/{self._id}",
                    title=f"membership in group {name}",
                    note=self._without_members(group) if len(members) == 1 else "",
                    step=_Step.MEMBERSHIP,
                ),
                lambda resource, group=group: self._is_membership(resource, group.id),
            )

    def _without_members(self, group: Group) -> str:
        policies = [one.title for one in self._world.policies if one.group_id == group.id]
        if not policies:
            return "the last member"
        noun = "policies" if len(policies) > 1 else "policy"
        return f"the last member, so {noun} {joined(policies)} will have no effect"

    def _is_membership(self, resource: StateResource, group_id: str) -> bool:
        values = resource.inputs or resource.outputs
        is_group = _is(resource, "Group", group_id) or (
            resource.kind.name == "GroupMembership" and values.get("group_id") == group_id
        )
        return is_group and bool(_naming(resource, self._id))

    def _itself(self, principal: User | Application) -> Item:
        is_owner = isinstance(principal, User) and principal.type == "owner"
        item = Item(
            noun=principal.kind,
            id=principal.id,
            title=title_of(principal),
            note="the owner of the organization, who cannot be deleted" if is_owner else "",
            step=_Step.PRINCIPAL,
        )
        kind = principal.kind.capitalize()
        placed = self._placed_item(item, lambda resource: _is(resource, kind, principal.id))
        return replace(placed, command="") if is_owner else placed

    def _elsewhere(self) -> Iterator[Item]:
        """Yield the other resources of the states with the id of the principal."""
        for number, resource in enumerate(self._resources):
            if number in self._placed:
                continue
            is_itself = resource.id.lower() == self._id
            named = _naming(resource, self._id)
            if named or is_itself:
                place = Place(state=resource.state, urn=resource.urn, property=named)
                yield Item(
                    noun=resource.kind.noun,
                    id=resource.id,
                    title=f"{resource.kind.noun} {name_of(resource.name)}",
                    note="in a state only; a refresh shows what became of it",
                    places=(place,),
                    step=_Step.STATE,
                )

    # --- hints -----------------------------------------------------------------------------------

    def _hints(self) -> Iterator[Item]:
        texts = _texts(self._principal)
        found: dict[str, str] = {}
        comments = {
            resource.id.lower(): _comment(resource.inputs.get("public_key"))
            for resource in self._resources
            if resource.kind.name == "SSHKey"
        }
        for key in self._organization.ssh_keys:
            if text := _first_in(key["name"], texts):
                found[key["id"]] = f"the name contains {quoted(text)}"
            elif text := _first_in(comments.get(key["id"]) or _comment(key["public_key"]), texts):
                found[key["id"]] = f"the comment contains {quoted(text)}"
        prints = {
            key["fingerprint"]: key for key in self._organization.ssh_keys if key["id"] in found
        }
        for key in self._organization.ssh_keys:
            same = prints.get(key["fingerprint"])
            if same and key["id"] not in found:
                found[key["id"]] = f"the same key as {name_of(same['name'])}"
        for key in self._organization.ssh_keys:
            if key["id"] in found:
                title = f"SSH key {name_of(key['name'])}, {key['fingerprint']}"
                yield self._placed_item(
                    Item(noun="SSH key", id=key["id"], title=title, note=found[key["id"]]),
                    lambda resource, key=key: _is(resource, "SSHKey", key["id"]),
                )
        for key in self._organization.keys:
            bearer = key.get("user_id") or key.get("application_id")
            text = _first_in(str(key.get("description") or ""), texts)
            if text and bearer != self._id:
                yield self._placed_item(
                    Item(
                        noun="API key",
                        id=key["access_key"],
                        title=f"API key {key['access_key']} of another bearer",
                        note=f"the description contains {quoted(text)}",
                    ),
                    lambda resource, key=key: _has(resource, key["access_key"]),
                )

    # --- states ----------------------------------------------------------------------------------

    def _placed_item(self, item: Item, is_it: Any) -> Item:
        """Return an item with its resources in the states, or with the command for its removal."""
        places = []
        for number, resource in enumerate(self._resources):
            if is_it(resource):
                self._placed.add(number)
                named = "" if _has(resource, item.id) else _naming(resource, self._id)
                places.append(Place(state=resource.state, urn=resource.urn, property=named))
        command = f"pulumi-scw-iam delete {dashed(item.noun)} {item.id}"
        return replace(item, places=tuple(places), command="" if places else command)


def _is(resource: StateResource, kind: str, object_id: str) -> bool:
    return resource.kind.name == kind and resource.id.lower() == object_id


def _has(resource: StateResource, object_id: str) -> bool:
    """Return whether a resource has an object: its own, or a key of a rotating key."""
    objects = resource.kind.objects_of(resource.id, resource.outputs)
    return resource.id == object_id or object_id in {key for _, key in objects}


def _naming(resource: StateResource, text: str) -> str:
    """Return the first property of a resource with an id as a value; empty without one."""
    values = resource.inputs or resource.outputs
    return next((name for name, value in values.items() if _holds(value, text)), "")


def _holds(value: Any, text: str) -> bool:
    """Return whether a value is a text, or contains the text at any depth."""
    if isinstance(value, str):
        return value.lower() == text.lower()
    if isinstance(value, Mapping):
        return any(_holds(item, text) for item in value.values())
    return isinstance(value, list | tuple) and any(_holds(item, text) for item in value)


def _comment(public_key: object) -> str:
    return " ".join(public_key.split()[2:]) if isinstance(public_key, str) else ""


def _texts(principal: User | Application | None) -> list[str]:
    """Return the texts for hints: the names of a principal, and the e-mail address without the domain."""
    if principal is None:
        return []
    names = sorted(principal.names, key=lambda name: (-len(name), name))
    names += [name.partition("@")[0] for name in names if "@" in name]
    return [name for name in dict.fromkeys(names) if len(name) >= _SHORTEST_HINT]


def _first_in(content: str, texts: Iterable[str]) -> str:
    folded = content.casefold()
    return next((text for text in texts if text.casefold() in folded), "")


# --- words ---------------------------------------------------------------------------------------


def findings_lines(organization: Organization, found: Findings) -> Iterator[str]:
    """Yield the lines of a search: the objects in the order of their removal, then the hints."""
    world = organization.world
    who = f"{title_of(found.principal)}, {found.id}" if found.principal else found.id
    yield f"# as of {world.as_of}, from {world.source}"
    if found.items:
        yield f"# {who}: remove in this order"
    else:
        yield f"# {who}: nothing names it"
    for number, item in enumerate(found.items, 1):
        yield f"{number}. {_titled(item)}"
        yield from _place_lines(item)
    if found.hints:
        yield "# perhaps also, by its name; decide by hand"
    for item in found.hints:
        yield f"-  {_titled(item)}"
        yield from _place_lines(item)


def _titled(item: Item) -> str:
    return f"{item.title}: {item.note}" if item.note else item.title


def _place_lines(item: Item) -> Iterator[str]:
    for place in item.places:
        where = f", property {place.property}" if place.property else ""
        yield f"   in {place.state}: {place.urn}{where}"
    if item.command:
        yield f"   {item.command}"


def findings_json(organization: Organization, found: Findings) -> dict[str, Any]:
    """Return a search as JSON."""
    world, principal = organization.world, found.principal
    return {
        "organization_id": world.organization_id,
        "as_of": world.as_of,
        "principal": {
            "id": found.id,
            "kind": principal.kind if principal else None,
            "name": principal.name if principal else None,
        },
        "items": [_item_json(item) for item in found.items],
        "hints": [_item_json(item) for item in found.hints],
        "not_read": [gap.reason for gap in world.gaps],
    }


def _item_json(item: Item) -> dict[str, Any]:
    return {
        "noun": item.noun,
        "id": item.id,
        "title": item.title,
        "note": item.note or None,
        "command": item.command or None,
        "resources": [
            {"state": place.state, "urn": place.urn, "property": place.property or None}
            for place in item.places
        ],
    }
