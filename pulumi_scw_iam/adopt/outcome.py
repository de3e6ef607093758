"""The result of the command `adopt`: lines for people, JSON, and the exit status."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_scw_iam.adopt.delivery import Delivery
from pulumi_scw_iam.adopt.objects import Adoption, Skipped
from pulumi_scw_iam.adopt.private_files import removal
from pulumi_scw_iam.adopt.survey import IN_STATE
from pulumi_scw_iam.common.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["ImportFile", "Outcome"]


@dataclass(frozen=True, kw_only=True)
class ImportFile:
    """The import file that was written."""

    path: Path
    command: str
    """The command that imports the file."""
    has_secrets: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The adopted objects, the other objects with their reasons, and the next commands."""

    organization_id: str
    adopted: tuple[Adoption, ...]
    """The objects in the import file, or imported."""
    written: tuple[str, ...] = ()
    """What the program got, one line each."""
    notes: tuple[str, ...] = ()
    """What differs from the expectation, but needs no decision; one line each."""
    open: tuple[str, ...] = ()
    """What needs a decision of a person, one line each."""
    skipped: tuple[Skipped, ...] = ()
    failures: tuple[str, ...] = ()
    """What could not be read, declared or imported, one line each."""
    import_file: ImportFile | None = None
    delivery: Delivery | None = None
    steps: tuple[str, ...] = ()
    """The commands to run next, in order."""

    @property
    def status(self) -> int:
        """The exit status: 0 everything was adopted, 3 something is open, 1 failed or incomplete."""
        status = self.delivery.status if self.delivery else 0
        if self.problems or status == 1:
            return 1
        return 3 if self.open or status else 0

    @property
    def problems(self) -> tuple[str, ...]:
        """The lines for stderr: failures, and objects that no program can declare."""
        delivery = self.delivery
        return (
            *self.failures,
            *(f"{one.existing.title}: {one.reason}" for one in self.skipped if one.is_failure),
            *((*delivery.refused, *delivery.failures) if delivery else ()),
        )

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report; each problem is a line of `problems` instead."""
        yield from self.written
        known = sum(one.reason == IN_STATE for one in self.skipped)
        if known:
            yield f"in a stack already: {counted(known, 'object')}"
        left_out = [one for one in self.skipped if not one.is_failure and one.reason != IN_STATE]
        if left_out:
            yield "not adopted:"
            yield from (f"  {one.existing.title}: {one.reason}" for one in left_out)
        yield from self.notes
        if self.open:
            yield "to decide:"
            yield from (f"  {line}" for line in self.open)
        if self.delivery:
            yield from self.delivery.lines()
        if not self.adopted:
            yield "nothing to adopt"
        file = self.import_file
        if file:
            resources = counted(len(self.adopted), "resource")
            secrets = ", with secrets in clear" if file.has_secrets else ""
            yield f"wrote {file.path}: {resources} to import{secrets}"
        if self.steps:
            yield "next:"
            yield from (f"  {step}" for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object, without secrets."""
        file = self.import_file
        return {
            "organization_id": self.organization_id,
            "adopted": [
                {"kind": adoption.kind.name, "id": adoption.id, "name": adoption.name}
                for adoption in self.adopted
            ],
            "written": list(self.written),
            "notes": list(self.notes),
            "open": list(self.open),
            "skipped": [
                {
                    "kind": one.existing.kind.name,
                    "id": one.existing.id,
                    "name": one.existing.name,
                    "reason": one.reason,
                }
                for one in self.skipped
            ],
            "failures": list(self.problems),
            "import_file": {
                "path": str(file.path),
                "has_secrets": file.has_secrets,
                "import": file.command,
                "remove": removal(file.path),
            }
            if file
            else None,
            "delivery": self.delivery.to_json() if self.delivery else None,
            "next": list(self.steps),
        }
