"""SBOMs in CycloneDX JSON: the packages that an artifact contains, with versions, licences and hashes."""

from __future__ import annotations

import hashlib
import re
import uuid
import zipfile
from datetime import datetime, timezone
from email.parser import BytesParser
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message
    from pathlib import Path

__all__ = ["sbom"]


def sbom(artifact: Path, wheels: Iterable[Path], time: int, *, declared: bool = False) -> str:
    """Return the SBOM of an artifact that contains these wheels. Equal input gives equal text.

    With `declared`, the SBOM also has the requirements outside the artifact, without versions.
    """
    metadata = {wheel: _metadata(wheel) for wheel in wheels}
    components = {wheel: _component(wheel, facts) for wheel, facts in metadata.items()}
    contained = {canonicalize_name(component.name) for component in components.values()}
    required = {wheel: _requirements(facts) for wheel, facts in metadata.items()}
    missing = set().union(*required.values()) - contained if declared else set()
    others = [
        Component(name=name, bom_ref=name, purl=PackageURL("pypi", None, name)) for name in missing
    ]
    subject = components.get(artifact) or Component(
        name=artifact.name,
        type=ComponentType.APPLICATION,
        bom_ref=artifact.name,
        hashes=[_hash(artifact)],
    )
    # Time and random numbers would differ from build to build.
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, _hash(artifact).content))
    bom.metadata.timestamp = datetime.fromtimestamp(time, timezone.utc)
    bom.metadata.component = subject
    bom.components.update({*components.values(), *others} - {subject})
    if artifact not in components:
        bom.register_dependency(subject, components.values())
    for wheel, component in components.items():
        bom.register_dependency(
            component,
            [
                other
                for other in (*components.values(), *others)
                if canonicalize_name(other.name) in required[wheel]
            ],
        )
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _requirements(metadata: Message) -> set[str]:
    """Return the names of the packages that a package requires without an extra."""
    requirements = map(Requirement, metadata.get_all("Requires-Dist") or ())
    return {
        canonicalize_name(requirement.name)
        for requirement in requirements
        if "extra" not in str(requirement.marker)
    }


def _component(wheel: Path, metadata: Message) -> Component:
    name, version = metadata["Name"], metadata["Version"]
    licence = metadata["License-Expression"] or _declared_licence(metadata)
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=wheel.name,
        purl=PackageURL("pypi", None, canonicalize_name(name), version, {"file_name": wheel.name}),
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        hashes=[_hash(wheel)],
    )


def _declared_licence(metadata: Message) -> str | None:
    """Return the licence of a package without an expression: the field, if it is short, or the classifier."""
    field = metadata["License"] or ""
    if field and "\n" not in field:
        return field
    classifiers = [
        re.sub(".* :: ", "", line)
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return " or ".join(classifiers) or None


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (
            name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)
        )
        return BytesParser().parsebytes(archive.read(name), headersonly=True)


def _hash(file: Path) -> HashType:
    return HashType(
        alg=HashAlgorithm.SHA_256, content=hashlib.sha256(file.read_bytes()).hexdigest()
    )
