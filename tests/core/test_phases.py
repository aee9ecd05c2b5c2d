"""The tables of phases."""

from __future__ import annotations

from agent_session.core import phases


def test_a_phase_is_live_or_final_and_never_both():
    assert set(phases.LIVE) | set(phases.FINAL) == set(phases.PHASES)
    assert not set(phases.LIVE) & set(phases.FINAL)


def test_only_a_live_phase_is_resumable():
    assert {phase for phase in phases.PHASES if phases.is_resumable(phase)} == {
        "investigating",
        "planning",
        "approval",
    }


def test_the_final_phases_are_the_outcomes():
    assert [phase for phase in phases.PHASES if phases.is_final(phase)] == [
        "completed",
        "failed",
        "abandoned",
    ]


def test_a_run_that_ends_by_itself_completes_or_fails_by_its_exit_code():
    assert phases.outcome_of_exit_code(0) == "completed"
    assert phases.outcome_of_exit_code(-9) == "failed"
