"""Match the new resources of a program with the existing objects of an organization.

Each kind has a natural key, which follows from its declared fields:

- The id of a membership follows from its inputs.
- A unique field is a key by itself: the name of a group or a policy, the username of a user. Without a value, a
  field of `found_by` is the key: the e-mail address of a guest.
- Otherwise the key has all fields whose change replaces the object, and the fields of one-of groups: the saml_id,
  type and content of a certificate. If none of them is required, the key also has the field that describes the
  object: the bearer and the description of an API key, the name of an application.
- An empty key means that an organization has one object of the kind, such as the SAML configuration.
- A key of references only does not identify an object: SCIM tokens cannot be matched.

Nothing is guessed: two candidates, or two resources for one object, are no match.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.objects import Existing
from pulumi_scw_iam.adopt.survey import IN_STATE
from pulumi_scw_iam.common.formats import UuidOf
from pulumi_scw_iam.common.redaction import declared_secrets
from pulumi_scw_iam.common.words import joined, quoted, shown
from pulumi_scw_iam.core.fields import UNKNOWN, Field, fields, has_unknown, one_ofs
from pulumi_scw_iam.core.names import name_of
from pulumi_scw_iam.kinds import KINDS
from pulumi_scw_iam.kinds.shared.members import MEMBER_LISTS, built_in
from pulumi_scw_iam.kinds.shared.rotating_keys import rotating_keys
from pulumi_scw_iam.states.preview import PlannedResource

if TYPE_CHECKING:
    from pulumi_scw_iam.adopt.objects import Survey
    from pulumi_scw_iam.core.kind import Kind
    from pulumi_scw_iam.states.preview import Preview

    AnyKind = Kind[Any, Any]

__all__ = ["Match", "Matching", "Unmatched", "complete", "keys_of", "match", "title_of"]

_ORGANIZATION = "organization_id"
_MOST = 5
"""The number of candidates in the text of a reason."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A new resource of the program, and the existing object that it declares."""

    resource: PlannedResource
    existing: Existing
    inputs: Mapping[str, Any] = field(repr=False)
    """The inputs of the program, with ids instead of references to matched objects."""


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """A new resource of the program without exactly one existing object."""

    resource: PlannedResource
    reason: str
    """The reason, on one line, without the title of the resource."""
    is_new: bool = False
    """Whether no such object exists, so that the next update creates it."""
    candidates: tuple[Existing, ...] = ()

    @property
    def title(self) -> str:
        """The class and the logical name of the resource."""
        return title_of(self.resource)


@dataclass(frozen=True, kw_only=True)
class Matching:
    """The new resources of a program, with and without an existing object."""

    matches: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]


def match(preview: Preview, survey: Survey) -> Matching:
    """Match the new resources of a preview with the objects of a survey."""
    return _Matcher(preview, survey).matching()


def title_of(resource: PlannedResource) -> str:
    """Return the class and the logical name of a resource; in a component, also its name."""
    kind = resource.kind.name if resource.kind else resource.type
    parent = f" in {quoted(name_of(resource.parent))}" if resource.parent else ""
    return f"{kind} {quoted(resource.name)}{parent}"


def keys_of(kind: AnyKind) -> tuple[tuple[str, ...], ...]:
    """Return the natural keys of a kind: names of inputs. The first key with a value decides."""
    declared = [one for one in fields(kind.inputs) if one.name != _ORGANIZATION]
    names = {one.name for one in declared}
    if unique := kind.unique():
        found_by = [name for name in kind.found_by if name in names and name not in unique]
        return tuple((name,) for name in (*unique, *found_by))
    choices = {name for group in one_ofs(kind.inputs) for name in group.names}
    identity = [one for one in declared if one.prop.replace is True or one.name in choices]
    key = [one.name for one in identity]
    if not any(one.required for one in identity) and kind.described_by in names:
        key.append(kind.described_by)
    return (tuple(key),)


def complete(existing: Existing) -> dict[str, Any]:
    """Return the fields of an existing object, with those of a compound id and those of the source."""
    return {**existing.item, **existing.kind.parts_of(existing.id), **existing.known}


