"""Permissions of API keys, if the emulator enforces permissions.

Each operation has a guard: the name of its resource, and the permission sets that allow the
operation. A bearer has the rules of its own policies and of its groups' policies, as far as their
conditions are met. Without evidence about the real API, the local API makes the strict choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.emulator.operations.api_keys import BEARER_KINDS
from pulumi_scw_iam.emulator.operations.conditions import unmet, variables_of
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import (
    API_KEY,
    APPLICATION,
    GROUP,
    POLICY,
    PROJECT,
    SECRET,
    SSH_KEY,
    USER,
)
from pulumi_scw_iam.emulator.schema.objects import Guard, ObjectKind
from pulumi_scw_iam.emulator.schema.refusals import forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from pulumi_scw_iam.emulator.operations.base import Call
    from pulumi_scw_iam.emulator.schema.objects import Object
    from pulumi_scw_iam.emulator.state.store import Write

KEY_GUARDS = {
    "user_id": Guard(
        API_KEY.guard.word,
        DOCUMENTED,
        (*USER.guard.readers, "IAMUserManager"),
        API_KEY.guard.managers,
    ),
    "application_id": APPLICATION.guard,
}
"""The guards of API keys, by the field of the bearer."""


IN_PROJECTS = {"ssh_key_id": SSH_KEY, "secret_id": SECRET}
"""The object types with permissions by project, by the name of the id in paths."""


class Permissions:
    """The permissions of all bearers.

    A change of policies, rules or members takes effect after `delay`. Recent changes are kept in memory
    only: after a restart, all changes are in effect.
    """

    def __init__(self, delay: timedelta) -> None:
        self._delay = delay
        self._recent: list[tuple[datetime, Write]] = []

    @behaviour(
        RECORDED,
        "Permissions are checked before existence: without permission, an unknown id is a 403 too.",
    )
    def check(self, call: Call) -> None:
        """Raise a 403 if the caller lacks a permission for the call.

        The note of the 403 names the conditions that are not met, for the access log.
        """
        notes: list[str] = []
        if not self._allow(call, notes):
            refusal = forbidden(call.operation.permission)
            refusal.note = "; ".join(dict.fromkeys(notes))
            raise refusal

    def remember(self, call: Call) -> None:
        """Remember the call's changes of policies and groups for the time of the delay."""
        if self._delay:
            self._recent += [
                (call.now, change)
                for change in call.store.changes()
                if change.kind in {POLICY, GROUP}
            ]

    def forget(self) -> None:
        """Forget recent changes: the whole state was replaced."""
        self._recent.clear()

    @behaviour(
        DOCUMENTED, "The owner has all permissions, except to create an API key for another user."
    )
    @behaviour(
        DOCUMENTED, "Only the user can create its own API keys, and needs no permission for this."
    )
    def _allow(self, call: Call, notes: list[str]) -> bool:
        if call.operation.name == "create_api_key" and "user_id" in call.body:
            return bool(call.body["user_id"] == call.bearer_id)
        user = call.store.get(USER, call.bearer_id)
        if (user and user["type"] == "owner") or _is_about_itself(call):
            return True
        action, _ = call.operation.permission
        project_id = _project_of(call)
        rules = list(self._rules(call))
        variables = variables_of(call)

        def is_met(rule: Object, place: str) -> bool:
            reason = unmet(rule["condition"], variables)
            if reason:
                notes.append(f"{place}: the condition {reason}")
            return not reason

        return all(
            any(
                _grants(rule, guard.sets(action), project_id) and is_met(rule, place)
                for place, rule in rules
            )
            for guard in _guards_of(call)
        )

    @behaviour(
        DOCUMENTED,
        "A bearer has the rules of all its policies and of all policies of its groups, the built-in"
        " groups included.",
    )
    def _rules(self, call: Call) -> Iterator[tuple[str, Object]]:
        """Yield the rules of the caller, each with its place for messages."""
        field = "user_id" if "user_id" in call.caller else "application_id"
        flag = {"user_id": "all_users", "application_id": "all_applications"}[field]
        groups = {
            group["id"]
            for group in self._effective(call, GROUP)
            if group.get(flag) or call.bearer_id in group[f"{field}s"]
        }
        for policy in self._effective(call, POLICY):
            if policy.get(field) == call.bearer_id or policy.get("group_id") in groups:
                for index, rule in enumerate(policy["rules"]):
                    yield f"rules[{index}] of policy {policy['id']}", rule

    @behaviour(
        DOCUMENTED,
        "With `grant_delay`, a change of policies, rules or members takes effect after this time, for"
        " grants and revocations alike.",
    )
    def _effective(self, call: Call, kind: ObjectKind) -> list[Object]:
        """Return the objects of a kind without the changes that are not yet in effect."""
        self._recent = [recent for recent in self._recent if call.now - recent[0] < self._delay]
        past: dict[str, Object | None] = {}
        for _, change in self._recent:
            if change.kind is kind:
                past.setdefault(change.key, change.before)
        untouched = (item for item in call.store.all(kind) if item["id"] not in past)
        return [*untouched, *filter(None, past.values())]


