"""What the counts come to, and in which parts of time."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.figures import TARGETS, figure, figures, percentile, targets_of
from agent_session.core.instants import at, moment
from agent_session.core.measures import Tally
from agent_session.core.periods import EARLIEST, LATEST, Periods
from tests.examples import NOW, minutes_later


def a_tally(**counts: Any) -> Tally:
    tally = Tally()
    for word, value in counts.items():
        setattr(tally, word, value)
    return tally


def test_every_share_is_told_with_what_it_is_of():
    found = figures(
        a_tally(
            sessions=4,
            resumed=3,
            resumed_ended=2,
            resumed_completed=1,
            had_errors=1,
            durations=[30.0, 10.0, 20.0],
            answers=[5.0],
            approvals={("used", "web"): 2, ("used", "terminal"): 1, ("pending", ""): 1},
            delegations={("resume", "session_resumable"): 3, ("new", "timed_out"): 1},
        )
    )

    assert found == {
        "delegations": 4,
        "resume_rate": 0.75,
        "resume_success_rate": 0.5,
        "duration_seconds": {"median": 20.0, "p95": 30.0},
        "error_rate": 0.25,
        "time_to_decision_seconds": {"median": 5.0, "p95": 5.0},
        "approvals": {"pending": {"none": 1}, "used": {"terminal": 1, "web": 2}},
        "counts": {
            "delegations_resumed": 3,
            "delegations_by_reason": {"session_resumable": 3, "timed_out": 1},
            "sessions": 4,
            "sessions_resumed": 3,
            "resumed_sessions_ended": 2,
            "resumed_sessions_completed": 1,
            "sessions_with_errors": 1,
            "sessions_with_duration": 3,
            "approvals_decided": 1,
        },
    }


def test_a_share_of_nothing_is_no_figure_and_meets_no_target():
    found = figures(Tally())

    assert (found["resume_rate"], found["error_rate"]) == (None, None)
    assert found["duration_seconds"] == {"median": None, "p95": None}
    assert {each["met"] for each in targets_of(found).values()} == {None}


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("resume_rate", 0.6, False),
        ("resume_rate", 0.61, True),
        ("resume_success_rate", 0.8, False),
        ("duration_seconds.median", 299.0, True),
        ("duration_seconds.p95", 1800.0, False),
        ("error_rate", 0.1, False),
        ("error_rate", 0.09, True),
        ("storage_bytes", 100 << 20, False),
    ],
)
def test_the_published_targets_are_held_to(name: str, value: float, met: bool):
    assert TARGETS[name].is_met(value) is met


def test_each_target_is_told_with_its_bound():
    found = {**figures(a_tally(sessions=2, had_errors=1)), "storage_bytes": 5}

    assert targets_of(found)["error_rate"] == {"bound": 0.1, "better": "less", "met": False}
    assert targets_of(found)["storage_bytes"]["met"]
    assert "storage_bytes" not in targets_of(figures(Tally()))
    assert figure(found, "counts.sessions") == 2


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_that_so_many_are_not_above(
    values: list[float], percent: int
):
    found = percentile(sorted(values), percent)

    assert found in values
    assert sum(each <= found for each in values) >= len(values) * percent / 100
    below = [each for each in values if each < found]
    assert len(below) < math.ceil(len(values) * percent / 100)


def test_the_median_of_an_odd_number_is_the_median():
    values = [3.0, 1.0, 2.0]

    assert percentile(sorted(values), 50) == statistics.median(values)
    assert percentile([], 50) is None


# --- periods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "unit", "count", "second"),
    [
        (0, "hour", 1, None),
        (1, "hour", 25, "2026-01-08T19:00:00.000000Z"),
        (3, "day", 4, "2026-01-09T00:00:00.000000Z"),
        (365, "month", 13, "2026-02-01T00:00:00.000000Z"),
        (3653 * 2, "year", 21, "2027-01-01T00:00:00.000000Z"),
    ],
)
def test_a_longer_time_has_longer_parts(days: int, unit: str, count: int, second: str | None):
    first, last = at(NOW), at(minutes_later(days * 24 * 60))
    periods = Periods(first, last, None, None)

    assert (periods.unit, len(periods.starts)) == (unit, count)
    assert periods.starts[1:2] == ([second] if second else [])
    assert periods.edges[0] == EARLIEST
    assert periods.edges[-1] == LATEST
    assert len(periods.edges) == count + 1


def test_what_is_asked_for_bounds_the_first_and_the_last():
    since, until = at(minutes_later(10)), at(minutes_later(70))
    periods = Periods(since, until, since, until)

    assert periods.edges == [since, "2026-01-08T19:00:00.000000Z", until]
    assert periods.starts[0] == "2026-01-08T18:00:00.000000Z"


def test_a_time_before_the_first_is_one_part():
    assert len(Periods(at(NOW), at(minutes_later(-99)), None, None).starts) == 1


def test_the_end_of_all_time_is_reached():
    periods = Periods("9990-01-01", "9999-12-31T23:59:59", None, None)

    assert moment(periods.starts[-1]).year == 9999


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_edges_stand_in_their_order(minutes: int, more: int):
    periods = Periods(at(minutes_later(minutes)), at(minutes_later(minutes + more)), None, None)

    assert periods.edges == sorted(periods.edges)
    assert len(set(periods.edges)) == len(periods.edges)
