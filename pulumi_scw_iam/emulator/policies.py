"""Policies, their rules, and the permission sets that rules grant."""

from __future__ import annotations

import hashlib
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.emulator.fields import Body, Uuid
from pulumi_scw_iam.emulator.kinds import (
    APPLICATION,
    GROUP,
    PERMISSION_SET,
    POLICY,
    PRINCIPALS,
    PROJECT,
    RULE,
    RULES,
    USER,
)
from pulumi_scw_iam.emulator.operations import (
    IAM,
    Call,
    Json,
    deleted,
    list_query,
    listed,
    operation,
    read,
    refuse_unless,
)
from pulumi_scw_iam.emulator.organizations import own_organization
from pulumi_scw_iam.emulator.refusals import Problem, forbidden, invalid
from pulumi_scw_iam.emulator.sources import stamp
from pulumi_scw_iam.permission_sets import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.emulator.store import Object

PATH = f"{IAM}/policies"
ONE = f"{PATH}/<policy_id>"
PRINCIPAL_KINDS = {"user_id": USER, "group_id": GROUP, "application_id": APPLICATION}


@operation("POST", PATH, body=POLICY.create)
def create_policy(call: Call) -> Json:
    """Make a policy with its rules."""
    own_organization(call, POLICY)
    find_principal(call)
    rules = new_rules(call, call.body["rules"])
    return just_made(call, call.add(POLICY, **{**call.body, "rules": rules}))


@operation("PATCH", ONE, body=POLICY.update)
def update_policy(call: Call) -> Json:
    """Update a policy; a new principal takes the place of the old one."""
    old = call.named(POLICY)
    refuse_unless(old, "editable", POLICY)
    if find_principal(call):
        old = {name: value for name, value in old.items() if name not in PRINCIPALS}
    return call.change(POLICY, old, **call.body)


@operation("POST", f"{ONE}/clone")
def clone_policy(call: Call) -> Json:
    """Make a policy with the same rules and no principal."""
    original = call.named(POLICY)
    rules = [{**rule, "id": call.sources.uuid()} for rule in original["rules"]]
    name = f"Copy of {original['name']}"[:64]
    return just_made(
        call,
        call.add(POLICY, name=name, description="", tags=[], rules=rules, no_principal=True),
    )


def just_made(call: Call, policy: Object) -> Json:
    """Return the answer to a creation, in which the counters are still 0."""
    return {**call.show(POLICY, policy), "nb_rules": 0, "nb_scopes": 0, "nb_permission_sets": 0}


def find_principal(call: Call) -> bool:
    """Say whether the body has a principal. Raises a 404 for one that does not exist."""
    for field, kind in PRINCIPAL_KINDS.items():
        if field in call.body:
            call.find(kind, call.body[field])
    return any(field in call.body for field in PRINCIPALS)


def new_rules(call: Call, specs: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Return the rules of a policy, each with a new id. Raises what the API refuses in one."""
    known = catalogue().by_name
    rules = []
    for index, spec in enumerate(specs):
        names = spec["permission_set_names"]
        argument = f"rules[{index}].permission_set_names"
        unknown = [name for name in names if name not in known]
        if unknown:
            raise invalid(Problem(argument, f"unknown permission set: {', '.join(unknown)}"))
        scope_types = {known[name].scope_type for name in names}
        if len(scope_types) > 1:
            raise invalid(Problem(argument, "permission sets must be of the same scope type"))
        for project_id in spec.get("project_ids", []):
            call.find(PROJECT, project_id)
        if spec.get("organization_id", call.organization_id) != call.organization_id:
            raise forbidden(("write", "policy"))
        (scope_type,) = scope_types
        rules.append({**spec, "id": call.sources.uuid(), "permission_sets_scope_type": scope_type})
    return rules


def rules_of(call: Call) -> list[Object]:
    """Return the rules of the policy that the query names."""
    rules: list[Object] = call.find(POLICY, call.query["policy_id"])["rules"]
    return rules


@operation("GET", f"{IAM}/rules", query={"policy_id": Uuid(), **list_query(RULE)})
def list_rules(call: Call) -> Json:
    """List the rules of a policy, in the order in which they were given."""
    return call.page(RULE, rules_of(call))


@operation("PUT", f"{IAM}/rules", body=Body({"policy_id": Uuid(), "rules": RULES}))
def set_rules(call: Call) -> Json:
    """Replace all rules of a policy: all get new ids, and the policy a new updated_at."""
    policy = call.find(POLICY, call.body["policy_id"])
    refuse_unless(policy, "editable", POLICY)
    rules = new_rules(call, call.body["rules"])
    call.store.put(POLICY, {**policy, "rules": rules, "updated_at": stamp(call.now)})
    return {"rules": [call.show(RULE, rule) for rule in rules]}


@cache
def permission_sets() -> tuple[Object, ...]:
    """Return the catalogue as the API shows it; ids are made of the names, so that they stay."""
    return tuple(
        {
            "id": str(
                uuid.UUID(bytes=hashlib.sha256(entry.name.encode()).digest()[:16], version=4)
            ),
            "name": entry.name,
            "scope_type": entry.scope_type,
            "description": "",
            "categories": [entry.category],
        }
        for entry in catalogue().by_name.values()
    )


@operation("GET", f"{IAM}/permission-sets", query=list_query(PERMISSION_SET))
def list_permission_sets(call: Call) -> Json:
    """List the catalogue."""
    sets = ({**entry, "organization_id": call.organization_id} for entry in permission_sets())
    return call.page(PERMISSION_SET, sets)


listed(POLICY, PATH)
read(POLICY, ONE, "policy")
deleted(POLICY, ONE, "policy")
