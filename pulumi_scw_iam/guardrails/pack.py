"""Turn guardrails into policies of pulumi-policy."""

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
    context_of,
    evaluate,
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
_READ_ONLY: set[str] = set()
"""The URNs of objects that the program only reads.

`pulumi policy analyze` passes them like resources, without inputs. For the whole stack it passes outputs, so they
must be remembered. Their members and grants count, but nobody can change them in this program.
"""


def every_policy(*, but: Collection[str] = ()) -> list[pulumi_policy.Policy]:
    """Return the policies of all guardrails, except the ids in `but`.

    Raises ValueError for an unknown id.
    """
    for name in but:
        if name not in GUARDRAILS:
            raise ValueError(f"unknown guardrail {name}; {_near(name, GUARDRAILS)}")
    return [policy(guardrail) for guardrail in GUARDRAILS.values() if guardrail.id not in but]


def policy(
    guardrail: Guardrail, *, level: str | None = None, **options: Any
) -> pulumi_policy.Policy:
    """Return the policy of a guardrail, for a pack.

    `level` is the enforcement level. The configuration of the pack takes precedence over `level` and `options`.

    Raises TypeError for an unknown level or option, and for an option with the wrong type.
    """
    known = {option.name: option for option in guardrail.options}
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"{guardrail.id} has no option {name}; {_near(name, known)}")
        if type(value) is not type(known[name].default):
            raise TypeError(
                f"{guardrail.id}: the option {name} has the wrong type;"
                f" pass a value such as {known[name].default!r}"
            )
    if level not in {None, *LEVELS}:
        raise TypeError(f"{guardrail.id}: unknown level {level!r}; use one of {', '.join(LEVELS)}")
    schema = {
        name: {**option.schema, "default": options.get(name, option.default)}
        for name, option in known.items()
    }
    common: dict[str, Any] = {
        "name": guardrail.id,
        "description": guardrail.expects,
        "enforcement_level": pulumi_policy.EnforcementLevel(level or guardrail.level),
        "config_schema": pulumi_policy.PolicyConfigSchema(schema) if schema else None,
        "severity": pulumi_policy.Severity(guardrail.severity),
        "framework": _framework(guardrail.framework),
        "remediation_steps": guardrail.cure,
        "tags": ["scaleway", "iam"],
    }
    if guardrail.validate_stack is not None:
        return pulumi_policy.StackValidationPolicy(validate=_of_stack(guardrail, options), **common)
    return pulumi_policy.ResourceValidationPolicy(
        validate=_of_resource(guardrail, options),
        remediate=_remediation(guardrail, options) if guardrail.remediable else None,
        **common,
    )


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return f"did you mean {near[0]}?"
    names = ", ".join(known)
    return f"use one of {names}" if names else "remove the option"


def _framework(framework: CIS | None) -> pulumi_policy.PolicyComplianceFramework | None:
    if framework is None:
        return None
    return pulumi_policy.PolicyComplianceFramework(
        name=f"{BENCHMARK[0]} (nearest analogue)",
        version=BENCHMARK[1],
        reference=framework.number,
        specification=framework.specification,
    )


def _of_resource(
    guardrail: Guardrail, options: Mapping[str, Any]
) -> pulumi_policy.ResourceValidation:
    def validate(
        args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        if _is_read_only(args):
            args.not_applicable("the program only reads this object")
            return
        resource = _resource(guardrail, args)
        if resource is None:
            args.not_applicable(f"not a resource of type {kinds_named(guardrail.kinds)}")
            return
        verdict = evaluate(
            guardrail, resource, context_of(guardrail, {**options, **args.get_config()})
        )
        for violation in verdict.violations:
            report(shown(violation.message), None)
        if verdict.not_applicable is not None:
            args.not_applicable(verdict.not_applicable)

    return validate


def _of_stack(guardrail: Guardrail, options: Mapping[str, Any]) -> pulumi_policy.StackValidation:
    def validate(
        args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation
    ) -> None:
        verdict = evaluate(
            guardrail, _stack(args), context_of(guardrail, {**options, **args.get_config()})
        )
        for violation in verdict.violations:
            if violation.urn not in _READ_ONLY:
                report(shown(violation.message), violation.urn or None)
        if verdict.not_applicable is not None:
            args.not_applicable(verdict.not_applicable)

    return validate


def _remediation(
    guardrail: Guardrail, options: Mapping[str, Any]
) -> pulumi_policy.ResourceRemediation:
    changes_of = guardrail.remediate
    assert changes_of is not None

    def remediate(args: pulumi_policy.ResourceValidationArgs) -> Any:
        resource = _resource(guardrail, args)
        if resource is None or _is_read_only(args):
            return None
        changes = changes_of(resource, context_of(guardrail, {**options, **args.get_config()}))
        if not changes:
            return None
        # The props of the arguments preserve secrets and unknown values.
        props: Any = args.props
        for name, value in changes.items():
            props[resource.spell(name)] = value
        return props

    return remediate


def _is_read_only(args: pulumi_policy.ResourceValidationArgs) -> bool:
    """Return whether a resource has no inputs. A resource of the program has a name or a reference."""
    if kind_of(args.resource_type) is None or any(True for _ in args.props):
        return False
    _READ_ONLY.add(args.urn)
    return True


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
            resource.resource_type,
            _plain(resource.props),
            name=resource.name,
            urn=resource.urn,
            protect=resource.opts.protect,
            dependencies={
                name: [dependency.urn for dependency in dependencies]
                for name, dependencies in resource.property_dependencies.items()
            },
            linked=bool(resource.property_dependencies),
        )
        for resource in args.resources
        if kind_of(resource.resource_type)
    )
    return Stack(tuple(resource for resource in found if resource is not None))


def _plain(value: Any) -> Any:
    """Return a value without pulumi-policy's proxies; unknown values become UNKNOWN.

    A proxy raises an exception on access to an unknown value.
    """
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
