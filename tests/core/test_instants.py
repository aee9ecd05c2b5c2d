"""Moments as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import at, moment, seconds_between

SAME = "2026-01-08T18:05:30.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-08T18:05:30Z",
        "2026-01-08T18:05:30",
        "2026-01-08 18:05:30.000000",
        "2026-01-08T20:05:30+02:00",
        "20260108T180530Z",
    ],
)
def test_any_iso_8601_moment_is_read_and_written_in_one_spelling(text: str):
    assert at(moment(text)) == SAME


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", None, 7, "9" * 5000])
def test_what_is_no_moment_is_refused(text: object):
    with pytest.raises(InvalidValueError, match="no ISO 8601 time"):
        moment(text)


def test_a_moment_beyond_the_calendar_is_refused():
    with pytest.raises(InvalidValueError):
        moment("0001-01-01T00:00:00+14:00")


@given(st.datetimes(), st.datetimes(), st.integers(-12, 12))
def test_the_order_of_the_texts_is_the_order_of_the_moments(
    one: datetime, other: datetime, hours: int
):
    zone = timezone(timedelta(hours=hours))
    one, other = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC)
    if timedelta(days=2) < one - datetime.min.replace(tzinfo=UTC) and one.year < 9999:
        assert (at(one.astimezone(zone)) < at(other)) == (one < other)


def test_seconds_between_are_never_negative():
    assert seconds_between(SAME, "2026-01-08T18:05:31.500000Z") == 1.5
    assert seconds_between("2026-01-08T18:05:31Z", SAME) == 0.0
