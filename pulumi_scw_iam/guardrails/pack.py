"""Rules as policies of pulumi-policy: the edge where its resources are read, and problems are reported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi_policy
from pulumi_policy import proxy

from pulumi_scw_iam.common.words import shown
from pulumi_scw_iam.core.fields import UNKNOWN
from pulumi_scw_iam.guardrails.catalogue import GUARDRAILS
from pulumi_scw_iam.guardrails.guardrail import (
    BENCHMARK,
    CIS,
    LEVELS,
    Guardrail,
    evaluate,
    given,
    kinds_named,
)
from pulumi_scw_iam.guardrails.resources import Resource, Stack, kind_of, read

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["every_policy", "policy"]

_UNKNOWNS = frozenset(
    value
    for name, value in vars(proxy).items()
    if name.startswith("UNKNOWN_") and name.endswith("_VALUE")
)


def every_policy(*, but: Collection[str] = ()) -> list[pulumi_policy.Policy]:
    """All guardrails as policies, but those with these ids."""
    for name in but:
        if name not in GUARDRAILS:
            raise ValueError(f"{name} is not the id of a rule; {_near(name, GUARDRAILS)}")
    return [policy(guardrail) for guardrail in GUARDRAILS.values() if guardrail.id not in but]


def policy(
    guardrail: Guardrail, *, level: str | None = None, **options: Any
) -> pulumi_policy.Policy:
    """A guardrail as a policy for a pack; `level` and `options` take the place of its defaults.

    What the configuration of the pack says comes before both.
    """
    known = {option.name: option for option in guardrail.options}
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"{guardrail.id} has no option {name}; {_near(name, known)}")
        if type(value) is not type(known[name].default):
            raise TypeError(f"{guardrail.id}: {name} must be like {known[name].default!r}")
    if level not in {None, *LEVELS}:
        raise TypeError(f"{guardrail.id}: {level!r} is no level; choose one of {', '.join(LEVELS)}")
    schema = {
        name: {**option.schema, "default": options.get(name, option.default)}
        for name, option in known.items()
    }
    said: dict[str, Any] = {
        "name": guardrail.id,
        "description": guardrail.wants,
        "enforcement_level": pulumi_policy.EnforcementLevel(level or guardrail.level),
        "config_schema": pulumi_policy.PolicyConfigSchema(schema) if schema else None,
        "severity": pulumi_policy.Severity(guardrail.severity),
        "framework": _framework(guardrail.like),
        "remediation_steps": guardrail.cure,
        "tags": ["scaleway", "iam"],
    }
    if guardrail.stack is not None:
        return pulumi_policy.StackValidationPolicy(validate=_of_stack(guardrail, options), **said)
    return pulumi_policy.ResourceValidationPolicy(
        validate=_of_resource(guardrail, options),
        remediate=_mending(guardrail, options) if guardrail.remediable else None,
        **said,
    )


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known) or 'none'}"


def _framework(like: CIS | None) -> pulumi_policy.PolicyComplianceFramework | None:
    if like is None:
        return None
    return pulumi_policy.PolicyComplianceFramework(
        name=f"{BENCHMARK[0]} (nearest analogue)",
        version=BENCHMARK[1],
        reference=like.number,
        specification=like.wants,
    )


def _of_resource(
    guardrail: Guardrail, options: Mapping[str, Any]
) -> pulumi_policy.ResourceValidation:
    def validate(
        args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        resource = _resource(guardrail, args)
        if resource is None:
            args.not_applicable(f"is no {kinds_named(guardrail.kinds)}")
            return
        verdict = evaluate(guardrail, resource, given(guardrail, {**options, **args.get_config()}))
        for problem in verdict.problems:
            report(shown(problem.message), None)
        if verdict.not_applicable is not None:
            args.not_applicable(verdict.not_applicable)

    return validate


def _of_stack(guardrail: Guardrail, options: Mapping[str, Any]) -> pulumi_policy.StackValidation:
    def validate(
        args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        verdict = evaluate(
            guardrail, _stack(args), given(guardrail, {**options, **args.get_config()})
        )
        for problem in verdict.problems:
            report(shown(problem.message), problem.urn or None)
        if verdict.not_applicable is not None:
            args.not_applicable(verdict.not_applicable)

    return validate


def _mending(guardrail: Guardrail, options: Mapping[str, Any]) -> pulumi_policy.ResourceRemediation:
    mend = guardrail.remediate
    assert mend is not None

    def remediate(args: pulumi_policy.ResourceValidationArgs) -> Any:
        resource = _resource(guardrail, args)
        if resource is None:
            return None
        mended = mend(resource, given(guardrail, {**options, **args.get_config()}))
        if not mended:
            return None
        # These props keep what is secret, and what is unknown.
        props: Any = args.props
        for name, value in mended.items():
            props[resource.spell(name)] = value
        return props

    return remediate


def _resource(guardrail: Guardrail, args: pulumi_policy.ResourceValidationArgs) -> Resource | None:
    if kind_of(args.resource_type) not in guardrail.kinds:
        return None
    return read(
        args.resource_type,
        _plain(args.props),
        name=args.name,
        urn=args.urn,
        protect=args.opts.protect,
    )


def _stack(args: pulumi_policy.StackValidationArgs) -> Stack:
    found = (
        read(
            one.resource_type,
            _plain(one.props),
            name=one.name,
            urn=one.urn,
            protect=one.opts.protect,
            refers={
                name: [other.urn for other in others]
                for name, others in one.property_dependencies.items()
            },
        )
        for one in args.resources
        if kind_of(one.resource_type)
    )
    return Stack(tuple(resource for resource in found if resource is not None))


def _plain(value: Any) -> Any:
    """A value without proxies, which raise where it is not known; UNKNOWN stands there instead."""
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(values: Any, key: Any) -> Any:
    try:
        return _plain(values[key])
    except proxy.UnknownValueError:
        return UNKNOWN
