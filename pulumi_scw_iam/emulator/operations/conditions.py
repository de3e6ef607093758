"""Conditions of policy rules: their variables, and their evaluation for a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.cel.evaluation import EvaluationError, evaluate, new_map
from pulumi_scw_iam.common.cel.parser import SyntaxFailure, UnsupportedSyntax
from pulumi_scw_iam.common.cel.syntax import parse_strictly
from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import (
    API_KEY,
    APPLICATION,
    GROUP,
    POLICY,
    SECRET,
    SSH_KEY,
    USER,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_scw_iam.emulator.operations.base import Call
    from pulumi_scw_iam.emulator.schema.objects import Object, ObjectKind

LONGEST_USER_AGENT = 255

TARGETS = {
    "user_id": USER,
    "application_id": APPLICATION,
    "group_id": GROUP,
    "policy_id": POLICY,
    "access_key": API_KEY,
    "ssh_key_id": SSH_KEY,
    "secret_id": SECRET,
}
"""The object types with `resource` in conditions, by the name of the id in paths."""


@behaviour(
    DOCUMENTED,
    "A condition is an expression in CEL: a rule applies only to requests for which its condition is true. Conditions"
    " of other rules and policies do not matter.",
)
@behaviour(
    ASSUMED,
    "A condition that cannot be evaluated, or whose value is not a boolean, counts as false: a missing field, an"
    " unknown name, a comparison of a time with a string by `<`.",
)
def unmet(condition: str, variables: Mapping[str, Any]) -> str:
    """Return the reason why a condition is not met; empty if the condition is met."""
    if not condition:
        return ""
    try:
        value = evaluate(parse_strictly(condition), variables)
    except (EvaluationError, SyntaxFailure, UnsupportedSyntax) as error:
        return f"cannot be evaluated: {shown(str(error))}"
    if value is True:
        return ""
    return "is false" if value is False else "is not true or false"


@behaviour(
    DOCUMENTED,
    "`request.ip` is the address of the caller as text, `request.user_agent` the first 255 characters of the"
    " User-Agent, `request.time` the time of the request.",
)
@behaviour(
    ASSUMED,
    "`request.time` is exact. The real API applies a limit of time up to a minute late.",
)
@behaviour(
    ASSUMED,
    "The caller's address is the loopback address, or the address of `client_ip`. No header changes this address.",
)
def variables_of(call: Call) -> dict[str, Any]:
    """Return the variables of conditions for a call."""
    request = {
        "ip": call.ip,
        "time": call.now,
        "user_agent": call.user_agent[:LONGEST_USER_AGENT],
    }
    resource = _resource_of(call)
    return {
        "request": new_map(request),
        **({} if resource is None else {"resource": new_map(resource)}),
    }


@behaviour(
    DOCUMENTED,
    "Users, applications, groups, policies, API keys, SSH keys and secrets have `resource.id`, `resource.name` and"
    " `resource.locality`. The locality is the region of a secret, and `global` for all other objects. The name of a"
    " secret begins with its path.",
)
@behaviour(
    DOCUMENTED, "A list has no resource: `has(resource.id)` is false, and all other tests fail."
)
@behaviour(
    ASSUMED,
    "A create has no resource, like a list. The resource of a version is its secret, of members their group, of a"
    " change of rules their policy.",
)
@behaviour(
    ASSUMED,
    "`resource.name` is the username of a user, and missing for an API key. `resource.id` of an API key is its access"
    " key.",
)
@behaviour(
    ASSUMED,
    "For an object of another type, such as a project, a condition with `resource` cannot be evaluated.",
)
def _resource_of(call: Call) -> dict[str, str] | None:
    """Return the fields of `resource` for a call; None for a call about an object of another type."""
    named = {name: value for name, value in call.args.items() if name != "region"}
    if call.operation.name == "set_rules":
        return _fields(call, POLICY, call.body["policy_id"])
    if not named:
        return {}
    for name, kind in TARGETS.items():
        if name in named and kind.guard.word == call.operation.guard.word:
            return _fields(call, kind, named[name])
    return None


def _fields(call: Call, kind: ObjectKind, key: str) -> dict[str, str]:
    fields = {"id": key, "locality": call.args.get("region", "global")}
    found = call.store.get(kind, key)
    name = _name_of(kind, found) if found else None
    return fields if name is None else {**fields, "name": name}


def _name_of(kind: ObjectKind, item: Object) -> str | None:
    if kind is SECRET:
        return f"{item['path'].rstrip('/')}/{item['name']}"
    return item.get("username" if kind is USER else "name")
