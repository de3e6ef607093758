"""The declaration of a guardrail.

The policies of a pack, the documentation, the output of the command and the tests of the examples are derived
from `Guardrail` objects. A guardrail validates one resource or the whole stack, and yields violations. The
declaration is independent of pulumi-policy and of the spelling of properties.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_scw_iam.common.words import joined
from pulumi_scw_iam.guardrails.resources import Resource, Stack
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BENCHMARK",
    "CIS",
    "Context",
    "Guardrail",
    "NotApplicable",
    "Option",
    "Verdict",
    "Violation",
    "context_of",
    "evaluate",
    "kinds_named",
    "unknown",
]

LEVELS = ("advisory", "mandatory", "remediate", "disabled")
SEVERITIES = ("low", "medium", "high", "critical")


MOST = 1_000_000
"""The maximum of a number option. As a number of days, the maximum is within the range of dates."""
BENCHMARK = ("CIS AWS Foundations Benchmark", "3.0.0")


class CIS(NamedTuple):
    """A recommendation of the CIS AWS Foundations Benchmark.

    Scaleway has no benchmark; the one for AWS is the nearest analogue.
    """

    number: str
    specification: str


class Option(NamedTuple):
    """An option of a guardrail in the configuration of a pack. The default determines the type."""

    name: str
    default: Any
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the option; the engine validates the configuration against the schema."""
        return {**_schema(self.default), "default": self.default, "description": self.description}


def _schema(default: Any) -> dict[str, Any]:
    match default:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer", "minimum": 0, "maximum": MOST}
        case str():
            return {"type": "string"}
        case [[*_], *_]:
            return {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}
        case list():
            return {"type": "array", "items": {"type": "string"}}
    raise TypeError(
        f"an option cannot have the default {default!r}; use a boolean, an integer, a string or a list"
    )


class Context(NamedTuple):
    """The context of an evaluation: the options of the guardrail and the current time."""

    options: Mapping[str, Any]
    now: datetime

    def number(self, name: str) -> int:
        """Return an option as an integer. The engine sends numbers as floats."""
        return min(max(int(self.options[name]), 0), MOST)

    def text(self, name: str) -> str:
        """Return an option as a string."""
        return str(self.options[name])

    def texts(self, name: str) -> list[str]:
        """Return an option as a list of strings."""
        return [str(item) for item in self.options[name]]


class NotApplicable(NamedTuple):
    """The reason why a guardrail does not apply or cannot decide yet. Ignored if there is a violation."""

    reason: str


def unknown(resource: Resource, name: str) -> NotApplicable:
    """Return the reason for a property that is not known yet."""
    return NotApplicable(f"{resource.spell(name)} is not known yet")


class Violation(NamedTuple):
    """A policy violation: one line with the property and the fix, and the URN of the resource."""

    message: str
    urn: str = ""


