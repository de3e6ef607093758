"""SBOMs: the packages of an artifact, with their licences, hashes and requirements."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.release.sbom import sbom

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path, name: str, version: str, *metadata: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        # The time of the file would change the hash.
        information = zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA")
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *metadata]
        archive.writestr(information, "\n".join(lines) + "\n\nName: not-this\n")
    return path


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    return [
        wheel(
            tmp_path,
            "ours",
            "1.2.3",
            "License-Expression: Apache-2.0",
            "Requires-Dist: some.package<2,>=1",
            "Requires-Dist: absent>=1",
            "Requires-Dist: only-for-tests; extra == 'dev'",
        ),
        wheel(
            tmp_path,
            "Some_Package",
            "1.0",
            "License: a text",
            " of several lines",
            "Classifier: License :: OSI Approved :: MIT License",
        ),
    ]


def parsed(text: str) -> dict[str, Any]:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document: dict[str, Any] = json.loads(text)
    return document


def test_an_archive_contains_its_wheels(tmp_path: Path, wheels: list[Path]) -> None:
    archive = tmp_path / "plugin.tar.gz"
    archive.write_bytes(b"archive")
    found = parsed(sbom(archive, wheels, 1_700_000_000))
    assert found["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert found["metadata"]["component"] == {
        "bom-ref": "plugin.tar.gz",
        "hashes": [
            {
                "alg": "SHA-256",
                "content": "0eb3e36bfb24dcd9bb1d1bece1531216b59539a8fde17ee80224af0653c92aa3",
            }
        ],
        "name": "plugin.tar.gz",
        "type": "application",
    }
    ours, other = (file.name for file in wheels)
    assert [
        (part["bom-ref"], part["name"], part["version"], part["purl"], part["licenses"])
        for part in found["components"]
    ] == [
        (
            other,
            "Some_Package",
            "1.0",
            f"pkg:pypi/some-package@1.0?file_name={other}",
            [{"license": {"name": "MIT License"}}],
        ),
        (
            ours,
            "ours",
            "1.2.3",
            f"pkg:pypi/ours@1.2.3?file_name={ours}",
            [{"license": {"id": "Apache-2.0"}}],
        ),
    ]
    assert found["dependencies"] == [
        {"ref": other},
        {"ref": ours, "dependsOn": [other]},
        {"ref": "plugin.tar.gz", "dependsOn": [other, ours]},
    ]


def test_the_wheel_names_what_it_requires_and_does_not_contain(wheels: list[Path]) -> None:
    found = parsed(sbom(wheels[0], wheels[:1], 0, declared=True))
    assert found["metadata"]["component"]["name"] == "ours"
    assert found["components"] == [
        {"bom-ref": name, "name": name, "purl": f"pkg:pypi/{name}", "type": "library"}
        for name in ("absent", "some-package")
    ]
    assert found["dependencies"] == [
        {"ref": "absent"},
        {"ref": wheels[0].name, "dependsOn": ["absent", "some-package"]},
        {"ref": "some-package"},
    ]


def test_equal_input_gives_equal_text(wheels: list[Path]) -> None:
    texts = {sbom(wheels[0], order, 0) for order in (wheels, wheels[::-1]) for _ in range(3)}
    assert len(texts) == 1
