"""A session and who holds it: pauses, ends, what was granted, and what a cleanup spares."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent_session.core.claims import Claimant
from agent_session.core.errors import InDoubtError, SessionFinalError
from tests.services.joined import ADA, Joined


@pytest.fixture
def joined() -> Joined:
    return Joined()


def test_a_pause_ends_the_turn_with_what_it_came_to(joined: Joined):
    agent_id = joined.create()
    joined.claims.claim(agent_id, "a")
    joined.clock.set(3)
    record = joined.sessions.stop(agent_id, "completed", summary="with password=hunter2hunter2")

    assert record["claim"] is None
    assert record["phase"] == "planning"
    assert record["turns"][-1]["ended_at"] == record["last_updated"]
    assert "hunter2" not in str(record)


def test_an_end_ends_the_turn_with_what_it_came_to(joined: Joined):
    agent_id = joined.create()
    joined.sessions.update(agent_id, "executing")
    record = joined.sessions.stop(agent_id, "completed", summary="2 added")

    assert (record["phase"], record["turns"][-1]["summary"]) == ("completed", "2 added")
    assert record["summary"] is None


def test_an_outcome_ends_it_whatever_the_phase(joined: Joined):
    agent_id = joined.create()

    assert joined.sessions.stop(agent_id, "completed", "failed")["phase"] == "failed"


def test_a_session_that_is_over_is_not_paused(joined: Joined):
    agent_id = joined.create()
    joined.sessions.finalize(agent_id, "failed")

    with pytest.raises(SessionFinalError):
        joined.sessions.stop(agent_id, "completed")


def test_an_end_gives_up_the_claim_and_withdraws_what_is_asked(joined: Joined):
    agent_id = joined.create()
    pending = joined.ask(agent_id)
    joined.claims.claim(agent_id, "a")
    record = joined.sessions.finalize(agent_id, "completed", who=Claimant(token=1))

    assert (record["claim"], record["fence"]) == (None, 1)
    assert joined.status(pending) == "cancelled"


@pytest.mark.parametrize(
    ("verdict", "named", "phase"),
    [
        ("approved", None, "executing"),
        ("rejected", None, "planning"),
        ("approved", "validating", "validating"),
        ("rejected", "investigating", "investigating"),
    ],
)
def test_the_first_write_of_a_resume_moves_the_phase_by_itself(
    joined: Joined, verdict: str, named: str | None, phase: str
):
    agent_id = joined.create()
    request = joined.ask(agent_id)
    joined.sessions.stop(agent_id, "completed")
    if verdict == "approved":
        joined.approve(request)
    else:
        joined.decisions.reject(request, ADA, "too wide")
    joined.resumes.check_delegation("ta", who=Claimant("a"))
    record = joined.sessions.update(agent_id, named, {"step": 1}, who=Claimant(token=1))

    assert record["phase"] == phase


def test_a_write_of_anybody_else_moves_nothing(joined: Joined):
    agent_id = joined.create()
    joined.approve(joined.ask(agent_id))

    assert joined.sessions.update(agent_id, metadata={"seen": True})["phase"] == "approval"


def test_who_goes_back_to_wait_is_not_moved_again(joined: Joined):
    agent_id = joined.create()
    joined.decisions.reject(joined.ask(agent_id), ADA, "too wide")
    joined.resumes.check_delegation("ta", who=Claimant("a"))
    joined.clock.set(0.5)
    joined.sessions.update(agent_id, "approval", who=Claimant(token=1))
    record = joined.sessions.update(agent_id, metadata={}, who=Claimant(token=1))

    assert record["phase"] == "approval"


@pytest.mark.parametrize("held", ["pending", "approved", "granted", "claimed", "in doubt"])
def test_a_cleanup_keeps_what_is_waited_for_or_held(joined: Joined, held: str):
    agent_id = joined.create()
    HELD[held](joined, agent_id)

    assert joined.sessions.cleanup(0).kept == 1
    assert joined.sessions.get(agent_id)
    assert joined.sessions.cleanup(0, force=True).removed == [agent_id]


def lost(joined: Joined, agent_id: str) -> None:
    joined.claims.claim(agent_id, "a")
    joined.sessions.update(agent_id, "executing")
    joined.clock.set(9999)


def claimed_for_long(joined: Joined, agent_id: str) -> None:
    joined.claims.claim(agent_id, "a", timedelta(days=2))
    joined.clock.set(31)


def waited_for(joined: Joined, agent_id: str) -> None:
    joined.ask(agent_id)
    joined.clock.set(31)


def answered(joined: Joined, agent_id: str) -> None:
    joined.approve(joined.ask(agent_id))
    joined.clock.set(31)


def granted(joined: Joined, agent_id: str) -> None:
    joined.clock.set(29.5)
    joined.resumes.check_delegation("ta", who=Claimant("a"))
    joined.clock.set(30.25)


HELD = {
    "pending": waited_for,
    "approved": answered,
    "granted": granted,
    "claimed": claimed_for_long,
    "in doubt": lost,
}


def test_nobody_but_a_person_leads_a_session_out_of_doubt(joined: Joined):
    agent_id = joined.create()
    joined.claims.claim(agent_id, "a")
    joined.sessions.update(agent_id, "executing")
    joined.clock.set(60)

    with pytest.raises(InDoubtError):
        joined.sessions.update(agent_id, "planning")

    joined.sessions.update(agent_id, "validating")  # as published: accepted, and still in doubt
    assert joined.resumes.judge(agent_id).reason == "in_doubt"


def test_what_was_begun_under_an_approval_is_not_begun_again_after_a_retry(joined: Joined):
    agent_id = joined.create()
    approval = joined.ask(agent_id)
    joined.decisions.approve(approval, ADA)
    joined.claims.claim(agent_id, "a")
    joined.sessions.update(agent_id, metadata={}, who=Claimant(token=1))
    joined.clock.set(45)

    joined.claims.resolve(agent_id, "retry")

    assert joined.status(approval) == "expired"
    assert joined.resumes.judge(agent_id).decision is None