@behaviour(DOCUMENTED, "A rule grants its permission sets within its scope.")
def _grants(rule: Object, sets: set[str], project_id: str | None) -> bool:
    in_scope = "organization_id" in rule or project_id in rule["project_ids"]
    return in_scope and not sets.isdisjoint(rule["permission_set_names"])


@behaviour(
    DOCUMENTED,
    "The permission sets for applications also cover their API keys. The permission sets for users allow"
    " reading the API keys of users; a change requires `IAMManager` or `OrganizationManager`.",
)
@behaviour(
    ASSUMED,
    "An unknown API key, or a list of all API keys, requires the permissions for both types of bearer.",
)
def _guards_of(call: Call) -> list[Guard]:
    """Return the guards of the call; the caller must pass all of these guards."""
    if call.operation.guard is not API_KEY.guard:
        return [call.operation.guard]
    about = _key_facts(call)
    fields = [
        name
        for name, kind in BEARER_KINDS.items()
        if about.get(name)
        or f"{about.get('bearer_type')}_id" == name
        or call.store.get(kind, about.get("bearer_id") or "")
    ]
    return [KEY_GUARDS[name] for name in fields or KEY_GUARDS]


def _key_facts(call: Call) -> Mapping[str, Any]:
    """Return the object with the bearer of the call's API keys: a key, a new key, or the filters of a list."""
    if "access_key" in call.args:
        return call.store.get(API_KEY, call.args["access_key"]) or {}
    return call.body or call.query


@behaviour(
    DOCUMENTED,
    "Every bearer can list, read and delete its own API keys. A member can delete its own user.",
)
def _is_about_itself(call: Call) -> bool:
    if call.operation.name == "delete_user":
        return call.args["user_id"] == call.bearer_id
    if call.operation.name not in {"list_api_keys", "get_api_key", "delete_api_key"}:
        return False
    about = _key_facts(call)
    return call.bearer_id in {about.get(name) for name in (*KEY_GUARDS, "bearer_id")}


@behaviour(
    ASSUMED, "A rule with a deleted project grants nothing there: the call is a 403, not a 404."
)
@behaviour(
    DOCUMENTED,
    "With permissions for the SSH keys or secrets of some projects only, a list without `project_id` is a"
    " 403.",
)
def _project_of(call: Call) -> str | None:
    """Return the id of the project of the call, or None for a call about the organization."""
    about: Mapping[str, Any] = {}
    for name, kind in IN_PROJECTS.items():
        if call.operation.guard.word != kind.guard.word:
            continue
        if name in call.args:
            about = call.store.get(kind, call.args[name]) or {}
        else:
            about = {**call.query, **call.body}
    project_id = about.get("project_id")
    # No rule has an empty id.
    return project_id if project_id is None or call.store.get(PROJECT, project_id) else ""
