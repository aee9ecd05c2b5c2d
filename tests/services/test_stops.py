"""An agent stopped: a pause, the end, or nothing that can be done."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import phases
from agent_session.core.claims import Claimant
from agent_session.core.errors import StoreUnavailableError
from agent_session.services.stops import FINALIZED, IGNORED, PAUSED, Stop, apply_stop
from agent_session.stores.memory import MemoryStore
from tests.services.joined import Joined


@pytest.fixture
def joined() -> Joined:
    return Joined()


def stopped(joined: Joined, agent_id: str | None, exit_code: int = 0, **more: Any) -> Stop:
    return apply_stop(joined.sessions, agent_id, exit_code, **more)


@pytest.mark.parametrize("phase", sorted(phases.RESUMABLE))
@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_stop_while_it_can_go_on_is_a_pause(joined: Joined, phase: str, exit_code: int):
    agent_id = joined.create(phase)
    found = stopped(joined, agent_id, exit_code, summary="read it all")

    assert (found.action, found.phase, found.succeeded) == (PAUSED, phase, True)
    record = joined.sessions.get(agent_id)
    assert (record["phase"], record["turns"][-1]["summary"]) == (phase, "read it all")


@pytest.mark.parametrize("phase", sorted(set(phases.LIVE) - phases.RESUMABLE))
@pytest.mark.parametrize(("exit_code", "outcome"), [(0, "completed"), (1, "failed")])
def test_a_stop_in_any_other_phase_is_the_end(
    joined: Joined, phase: str, exit_code: int, outcome: str
):
    agent_id = joined.create(phase)

    assert stopped(joined, agent_id, exit_code).action == FINALIZED
    assert joined.sessions.get(agent_id)["phase"] == outcome


@pytest.mark.parametrize("phase", phases.LIVE)
def test_an_outcome_is_the_end_whatever_the_phase(joined: Joined, phase: str):
    found = stopped(joined, joined.create(phase), 0, outcome="abandoned")

    assert (found.action, found.phase) == (FINALIZED, "abandoned")


@pytest.mark.parametrize(("phase", "kept"), [("approval", 1), ("executing", 0)])
def test_a_stop_gives_the_claim_up(joined: Joined, phase: str, kept: int):
    agent_id = joined.create()
    joined.claims.claim(agent_id, "a")
    joined.sessions.update(agent_id, phase)
    stopped(joined, agent_id, who=Claimant(token=1))

    assert joined.sessions.get(agent_id)["claim"] is None
    assert joined.resumes.check_delegation("ta", who=Claimant("b")).is_resumable is bool(kept)


def test_a_pause_keeps_what_is_asked_and_the_end_withdraws_it(joined: Joined):
    paused, ended = joined.create(), joined.create()
    waits, ends = joined.ask(paused), joined.ask(ended)
    stopped(joined, paused)
    stopped(joined, ended, outcome="failed")

    assert (joined.status(waits), joined.status(ends)) == ("pending", "cancelled")


def test_where_no_session_is_named_none_is_due(joined: Joined):
    found = stopped(joined, None)

    assert (found.action, found.reason, found.succeeded) == (IGNORED, "no_agent_id", True)


def test_a_stale_token_stops_nobody(joined: Joined):
    agent_id = joined.create()
    joined.claims.claim(agent_id, "a")
    joined.clock.set(30)
    before = joined.claims.claim(agent_id, "b")
    found = stopped(joined, agent_id, who=Claimant(token=1))

    assert (found.action, found.reason, found.succeeded) == (IGNORED, "stale_claim", False)
    assert joined.sessions.get(agent_id) == before


@pytest.mark.parametrize(
    ("agent_id", "outcome", "reason"),
    [
        ("agent-none", None, "session_not_found"),
        ("../x", None, "invalid_agent_id"),
        ("here", "planning", "unknown_word"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    joined: Joined, agent_id: str, outcome: str | None, reason: str
):
    before = joined.sessions.create(agent_id="here")
    found = stopped(joined, agent_id, outcome=outcome)

    assert (found.action, found.reason, found.succeeded) == (IGNORED, reason, False)
    assert found.message
    assert joined.sessions.get("here") == before


def test_a_stop_after_the_end_is_told_with_its_phase(joined: Joined):
    agent_id = joined.create()
    joined.sessions.finalize(agent_id, "failed")
    found = stopped(joined, agent_id)

    assert (found.action, found.phase, found.reason) == (IGNORED, "failed", "session_final")


class BrokenStore(MemoryStore):
    """A store whose disk is gone."""

    def get(self, agent_id: str) -> Any:
        raise StoreUnavailableError(5, "gone")


def test_a_store_that_fails_is_the_caller_s_to_tell():
    with pytest.raises(StoreUnavailableError):
        stopped(Joined(store=BrokenStore()), "here")