class Verdict(NamedTuple):
    """The result of an evaluation: violations, or the reason for "not applicable". Without both: passed."""

    violations: tuple[Violation, ...] = ()
    not_applicable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """A guardrail. Either `validate_resource` or `validate_stack` is set."""

    id: str
    expects: str
    """The title: one sentence in the imperative, shown above each violation."""
    why: str
    """The rationale."""
    cure: str
    """The fix."""
    severity: str
    level: str
    """The default enforcement level."""
    kinds: tuple[str, ...]
    """The kinds to validate. The guardrail is not applicable to other kinds or to stacks without these kinds."""
    fails: str
    """An example of a program with a violation. In examples, today is 2030-01-01."""
    passes: str
    """An example of a program without violations."""
    validate_resource: Callable[[Resource, Context], Iterable[str | NotApplicable]] | None = None
    validate_stack: Callable[[Stack, Context], Iterable[Violation | NotApplicable]] | None = None
    framework: CIS | None = None
    options: tuple[Option, ...] = ()
    example_options: Mapping[str, Any] = field(default_factory=dict)
    """The options of the examples, for a guardrail without effect by default."""
    remediate: Callable[[Resource, Context], Mapping[str, Any] | None] | None = None
    """Returns the properties to change; None if a change is unsafe or unnecessary."""
    remediation: str = ""
    """The effect of `remediate`, for the documentation."""

    def __post_init__(self) -> None:
        if (self.validate_resource is None) == (self.validate_stack is None):
            raise TypeError(f"{self.id}: set exactly one of validate_resource and validate_stack")
        if self.severity not in SEVERITIES:
            raise TypeError(
                f"{self.id}: unknown severity {self.severity!r}; use one of {', '.join(SEVERITIES)}"
            )
        if self.level not in LEVELS:
            raise TypeError(
                f"{self.id}: unknown level {self.level!r}; use one of {', '.join(LEVELS)}"
            )
        if (self.remediate is None) != (self.remediation == ""):
            raise TypeError(f"{self.id}: set remediate and remediation together")
        if self.remediate is not None and self.validate_resource is None:
            raise TypeError(f"{self.id}: remediate requires validate_resource")

    @property
    def remediable(self) -> bool:
        """Whether the guardrail supports the enforcement level `remediate`."""
        return self.remediate is not None

    @property
    def facts(self) -> dict[str, Any]:
        """The declaration as a JSON object."""
        framework = self.framework and {
            "name": BENCHMARK[0],
            "version": BENCHMARK[1],
            "reference": self.framework.number,
            "specification": self.framework.specification,
            "nearest_analogue": True,
        }
        return {
            "id": self.id,
            "level": self.level,
            "severity": self.severity,
            "expects": self.expects,
            "why": self.why,
            "cure": self.cure,
            "looks_at": list(self.kinds),
            "scope": "resource" if self.validate_resource is not None else "stack",
            "framework": framework,
            "remediation": self.remediation or None,
            "options": {option.name: option.schema for option in self.options},
        }


def context_of(
    guardrail: Guardrail, options: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Context:
    """Return the context of a guardrail. Missing options have their defaults; `now` defaults to the current time."""
    defaults = {option.name: option.default for option in guardrail.options}
    # The engine validates options against their schemas, but other callers may not.
    valid = {
        name: value
        for name, value in (options or {}).items()
        if name in defaults and _has_type_of(value, defaults[name])
    }
    return Context({**defaults, **valid}, now or datetime.now(timezone.utc))


def _has_type_of(value: Any, default: Any) -> bool:
    if isinstance(default, int):
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, type(default))


def evaluate(guardrail: Guardrail, subject: Resource | Stack, context: Context) -> Verdict:
    """Evaluate a guardrail on a resource or on a stack."""
    violations: list[Violation] = []
    reasons: list[str] = []
    for result in _results(guardrail, subject, context):
        if isinstance(result, NotApplicable):
            reasons.append(result.reason)
        else:
            violations.append(Violation(result) if isinstance(result, str) else result)
    if violations:
        return Verdict(tuple(dict.fromkeys(violations)))
    return Verdict((), "; ".join(dict.fromkeys(reasons)) if reasons else None)


def _results(
    guardrail: Guardrail, subject: Resource | Stack, context: Context
) -> Iterator[str | Violation | NotApplicable]:
    if isinstance(subject, Stack):
        if guardrail.validate_stack is None:
            yield NotApplicable("checks single resources, not the stack")
        elif not any(resource.kind in guardrail.kinds for resource in subject.resources):
            yield NotApplicable(f"the stack has no {kinds_named(guardrail.kinds)}")
        else:
            yield from guardrail.validate_stack(subject, context)
    elif guardrail.validate_resource is None:
        yield NotApplicable("checks the whole stack, not single resources")
    elif subject.kind not in guardrail.kinds:
        yield NotApplicable(f"not a resource of type {kinds_named(guardrail.kinds)}")
    else:
        yield from guardrail.validate_resource(subject, context)


def kinds_named(kinds: Iterable[str]) -> str:
    """Return the nouns of kinds for a message: `policy or group`."""
    return joined((KINDS[kind].noun for kind in kinds), "or")
