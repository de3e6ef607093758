"""Guardrails about all kinds of resources."""

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

CHAPTER = "Everything"

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
            yield f"{resource.spell('tags')} lacks {shown}; add {'them' if missing[1:] else 'it'}"


def _add_tags(resource: Resource, context: Context) -> dict[str, Any] | None:
    tags = list(resource.items("tags"))
    missing = set(_missing(resource, context))
    added = [tag for tag in context.texts("add") if _key(tag) in missing]
    if UNKNOWN in tags or not added or len(tags) + len(added) > _MOST_TAGS:
        return None
    return {"tags": sorted({*tags, *added})}


REQUIRED_TAGS = Guardrail(
    id="required-tags",
    expects="Everything that can have tags has the required ones.",
    why="Who looks at the organization sees whom to ask.",
    cure="Add a tag `key=value` for each required key.",
    severity="low",
    level="advisory",
    kinds=_TAGGED,
    options=(
        Option(
            "keys", ["owner"], "The keys that are required; a tag is `key=value`, or the key alone."
        ),
        Option(
            "add", [], "Tags, such as `owner=platform`, that remediation adds for missing keys."
        ),
    ),
    fails='iam.Application("robot", tags=["env=test"])',
    passes='iam.Application("robot", tags=["env=test", "owner=platform"])',
    validate_resource=_required,
    remediate=_add_tags,
    remediation="Adds those tags of the option `add` whose keys are missing, up to Scaleway's 10 tags.",
)


def _lower_case(resource: Resource, context: Context) -> Iterator[str | NotApplicable]:
    del context
    tags = resource.items("tags")
    wrong = sorted(tag for tag in tags if isinstance(tag, str) and tag != tag.lower())
    if wrong:
        shown = " and ".join(quoted(tag.lower()) for tag in wrong)
        yield f"{resource.spell('tags')} has capital letters; write {shown}"
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
    expects="Tags are in lower case.",
    why="Searches and cost reports take env=Prod and env=prod for two.",
    cure="Write tags in lower case.",
    severity="low",
    level="advisory",
    kinds=_TAGGED,
    fails='iam.Application("robot", tags=["owner=Platform"])',
    passes='iam.Application("robot", tags=["owner=platform"])',
    validate_resource=_lower_case,
    remediate=_lower_tags,
    remediation="Writes tags in lower case.",
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
            yield NotApplicable("who the principal of a policy is, is not known yet")
        principals = [stack.by_urn[key] for key in keys if key in stack.by_urn]
        for resource in (policy, *principals):
            if resource.protect or resource.urn in reported:
                continue
            reported.add(resource.urn)
            by = "it gives" if resource is policy else f"{policy.title} gives it"
            yield Violation(
                f"is not protected, and {by} {names(found)}; set the resource option protect",
                resource.urn,
            )


PRIVILEGED_PROTECTED = Guardrail(
    id="privileged-protected",
    expects="Privileged policies, and who has them, are protected from deletion.",
    why="A slip that deletes the policy of the administrators locks everybody out, the program included.",
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
