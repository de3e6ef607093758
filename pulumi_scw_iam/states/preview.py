"""Parse previews: the output of `pulumi preview --json`, and the plan of `--save-plan`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.common.redaction import declared_secrets, hidden
from pulumi_scw_iam.core.fields import UNKNOWN, fields
from pulumi_scw_iam.core.marks import SIGNATURE, UNKNOWN_MARKS
from pulumi_scw_iam.core.names import from_pulumi, name_of
from pulumi_scw_iam.states.fronts import Front, front_and_kind

if TYPE_CHECKING:
    from pulumi_scw_iam.core.kind import Kind

    AnyKind = Kind[Any, Any]

__all__ = [
    "PREVIEW_OPTIONS",
    "PlannedResource",
    "Preview",
    "PreviewError",
    "parse_preview",
]

PREVIEW_OPTIONS = ("--show-sames", "--show-secrets")
"""The options of `pulumi preview --json --save-plan FILE` for a complete output and a plan with secrets in clear.

The engine creates the file with mode 0644, so FILE must be in a folder with mode 0700. The output shows marked
secrets as `[secret]`, but it may have unmarked ones, such as the settings of an explicit provider.
"""

_DEFAULT_PROVIDER = re.compile(r"default(_|$)")
"""The name of a default provider: `default`, `default_1_2_3`, …"""

_HIDDEN = "[secret]"
"""The text for a secret in the output of a preview."""

_OWN_KEYS = "__"
"""The prefix of properties that no program sets, such as `__provider`."""


class PreviewError(Exception):
    """A text is not the output of a preview, or the preview failed. The message is one line."""


@dataclass(frozen=True, kw_only=True)
class PlannedResource:
    """One step of a preview: an operation on a resource."""

    urn: str
    type: str
    """The type token, without the types of the parents."""
    op: str
    """The operation of the engine: `create`, `same`, `update`, `read`, `delete`, …"""
    kind: AnyKind | None
    """The kind; None for resources of other packages."""
    front: Front
    id: str = ""
    """The id in the state, or of a look-up; empty for a new resource."""
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The new inputs after the check, by declared name. UNKNOWN for unknown and for hidden values."""
    old_inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The inputs in the state, by declared name; a secret value is UNKNOWN."""
    old_outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The outputs in the state, by declared name; a secret value is UNKNOWN."""
    secrets: frozenset[str] = frozenset()
    """The paths of secrets in the new inputs, by declared name: `tags`, `rules.condition`."""
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The new inputs that no program sets: `__provider`, `__secrets`."""
    dependencies: tuple[str, ...] = ()
    """The URNs of the resources that the resource depends on."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The URNs of the resources in each input, by declared name; only inputs with resources."""
    parent: str = ""
    """The URN of the parent resource; empty for the stack itself."""
    provider: str = ""
    """The URN of the explicit provider; empty for the default provider."""
    aliases: tuple[str, ...] = ()
    """The earlier URNs that the engine found in the state."""
    ignored: frozenset[str] = frozenset()
    """The inputs whose changes the program ignores, by declared name; known only from a plan."""
    protect: bool = False
    external: bool = False
    """Whether the resource is a look-up, not managed by the program."""
    custom: bool = True
    """Whether a provider manages the resource; a component has none."""

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return name_of(self.urn)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The steps of a preview. A replaced resource has several steps."""

    name: str
    """The source of the preview, for messages."""
    steps: tuple[PlannedResource, ...]
    errors: tuple[str, ...] = ()
    """The errors of the engine and of the checks, one line each; the steps are then incomplete."""

    @property
    def creates(self) -> tuple[PlannedResource, ...]:
        """The new resources of this package."""
        return tuple(step for step in self.steps if step.kind and step.op == "create")

    @property
    def held(self) -> Mapping[str, PlannedResource]:
        """The resources of this package with an id, by URN: in the state, or looked up."""
        return {step.urn: step for step in self.steps if step.kind and step.id}

    @property
    def by_urn(self) -> Mapping[str, PlannedResource]:
        """The first step of each resource by URN."""
        return {step.urn: step for step in reversed(self.steps)}


def parse_preview(
    name: str, content: bytes | Mapping[str, Any], plan: bytes | None = None
) -> Preview:
    """Parse the output of `pulumi preview --json`, as bytes or as JSON value; see `PREVIEW_OPTIONS`.

    `plan` is the content of the file of `--save-plan`, for the values of secret inputs. A failed preview has
    `errors`. Raises PreviewError for any other content.
    """
    parsed: Any = content
    if isinstance(content, bytes):
        parsed = _loaded(name, content, "the output of `pulumi preview --json`")
    match parsed:
        case {"steps": list(steps)}:
            pass
        # A preview that fails in the first check has no steps.
        case {"diagnostics": list()} | {"changeSummary": dict()}:
            steps = []
        case _:
            raise PreviewError(f"{name}: not a preview; pass the output of `pulumi preview --json`")
    plans: Any = {}
    if plan is not None:
        plans = _loaded(f"{name}: the plan", plan, "the file of `pulumi preview --save-plan`")
        plans = plans.get("resourcePlans") if isinstance(plans, dict) else None
        if not isinstance(plans, dict):
            raise PreviewError(f"{name}: the plan is not a file of `pulumi preview --save-plan`")
    return Preview(
        name=name,
        steps=tuple(
            _planned(step, plans.get(step["urn"]) or {})
            for step in steps
            if isinstance(step, dict) and _is_urn(step.get("urn"))
        ),
        errors=tuple(_errors(parsed.get("diagnostics"))),
    )


def _loaded(name: str, content: bytes, source: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise PreviewError(f"{name}: not JSON; pass {source}") from None


def _is_urn(text: object) -> bool:
    return isinstance(text, str) and text.startswith("urn:pulumi:") and text.count("::") >= 3


def _errors(diagnostics: Any) -> Iterator[str]:
    for diagnostic in diagnostics if isinstance(diagnostics, list) else ():
        match diagnostic:
            case {"severity": "error", "message": str(message)}:
                # The message may have several lines, such as the traceback of a program.
                lines = [line.strip() for line in message.splitlines() if line.strip()]
                yield from (
                    lines[-1:]
                    if message.startswith("error: Traceback")
                    else [" ".join(lines).removeprefix("error: ")]
                )


def _planned(step: Mapping[str, Any], plan: Mapping[str, Any]) -> PlannedResource:
    """Return a step of the output; `plan` is the plan of its resource."""
    urn = str(step["urn"])
    old, new = (_dict(step.get(f"{which}State")) for which in ("old", "new"))
    state = new or old
    type_token = str(state.get("type") or urn.split("::")[2].rpartition("$")[2])
    front, kind = front_and_kind(type_token)
    # Only the plan of a new resource has all its inputs, and not only the changed ones.
    goal = _dict(plan.get("goal")) if step.get("op") == "create" else {}
    adds = _dict(_dict(goal.get("inputDiff")).get("adds"))
    given = {**_dict(new.get("inputs")), **adds}
    inputs, secrets = _values(kind, front, given)
    parent = str(state.get("parent") or "")
    dependencies = _dict(state.get("propertyDependencies"))
    return PlannedResource(
        urn=urn,
        type=type_token,
        op=str(step.get("op") or ""),
        kind=kind,
        front=front,
        id=str(old.get("id") or new.get("id") or ""),
        inputs=_without_own(inputs),
        old_inputs=_without_own(_values(kind, front, _dict(old.get("inputs")))[0]),
        old_outputs=_without_own(_values(kind, front, _dict(old.get("outputs")), of_state=True)[0]),
        secrets=frozenset(secrets),
        extras={name: value for name, value in inputs.items() if name.startswith(_OWN_KEYS)},
        dependencies=_urns(state.get("dependencies")),
        property_dependencies={
            name: urns
            for name, value in _named(kind, front, dependencies).items()
            if (urns := _urns(value))
        },
        parent="" if "::pulumi:pulumi:Stack::" in parent else parent,
        provider=_explicit_provider(state),
        aliases=_urns(state.get("aliases")),
        ignored=frozenset(_named(kind, front, dict.fromkeys(_whole(goal.get("ignoreChanges"))))),
        protect=bool(state.get("protect")),
        external=bool(state.get("external")),
        custom=bool(state.get("custom")),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _urns(value: Any) -> tuple[str, ...]:
    return tuple(urn for urn in value if _is_urn(urn)) if isinstance(value, list) else ()


def _whole(paths: Any) -> list[str]:
    """Return the paths of `ignoreChanges` that are names of whole properties."""
    return [
        path
        for path in (paths if isinstance(paths, list) else ())
        if isinstance(path, str) and path.isidentifier()
    ]


def _explicit_provider(state: Mapping[str, Any]) -> str:
    """Return the URN of the provider without its id; empty for a default provider."""
    urn = str(state.get("provider") or "").rpartition("::")[0]
    return "" if not _is_urn(urn) or _DEFAULT_PROVIDER.match(name_of(urn)) else urn


def _named(kind: AnyKind | None, front: Front, props: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties by declared name."""
    if kind is None or front != "native":
        return dict(props)
    return from_pulumi(kind.inputs, props)


