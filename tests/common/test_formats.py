"""Formats: equivalent texts have one spelling."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.common import formats

zones = st.integers(-23 * 60, 23 * 60).map(lambda m: timezone(timedelta(minutes=m)))
# Bounds without a time zone apply to the local time in each time zone.
FIRST, LAST = (datetime(year, 1, 1) for year in (1971, 9000))  # noqa: DTZ001
moments = st.datetimes(min_value=FIRST, max_value=LAST, timezones=zones)


@given(moment=moments, other=zones)
def test_an_instant_has_one_spelling_in_every_zone(moment: datetime, other: timezone) -> None:
    spelled = formats.instant(moment.isoformat())
    assert formats.instant(moment.astimezone(other).isoformat()) == spelled
    assert formats.instant(spelled) == spelled
    assert datetime.fromisoformat(spelled.replace("Z", "+00:00")) == moment


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2035-07-06T11:00:00+02:00", "2035-07-06T09:00:00Z"),
        ("2023-04-21T11:49:57.648653377+02:00", "2023-04-21T09:49:57.648653Z"),
        ("2030-01-31T12:00:00.500Z", "2030-01-31T12:00:00.500Z"),
        ("2030-01-31T12:00:00.000000Z", "2030-01-31T12:00:00Z"),
        ("2030-01-31t12:00:00z", "2030-01-31T12:00:00Z"),
        ("2030-01-31 12:00:00+00:00", "2030-01-31T12:00:00Z"),
    ],
)
def test_an_instant_is_spelled_as_the_api_does(text: str, spelled: str) -> None:
    assert formats.instant(text) == spelled


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("0s", "0s"),
        ("259200.000000000s", "259200s"),
        ("00060.5s", "60.500s"),
        ("0.000001s", "0.000001s"),
        ("1.0000001s", "1s"),
        ("315576000000s", "315576000000s"),
    ],
)
def test_a_duration_is_spelled_as_the_api_does(text: str, spelled: str) -> None:
    assert formats.duration(text) == spelled


@pytest.mark.parametrize(
    "text", ["", "60", "s", "-1s", "1h", "1.0000000000s", ".5s", "٣s", "60s\n"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration in seconds; write 3 days as 259200s$"):
        formats.duration(text)


@given(text=st.text())
def test_no_text_makes_a_form_fail_in_another_way_than_with_a_reason(text: str) -> None:
    for normalize in (
        formats.certificate,
        formats.duration,
        formats.instant,
        formats.email,
        formats.label,
        formats.password,
        formats.public_key,
        formats.tag,
        formats.username,
        formats.uuid_of("user"),
    ):
        try:
            spelled = normalize(text)
        except ValueError as refused:
            reason = str(refused)
        else:
            assert normalize(spelled) == spelled
            continue
        assert reason
        assert "\n" not in reason