class _Matcher:
    def __init__(self, preview: Preview, survey: Survey) -> None:
        self._survey = survey
        self._resources = {resource.urn: resource for resource in preview.creates}
        self._ids = {urn: step.id for urn, step in preview.held.items()}
        self._nouns = {step.urn: step.kind.noun for step in preview.steps if step.kind is not None}
        self._held = {
            (step.kind.name, object_id.lower()): step
            for step in preview.steps
            if step.kind and step.id and not step.external
            for object_id in (step.id, *_ids_of_objects(step))
        }
        self._reasons = {(s.existing.kind.name, s.existing.id): s.reason for s in survey.skipped}
        skipped = [one.existing for one in survey.skipped]
        everything = [*survey.existing, *skipped]
        rotating = list(_rotating_keys(everything))
        in_state = [one for one in rotating if self._reasons.get(("APIKey", one.id)) == IN_STATE]
        self._reasons.update({(one.kind.name, one.id): IN_STATE for one in in_state})
        free = [one for one in rotating if one not in in_state]
        self._objects = _Index([*survey.existing, *_memberships(everything), *free])
        self._skipped = _Index([*skipped, *in_state])
        self._matched: dict[str, Existing] = {}
        self._unmatched: dict[str, Unmatched] = {}

    def matching(self) -> Matching:
        pending = list(self._resources.values())
        while pending:
            waiting = [resource for resource in pending if not self._settles(resource)]
            if len(waiting) == len(pending):
                break  # references in a circle, which no engine reports
            pending = waiting
        for resource in pending:
            self._leave(resource, "its references form a circle")
        self._refuse_shared()
        matches = [
            Match(
                resource=self._resources[urn],
                existing=existing,
                inputs=self._resolved(self._resources[urn]),
            )
            for urn, existing in self._matched.items()
        ]
        order = {urn: number for number, urn in enumerate(self._resources)}
        return Matching(
            matches=tuple(sorted(matches, key=lambda one: order[one.resource.urn])),
            unmatched=tuple(
                sorted(self._unmatched.values(), key=lambda one: order[one.resource.urn])
            ),
        )

    # --- one resource ------------------------------------------------------------------------

    def _settles(self, resource: PlannedResource) -> bool:
        """Match a resource, or say why it has no match; return False if it must wait."""
        kind = _kind(resource)
        owner = resource.inputs.get(_ORGANIZATION)
        if isinstance(owner, str) and owner != self._survey.organization_id:
            self._leave(
                resource,
                f"it belongs to organization {owner}, not to {self._survey.organization_id}; run again"
                f" with --organization {owner}",
            )
            return True
        inputs = self._resolved(resource)
        key = _chosen_key(kind, inputs)
        unknown = [name for name in key if has_unknown(inputs.get(name))]
        if unknown:
            return self._is_blocked(resource, unknown)
        found = self._objects.find(kind, inputs, key)
        if len(found) > 1:
            if self._waits(resource, inputs, _distinctions(kind)):
                return False
            found = _narrowed(kind, inputs, found)
        self._decide(resource, inputs, key, found)
        return True

    def _waits(
        self, resource: PlannedResource, inputs: Mapping[str, Any], names: Iterable[str]
    ) -> bool:
        """Return whether an unknown input may still become known."""
        return any(
            self._is_pending(urn)
            for name in names
            if has_unknown(inputs.get(name))
            for urn in self._references(resource, name)
        )

    def _decide(
        self,
        resource: PlannedResource,
        inputs: Mapping[str, Any],
        key: tuple[str, ...],
        found: tuple[Existing, ...],
    ) -> None:
        """Match a resource with the only candidate, or say why it has no match."""
        kind = _kind(resource)
        if not found:
            self._miss(resource, inputs, key)
        elif _is_vague(kind, inputs, key):
            self._leave(
                resource,
                f"nothing in the program distinguishes one {kind.noun} from another, and its secret cannot be read"
                f" again; existing: {_listed(found)}",
                found,
            )
        elif len(found) > 1:
            words = f"with this {_words(key)}" if key else "in the organization"
            reason = f"{len(found)} {kind.plural} {words}: {_listed(found)}"
            self._leave(resource, reason, found)
        elif holder := self._held.get((kind.name, found[0].id.lower())):
            self._leave(
                resource,
                f"the stack has {found[0].title} as {title_of(holder)}; add an alias for"
                f" {holder.urn}, or remove one of both from the program",
                found,
            )
        else:
            self._matched[resource.urn] = found[0]
            self._ids[resource.urn] = found[0].id

    def _miss(
        self, resource: PlannedResource, inputs: Mapping[str, Any], key: tuple[str, ...]
    ) -> None:
        """Say that no object has the key: it is new, or must not be adopted."""
        kind = _kind(resource)
        if left_out := self._skipped.find(kind, inputs, key):
            reason = self._reasons[kind.name, left_out[0].id]
            self._leave(resource, f"{left_out[0].title} is not adopted: {reason}", left_out)
            return
        reason = f"no {kind.noun} {f'with this {_words(key)}' if key else 'in the organization'}"
        for other in keys_of(kind):
            if other != key and not any(has_unknown(inputs.get(name)) for name in other):
                near = self._objects.find(kind, inputs, other)
                if near and all(inputs.get(name) is not None for name in other):
                    reason += f" (but with this {_words(other)}: {_listed(near)})"
        self._leave(resource, reason, is_new=True)

    def _is_blocked(self, resource: PlannedResource, unknown: list[str]) -> bool:
        """Say why a key stays unknown; return False if it may still become known."""
        kind = _kind(resource)
        for name in unknown:
            references = self._references(resource, name)
            if any(self._is_pending(urn) for urn in references):
                return False
            new = [urn for urn in references if urn in self._unmatched]
            if new and all(self._unmatched[urn].is_new for urn in new):
                titles = joined(title_of(self._resources[urn]) for urn in new)
                self._leave(resource, f"its {_words([name])} is new too: {titles}", is_new=True)
            elif new:
                titles = joined(title_of(self._resources[urn]) for urn in new)
                self._leave(resource, f"its {_words([name])} has no match: {titles}")
            else:
                self._leave(
                    resource,
                    f"its {_words([name])} is known only to an update, so no {kind.noun} can be found by it;"
                    " run again when the first import is done, or set a fixed value",
                )
            return True
        return True

    def _is_pending(self, urn: str) -> bool:
        return urn in self._resources and urn not in self._matched and urn not in self._unmatched

    def _leave(
        self,
        resource: PlannedResource,
        reason: str,
        candidates: Iterable[Existing] = (),
        *,
        is_new: bool = False,
    ) -> None:
        self._matched.pop(resource.urn, None)
        self._unmatched[resource.urn] = Unmatched(
            resource=resource,
            reason=shown(declared_secrets.text(reason)),
            is_new=is_new,
            candidates=tuple(candidates),
        )

    def _refuse_shared(self) -> None:
        """Undo the matches of several resources with one object."""
        urns = defaultdict[tuple[str, str], list[str]](list)
        for urn, existing in self._matched.items():
            urns[existing.kind.name, existing.id].append(urn)
        for sharing in urns.values():
            titles = sorted(title_of(self._resources[urn]) for urn in sharing)
            for urn in sharing if len(sharing) > 1 else ():
                existing = self._matched[urn]
                reason = f"{len(sharing)} resources match {existing.title}: {joined(titles)}"
                self._leave(self._resources[urn], reason, [existing])

    # --- references --------------------------------------------------------------------------

    def _references(self, resource: PlannedResource, name: str) -> list[str]:
        """Return the resources whose ids may be the value of an input."""
        (declared,) = (one for one in fields(_kind(resource).inputs) if one.name == name)
        uuid_of = declared.prop.format
        if not isinstance(uuid_of, UuidOf):
            return []
        return [
            urn
            for urn in resource.property_dependencies.get(name, ())
            if self._nouns.get(urn) == uuid_of.noun
        ]

    def _resolved(self, resource: PlannedResource) -> dict[str, Any]:
        """Return the inputs, with the ids of matched objects for unknown references.

        A list is resolved if it has as many unknown items as references. In other cases, a program may have
        chosen among the references, so the value stays unknown.
        """
        inputs = dict(resource.inputs)
        for name, value in resource.inputs.items():
            if not (value is UNKNOWN or (isinstance(value, list) and UNKNOWN in value)):
                continue
            ids = [self._ids.get(urn) for urn in self._references(resource, name)]
            known = [resource_id for resource_id in ids if resource_id is not None]
            if not ids or len(known) < len(ids):
                continue
            if isinstance(value, list) and value.count(UNKNOWN) == len(ids):
                left = iter(known)
                inputs[name] = [next(left) if item is UNKNOWN else item for item in value]
            elif value is UNKNOWN and len(ids) == 1 and not _is_list(_kind(resource), name):
                inputs[name] = known[0]
        return inputs


