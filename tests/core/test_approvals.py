"""The clocks of an approval, and which one counts."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import approvals
from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy, is_timed_out, judge_resume
from tests.approvals import APPROVAL_ID, DAY, OTHER_ID, an_approval, answered, asked
from tests.examples import a_record, minutes_later

MICROSECOND = 1e-6 / 60


def a_grant(minutes: float, taken_up: float | None = None) -> dict[str, Any]:
    taken_up_at = None if taken_up is None else at(minutes_later(taken_up))
    return {"taken_up_at": taken_up_at, "expires_at": at(minutes_later(minutes))}


@pytest.mark.parametrize(
    ("minutes", "status"), [(0, "pending"), (DAY - MICROSECOND, "pending"), (DAY, "expired")]
)
def test_a_request_waits_a_day_to_the_microsecond(minutes: float, status: str):
    assert approvals.status_at(an_approval(), minutes_later(minutes)) == status


@pytest.mark.parametrize(
    ("minutes", "status"), [(0, "approved"), (99 - MICROSECOND, "approved"), (99, "expired")]
)
def test_a_grant_ends_when_it_says_and_not_when_the_request_would(minutes: float, status: str):
    approval = an_approval(-DAY, status="approved", grant=a_grant(99))

    assert approvals.status_at(approval, minutes_later(minutes)) == status


@pytest.mark.parametrize("status", ["rejected", "expired", "cancelled", "used", "drifted"])
def test_what_is_over_stays_what_it_is(status: str):
    assert approvals.status_at(an_approval(status=status), minutes_later(9 * DAY)) == status


def test_what_is_open_is_pending_or_approved():
    now = minutes_later(1)
    opens = [
        status
        for status in approvals.STATUSES
        if approvals.is_open(a_record(approvals=[an_approval(status=status)]), now)
    ]

    assert opens == ["pending", "approved"]


@pytest.mark.parametrize(
    ("strength", "required", "is_enough"),
    [
        ("chat", "chat", True),
        ("chat", "terminal", False),
        ("terminal", "chat", True),
        ("web", "terminal", True),
        ("terminal", "web", True),
        ("terminal", "signed", False),
        ("web", "signed", False),
        ("signed", "signed", True),
        ("signed", "chat", True),
        ("divine", "chat", False),
        ("", "chat", False),
        ("signed", "retina", False),
    ],
)
def test_a_stronger_answer_serves_where_a_weaker_is_due(
    strength: str, required: str, is_enough: bool
):
    assert approvals.suffices(strength, required) is is_enough


@pytest.mark.parametrize(
    ("one", "other", "demand"),
    [
        ("chat", "terminal", "terminal"),
        ("signed", "web", "signed"),
        ("retina", "signed", "retina"),
        ("chat", "retina", "retina"),
    ],
)
def test_of_two_demands_the_stronger_counts(one: str, other: str, demand: str):
    assert approvals.stronger(one, other) == demand


class TestTheIdleClock:
    """It stands still while an approval is pending, or a grant lives."""

    POLICY = ResumePolicy()

    @pytest.mark.parametrize(
        ("minutes", "timed_out"), [(31, False), (DAY - 1, False), (DAY, True)]
    )
    def test_it_does_not_run_while_a_request_is_pending(self, minutes: float, timed_out: bool):
        assert is_timed_out(asked(), self.POLICY, minutes_later(minutes)) is timed_out

    @pytest.mark.parametrize(
        ("minutes", "timed_out"), [(999, False), (DAY + 9, False), (DAY + 10, True)]
    )
    def test_it_does_not_run_while_a_grant_lives(self, minutes: float, timed_out: bool):
        granted = answered(asked(), minutes=10)

        assert is_timed_out(granted, self.POLICY, minutes_later(minutes)) is timed_out

    @pytest.mark.parametrize(
        ("minutes", "reason"),
        [(629.99, "session_resumable"), (630, "timed_out")],
    )
    def test_a_decision_is_activity(self, minutes: float, reason: str):
        rejected = answered(asked(), "rejected", minutes=600)

        assert judge_resume(rejected, self.POLICY, minutes_later(minutes)) == reason


class TestTheOneThatCounts:
    def test_it_is_the_newest_that_was_not_withdrawn(self):
        first, second = an_approval(), an_approval(id=OTHER_ID, status="cancelled")
        record = a_record(approvals=[first, second])

        assert approvals.newest(record) == first
        assert approvals.newest(a_record()) is None

    @pytest.mark.parametrize(
        ("status", "is_decided"),
        [(status, status in {"approved", "rejected"}) for status in approvals.STATUSES],
    )
    def test_an_answer_stands_while_it_can_be_acted_upon(self, status: str, is_decided: bool):
        record = a_record(approvals=[an_approval(status=status, grant=a_grant(60))])

        found = approvals.decided(record, minutes_later(1))
        assert (found is not None) is is_decided

    def test_an_approval_whose_grant_ended_stands_no_longer(self):
        record = answered(asked())

        assert approvals.decided(record, minutes_later(DAY + 9)) is not None
        assert approvals.decided(record, minutes_later(DAY + 10)) is None

    def test_nothing_stands_where_nobody_asked(self):
        assert approvals.decided(a_record(), minutes_later(0)) is None

    def test_it_is_found_by_its_id(self):
        record = asked()

        assert approvals.find(record, APPROVAL_ID) == an_approval()
        assert approvals.find(record, OTHER_ID) is None


@pytest.mark.parametrize(
    ("fields", "minutes", "expired"),
    [
        ({}, DAY, True),
        ({}, DAY - 1, False),
        ({"phase": "planning"}, DAY, False),
        ({"approvals": []}, DAY, False),
        ({"approvals": [an_approval(status="rejected", decision={})]}, DAY, False),
        ({"approvals": [an_approval(status="cancelled")]}, DAY, False),
        ({"approvals": [an_approval(), an_approval(30, id=OTHER_ID)]}, DAY, False),
        ({"approvals": [an_approval(status="expired")]}, 1, True),
        ({"approvals": [an_approval(status="expired", decision={})]}, 1, False),
    ],
)
def test_only_the_newest_request_that_nobody_answered_expires_undecided(
    fields: dict[str, Any], minutes: float, expired: bool
):
    record = a_record(**{"approvals": [an_approval()], **fields})

    assert approvals.has_expired_undecided(record, minutes_later(minutes)) is expired


@pytest.mark.parametrize(
    ("status", "ends_as"),
    [
        ("pending", "cancelled"),
        ("approved", "expired"),
        *[(over, over) for over in ("rejected", "expired", "cancelled", "used", "drifted")],
    ],
)
def test_the_end_of_a_session_closes_what_is_open(status: str, ends_as: str):
    approval = an_approval(status=status, grant=a_grant(60))

    assert approvals.closed(approval, at(minutes_later(1)))["status"] == ends_as


def test_what_had_expired_by_then_is_told_as_expired():
    assert approvals.closed(an_approval(), at(minutes_later(DAY)))["status"] == "expired"


@pytest.mark.parametrize(
    ("taken_up_at", "ends_as"), [(at(minutes_later(0)), "expired"), (None, "approved")]
)
def test_what_was_taken_up_by_an_agent_that_was_lost_is_over(
    taken_up_at: str | None, ends_as: str
):
    """It may have been carried out in part; what nobody took up was not begun."""
    grant = {**a_grant(60), "taken_up_at": taken_up_at}
    approval = an_approval(status="approved", grant=grant)

    assert approvals.ended_if_begun(approval, at(minutes_later(1)))["status"] == ends_as
