"""Archives: equal content gives equal bytes."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tools.release.archive import Member, write

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MEMBERS = st.dictionaries(
    st.text("abc/", min_size=1, max_size=9).filter(lambda name: name.strip("/")),
    st.builds(Member, st.binary(max_size=99), st.booleans()),
)


def test_the_order_of_the_files_and_the_name_of_the_archive_do_not_count(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("archives")

    @given(MEMBERS, st.integers(0, 2**32 - 1))
    def equal(members: dict[str, Member], time: int) -> None:
        write(folder / "first.tar.gz", members, time)
        write(folder / "second.tar.gz", dict(reversed(members.items())), time)
        first, second = ((folder / f"{name}.tar.gz").read_bytes() for name in ("first", "second"))
        assert first == second

    equal()


def test_the_files_of_an_archive_have_no_owner_and_the_time_of_the_commit(tmp_path: Path) -> None:
    target = tmp_path / "a.tar.gz"
    write(target, {"lib/b": Member(b"data"), "a": Member(b"#!", executable=True)}, 1_700_000_000)
    with tarfile.open(target) as archive:
        found = [(file.name, file.mode, file.uid, file.uname, file.mtime) for file in archive]
    assert found == [("a", 0o755, 0, "", 1_700_000_000), ("lib/b", 0o644, 0, "", 1_700_000_000)]
    assert target.read_bytes()[4:8] == (1_700_000_000).to_bytes(4, "little")
