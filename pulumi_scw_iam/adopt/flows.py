"""The two ways to adopt: write a program for objects, or find the objects of a program."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pulumi_scw_iam.adopt.adoption import adopt_all
from pulumi_scw_iam.adopt.delivery import DeliveryError, deliver
from pulumi_scw_iam.adopt.engine import Engine, import_command
from pulumi_scw_iam.adopt.import_file import ImportEntry, holds_secrets, import_document
from pulumi_scw_iam.adopt.outcome import ImportFile, Outcome
from pulumi_scw_iam.adopt.private_files import FileError, removal, write_file, write_private
from pulumi_scw_iam.adopt.program.folder import INDEX, Index
from pulumi_scw_iam.adopt.program.formatter import find_formatter
from pulumi_scw_iam.adopt.program.write import names_in, read_texts, write_program
from pulumi_scw_iam.adopt.sources import with_recorded
from pulumi_scw_iam.adopt.survey import ADOPTED, Selection, read_objects, survey
from pulumi_scw_iam.states.stack_state import StackState, parse_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_scw_iam.adopt.objects import Front, Survey
    from pulumi_scw_iam.adopt.recorded import Recordings
    from pulumi_scw_iam.api.client import IamClient

__all__ = ["IMPORT_FILE", "Options", "adopt_into_folder", "with_import_file"]

IMPORT_FILE = "import.json"
"""The name of the import file in the folder of the program."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command that both ways share."""

    organization_id: str
    defaults: Mapping[str, str | None]
    """The settings that are the defaults of unset inputs in the program."""
    states: tuple[StackState, ...] = ()
    selection: Selection
    stack: str | None = None
    """The stack to import into; None to write the import file only."""
    import_file: Path | None = None
    """The import file to write instead of the import."""
    applies: bool = False
    """Whether to change the state by `pulumi stack import`."""
    checks: bool = True
    force: bool = False
    """Whether files with secrets may be inside a git work tree."""
    progress: Callable[[str], None] = lambda _: None
    terminal: TextIO | None = None
    """The stream for the output of an import; None to show the output of a failed import only."""


def adopt_into_folder(
    client: IamClient,
    folder: Path,
    options: Options,
    *,
    front: Front | None = None,
    file: str | None = None,
    recordings: Recordings | None = None,
) -> Outcome:
    """Write the program for existing objects into a folder, and import the objects.

    `recordings` are the objects of another tool; by default, all objects are adopted. `front` is None for
    the front of the earlier program, or else Python classes. `file` is the only file for the resources.

    Raises ProgramError if the folder cannot get the program, or the formatter is missing, and EngineError for a stack that cannot be
    read.
    """
    texts = read_texts(folder)
    front = front or _front_of(texts)
    if front != "yaml":
        find_formatter()
    states = list(options.states)
    if options.stack and "Pulumi.yaml" in texts:
        states.append(_state_of(Engine.find(folder, options.stack)))
    chosen, notes = _chosen(client, options, states, recordings)
    names = names_in(texts, front, chosen.existing, chosen.externals)
    adoptions, wrong = adopt_all(chosen.existing, names, options.defaults)
    written = write_program(
        folder, front, adoptions, chosen.externals, chosen.organization_id, target=file
    )
    if written.kept and not states:
        notes += (
            f"{IMPORT_FILE} has the objects of earlier runs too; pass --stack or --state to leave out what a"
            " stack has",
        )
    adopted = (*written.added, *written.kept)
    outcome = Outcome(
        organization_id=chosen.organization_id,
        adopted=adopted,
        written=tuple(written.lines()),
        notes=notes,
        skipped=(*chosen.skipped, *wrong),
        failures=chosen.failures,
    )
    entries = [ImportEntry(adoption=adoption) for adoption in adopted]
    return _brought(outcome, folder, front, entries, options)


