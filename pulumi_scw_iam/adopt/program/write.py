"""Write the program of adopted objects, and add to the program of an earlier run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_scw_iam.adopt.names import logical_names, table_key, title_of
from pulumi_scw_iam.adopt.objects import Adoption, External
from pulumi_scw_iam.adopt.private_files import FileError, write_file
from pulumi_scw_iam.adopt.program import yaml_program
from pulumi_scw_iam.adopt.program.folder import (
    INDEX,
    Declared,
    Index,
    ProgramError,
    Scan,
    refuse_front,
    scan_of,
)
from pulumi_scw_iam.adopt.program.python import IDS, MAIN, module_of, python_files, table_of
from pulumi_scw_iam.adopt.program.terms import Context, Entry, Reference, nouns_of, resources_of
from pulumi_scw_iam.common.words import counted, quoted, shown
from pulumi_scw_iam.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pulumi_scw_iam.adopt.objects import Existing, Front

__all__ = [
    "MODULES_FROM",
    "ProgramError",
    "Written",
    "build_program",
    "names_in",
    "project_name",
    "read_texts",
    "write_program",
]

MODULES_FROM = 41
"""The number of resources from which a Python program has a module for each kind."""

_REQUIREMENTS = "requirements.txt"
_PROJECT = "Pulumi.yaml"


@dataclass(frozen=True, kw_only=True)
class Written:
    """The files of a program, and the objects in them."""

    files: Mapping[str, str]
    """The new text of each file to write, by its name."""
    added: tuple[Adoption, ...]
    """The objects that this run adds: the objects to import."""
    kept: tuple[Adoption, ...] = ()
    """The objects of earlier runs that the program still declares."""
    removed: tuple[Adoption, ...] = ()
    """The objects of earlier runs whose resources a person removed. The program stays without these objects."""

    def lines(self) -> list[str]:
        """Return the lines for the report."""
        lines = []
        if self.added:
            files = [name for name in self.files if name != INDEX]
            lines.append(f"wrote {_counted(self.added)} into {', '.join(files)}")
        if self.kept:
            lines.append(f"left {_counted(self.kept)} as the program declares them")
        lines += [
            shown(
                f"left out {adoption.existing.title}: an earlier run adopted it as"
                f" {quoted(adoption.name)}, and the program does not declare this name; to adopt it again,"
                f" remove its line from {INDEX}"
            )
            for adoption in self.removed
        ]
        return lines


def _counted(adoptions: Sequence[Adoption]) -> str:
    count = Counter(adoption.kind.name for adoption in adoptions)
    return ", ".join(counted(number, KINDS[name].noun) for name, number in count.items())


def read_texts(folder: Path) -> dict[str, str]:
    """Return the files of a folder that are part of a program, by name.

    Raises ProgramError for a file that cannot be read.
    """
    texts: dict[str, str] = {}
    if not folder.is_dir():
        return texts
    for path in sorted(folder.iterdir()):
        is_part = path.suffix == ".py" or path.name in (_PROJECT, "Main.yaml", INDEX, _REQUIREMENTS)
        if is_part and path.is_file():
            try:
                texts[path.name] = path.read_bytes().decode()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
                raise ProgramError(shown(f"{path}: {reason}")) from None
    return texts


def names_in(
    texts: Mapping[str, str],
    front: Front,
    existing: Sequence[Existing],
    externals: Mapping[str, External],
) -> list[str]:
    """Return the logical name of each object: the name of an earlier run, or a new name.

    Raises ProgramError if the program is damaged or has another front.
    """
    index, scan = _known(texts, front)
    earlier = {} if index is None else {key: name for key, (name, _) in index.objects.items()}
    taken = scan.taken()
    for (kind, _), name in earlier.items():
        taken.setdefault(kind, set()).add(name)
    new = [found for found in existing if (found.kind.name, found.id) not in earlier]
    # Old objects name new ones, as the group of a membership.
    old = {
        found.id: External(noun=found.kind.noun, id=found.id, name=title_of(found))
        for found in existing
    }
    names = dict(
        zip(
            ((found.kind.name, found.id) for found in new),
            logical_names(new, taken, {**old, **externals}),
            strict=True,
        )
    )
    return [{**names, **earlier}[found.kind.name, found.id] for found in existing]


def _known(texts: Mapping[str, str], front: Front) -> tuple[Index | None, Scan]:
    if INDEX not in texts:
        return None, Scan()
    index = Index.parse(texts[INDEX])
    refuse_front(index, front)
    return index, scan_of(front, texts)


def build_program(
    front: Front,
    adoptions: Sequence[Adoption],
    externals: Mapping[str, External],
    organization_id: str,
    *,
    project: str,
    texts: Mapping[str, str],
    target: str | None = None,
    modules_from: int = MODULES_FROM,
) -> Written:
    """Return the program for adopted objects.

    `project` is the name of the Pulumi project. `target` is the only file for new resources. `texts` has the
    files of the folder: an earlier program gets only what is new, and each of its lines stays. A first program
    of `modules_from` resources has a module for each kind. Raises ProgramError if the folder has another
    program.
    """
    if target is not None:
        _refuse_target(front, target)
    index, scan = _known(texts, front)
    if index is None:
        _refuse_files(front, texts)
    earlier = {} if index is None else index.objects
    homes = _homes(earlier, scan)
    new, kept, removed = _parted(adoptions, earlier, homes)
    has_modules = len(new) >= modules_from if index is None else index.has_modules
    has_modules = has_modules and front != "yaml"
    references = _references(new, homes, scan, has_modules, target)
    names = {(found.noun, found.id): found.name for found in externals.values()}
    names.update({(KINDS[kind].noun, key): name for (kind, key), (name, _) in earlier.items()})
    tables = _tables(front, IDS if has_modules else target or MAIN, scan, texts)
    context = Context(
        organization_id=organization_id,
        references=references,
        entries=_entries(front, names, tables),
    )
    resources = resources_of(new, context)
    files: dict[str, str] = {}
    if front == "yaml":
        file = yaml_file(texts)
        text = yaml_program.yaml_text(
            resources,
            organization_id=organization_id,
            keys={key: home.variable or "" for key, home in homes.items()},
            scan=scan,
            file=file,
            text=texts[file] if index else _header(project, "yaml"),
            is_first=index is None,
        )
        if text != texts.get(file):
            files[file] = text
        places = {resource.key: file for resource in resources}
    else:
        if index is None:
            files[_PROJECT] = _header(project, "python")
            if _REQUIREMENTS not in texts:
                files[_REQUIREMENTS] = "pulumi-scw-iam\n" if front == "python" else "pulumi\n"
        written, places = python_files(
            front,
            resources,
            organization_id=organization_id,
            has_modules=has_modules,
            target=target,
            variables={
                key: (home.file, home.variable) for key, home in homes.items() if home.variable
            },
            scan=scan,
            texts=texts,
        )
        files.update(written)
    if new or index is None:
        objects = dict(earlier)
        objects.update({r.key: (r.name, places[r.key]) for r in resources})
        files[INDEX] = Index(front=front, has_modules=has_modules, objects=objects).text()
    return Written(files=files, added=tuple(new), kept=tuple(kept), removed=tuple(removed))


def yaml_file(texts: Mapping[str, str]) -> str:
    """Return the file with the program in YAML. The language prefers `Main.yaml`."""
    return "Main.yaml" if "Main.yaml" in texts else _PROJECT


def _refuse_target(front: Front, target: str) -> None:
    name = target.removesuffix(".py")
    if front == "yaml":
        raise ProgramError("--as is for Python: a program in YAML is one file; leave --as out")
    if not (target.endswith(".py") and name.isidentifier()) or target == IDS:
        raise ProgramError(
            f"{quoted(target)} cannot be a module of the program; pass a name such as team.py"
        )


def _refuse_files(front: Front, texts: Mapping[str, str]) -> None:
    programs = [_PROJECT, "Main.yaml"] if front == "yaml" else [_PROJECT, MAIN]
    if found := [name for name in programs if name in texts]:
        raise ProgramError(
            f"the folder has another program: {' and '.join(found)}, without {INDEX}; choose an empty"
            " folder"
        )
    if front != "yaml" and (found := sorted(name for name in texts if name.endswith(".py"))):
        raise ProgramError(
            f"the folder has Python modules, such as {quoted(found[0])}; choose an empty folder"
        )


def _homes(
    earlier: Mapping[tuple[str, str], tuple[str, str]], scan: Scan
) -> dict[tuple[str, str], Declared]:
    """Return the place of each object of earlier runs that the program still declares."""
    return {
        key: scan.declared[key[0], name]
        for key, (name, _) in earlier.items()
        if (key[0], name) in scan.declared
    }


def _parted(
    adoptions: Iterable[Adoption],
    earlier: Mapping[tuple[str, str], object],
    homes: Mapping[tuple[str, str], object],
) -> tuple[list[Adoption], list[Adoption], list[Adoption]]:
    new, kept, removed = list[Adoption](), list[Adoption](), list[Adoption]()
    for adoption in adoptions:
        key = adoption.kind.name, adoption.id
        if key not in earlier:
            new.append(adoption)
        elif key in homes:
            kept.append(adoption)
        else:
            removed.append(adoption)
    return new, kept, removed


def _references(
    new: Sequence[Adoption],
    homes: Mapping[tuple[str, str], Declared],
    scan: Scan,
    has_modules: bool,
    target: str | None,
) -> dict[tuple[str, str], Reference]:
    """Return the resources with an id that the new resources can use, by noun and id."""
    references = {(a.kind.noun, a.id): Reference(a.kind.name, a.id, a.name) for a in new}
    files = {
        (noun, target or (module_of(adoption.kind) if has_modules else MAIN))
        for adoption in new
        for noun in nouns_of(adoption.kind)
    }
    for (kind, object_id), home in homes.items():
        noun = KINDS[kind].noun
        # Two files that import each other cannot use each other's variables. The main file imports all.
        is_circle = any(
            noun == referred
            and file != home.file
            and (home.file == MAIN or scan.reaches(home.file, file))
            for referred, file in files
        )
        if home.variable is not None and not is_circle:
            references[noun, object_id] = Reference(kind, object_id, home.variable)
    return references


def _tables(
    front: Front, file: str, scan: Scan, texts: Mapping[str, str]
) -> dict[str, Mapping[str, str]]:
    """Return the tables of the program by noun; `file` has the tables of a Python program."""
    nouns = {noun for kind in KINDS.values() for noun in nouns_of(kind)}
    if front == "yaml":
        file = yaml_file(texts)
        return {noun: scan.tables.get((file, yaml_program.table_of(noun)), {}) for noun in nouns}
    return {noun: scan.tables.get((file, table_of(noun)), {}) for noun in nouns}


_LONGEST_KEY = 48
_ODD = re.compile(r"[\"'\\$]")


def _entries(
    front: Front,
    names: Mapping[tuple[str, str], str],
    tables: Mapping[str, Mapping[str, str]],
) -> dict[tuple[str, str], Entry]:
    """Return the entries of the tables. Two objects with one name get a part of their ids.

    An object without a readable name has no entry: its id is written in place. An entry of the program
    stays, and no new entry has its key.
    """
    titles = {}
    for (noun, object_id), name in names.items():
        title = table_key(noun, name) if front == "yaml" else name[:_LONGEST_KEY]
        if title and noun != "organization" and title.isprintable() and not _ODD.search(title):
            titles[noun, object_id] = title
    count = Counter((noun, title) for (noun, _), title in titles.items())
    joint = "-" if front == "yaml" else " "
    entries = {}
    for (noun, object_id), title in titles.items():
        table = tables.get(noun, {})
        key = next((key for key, known in table.items() if known == object_id), None)
        if key is None:
            is_free = count[noun, title] == 1 and title not in table
            key = title if is_free else f"{title}{joint}{object_id[:8]}"
        if table.get(key, object_id) == object_id:
            entries[noun, object_id] = Entry(noun, key, object_id)
    return entries


def project_name(folder: Path) -> str:
    """Return a valid name of a Pulumi project, from the name of the folder."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-.")
    return name[:100] or "iam"


def _header(project: str, runtime: str) -> str:
    text = yaml_program.scalar(project)
    return f"name: {text}\ndescription: Scaleway IAM, as found by pulumi-scw-iam adopt\nruntime: {runtime}\n"


def write_program(
    folder: Path,
    front: Front,
    adoptions: Sequence[Adoption],
    externals: Mapping[str, External],
    organization_id: str,
    *,
    target: str | None = None,
) -> Written:
    """Write the program for adopted objects into a folder, or add what is new.

    `target` is the only file for new resources. Each file is replaced whole, the index last. Raises ProgramError
    if the folder has another program or cannot be written.
    """
    written = build_program(
        front,
        adoptions,
        externals,
        organization_id,
        project=project_name(folder),
        texts=read_texts(folder),
        target=target,
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in sorted(written.files.items(), key=lambda item: item[0] == INDEX):
            # The file of a link, not the link.
            write_file((folder / name).resolve(), text)
    except FileError as error:
        raise ProgramError(str(error)) from None
    except OSError as error:
        raise ProgramError(shown(f"{error.filename or folder}: {error.strerror}")) from None
    return written
