"""What is counted of sessions, approvals and delegations."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core.approvals import STATUSES
from agent_session.core.delegations import delegation, delegation_in
from agent_session.core.instants import at
from agent_session.core.measures import (
    MeasuredApproval,
    Tallying,
    earliest_of,
    measured,
    measured_approvals,
    measured_session,
    tally_of,
)
from tests.examples import a_record, applied, minutes_later
from tests.stores.approvals import asked, decided

NOW = at(minutes_later(60))
EDGES = [at(minutes_later(each)) for each in (0, 10, 20)]


def begun(*minutes: float) -> list[dict[str, Any]]:
    return [{"started_at": at(minutes_later(each))} for each in minutes]


def nothing() -> list[Any]:
    raise AssertionError("nobody needs to know")


# --- sessions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turns", "resumed"), [((), False), ((0,), False), ((0, 5), True), ((3, 5), True)]
)
def test_two_turns_that_began_apart_are_a_resume(turns: tuple[float, ...], resumed: bool):
    assert measured_session(a_record(turns=begun(*turns)), nothing).resumed is resumed


@pytest.mark.parametrize(("earlier", "resumed"), [((5,), False), ((0,), True), ((), False)])
def test_where_turns_may_be_gone_the_past_tells(earlier: tuple[float, ...], resumed: bool):
    record = a_record(turns=begun(5))
    past = [a_record(turns=begun(*earlier)), record]

    assert measured_session(record, lambda: past).resumed is resumed


def test_a_session_is_measured_by_how_it_ended():
    ended = a_record(phase="failed", duration_seconds=9.0, error_count=1)

    assert measured_session(ended, nothing).values() == {
        "created_at": ended["created_at"],
        "agent_name": "unknown",
        "ended": True,
        "completed": False,
        "resumed": False,
        "had_errors": True,
        "duration": 9.0,
    }
    assert measured_session(a_record(phase="completed"), nothing).completed


# --- approvals --------------------------------------------------------------------------------


def test_an_approval_is_measured_by_its_answer():
    record = applied(a_record(), asked(1, 1), asked(2, 2), decided(1, 4))
    answered, waiting = measured_approvals(record, nothing)

    assert (answered.status, answered.strength, answered.seconds) == (
        "approved",
        "chat",
        180,
    )
    assert (waiting.status, waiting.strength, waiting.seconds) == ("pending", None, None)
    assert answered.values()["requested_at"] == at(minutes_later(1))


def test_those_that_the_record_has_dropped_are_told_by_its_past():
    ended = [
        {**applied(a_record(), asked(each, 1))["approvals"][0], "status": "used"}
        for each in range(7)
    ]
    past = [a_record(approvals=ended[:4]), a_record(approvals=ended[2:])]

    found = measured_approvals(past[-1], lambda: past)

    assert sorted(each.id for each in found) == sorted(each["id"] for each in ended)


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_open_expires_by_the_clock(status: str):
    asked = MeasuredApproval(
        "ap-1", EDGES[0], "x", status=status, ends_at=NOW, strength=None, seconds=None
    )
    is_open = status in {"pending", "approved"}

    assert asked.status_at(at(minutes_later(59))) == status
    assert asked.status_at(NOW) == ("expired" if is_open else status)


# --- counting ---------------------------------------------------------------------------------


def _two() -> list[Any]:
    first = applied(a_record(agent_name="x"), asked(1, 12), decided(1, 13))
    second = a_record(
        agent_name="y",
        created_at=at(minutes_later(10)),
        phase="completed",
        turns=begun(10, 11),
        duration_seconds=60.0,
        error_count=2,
    )
    return [measured(each, nothing) for each in (first, second)]


def _lines() -> list[Any]:
    return [
        delegation(at(minutes_later(5)), "x", None, "session_resumable", "a", resume=True),
        delegation(at(minutes_later(15)), None, None, "timed_out", None, resume=False),
        {"n": 1},
        {"at": at(minutes_later(5)), "decision": "new", "reason": "r", "agent_name": 7},
    ]


def test_each_counts_in_the_period_in_which_it_was():
    first, second = tally_of(_two(), _lines(), Tallying(EDGES, None, NOW))

    assert (first.sessions, second.sessions) == (1, 1)
    assert (first.resumed, second.resumed, second.resumed_completed) == (0, 1, 1)
    assert (second.had_errors, second.durations) == (1, [60.0])
    assert (first.approvals, second.approvals) == ({}, {("approved", "chat"): 1})
    assert second.answers == [60.0]
    assert first.delegations == {("resume", "session_resumable"): 1}
    assert second.delegations == {("new", "timed_out"): 1}
    first.add(second)
    assert (first.sessions, first.resumed_ended, first.answers) == (2, 1, [60.0])
    assert len(first.delegations) == 2
    assert first.approvals == second.approvals


def test_an_approval_of_another_time_is_not_counted():
    (only,) = tally_of(_two(), [], Tallying([EDGES[0], EDGES[1]], None, NOW))

    assert (only.sessions, only.approvals) == (1, {})


def test_an_approval_without_an_answer_has_no_time_to_it():
    waiting = measured(applied(a_record(), asked(1, 1)), nothing)

    (only,) = tally_of([waiting], [], Tallying([EDGES[0], EDGES[2]], None, NOW))

    assert (only.approvals, only.answers) == ({("pending", ""): 1}, [])


@pytest.mark.parametrize(("name", "found"), [("x", (1, 1)), ("y", (1, 0)), ("z", (0, 0))])
def test_one_agent_is_counted_alone(name: str, found: tuple[int, int]):
    first, second = tally_of(_two(), _lines(), Tallying(EDGES, name, NOW))

    sessions = first.sessions + second.sessions
    assert (sessions, len(first.delegations) + len(second.delegations)) == found


def test_what_falls_between_no_edges_is_not_counted():
    (only,) = tally_of(_two(), _lines(), Tallying([EDGES[1], at(minutes_later(11))], None, NOW))

    assert (only.sessions, only.approvals, only.delegations) == (1, {}, {})


def test_the_first_of_all_is_found():
    assert earliest_of(_two(), _lines()) == EDGES[0]
    assert earliest_of(_two()[1:], _lines()) == at(minutes_later(5))
    assert earliest_of([], []) is None
    assert delegation_in({"at": "x"}) is None
