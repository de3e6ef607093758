"""The bundled and the user's own catalogue of permission sets, and corrections of wrong names."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_scw_iam.common.permission_sets import (
    FILE_VARIABLE,
    Catalogue,
    PermissionSet,
    bundled,
    catalogue,
    changes,
    dumped,
    meant,
    own_file,
    refreshed,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_scw_iam.api import types

KNOWN = bundled().by_name


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the path of the user's own catalogue; the file does not exist yet."""
    path = tmp_path / "own.json"
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    catalogue.cache_clear()
    yield path
    catalogue.cache_clear()


def test_the_bundled_file_is_as_it_would_be_written() -> None:
    file = files("pulumi_scw_iam.common").joinpath("permission_sets.json")
    assert dumped(bundled()) == file.read_text("utf-8")


def test_old_names_are_no_names_of_today_and_new_ones_are() -> None:
    renames, gone = bundled().renames, bundled().gone
    assert gone == {"SmartLabelingReadOnly", "SmartLabelingFullAccess"}
    assert renames["AllResourcesReadOnly"] == "AllProductsReadOnly"
    assert set(renames) & KNOWN.keys() == set()
    assert gone & (KNOWN.keys() | renames.keys()) == set()
    assert set(renames.values()) <= KNOWN.keys()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # The most similar current name would be DataWarehouseFullAccess.
        ("DatabaseFullAccess", "RelationalDatabasesFullAccess"),
        ("databasefullaccess", "RelationalDatabasesFullAccess"),
        ("IOTReadOnly", "IoTReadOnly"),
        ("iamreadonly", "IAMReadOnly"),
        ("IAMReadOnyl", "IAMReadOnly"),
        ("RelationalDatabaseFullAccess", "RelationalDatabasesFullAccess"),
        ("InstanceReadAccess", "InstancesReadOnly"),
        # The most similar name, ContainersFullAccess, grants more than reading.
        ("ContainersReadAccess", "ContainersReadOnly"),
        ("SmartLabelingReadOnly", None),
        ("", None),
        ("x" * 10_000, None),
    ],
)
def test_a_wrong_name_meant_its_new_name_or_one_much_like_it(wrong: str, right: str | None) -> None:
    assert meant(wrong, KNOWN) == right


def test_a_wrong_name_never_meant_one_that_is_not_known() -> None:
    assert meant("DatabaseFullAccess", ["IAMReadOnly"]) is None
    assert meant("DatabaseFullAccess", []) is None


def test_the_users_own_catalogue_counts_unless_the_bundled_one_is_newer(own: Path) -> None:
    assert catalogue() is bundled()
    subset = {"IAMReadOnly": KNOWN["IAMReadOnly"]}
    for as_of, newer in [("2999-01-01", True), (bundled().as_of, True), ("2026-11-22", False)]:
        own_catalogue = replace(bundled(), as_of=as_of, by_name=subset)
        write(own_catalogue, own)
        catalogue.cache_clear()
        assert catalogue() == (own_catalogue if newer else bundled())


GOOD: dict[str, Any] = {
    "version": 1,
    "as_of": "2999-01-01",
    "permission_sets": [{"name": "A", "scope_type": "projects", "category": "c"}],
}


def test_renames_may_be_left_out_of_a_file(own: Path) -> None:
    own.write_text(json.dumps(GOOD))
    by_name = {"A": PermissionSet("A", "projects", "c")}
    assert catalogue() == Catalogue(1, "2999-01-01", by_name, {}, frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "null",
        "[]",
        "{}",
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "as_of": None}),
        json.dumps({**GOOD, "as_of": "tomorrow"}),
        json.dumps({**GOOD, "permission_sets": None}),
        json.dumps({**GOOD, "permission_sets": [{"name": "A"}]}),
        json.dumps({**GOOD, "permission_sets": [{**GOOD["permission_sets"][0], "name": 1}]}),
        json.dumps({**GOOD, "renames": []}),
        json.dumps({**GOOD, "renames": {"A": 1}}),
        json.dumps({**GOOD, "gone": 1}),
        json.dumps({**GOOD, "gone": [["A"]]}),
    ],
)
def test_a_file_that_is_no_catalogue_is_as_good_as_none(own: Path, text: str) -> None:
    own.write_text(text)
    assert catalogue() is bundled()


def test_a_file_that_cannot_be_read_is_as_good_as_none(own: Path) -> None:
    own.mkdir()
    assert catalogue() is bundled()
    own.rmdir()
    own.write_bytes(b"\xff")
    catalogue.cache_clear()
    assert catalogue() is bundled()


def test_the_own_file_is_in_the_users_cache_or_where_the_environment_says() -> None:
    home = {"HOME": "/home/a"}
    cache = {**home, "XDG_CACHE_HOME": "/cache"}
    named = {**cache, FILE_VARIABLE: "/elsewhere.json"}
    assert str(own_file(home)) == "/home/a/.cache/pulumi-scw-iam/permission_sets.json"
    assert str(own_file(cache)) == "/cache/pulumi-scw-iam/permission_sets.json"
    assert str(own_file(named)) == "/elsewhere.json"


def live(name: str, scope_type: Any, categories: list[str] | None) -> types.PermissionSet:
    return {
        "id": "",
        "name": name,
        "scope_type": scope_type,
        "description": "",
        "categories": categories,
    }


def test_a_refresh_keeps_the_place_and_the_product_of_known_sets() -> None:
    old = replace(
        bundled(),
        by_name={
            "B": PermissionSet("B", "projects", "b"),
            "Old": PermissionSet("Old", "projects", "o"),
            "A": PermissionSet("A", "projects", "a"),
        },
    )
    answer = [
        live("A", "organization", ["other words"]),
        live("B", "projects", None),
        live("New", "projects", ["x", "y"]),
        live("Newest", "account_root_user", None),
    ]
    new = refreshed(old, answer, date(2030, 1, 2))
    a, b = PermissionSet("A", "organization", "a"), PermissionSet("B", "projects", "b")
    added = (
        PermissionSet("New", "projects", "x, y"),
        PermissionSet("Newest", "account_root_user", ""),
    )
    assert new == replace(
        old, as_of="2030-01-02", by_name={entry.name: entry for entry in (b, a, *added)}
    )
    assert list(new.by_name) == ["B", "A", "New", "Newest"]
    assert changes(old, new) == (added, (old.by_name["Old"],), ((old.by_name["A"], a),))
    assert changes(new, new) == ((), (), ())


def test_a_write_replaces_the_file_that_a_link_leads_to_and_leaves_nothing_else(
    tmp_path: Path,
) -> None:
    real, link = tmp_path / "deep" / "down" / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    for as_of in ("2030-01-01", "2030-01-02"):
        new = replace(bundled(), as_of=as_of)
        write(new, link)
        assert link.is_symlink()
        assert real.read_text("utf-8") == dumped(new)
    assert [path.name for path in real.parent.iterdir()] == ["real.json"]


def test_a_write_that_fails_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        write(bundled(), taken)
    assert list(tmp_path.rglob("*")) == [taken]
