"""What the bearer of an API key may do, where permissions are enforced.

Each operation has a guard: the word for its resource, and the permission sets that open it. A bearer has
the rules of its own policies and of those of its groups; a rule with a condition counts as one whose
condition is met. Where nothing says how the real API is, it is taken to be strict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.emulator.operations.api_keys import BEARER_KINDS
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import API_KEY, APPLICATION, GROUP, POLICY, SSH_KEY, USER
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
"""The guards of API keys, by who bears them."""


class Permissions:
    """What everybody may do.

    For the time of the `delay` after a change of policies, rules or members, what was before it counts.
    The memory of it does not outlive the process.
    """

    def __init__(self, delay: timedelta) -> None:
        self._delay = delay
        self._recent: list[tuple[datetime, Write]] = []

    @behaviour(
        RECORDED,
        "Permissions come first: 403 for who may not look, where nothing is to be seen too.",
    )
    def check(self, call: Call) -> None:
        """Raise a 403 where the caller may not do what it asks for."""
        if not self._allow(call):
            raise forbidden(call.operation.permission)

    def remember(self, call: Call) -> None:
        """Take note of what the call has changed."""
        if self._delay:
            self._recent += [
                (call.now, change)
                for change in call.store.changes()
                if change.kind in {POLICY, GROUP}
            ]

    def forget(self) -> None:
        """Let what is there now count: another state has taken the place of the one before."""
        self._recent.clear()

    @behaviour(DOCUMENTED, "The owner may do everything, except make an API key for another user.")
    @behaviour(
        DOCUMENTED, "An API key for a user is made by that user, which needs no permission for it."
    )
    @behaviour(ASSUMED, "Nobody may list what is of another organization.")
    def _allow(self, call: Call) -> bool:
        if call.query.get("organization_id") not in {None, call.organization_id}:
            return False
        if call.operation.name == "create_api_key" and "user_id" in call.body:
            return bool(call.body["user_id"] == call.bearer_id)
        user = call.store.get(USER, call.bearer_id)
        if (user and user["type"] == "owner") or _is_about_itself(call):
            return True
        action, _ = call.operation.permission
        project_id = _project_of(call)
        rules = list(self._rules(call))
        return all(
            any(_gives(one, guard.sets(action), project_id) for one in rules)
            for guard in _guards_of(call)
        )

    @behaviour(
        DOCUMENTED,
        "The rules of all policies of a bearer, and of the groups that it is a member of, add up.",
    )
    def _rules(self, call: Call) -> Iterator[Object]:
        field = "user_id" if "user_id" in call.caller else "application_id"
        groups = {
            group["id"]
            for group in self._counting(call, GROUP)
            if call.bearer_id in group[f"{field}s"]
        }
        for policy in self._counting(call, POLICY):
            if policy.get(field) == call.bearer_id or policy.get("group_id") in groups:
                yield from policy["rules"]

    @behaviour(
        DOCUMENTED,
        "If asked for, time passes until a change of policies, rules or members counts; grants and"
        " revocations are alike.",
    )
    def _counting(self, call: Call, kind: ObjectKind) -> list[Object]:
        """Return the objects of a kind as they count."""
        self._recent = [one for one in self._recent if call.now - one[0] < self._delay]
        past: dict[str, Object | None] = {}
        for _, change in self._recent:
            if change.kind is kind:
                past.setdefault(change.key, change.before)
        untouched = (one for one in call.store.all(kind) if one["id"] not in past)
        return [*untouched, *filter(None, past.values())]


@behaviour(DOCUMENTED, "A rule gives what its permission sets are for, in its scope.")
@behaviour(ASSUMED, "A condition counts as met: conditions are kept and shown, and not evaluated.")
def _gives(one: Object, sets: set[str], project_id: str | None) -> bool:
    in_scope = "organization_id" in one or project_id in one["project_ids"]
    return in_scope and not sets.isdisjoint(one["permission_set_names"])


@behaviour(
    DOCUMENTED,
    "The API keys of an application are open to who manages or reads applications; those of a user can"
    " be read by who manages or reads users, and changed by who manages all of IAM.",
)
@behaviour(ASSUMED, "Of a key that does not exist, and in a list of all, both may be the bearer.")
def _guards_of(call: Call) -> list[Guard]:
    """Return the guards that the call has to pass, all of them."""
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
    """Return what says whose API keys the call is about: a key, a new key, or the filters of a list."""
    if "access_key" in call.args:
        return call.store.get(API_KEY, call.args["access_key"]) or {}
    return call.body or call.query


@behaviour(DOCUMENTED, "Everybody may see and delete its own API keys, and a member itself.")
def _is_about_itself(call: Call) -> bool:
    if call.operation.name == "delete_user":
        return call.args["user_id"] == call.bearer_id
    if call.operation.name not in {"list_api_keys", "get_api_key", "delete_api_key"}:
        return False
    about = _key_facts(call)
    return call.bearer_id in {about.get(name) for name in (*KEY_GUARDS, "bearer_id")}


@behaviour(
    DOCUMENTED,
    "Permissions for the SSH keys of a project open them alone: a list without `project_id` is refused.",
)
def _project_of(call: Call) -> str | None:
    """Return the project that the call is about, or None where it is about the organization."""
    if call.operation.guard is not SSH_KEY.guard:
        return None
    if "ssh_key_id" in call.args:
        about = call.store.get(SSH_KEY, call.args["ssh_key_id"]) or {}
    else:
        about = {**call.query, **call.body}
    project_id: str | None = about.get("project_id")
    return project_id