def _chosen(
    client: IamClient,
    options: Options,
    states: Sequence[StackState],
    recordings: Recordings | None,
) -> tuple[Survey, tuple[str, ...]]:
    """Return the objects to adopt, and the notes about them."""
    if recordings is None:
        kinds = options.selection.kinds or ADOPTED
        objects = read_objects(client, options.organization_id, kinds, progress=options.progress)
        return survey(objects, states, options.selection), ()
    kinds = tuple({recorded.kind.name for recorded in recordings.objects})
    objects = read_objects(client, options.organization_id, kinds, progress=options.progress)
    # A policy whose rules could not be read is a failure already.
    readable = [one for one in recordings.objects if one.id not in objects.unread]
    joined = with_recorded(
        objects.by_kind, replace(recordings, objects=tuple(readable)), options.organization_id
    )
    chosen = survey(objects, states, options.selection, existing=joined.existing)
    failures = (*chosen.failures, *recordings.failures, *joined.failures)
    notes = (*recordings.skipped, *recordings.notes, *joined.notes)
    return replace(chosen, failures=failures), notes


def _brought(
    outcome: Outcome, folder: Path, front: Front, entries: Sequence[ImportEntry], options: Options
) -> Outcome:
    """Return the outcome after the import into a stack, or after the import file was written.

    Raises EngineError for a stack that cannot be read.
    """
    if not entries:
        return outcome
    if options.stack is None or options.import_file is not None:
        steps = [] if folder == Path() else [f"cd {shlex.quote(str(folder))}"]
        if front == "native":
            # docs/guide/native.md explains the two commands.
            steps += [
                'cp -R "$(pulumi-scw-iam path plugin)" scw-iam-plugin',
                "pulumi package add ./scw-iam-plugin",
            ]
        if options.stack is None:
            steps.append("pulumi stack init NAME")
        path = options.import_file or folder / IMPORT_FILE
        return with_import_file(outcome, import_document(entries, front), path, options, steps)
    engine = Engine.find(folder, options.stack, terminal=options.terminal)
    try:
        delivery = deliver(
            engine,
            entries,
            front,
            way="apply" if options.applies else None,
            checks=options.checks,
            progress=options.progress,
        )
    except DeliveryError as error:
        return replace(outcome, failures=(*outcome.failures, str(error)))
    return replace(outcome, delivery=delivery)


def with_import_file(
    outcome: Outcome,
    document: Mapping[str, Any],
    path: Path,
    options: Options,
    steps: Sequence[str] = (),
) -> Outcome:
    """Write the import file; return the outcome with the commands to run next.

    `steps` are the commands before the import, from the folder of the command.
    """
    content = f"{json.dumps(document, indent=2)}\n"
    has_secrets = holds_secrets(document)
    try:
        if has_secrets:
            write_private(path, content, force=options.force)
        else:
            write_file(path, content)
    except FileError as error:
        cure = "or import without a file: pass --stack NAME" if has_secrets else "and run again"
        return replace(outcome, failures=(*outcome.failures, f"{error}; {cure}"))
    # The commands run in the folder of the program.
    is_inside = bool(steps) and path.name == IMPORT_FILE and options.import_file is None
    there = Path(path.name) if is_inside else path.resolve()
    command = import_command(there, options.stack, count=len(outcome.adopted))
    selected = f" --stack {shlex.quote(options.stack)}" if options.stack else ""
    return replace(
        outcome,
        import_file=ImportFile(path=path, command=command, has_secrets=has_secrets),
        steps=(
            *steps,
            command,
            f"pulumi refresh --preview-only{selected}",
            f"pulumi preview --expect-no-changes{selected}",
            removal(there),
        ),
    )


def _front_of(texts: Mapping[str, str]) -> Front:
    """Return the front of the earlier program, or else Python classes."""
    return Index.parse(texts[INDEX]).front if INDEX in texts else "python"


def _state_of(engine: Engine) -> StackState:
    """Return the state of a stack."""
    return parse_state(f"stack {engine.stack}", json.dumps(engine.export()).encode())
