"""Policies, their rules, and the catalogue of permission sets."""

from __future__ import annotations

import hashlib
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.permission_sets import bundled
from pulumi_scw_iam.emulator.operations.base import IAM, Call, Json, operation
from pulumi_scw_iam.emulator.operations.standard import (
    declare_delete,
    declare_get,
    declare_list,
    list_query,
    refuse_taken_name,
    refuse_unless,
)
from pulumi_scw_iam.emulator.schema.arguments import Body, Uuid
from pulumi_scw_iam.emulator.schema.grounds import ASSUMED, DOCUMENTED, RECORDED, behaviour
from pulumi_scw_iam.emulator.schema.kinds import (
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
from pulumi_scw_iam.emulator.schema.refusals import InvalidArgument, invalid
from pulumi_scw_iam.emulator.schema.times import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_scw_iam.emulator.schema.objects import Object

PATH = f"{IAM}/policies"
ONE = f"{PATH}/<policy_id>"
PRINCIPAL_KINDS = {"user_id": USER, "group_id": GROUP, "application_id": APPLICATION}


@behaviour(
    RECORDED,
    "The counters in the response to a create are 0; the next read has the real counts.",
)
@operation("POST", PATH, POLICY.guard, body=POLICY.create, ground=RECORDED)
def create_policy(call: Call) -> Json:
    """Create a policy with its rules."""
    refuse_taken_name(call, POLICY, call.body["name"])
    find_principal(call)
    rules = new_rules(call, call.body["rules"])
    return without_counts(call, call.add(POLICY, **{**call.body, "rules": rules}))


@behaviour(
    RECORDED,
    "A new principal replaces the old principal and its field. `updated_at` does not change.",
)
@operation("PATCH", ONE, POLICY.guard, body=POLICY.update, ground=RECORDED)
def update_policy(call: Call) -> Json:
    """Update a policy; a new principal replaces the old principal."""
    old = call.named(POLICY)
    refuse_unless(old, "editable", POLICY)
    refuse_taken_name(call, POLICY, call.body.get("name", old["name"]), old["id"])
    if find_principal(call):
        old = {name: value for name, value in old.items() if name not in PRINCIPALS}
    return call.change(POLICY, old, **call.body)


@behaviour(
    DOCUMENTED,
    "A clone has the same rules, no principal, no tags, and the name with the prefix `Copy of`;"
    " the counters in the response are 0.",
)
@behaviour(
    ASSUMED,
    "The description of a clone is empty, and the name is truncated to 64 characters; if another policy"
    " has this name, the response is a 409.",
)
@behaviour(ASSUMED, "A clone of a rule with a deleted project is a 404 `project`.")
@operation("POST", f"{ONE}/clone", POLICY.guard, ground=DOCUMENTED)
def clone_policy(call: Call) -> Json:
    """Create a policy with the same rules and no principal. Raises a 404 for a deleted project."""
    original = call.named(POLICY)
    for rule in original["rules"]:
        find_projects(call, rule)
    rules = [{**rule, "id": call.sources.uuid()} for rule in original["rules"]]
    name = f"Copy of {original['name']}"[:64]
    refuse_taken_name(call, POLICY, name)
    return without_counts(
        call,
        call.add(POLICY, name=name, description="", tags=[], rules=rules, no_principal=True),
    )


def without_counts(call: Call, policy: Object) -> Json:
    """Return the response to a create, with all counters 0."""
    return {**call.show(POLICY, policy), "nb_rules": 0, "nb_scopes": 0, "nb_permission_sets": 0}


@behaviour(ASSUMED, "A principal must exist.")
def find_principal(call: Call) -> bool:
    """Return whether the body has a principal. Raises a 404 for an unknown principal."""
    for field, kind in PRINCIPAL_KINDS.items():
        if field in call.body:
            call.find(kind, call.body[field])
    return any(field in call.body for field in PRINCIPALS)


@behaviour(RECORDED, "Each PUT gives every rule a new id. Rules have the order of the request.")
@behaviour(
    RECORDED,
    "`permission_sets_scope_type` is the scope type of the permission sets, whatever the rule's scope.",
)
@behaviour(RECORDED, "A condition is stored unchanged.")
@behaviour(ASSUMED, "An unknown permission set is refused; the error has its name.")
@behaviour(DOCUMENTED, "All permission sets of a rule must have the same scope type.")
@behaviour(
    ASSUMED, "A rule with `project_ids` must have permission sets of the scope type `projects`."
)
def new_rules(call: Call, specs: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Validate the rules of a policy, and return the rules with new ids. Raises Refusal."""
    known = bundled().by_name
    rules = []
    for index, spec in enumerate(specs):
        names = spec["permission_set_names"]
        argument = f"rules[{index}].permission_set_names"
        unknown = [name for name in names if name not in known]
        if unknown:
            raise invalid(
                InvalidArgument(argument, f"unknown permission set: {', '.join(unknown)}")
            )
        scope_types = {known[name].scope_type for name in names}
        if len(scope_types) > 1:
            raise invalid(
                InvalidArgument(argument, "permission sets must be of the same scope type")
            )
        (scope_type,) = scope_types
        if "project_ids" in spec and scope_type != "projects":
            text = f"permission sets of scope type {scope_type} cannot be limited to projects"
            raise invalid(InvalidArgument(f"rules[{index}].project_ids", text))
        find_projects(call, spec)
        rules.append({**spec, "id": call.sources.uuid(), "permission_sets_scope_type": scope_type})
    return rules


@behaviour(
    ASSUMED,
    "The projects of a new rule must exist; the 404 is `project`. An existing rule keeps the id of a deleted"
    " project, so a PUT with the same rule is a 404.",
)
def find_projects(call: Call, rule: Mapping[str, Any]) -> None:
    """Raise a 404 if a project of a rule does not exist."""
    for project_id in rule.get("project_ids", []):
        call.find(PROJECT, project_id)


def rules_of(call: Call) -> list[Object]:
    """Return the rules of the policy in the query."""
    rules: list[Object] = call.find(POLICY, call.query["policy_id"])["rules"]
    return rules


@behaviour(RECORDED, "The list has the rules in the order of the last PUT, with `total_count`.")
@operation(
    "GET",
    f"{IAM}/rules",
    RULE.guard,
    query={"policy_id": Uuid(), **list_query(RULE)},
    ground=RECORDED,
)
def list_rules(call: Call) -> Json:
    """List the rules of a policy in the order of the last request."""
    return call.page(RULE, rules_of(call))


@behaviour(RECORDED, "The response has the new rules, and no `total_count`.")
@behaviour(RECORDED, "A PUT of rules sets `updated_at` of the policy.")
@operation(
    "PUT",
    f"{IAM}/rules",
    RULE.guard,
    body=Body({"policy_id": Uuid(), "rules": RULES}),
    ground=RECORDED,
)
def set_rules(call: Call) -> Json:
    """Replace all rules of a policy; the new rules have new ids."""
    policy = call.find(POLICY, call.body["policy_id"])
    refuse_unless(policy, "editable", POLICY)
    rules = new_rules(call, call.body["rules"])
    call.store.put(POLICY, {**policy, "rules": rules, "updated_at": stamp(call.now)})
    return {"rules": [call.show(RULE, rule) for rule in rules]}


@behaviour(DOCUMENTED, "The catalogue has the names and scope types of Scaleway's permission sets.")
@behaviour(
    ASSUMED,
    "The ids of permission sets are derived from their names, the category is the product, and the "
    "description is empty.",
)
@cache
def permission_sets() -> tuple[Object, ...]:
    """Return the catalogue of permission sets. Ids are hashes of names, equal in each emulator."""
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
        for entry in bundled().by_name.values()
    )


declare_list(POLICY, PATH, ground=RECORDED)
declare_get(POLICY, ONE, "policy", ground=RECORDED)
declare_delete(POLICY, ONE, "policy", ground=RECORDED)
declare_list(
    PERMISSION_SET,
    f"{IAM}/permission-sets",
    items=lambda call: (
        {**entry, "organization_id": call.organization_id} for entry in permission_sets()
    ),
    ground=DOCUMENTED,
)
