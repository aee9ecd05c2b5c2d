"""What follows when a session enters a phase, and when a turn begins or ends."""

from __future__ import annotations

import pytest

from agent_session.core import phases
from agent_session.core.chain import draft
from agent_session.core.instants import at
from agent_session.core.transitions import begin_turn, end_turn, enter_phase
from tests.approvals import OTHER_ID, an_approval, answered, asked
from tests.examples import NOW, a_claim, a_record, applied, minutes_later

LATER = at(minutes_later(5))


@pytest.mark.parametrize("phase", phases.LIVE)
def test_a_live_phase_keeps_claim_approvals_and_the_open_turn(phase: str):
    before = begin_turn(a_record(claim=a_claim(), approvals=[an_approval()]), at(NOW))
    after = enter_phase(before, phase, LATER)

    assert (after["claim"], after["approvals"]) == (before["claim"], before["approvals"])
    assert after["turns"] == before["turns"]
    assert (after["finalized_at"], after["duration_seconds"]) == (None, None)
    assert after["resume_ready"] is phases.is_resumable(phase)


@pytest.mark.parametrize("phase", phases.FINAL)
def test_a_final_phase_closes_all_that_is_open(phase: str):
    both = asked(an_approval(id=OTHER_ID), 11, answered(asked()), beside=True)
    before = begin_turn({**both, "claim": a_claim(), "fence": 3}, at(NOW))
    after = enter_phase(before, phase, LATER)

    assert [each["status"] for each in after["approvals"]] == ["expired", "cancelled"]
    assert (after["claim"], after["fence"]) == (None, 3)
    assert after["turns"][-1]["ended_at"] == LATER
    assert (after["finalized_at"], after["duration_seconds"]) == (LATER, 300.0)
    assert not after["resume_ready"]


def test_an_end_by_hand_closes_all_that_is_open_too():
    edit = draft("edited", LATER, "person", fields={"phase": "failed"})
    after = applied(a_record(approvals=[an_approval()], claim=a_claim()), edit)

    assert (after["approvals"][0]["status"], after["claim"]) == ("cancelled", None)


def test_a_turn_that_nobody_ended_is_ended_by_the_next():
    record = begin_turn(begin_turn(a_record(), at(NOW)), LATER)

    assert record["turns"] == [
        {"started_at": at(NOW), "ended_at": LATER, "summary": None},
        {"started_at": LATER, "ended_at": None, "summary": None},
    ]


def test_a_turn_ends_once_and_with_its_summary():
    ended = end_turn(begin_turn(a_record(), at(NOW)), LATER, "read the plan")

    assert ended["turns"] == [
        {"started_at": at(NOW), "ended_at": LATER, "summary": "read the plan"}
    ]
    assert end_turn(ended, at(minutes_later(9)), "again") == ended


def test_where_no_turn_is_open_none_ends():
    assert end_turn(a_record(), LATER) == a_record()


@pytest.mark.parametrize(("limits", "kept"), [(None, 5), ({"turns": 2}, 2), ({"turns": 9}, 8)])
def test_the_record_keeps_the_last_turns(limits: dict[str, int] | None, kept: int):
    record = a_record(limits=limits)
    for number in range(8):
        record = begin_turn(record, at(minutes_later(number)))

    assert len(record["turns"]) == kept
    assert record["turns"][-1]["started_at"] == at(minutes_later(7))
