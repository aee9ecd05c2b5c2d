"""What cleanup does with a session."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy
from agent_session.core.retention import judge_removal, removal_age
from tests.approvals import DAY as DAY_IN_MINUTES
from tests.approvals import answered, asked
from tests.examples import NOW, a_claim, a_record, minutes_later

if TYPE_CHECKING:
    from agent_session.core.state import Record

POLICY = ResumePolicy()
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("fields", "idle_minutes", "verdict"),
    [
        ({}, 10, "keep"),
        ({}, 31, "abandon"),
        ({}, 24 * 60, "remove"),
        ({"phase": "executing"}, 31, "keep"),
        ({"phase": "executing"}, 24 * 60, "remove"),
        ({"phase": "completed"}, 31, "keep"),
        ({"phase": "completed"}, 24 * 60, "remove"),
        ({"limits": {"idle_seconds": 10**6}}, 24 * 60, "keep"),
    ],
)
def test_the_idle_time_decides(fields: dict[str, Any], idle_minutes: float, verdict: str):
    assert (
        judge_removal(a_record(**fields), POLICY, DAY, minutes_later(idle_minutes)) == verdict
    )


def test_a_live_session_within_its_idle_limit_is_spared_even_at_age_nought():
    assert judge_removal(a_record(), POLICY, removal_age(0), minutes_later(1)) == "keep"
    assert (
        judge_removal(a_record(phase="failed"), POLICY, removal_age(0), minutes_later(1))
        == "remove"
    )


def test_force_spares_none():
    assert (
        judge_removal(a_record(), POLICY, removal_age(0), minutes_later(1), force=True)
        == "remove"
    )


GONE = {"claim": a_claim(until=at(NOW)), "phase": "executing"}


@pytest.mark.parametrize(
    ("record", "minutes"),
    [
        (asked(), DAY_IN_MINUTES - 1),
        (answered(asked()), DAY_IN_MINUTES + 9),
        (a_record(claim=a_claim(until=at(minutes_later(9999)))), 9998),
        (a_record(claim=a_claim(until=at(minutes_later(9999)), is_grant=True)), 9998),
        (a_record(**GONE), 9998),
    ],
    ids=["pending", "approved", "claimed", "granted", "in doubt"],
)
def test_what_is_waited_for_or_held_is_kept_unless_forced(record: Record, minutes: float):
    now = minutes_later(minutes)

    assert judge_removal(record, POLICY, removal_age(0), now) == "keep"
    assert judge_removal(record, POLICY, removal_age(0), now, force=True) == "remove"


@pytest.mark.parametrize(
    ("record", "minutes"),
    [
        (asked(), DAY_IN_MINUTES),
        (answered(asked()), DAY_IN_MINUTES + 10),
        (a_record(claim=a_claim(until=at(NOW))), DAY_IN_MINUTES),
    ],
    ids=["expired", "grant expired", "lapsed"],
)
def test_what_has_ended_is_kept_no_longer(record: Record, minutes: float):
    assert judge_removal(record, POLICY, DAY, minutes_later(minutes)) == "remove"


def test_what_a_running_process_holds_is_kept():
    runs = ResumePolicy(fate_of=lambda _: True)
    record = a_record(claim=a_claim(process={"pid": 7}))

    assert judge_removal(record, runs, DAY, minutes_later(9999)) == "keep"


def test_what_is_dated_in_the_future_is_not_old():
    assert judge_removal(a_record(phase="failed"), POLICY, DAY, minutes_later(-99)) == "keep"


@pytest.mark.parametrize("hours", [0, 0.5, 24, 8760])
def test_hours_may_be_whole_or_parts(hours: float):
    assert removal_age(hours) == timedelta(hours=hours)


@pytest.mark.parametrize("hours", [-1, float("nan"), float("inf"), "24", None, True, 10**20])
def test_hours_that_are_none_are_refused(hours: object):
    with pytest.raises(InvalidValueError, match="hours"):
        removal_age(hours)
