"""How long, and since when, as a person writes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent_session.core.durations import duration, since_when
from tests.examples import NOW


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0), ("30s", 30), ("5m", 300), ("1.5h", 5400), (".5h", 1800), ("2.h", 7200),
        ("7d", 604800), ("2w", 1209600), ("007s", 7), ("999999999s", 999999999),
    ],
)  # fmt: skip
def test_a_number_and_its_unit_are_a_duration(text: str, seconds: float):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "", "s", "5", ".s", "5 m", " 5m", "5m ", "5M", "5min", "-5m", "+5m", "1e3s", "1_0s",
        "1..5h", "1.5.h", "nans", "infs", "٣s", "³s", "0x5s", "1234567890s", "5m\n", "\0s",
        "99999999999999999999d",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str):
    with pytest.raises(ValueError, match="is no duration; give 30s, 5m, 24h or 7d"):
        duration(text)


def test_what_no_clock_can_count_is_none():
    with pytest.raises(ValueError, match="'999999999w' is no duration"):
        duration("999999999w")


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("2026-01-08T18:00:00Z", "2026-01-08T18:00:00.000000Z"),
        ("2026-01-08T18:00+02:00", "2026-01-08T16:00:00.000000Z"),
        ("2026-01-08 18:00:00.25", "2026-01-08T18:00:00.250000Z"),
        ("2026-01-08", "2026-01-08T00:00:00.000000Z"),
    ],
)
def test_a_moment_is_since_when_and_means_utc_where_it_has_no_zone(text: str, since: str):
    assert since_when(text, NOW) == since


@pytest.mark.parametrize(
    ("age", "since"),
    [
        ("0s", "2026-01-08T18:05:30.000000Z"),
        ("30m", "2026-01-08T17:35:30.000000Z"),
        ("1.5h", "2026-01-08T16:35:30.000000Z"),
        ("1w", "2026-01-01T18:05:30.000000Z"),
    ],
)
def test_an_age_is_that_long_before_now(age: str, since: str):
    assert since_when(age, NOW) == since


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "5", "5 m", "-5m", "18:00", "2026-13-01", "2026-01-08T18:00:00Z\n",
        "\0", "\ud800", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00",
    ],
)  # fmt: skip
def test_nonsense_is_no_time(text: str):
    with pytest.raises(ValueError, match="is no time; give 2026-01-08T18:00Z, or an age"):
        since_when(text, NOW)


@pytest.mark.parametrize("age", ["150000w", "999999999w"])
def test_an_age_that_begins_before_all_calendars_is_no_time(age: str):
    with pytest.raises(ValueError, match=f"'{age}' is no time"):
        since_when(age, NOW)
