"""Guardrails about resources of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.words import quoted
from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.guardrails.grants import names, privileged
from pulumi_scw_iam.guardrails.guardrail import (
    Context,
    Guardrail,
    NotApplicable,
    Option,
    Violation,
    unknown,
)
from pulumi_scw_iam.guardrails.resources import PRINCIPALS
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_scw_iam.guardrails.resources import Resource, Stack

__all__ = ["PRIVILEGED_PROTECTED", "REQUIRED_TAGS", "TAGS_LOWER_CASE"]

CHAPTER = "All resources"

_TAGGED = tuple(
    name
    for name, kind in KINDS.items()
    if any(field.name == "tags" for field in fields(kind.inputs))
)
_MOST_TAGS = 10


def _key(tag: str) -> str:
    return tag.partition("=")[0]


def _missing(resource: Resource, context: Context) -> list[str]:
    present = {_key(tag) for tag in resource.items("tags") if isinstance(tag, str)}
    return [key for key in dict.fromkeys(context.texts("keys")) if key not in present]


def _required(resource: Resource, context: Context) -> Iterator[str | NotApplicable]:
    if not context.options["keys"]:
        yield NotApplicable("the option keys is empty")
    elif missing := _missing(resource, context):
        if UNKNOWN in resource.items("tags"):
            yield unknown(resource, "tags")
        else:
            shown = " and ".join(f"{key}=…" for key in missing)
            noun = "tags" if missing[1:] else "tag"
            yield f"{resource.spell('tags')} lacks {shown}; add the missing {noun}"


def _add_tags(resource: Resource, context: Context) -> dict[str, Any] | None:
    tags = list(resource.items("tags"))
    missing = set(_missing(resource, context))
    added = [tag for tag in context.texts("add") if _key(tag) in missing]
    if UNKNOWN in tags or not added or len(tags) + len(added) > _MOST_TAGS:
        return None
    return {"tags": sorted({*tags, *added})}


REQUIRED_TAGS = Guardrail(
    id="required-tags",
    expects="Set the required tags on every resource that supports tags.",
    why="The tags of an object show its owner.",
    cure="Add a tag `key=value` for each required key.",
    severity="low",
    level="advisory",
    kinds=_TAGGED,
    options=(
        Option("keys", ["owner"], "The required keys. A tag is `key=value`, or the key alone."),
        Option(
            "add",
            [],
            "Tags for the level `remediate` to add if their key is missing, such as `owner=platform`.",
        ),
    ),
    fails='iam.Application("robot", tags=["env=test"])',
    passes='iam.Application("robot", tags=["env=test", "owner=platform"])',
    validate_resource=_required,
    remediate=_add_tags,
    remediation="Adds the tags of the option `add` if their keys are missing, up to Scaleway's limit of"
    " 10 tags.",
)


def _lower_case(resource: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    tags = resource.items("tags")
    wrong = sorted(tag for tag in tags if isinstance(tag, str) and tag != tag.lower())
    if wrong:
        shown = " and ".join(quoted(tag.lower()) for tag in wrong)
        yield f"{resource.spell('tags')} has upper-case letters; write {shown}"
    elif UNKNOWN in tags:
        yield unknown(resource, "tags")


def _lower_tags(resource: Resource, context: Context) -> dict[str, Any] | None:
    del context
    tags = resource.items("tags")
    if UNKNOWN in tags or all(tag == tag.lower() for tag in tags):
        return None
    return {"tags": sorted({tag.lower() for tag in tags})}


TAGS_LOWER_CASE = Guardrail(
    id="tags-lower-case",
    expects="Write tags in lower case.",
    why="Searches and cost reports treat env=Prod and env=prod as two tags.",
    cure="Replace upper-case letters in tags.",
    severity="low",
    level="advisory",
    kinds=_TAGGED,
    fails='iam.Application("robot", tags=["owner=Platform"])',
    passes='iam.Application("robot", tags=["owner=platform"])',
    validate_resource=_lower_case,
    remediate=_lower_tags,
    remediation="Converts tags to lower case.",
)


def _protected(stack: Stack, context: Context) -> Iterator[Violation | NotApplicable]:
    del context
    reported: set[str] = set()
    for policy in stack.of("Policy"):
        found, unknowns = privileged(policy)
        yield from unknowns
        if not found:
            continue
        keys = [stack.target(policy, name, kind) for name, kind in PRINCIPALS]
        if UNKNOWN in keys:
            yield NotApplicable("the principal of a policy is not known yet")
        principals = [stack.by_urn[key] for key in keys if key in stack.by_urn]
        for resource in (policy, *principals):
            if resource.protect or resource.urn in reported:
                continue
            reported.add(resource.urn)
            grants = (
                f"grants {names(found)}"
                if resource is policy
                else f"has {names(found)} from {policy.title}"
            )
            yield Violation(
                f"is not protected, but {grants}; set the resource option protect",
                resource.urn,
            )


PRIVILEGED_PROTECTED = Guardrail(
    id="privileged-protected",
    expects="Protect privileged policies and their principals from deletion.",
    why="The accidental deletion of the administrators' policy locks everybody out, including the program.",
    cure="Set the resource option protect.",
    severity="medium",
    level="advisory",
    kinds=("Policy",),
    fails='iam.Policy("admins", group_id=ADMINS_ID, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)])',
    passes='iam.Policy("admins", group_id=ADMINS_ID, rules=[iam.PolicyRuleArgs(\n'
    '    permission_set_names=["IAMManager"], organization_id=ORGANIZATION_ID)],\n'
    "    opts=pulumi.ResourceOptions(protect=True))",
    validate_stack=_protected,
)
