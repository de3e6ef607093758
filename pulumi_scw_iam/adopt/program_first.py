"""Adopt the existing objects of a program that has no state of these objects.

The state of an adopted object equals the state after a create by the program, and a refresh. The next preview shows
exactly the differences between the program and the object:

- A different value: the live value, in the inputs and in the outputs.
- An unset list, left alone by the program: in neither.
- A value that the API never returns, such as a password: the value of the program, without a comparison.
- A value known only to an update, or ignored by the program: the live value.

An object is not adopted if the next update would replace it. The replacement would delete a live object.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.matching import Match, Unmatched, complete, match, title_of
from pulumi_scw_iam.adopt.objects import Adoption
from pulumi_scw_iam.common.words import joined, quoted
from pulumi_scw_iam.core.declared import Change
from pulumi_scw_iam.core.fields import UNKNOWN, Sent, decode, encode, fields, has_unknown, one_ofs
from pulumi_scw_iam.kinds.shared.secret_sink import READER
from pulumi_scw_iam.states.preview import (
    PREVIEW_OPTIONS,
    PlannedResource,
    PreviewError,
    parse_preview,
)

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.objects import Survey
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.kinds.shared.secret_sink import Version
    from pulumi_scw_iam.states.preview import Preview

    AnyKind = Kind[Any, Any]
    Props = Mapping[str, Any]
    Versions = Callable[[str], Mapping[str, Version]]

__all__ = ["Matched", "ProgramFirst", "adopt_program", "read_program"]

_ORGANIZATION = "organization_id"


@dataclass(frozen=True, kw_only=True)
class Matched:
    """An existing object as a resource of the program."""

    resource: PlannedResource
    adoption: Adoption
    differences: tuple[str, ...] = ()
    """The inputs that differ from the object: the next update changes them."""
    unknown: tuple[str, ...] = ()
    """The inputs that only an update knows: the next update may change them."""
    notes: tuple[str, ...] = ()
    """The effects of the next update, and unknown values; one line each, without the title of the resource."""
    dependencies: tuple[str, ...] = ()
    """The URNs of the dependencies that the state has after the import."""
    property_dependencies: Mapping[str, tuple[str, ...]]
    """The URNs of the dependencies by declared name, as far as the state has them after the import."""

    @property
    def title(self) -> str:
        """The class and the logical name of the resource."""
        return title_of(self.resource)


@dataclass(frozen=True, kw_only=True)
class ProgramFirst:
    """The new resources of a program, with and without an object to adopt."""

    matched: tuple[Matched, ...]
    unmatched: tuple[Unmatched, ...]
    components: tuple[PlannedResource, ...] = ()
    """The new components above the matched resources, parents first: the import creates them too."""
    providers: tuple[PlannedResource, ...] = ()
    """The new explicit providers of the matched resources: the import creates them too, by their inputs."""

    @property
    def new(self) -> tuple[Unmatched, ...]:
        """The resources that the next update creates."""
        return tuple(one for one in self.unmatched if one.is_new)

    @property
    def open(self) -> tuple[Unmatched, ...]:
        """The resources for a person to decide: ambiguous, to be replaced, or impossible to match."""
        return tuple(one for one in self.unmatched if not one.is_new)

    def notes(self) -> Iterator[str]:
        """Yield a line for each difference and for each new resource."""
        for one in self.matched:
            yield from (f"{one.title}: {note}" for note in one.notes)
        yield from (f"{one.title}: will be created: {one.reason}" for one in self.new)


def read_program(run: Callable[..., Mapping[str, Any]]) -> Preview:
    """Return the preview of a program, with the values of its secret inputs.

    `run` runs `pulumi preview --json` with more options, and returns the output as a JSON value. Its environment
    has the variable `ADOPTING` of `core.checks`. The plan with the secrets exists only for the time of the call,
    in a folder with mode 0700.
    """
    with tempfile.TemporaryDirectory(prefix="pulumi-scw-iam-") as folder:
        plan = Path(folder) / "plan.json"
        output = run(*PREVIEW_OPTIONS, "--save-plan", str(plan))
        # A failed preview has no plan.
        content = plan.read_bytes() if plan.exists() else None
    return parse_preview("the preview of the program", output, content)


def adopt_program(
    preview: Preview, survey: Survey, versions: Versions = lambda _: {}
) -> ProgramFirst:
    """Return the objects to adopt for the new resources of a preview.

    `versions` returns the versions with secret keys in a secret of the Secret Manager, by access key.

    Raises PreviewError if the preview failed, because its list of resources is then incomplete.
    """
    if preview.errors:
        more = len(preview.errors) - 1
        others = f" (and {more} more)" if more else ""
        raise PreviewError(f"the preview of the program failed: {preview.errors[0]}{others}")
    matching = match(preview, survey)
    steps, unmatched = preview.by_urn, list(matching.unmatched)
    adopted: dict[str, tuple[Match, Adoption]] = {}
    for one in matching.matches:
        adoption = _adoption(one, survey.organization_id, versions)
        changes = _changes(one, adoption)
        if replaced := [name for name, change in changes.items() if change is Change.REPLACE]:
            unmatched.append(_refusal(one, replaced))
        elif reason := _wrong_provider(steps.get(one.resource.provider)):
            unmatched.append(_left(one, reason))
        else:
            adopted[one.resource.urn] = one, adoption
    while orphans := [one for one, _ in adopted.values() if _lost_parent(one, steps, adopted)]:
        for one in orphans:
            parent = steps[one.resource.parent]
            unmatched.append(_left(one, f"its parent {title_of(parent)} has no object yet"))
            del adopted[one.resource.urn]
    components, providers = _surroundings(steps, (one.resource for one, _ in adopted.values()))
    in_state = {step.urn for step in preview.steps if step.op != "create"}
    in_state |= {*adopted, *(step.urn for step in (*components, *providers))}
    return ProgramFirst(
        matched=tuple(_matched(one, adoption, in_state) for one, adoption in adopted.values()),
        unmatched=tuple(unmatched),
        components=components,
        providers=providers,
    )


def _left(one: Match, reason: str) -> Unmatched:
    """Return a resource that has an object, but cannot be imported."""
    title = one.existing.title
    return Unmatched(
        resource=one.resource,
        reason=f"{title} is not adopted: {reason}",
        candidates=(one.existing,),
    )


def _wrong_provider(provider: PlannedResource | None) -> str:
    """Return the obstacle to the import of a new explicit provider; empty without one."""
    if provider is None or provider.op != "create" or not has_unknown(provider.inputs):
        return ""
    return (
        f"only an update knows the settings of its provider {quoted(provider.name)}; create the provider with"
        f" `pulumi up --target {provider.urn}`, and run again"
    )


def _lost_parent(one: Match, steps: Mapping[str, PlannedResource], adopted: Container[str]) -> bool:
    """Return whether the nearest parent, apart from components, stays without a state."""
    parent = steps.get(one.resource.parent)
    while parent is not None and parent.op == "create" and not parent.custom:
        parent = steps.get(parent.parent)
    return parent is not None and parent.op == "create" and parent.urn not in adopted


def _surroundings(
    steps: Mapping[str, PlannedResource], resources: Iterable[PlannedResource]
) -> tuple[tuple[PlannedResource, ...], tuple[PlannedResource, ...]]:
    """Return the new components above resources, parents first, and their new explicit providers."""
    components, providers = dict[str, PlannedResource](), dict[str, PlannedResource]()
    for resource in resources:
        above, urn = list[PlannedResource](), resource.parent
        while urn in steps and urn not in components and steps[urn].op == "create":
            # The parent may also be a resource of any package.
            if not steps[urn].custom:
                above.append(steps[urn])
            urn = steps[urn].parent
        components.update((step.urn, step) for step in reversed(above))
        if (provider := steps.get(resource.provider)) and provider.op == "create":
            providers[provider.urn] = provider
    return tuple(components.values()), tuple(providers.values())


def _adoption(one: Match, organization_id: str, versions: Versions) -> Adoption:
    """Return the resource after a create with the inputs of the program, and a refresh."""
    kind, existing = one.existing.kind, one.existing
    # Ignored changes leave the live value, like a value that nobody knows.
    given = {**one.inputs, **dict.fromkeys(one.resource.ignored & one.inputs.keys(), UNKNOWN)}
    known = {name: value for name, value in given.items() if not has_unknown(value)}
    unmanaged = _unmanaged(kind, one.inputs)
    item = {**complete(existing), **_secret_version(one, known, versions)}
    live = encode(kind.state_of(item))
    declared = {
        field.name: value
        for field in fields(kind.inputs)
        if (value := known.get(field.name, live.get(field.name))) is not None
        and (field.name in known or has_unknown(given.get(field.name)))
    }
    # The API returns some values once or never: these are the values of the program.
    outputs = encode(kind.state_of(item, decode(kind.inputs, {**live, **declared})))
    outputs = {name: value for name, value in outputs.items() if name not in unmanaged}
    if any(field.name == _ORGANIZATION for field in fields(kind.state)):
        outputs.setdefault(_ORGANIZATION, organization_id)
    created = {
        name: outputs[name] if value is UNKNOWN else value
        for name, value in kind.preview(None, declared).items()
        if value is not UNKNOWN or name in outputs
    }
    outputs = kind.same_spelling(created, outputs)
    inputs = kind.refreshed(declared, created, outputs)
    return Adoption(
        existing=existing,
        name=one.resource.name,
        inputs=declared if inputs is None else inputs,
        arguments=known,
        outputs=outputs,
    )


def _secret_version(one: Match, known: Props, versions: Versions) -> Props:
    """Return the version with the secret key of an API key, if the secret of the program has one."""
    secret_id = known.get("secret_id")
    version = versions(secret_id).get(one.existing.id) if isinstance(secret_id, str) else None
    if version is None or version.format != known.get("secret_format"):
        return {}
    return {"secret_version": version.revision}


def _changes(one: Match, adoption: Adoption) -> dict[str, Change]:
    """Return the changes of the next update, by input; ignored changes are none."""
    changes = adoption.kind.diff(adoption.outputs, one.inputs)
    return {name: change for name, change in changes.items() if name not in one.resource.ignored}


def _unmanaged(kind: AnyKind, inputs: Props) -> frozenset[str]:
    """Return the lists that the program leaves alone: unset, and set by API calls of their own."""
    choices = {name for group in one_ofs(kind.inputs) for name in group.names}
    return frozenset(
        field.name
        for field in fields(kind.inputs)
        if field.prop.sent is Sent.APART
        and not field.chosen_by_api
        and field.default is None
        and inputs.get(field.name) is None
        and field.name not in choices
    )


def _refusal(one: Match, replaced: list[str]) -> Unmatched:
    """Return an object without adoption: the next update would replace the object."""
    verb = "differ" if len(replaced) > 1 else "differs"
    unknown = [name for name in replaced if has_unknown(one.inputs.get(name))]
    cause = (
        f"{joined(unknown)} is known only to an update"
        if unknown == replaced
        else f"{joined(replaced)} {verb}"
    )
    return Unmatched(
        resource=one.resource,
        reason=(
            f"{one.existing.title} is not adopted, because the next update would replace it: {cause}; use"
            " the value of the object in the program, or give the resource another identity"
        ),
        candidates=(one.existing,),
    )


def _matched(one: Match, adoption: Adoption, in_state: set[str]) -> Matched:
    resource = one.resource
    changes = _changes(one, adoption)
    unknown = tuple(name for name in changes if has_unknown(one.inputs.get(name)))
    differences = tuple(name for name in changes if name not in unknown)
    return Matched(
        resource=resource,
        adoption=adoption,
        differences=differences,
        unknown=unknown,
        notes=tuple(_notes(adoption, differences, unknown)),
        dependencies=tuple(urn for urn in resource.dependencies if urn in in_state),
        property_dependencies={
            name: urns
            for name, all_urns in resource.property_dependencies.items()
            if (urns := tuple(urn for urn in all_urns if urn in in_state))
        },
    )


def _notes(
    adoption: Adoption, differences: tuple[str, ...], unknown: tuple[str, ...]
) -> Iterator[str]:
    """Yield the effects of the next update, and the values without a comparison."""
    kind = adoption.kind
    if differences:
        verb = "differ" if len(differences) > 1 else "differs"
        yield f"{joined(differences)} {verb} from the object; the next update changes the object"
    if unknown:
        verb = "are" if len(unknown) > 1 else "is"
        yield f"{joined(unknown)} {verb} known only to an update, which may change the object"
    has_secret = adoption.inputs.get("secret_id") is not None
    if kind.changes_with_time and has_secret and "secret_version" not in adoption.outputs:
        # Consumers read the secret, so a key that is not there is useless to them.
        yield (
            f"no version of its secret with the secret key was found (the list needs the permission set {READER}),"
            " so the next update makes a new key"
        )
    for field in fields(kind.state):
        if field.prop.may_be_unset:
            continue
        if not (field.prop.secret or (field.prop.kept and field.prop.sent is Sent.APART)):
            continue
        if field.name in adoption.inputs:
            yield f"{field.name} cannot be compared, because the API never returns it; it is not changed"
        elif field.name in kind.outputs() and field.name not in adoption.outputs:
            yield f"{field.name} is not set, because the API returns it only at creation"