class _Index:
    """Existing objects by the values of their keys."""

    def __init__(self, existing: Iterable[Existing]) -> None:
        self._by_kind = defaultdict[str, list[Existing]](list)
        for one in existing:
            self._by_kind[one.kind.name].append(one)
        self._indexes: dict[tuple[str, tuple[str, ...]], dict[Hashable, list[Existing]]] = {}

    def find(
        self, kind: AnyKind, inputs: Mapping[str, Any], key: tuple[str, ...]
    ) -> tuple[Existing, ...]:
        """Return the objects whose key has the values of the inputs."""
        if (kind.name, key) not in self._indexes:
            index = defaultdict[Hashable, list[Existing]](list)
            for one in self._by_kind[kind.name]:
                index[_values_of(kind, complete(one), key)].append(one)
            self._indexes[kind.name, key] = index
        return tuple(self._indexes[kind.name, key].get(_values_of(kind, inputs, key), ()))


def _kind(resource: PlannedResource) -> AnyKind:
    assert resource.kind is not None, "creates are of this package"
    return resource.kind


def _memberships(existing: Iterable[Existing]) -> Iterator[Existing]:
    """Yield the members of the groups as memberships."""
    for group in existing:
        if group.kind.name != "Group" or built_in(group.item):
            continue
        for name in MEMBER_LISTS:
            member = name.removesuffix("_ids")
            for member_id in group.item.get(name) or ():
                item = {"group_id": group.id, f"{member}_id": member_id}
                kind = KINDS["GroupMembership"]
                yield Existing(kind=kind, id=f"{group.id}/{member}/{member_id}", item=item)


