"""Adopt the objects of an existing program: preview, match, import, check."""

from __future__ import annotations

import functools
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.delivery import Delivery, DeliveryError, check_stack, deliver
from pulumi_scw_iam.adopt.engine import Engine, EngineError
from pulumi_scw_iam.adopt.flows import with_import_file
from pulumi_scw_iam.adopt.import_file import Component, ImportEntry, resource_properties
from pulumi_scw_iam.adopt.outcome import Outcome
from pulumi_scw_iam.adopt.program_first import adopt_program, read_program
from pulumi_scw_iam.adopt.state import Placed, StackContent
from pulumi_scw_iam.adopt.survey import read_objects, survey
from pulumi_scw_iam.common.errors import NotFound, PermissionDenied
from pulumi_scw_iam.common.words import counted, quoted
from pulumi_scw_iam.core.checks import ADOPTING
from pulumi_scw_iam.core.marks import SECRET, SIGNATURE
from pulumi_scw_iam.kinds.shared import secret_sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_scw_iam.adopt.delivery import Way
    from pulumi_scw_iam.adopt.flows import Options
    from pulumi_scw_iam.adopt.objects import Front
    from pulumi_scw_iam.adopt.program_first import Matched, ProgramFirst
    from pulumi_scw_iam.api.client import IamClient
    from pulumi_scw_iam.kinds.shared.secret_sink import Version
    from pulumi_scw_iam.states.preview import PlannedResource

__all__ = [
    "adopt_declared",
    "components_of",
    "deliver_program",
    "entry_of",
    "front_of",
    "program_document",
]


_STREAMS = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
"""The variable for another form of the output; a user may have set it."""


def adopt_declared(client: IamClient, folder: Path, options: Options) -> Outcome:
    """Import the existing objects that the program in a folder declares into its stack, and check the stack.

    With `options.import_file`, the import file is written instead.

    Raises EngineError for a stack that cannot be read, and PreviewError if the preview fails.
    """
    engine = Engine.find(folder, options.stack, terminal=options.terminal)
    options.progress("running pulumi preview")
    environ = {**engine.environ, ADOPTING: "1", _STREAMS: "0"}
    preview = read_program(replace(engine, environ=environ).preview)
    objects = read_objects(client, options.organization_id, progress=options.progress)
    chosen = survey(objects, options.states)
    found = adopt_program(preview, chosen, functools.cache(functools.partial(_versions, client)))
    outcome = Outcome(
        organization_id=options.organization_id,
        adopted=tuple(one.adoption for one in found.matched),
        notes=tuple(found.notes()),
        open=tuple(f"{one.title}: {one.reason}" for one in found.open),
        failures=chosen.failures,
    )
    if not found.matched:
        return outcome
    if options.import_file is not None:
        steps = [] if folder == Path() else [f"cd {shlex.quote(str(folder))}"]
        return with_import_file(
            outcome, program_document(found), options.import_file, options, steps
        )
    try:
        delivery = deliver_program(
            engine,
            found,
            way="apply" if options.applies else None,
            checks=options.checks,
            progress=options.progress,
        )
    except DeliveryError as error:
        return replace(outcome, failures=(*outcome.failures, str(error)))
    return replace(outcome, delivery=delivery)


def _versions(client: IamClient, secret_id: str) -> Mapping[str, Version]:
    """Return the versions of a secret by access key; nothing if the secret cannot be read."""
    try:
        return secret_sink.versions_of(client, secret_id)
    except (NotFound, PermissionDenied):
        return {}


def front_of(resource: PlannedResource) -> Front:
    """Return the front of a resource. Programs in YAML and in Python use the plugin alike."""
    return "python" if resource.front == "dynamic" else "native"


def entry_of(one: Matched) -> ImportEntry:
    """Return a matched object as a resource to import."""
    resource = one.resource
    return ImportEntry(
        adoption=one.adoption,
        parent=resource.parent or None,
        provider=resource.provider or None,
        secrets=resource.secrets,
    )


def components_of(found: ProgramFirst) -> list[Component]:
    """Return the new components of a program, parents first."""
    return [Component(urn=one.urn, parent=one.parent or None) for one in found.components]


def program_document(found: ProgramFirst) -> dict[str, Any]:
    """Return the content of an import file for the matched objects of a program.

    Every resource is named by its URN: parents and providers may be in the file, or in the stack.
    """
    resources = [_around(one) for one in (*found.providers, *found.components)]
    resources += [_resource(one) for one in found.matched]
    used = {one[key] for one in resources for key in ("parent", "provider") if key in one}
    existing = used - {one["name"] for one in resources}
    table = {"nameTable": {urn: urn for urn in sorted(existing)}} if existing else {}
    return {**table, "resources": resources}


def _resource(one: Matched) -> dict[str, Any]:
    inputs, outputs = resource_properties(entry_of(one), front_of(one.resource))
    return {**_named(one.resource), "id": one.adoption.id, "inputs": inputs, "outputs": outputs}


def _around(resource: PlannedResource) -> dict[str, Any]:
    """Return a new component, or a new provider with its settings."""
    if not resource.custom:
        return {**_named(resource), "component": True}
    secrets = {path.partition(".")[0] for path in resource.secrets}
    inputs = {
        name: {SIGNATURE: SECRET, "plaintext": json.dumps(value)} if name in secrets else value
        for name, value in resource.inputs.items()
    }
    return {**_named(resource), "inputs": inputs}


def _named(resource: PlannedResource) -> dict[str, Any]:
    urns = {"parent": resource.parent, "provider": resource.provider}
    return {
        "type": resource.type,
        "name": resource.urn,
        "logicalName": resource.name,
        **{name: urn for name, urn in urns.items() if urn},
    }


def deliver_program(
    engine: Engine,
    found: ProgramFirst,
    *,
    way: Way | None = None,
    checks: bool = True,
    progress: Callable[[str], None] | None = None,
) -> Delivery:
    """Bring the matched objects into the stack of the program, and check the stack.

    As `deliver`. `pulumi import` also creates new providers, and takes a new resource as a parent. The other way
    refuses resources with either.
    """
    fronts = {front_of(one.resource) for one in found.matched}
    way = way or ("import" if engine.takes_inputs else "apply")
    if way == "apply" and len(fronts) > 1:
        raise DeliveryError(
            "the program uses the Python classes and the plugin, which only `pulumi import` can import together;"
            " use pulumi 3.254 or newer"
        )
    if way == "apply" or not engine.takes_inputs or not found.matched:
        return deliver(
            engine,
            [entry_of(one) for one in found.matched],
            fronts.pop() if fronts else "native",
            components=components_of(found),
            way=way,
            checks=checks,
            progress=progress,
        )
    placed = tuple(Placed(urn=one.resource.urn, entry=entry_of(one)) for one in found.matched)
    if progress is not None:
        progress(f"importing {counted(len(placed), 'resource')}")
    try:
        engine.import_resources(program_document(found))
    except EngineError as error:
        known = StackContent(engine.export(), engine.stack, engine.project).by_urn
        done = sum(one.urn in known for one in placed)
        state = (
            f"{done} of {len(placed)} resources were imported" if done else "nothing was imported"
        )
        raise DeliveryError(f"{error}; {state} into {quoted(engine.stack)}", error.output) from None
    findings, failures = check_stack(engine, placed, progress) if checks else ([], [])
    return Delivery(
        way=way,
        stack=engine.stack,
        imported=placed,
        findings=tuple(findings),
        failures=tuple(failures),
        checked=checks,
    )
