"""Damaged states: the undamaged objects are adopted, no exception escapes, and no secret is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.adopt.pulumiverse import read_stack
from pulumi_scw_iam.adopt.recorded import SourceError
from pulumi_scw_iam.adopt.sources import with_recorded
from pulumi_scw_iam.adopt.terraform import read_terraform
from tests.support import secret_mark
from tests.support.organization_with_all import Filled, filled
from tests.support.terraform_states import membership, stack_export, terraform_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import SearchStrategy

    from pulumi_scw_iam.adopt.recorded import Recordings
    from pulumi_scw_iam.adopt.sources import Joined

FORMATS = pytest.mark.parametrize(
    ("read", "write"),
    [
        pytest.param(read_terraform, terraform_state, id="terraform"),
        pytest.param(read_stack, stack_export, id="stack"),
    ],
)

MARK = next(iter(secret_mark.SECRET))
NAMES = st.sampled_from(["id", "name", "type", "version", "resources", MARK, "plaintext"])
JSON: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["", "-", "\ud800", "\x1b]0;x\x07", "module.", "a/b/c", "2030-01-01T00:00:00Z"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def organization() -> Iterator[Filled]:
    with filled() as organization:
        yield organization


def one_of_each(organization: Filled, write: Callable[..., bytes]) -> Any:
    """Return a parsed state with an object of each kind, and with a second key."""
    found = {source.kind: source for source in organization.sources}
    key = next(source for source in organization.sources if source.kind == "APIKey")
    empty = found["Group"]
    user = found["User"].id
    member = membership(empty.id, "user", user, "member")
    return json.loads(write([*found.values(), key, member]))


def adopted(
    organization: Filled, read: Callable[..., Recordings], content: bytes
) -> tuple[Recordings, Joined] | None:
    """Read and join a state; fail if a line or a repr is malformed or has a secret."""
    try:
        recordings = read("state", content)
    except SourceError as error:
        lines, read_all = [str(error)], None
    else:
        joined = with_recorded(
            organization.items, recordings, organization.iam.default_organization_id
        )
        read_all = recordings, joined
        lines = [
            *recordings.failures,
            *recordings.notes,
            *recordings.skipped,
            *joined.failures,
            *joined.notes,
            repr(read_all),
        ]
    for line in lines:
        assert line.isprintable()
        assert line.startswith(("state: ", "("))
        assert not any(secret in line for secret in organization.secrets.values())
    return read_all


def paths(value: Any) -> list[tuple[Any, ...]]:
    """Return the paths of all values inside a JSON value."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return [(key, *path) for key, item in items for path in [(), *paths(item)]]


def damage(state: Any, at: int, replacement: Any) -> None:
    """Replace one value of a parsed state, or delete it by `...`; `at` counts the values."""
    found = paths(state)
    if not found:
        return
    *parents, last = found[at % len(found)]
    for key in parents:
        state = state[key]
    if replacement is ...:
        del state[last]
    else:
        state[last] = replacement


def encoded(state: Any) -> bytes:
    return json.dumps(state).encode()


AT = st.integers(0, 10_000)
DAMAGES = st.tuples(AT, st.just(...) | JSON)


@FORMATS
@given(damages=st.lists(DAMAGES, min_size=1, max_size=4))
def test_no_damage_ends_in_a_traceback_or_shows_a_secret(
    organization: Filled,
    read: Callable[..., Recordings],
    write: Callable[..., bytes],
    damages: list[tuple[int, Any]],
) -> None:
    state = one_of_each(organization, write)
    for at, replacement in damages:
        damage(state, at, replacement)
    adopted(organization, read, encoded(state))


@FORMATS
@given(which=AT, drawn=DAMAGES)
def test_a_damaged_resource_costs_no_other_object(
    organization: Filled,
    read: Callable[..., Recordings],
    write: Callable[..., bytes],
    which: int,
    drawn: tuple[int, Any],
) -> None:
    state = one_of_each(organization, write)
    whole = adopted(organization, read, encoded(state))
    assert whole is not None
    resources = state.get("resources") or state["deployment"]["resources"]
    ours = [resource for resource in resources if "iam" in resource["type"]]
    chosen = ours[which % len(ours)]
    before = encoded(chosen).decode()
    damage(chosen, *drawn)
    after = adopted(organization, read, encoded(state))
    assert after is not None
    left = {recorded.id for recorded in after[0].objects}
    missing = {recorded.id for recorded in whole[0].objects} - left
    assert [key for key in missing if key.rpartition("/")[2] not in before] == []


@FORMATS
@given(at=st.integers(0, 100_000), noise=st.none() | st.binary(min_size=1, max_size=8))
def test_a_cut_or_overwritten_file_is_one_line_or_read(
    organization: Filled,
    read: Callable[..., Recordings],
    write: Callable[..., bytes],
    at: int,
    noise: bytes | None,
) -> None:
    content = encoded(one_of_each(organization, write))
    at %= len(content)
    if noise is None:
        assert adopted(organization, read, content[:at]) is None
    else:
        adopted(organization, read, content[:at] + noise + content[at + len(noise) :])