def _rotating_keys(existing: Iterable[Existing]) -> Iterator[Existing]:
    """Yield the API keys with a mark as rotating API keys."""
    keys = (one.item for one in existing if one.kind.name == "APIKey")
    for access_key, item in rotating_keys(keys):
        yield Existing(kind=KINDS["RotatingAPIKey"], id=access_key, item=item)


def _ids_of_objects(step: PlannedResource) -> Iterator[str]:
    """Yield the ids of the objects of a resource in the state."""
    if step.kind is not None:
        yield from (key for _, key in step.kind.objects_of(step.id, step.old_outputs))


def _chosen_key(kind: AnyKind, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the first key with a value; the only key if there is no choice."""
    keys = keys_of(kind)
    return next((key for key in keys if any(inputs.get(name) is not None for name in key)), keys[0])


def _is_vague(kind: AnyKind, inputs: Mapping[str, Any], key: tuple[str, ...]) -> bool:
    """Return whether a key has references only, and the id does not follow from the inputs."""
    references = all(isinstance(one.prop.format, UuidOf) for one in _declared(kind, key))
    return bool(key) and references and kind.overlap.id_of(inputs) is None


def _distinctions(kind: AnyKind) -> tuple[str, ...]:
    """Return the inputs that tell candidates with the same key apart: the choices and the name."""
    choices = [name for group in one_ofs(kind.inputs) for name in group.names]
    return tuple(name for name in (*choices, kind.described_by) if name in _fields_of(kind))


def _narrowed(
    kind: AnyKind, inputs: Mapping[str, Any], found: tuple[Existing, ...]
) -> tuple[Existing, ...]:
    """Return the only candidate with the same choices and the same name; else all candidates."""
    names = _distinctions(kind)
    if any(has_unknown(inputs.get(name)) for name in names):
        return found
    wanted = _values_of(kind, inputs, names)
    same = tuple(one for one in found if _values_of(kind, complete(one), names) == wanted)
    return same if len(same) == 1 else found


def _declared(kind: AnyKind, names: Iterable[str]) -> list[Field]:
    by_name = _fields_of(kind)
    return [by_name[name] for name in names]


@functools.cache
def _fields_of(kind: AnyKind) -> Mapping[str, Field]:
    return {one.name: one for one in fields(kind.inputs)}


def _is_list(kind: AnyKind, name: str) -> bool:
    declared = _fields_of(kind).get(name)
    return declared is not None and declared.container is not None


def _values_of(kind: AnyKind, props: Mapping[str, Any], names: tuple[str, ...]) -> Hashable:
    """Return equal values for equivalent properties."""
    values: list[Hashable] = []
    for one in _declared(kind, names):
        value = one.typed(props.get(one.name))
        values.append(value if value is None or one.prop.key is None else one.prop.key(value))
    return tuple(values)


def _words(names: Iterable[str]) -> str:
    return joined(name.removesuffix("_id").replace("_", " ") for name in names)


def _listed(existing: tuple[Existing, ...]) -> str:
    """Return the titles of objects, with the times of their creation."""
    titles = [
        f"{one.title} (created {created})" if (created := one.item.get("created_at")) else one.title
        for one in existing[:_MOST]
    ]
    more = len(existing) - _MOST
    return f"{', '.join(titles)} and {more} more" if more > 0 else joined(titles)
