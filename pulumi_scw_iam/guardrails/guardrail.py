"""What a guardrail of the policy pack is: declared once, and all else follows from it.

The policies of a pack, the page of documentation, the table of the command and the tests of the examples
are made of `Guardrail`s. A guardrail looks at one resource, or at the whole stack, and yields what is wrong. It
knows nothing of pulumi-policy, nor of how a front spells a property.
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
    "Given",
    "Guardrail",
    "NotApplicable",
    "Option",
    "Verdict",
    "Violation",
    "evaluate",
    "given",
    "kinds_named",
    "unknown",
]

LEVELS = ("advisory", "mandatory", "remediate", "disabled")
SEVERITIES = ("low", "medium", "high", "critical")


MOST = 1_000_000
"""The greatest number in an option: as days, within the dates that there are."""
BENCHMARK = ("CIS AWS Foundations Benchmark", "3.0.0")


class CIS(NamedTuple):
    """The nearest analogue in the CIS AWS Foundations Benchmark: there is none for Scaleway."""

    number: str
    wants: str


class Option(NamedTuple):
    """What the configuration of a pack can say about a rule; its type is that of the default."""

    name: str
    default: Any
    description: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema, which the engine holds the configuration against."""
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
    raise TypeError(f"an option has no type like that of {default!r}")


class Given(NamedTuple):
    """What a guardrail is to go by, beside the resources."""

    options: Mapping[str, Any]
    now: datetime

    def number(self, name: str) -> int:
        """A whole number: what comes over the wire has a point."""
        return min(max(int(self.options[name]), 0), MOST)

    def text(self, name: str) -> str:
        """A text."""
        return str(self.options[name])

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        return [str(item) for item in self.options[name]]


class NotApplicable(NamedTuple):
    """A guardrail has nothing to say, or cannot tell; a yielded one only counts where there is no problem."""

    reason: str


def unknown(resource: Resource, name: str) -> NotApplicable:
    """A property is not known yet."""
    return NotApplicable(f"{resource.spell(name)} is not known yet")


class Violation(NamedTuple):
    """What is wrong: one line with the property and the cure, and the resource that it is of."""

    message: str
    urn: str = ""


class Verdict(NamedTuple):
    """What a guardrail says; neither problems nor a reason: all is well."""

    problems: tuple[Violation, ...] = ()
    not_applicable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """What a team wants of its IAM. `resource` or `stack` is the function that looks."""

    id: str
    wants: str
    """One sentence, shown above each problem."""
    why: str
    cure: str
    severity: str
    level: str
    kinds: tuple[str, ...]
    """The names of the kinds that it is about; without one of them it does not apply."""
    fails: str
    """A program that breaks it. In examples, today is 2030-01-01."""
    passes: str
    resource: Callable[[Resource, Given], Iterable[str | NotApplicable]] | None = None
    stack: Callable[[Stack, Given], Iterable[Violation | NotApplicable]] | None = None
    like: CIS | None = None
    options: tuple[Option, ...] = ()
    example_options: Mapping[str, Any] = field(default_factory=dict)
    """What the examples need, where the defaults ask for nothing."""
    remediate: Callable[[Resource, Given], Mapping[str, Any] | None] | None = None
    """The properties to set so that it is kept; None where that is not safe, or not needed."""
    remediation: str = ""
    """What mending does, for the documentation."""

    def __post_init__(self) -> None:
        if (self.resource is None) == (self.stack is None):
            raise TypeError(f"{self.id}: a guardrail looks at a resource, or at the stack")
        if self.severity not in SEVERITIES or self.level not in LEVELS:
            raise TypeError(f"{self.id}: no such severity or level")
        if (self.remediate is None) != (self.remediation == ""):
            raise TypeError(f"{self.id}: mending is said, and done")
        if self.remediate is not None and self.resource is None:
            raise TypeError(f"{self.id}: only a resource can be mended")

    @property
    def remediable(self) -> bool:
        """Whether the level `remediate` does something."""
        return self.remediate is not None

    @property
    def facts(self) -> dict[str, Any]:
        """All there is to know about it, ready for JSON."""
        like = self.like and {
            "framework": BENCHMARK[0],
            "version": BENCHMARK[1],
            "reference": self.like.number,
            "wants": self.like.wants,
            "nearest_analogue": True,
        }
        return {
            "id": self.id,
            "level": self.level,
            "severity": self.severity,
            "wants": self.wants,
            "why": self.why,
            "cure": self.cure,
            "looks_at": list(self.kinds),
            "scope": "resource" if self.resource is not None else "stack",
            "like": like,
            "remediation": self.remediation or None,
            "options": {option.name: option.schema for option in self.options},
        }


def given(
    guardrail: Guardrail, options: Mapping[str, Any] | None = None, now: datetime | None = None
) -> Given:
    """What a guardrail goes by; options that are not said have their defaults."""
    defaults = {option.name: option.default for option in guardrail.options}
    # The engine has held the options against their schemas; others who ask may not have.
    said = {
        name: value
        for name, value in (options or {}).items()
        if name in defaults and _alike(value, defaults[name])
    }
    return Given({**defaults, **said}, now or datetime.now(timezone.utc))


def _alike(value: Any, default: Any) -> bool:
    if isinstance(default, int):
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, type(default))


def evaluate(guardrail: Guardrail, subject: Resource | Stack, by: Given) -> Verdict:
    """What a guardrail says of a resource, or of a stack."""
    problems: list[Violation] = []
    reasons: list[str] = []
    for said in _said(guardrail, subject, by):
        if isinstance(said, NotApplicable):
            reasons.append(said.reason)
        else:
            problems.append(Violation(said) if isinstance(said, str) else said)
    if problems:
        return Verdict(tuple(dict.fromkeys(problems)))
    return Verdict((), "; ".join(dict.fromkeys(reasons)) if reasons else None)


def _said(
    guardrail: Guardrail, subject: Resource | Stack, by: Given
) -> Iterator[str | Violation | NotApplicable]:
    if isinstance(subject, Stack):
        if guardrail.stack is None:
            yield NotApplicable("looks at each resource, not at the stack")
        elif not any(resource.kind in guardrail.kinds for resource in subject.resources):
            yield NotApplicable(f"the stack has no {kinds_named(guardrail.kinds)}")
        else:
            yield from guardrail.stack(subject, by)
    elif guardrail.resource is None:
        yield NotApplicable("looks at the stack as a whole")
    elif subject.kind not in guardrail.kinds:
        yield NotApplicable(f"is no {kinds_named(guardrail.kinds)}")
    else:
        yield from guardrail.resource(subject, by)


def kinds_named(kinds: Iterable[str]) -> str:
    """Kinds as messages call them: `policy or group`."""
    return joined((KINDS[kind].noun for kind in kinds), "or")