def _values(
    kind: AnyKind | None, front: Front, props: Mapping[str, Any], *, of_state: bool = False
) -> tuple[dict[str, Any], set[str]]:
    """Return the plain values of properties by declared name, and the paths of secrets."""
    values, secrets = dict[str, Any](), set[str]()
    for name, value in props.items():
        if (plain := _plain(value, name, secrets)) is not None:
            values[name] = plain
    if kind is None or front != "native":
        return values, secrets
    cls = kind.state if of_state else kind.inputs
    # Secrets are plain by now: a secret list of rules has names inside.
    return from_pulumi(cls, values), {_declared_path(cls, path) for path in secrets}


def _declared_path(cls: type, path: str) -> str:
    """Return a path by declared names, such as `rules.permission_set_names`."""
    first, _, rest = path.partition(".")
    (name,) = from_pulumi(cls, {first: None})
    items = [one.item for one in fields(cls) if one.name == name and one.nested]
    return f"{name}.{_declared_path(items[0], rest)}" if items and rest else name


def _plain(value: Any, path: str, secrets: set[str]) -> Any:  # noqa: PLR0911 - one per form
    """Return the plain value of a JSON value; the paths of secrets are added to `secrets`."""
    match value:
        case str() if value in UNKNOWN_MARKS:
            return UNKNOWN
        case str() if value == _HIDDEN:
            secrets.add(path)
            return UNKNOWN
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item, path, secrets) for item in value]
        case {"plaintext": str(text)} if SIGNATURE in value:
            secrets.add(path)
            secret = hidden(_plain(json.loads(text), path, set()), secret=True)
            declared_secrets.learn_values(_texts(secret))
            return secret
        case dict() if SIGNATURE in value:
            secrets.add(path)
            return UNKNOWN
        case dict():
            plain = {name: _plain(item, f"{path}.{name}", secrets) for name, item in value.items()}
            return {name: item for name, item in plain.items() if item is not None}
        case _:
            return value


def _texts(value: Any) -> Iterator[str]:
    """Yield all strings in a value."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)


def _without_own(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.startswith(_OWN_KEYS)}
