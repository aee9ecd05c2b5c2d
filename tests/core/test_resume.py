"""Whether a session may be resumed, and the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core import phases
from agent_session.core.instants import at
from agent_session.core.resume import (
    CRITERIA,
    ResumePolicy,
    examine,
    is_timed_out,
    judge_resume,
)
from tests.examples import NOW, a_record, minutes_later

POLICY = ResumePolicy()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "session_resumable"),
        ({"phase": "planning"}, "session_resumable"),
        ({"phase": "investigating"}, "session_resumable"),
        ({"phase": "completed"}, "session_final"),
        ({"phase": "abandoned", "error_count": 9}, "session_final"),
        ({"phase": "executing"}, "phase_not_resumable"),
        ({"phase": "initializing", "resume_ready": False}, "phase_not_resumable"),
        ({"resume_ready": False, "error_count": 9}, "not_resume_ready"),
        ({"error_count": 3}, "too_many_errors"),
        ({"error_count": 2}, "session_resumable"),
        ({"error_count": 2, "limits": {"max_errors": 2}}, "too_many_errors"),
        ({"error_count": 5, "limits": {"max_errors": 9}}, "session_resumable"),
    ],
)
def test_the_first_criterion_that_does_not_hold_is_the_reason(
    fields: dict[str, Any], reason: str
):
    assert judge_resume(a_record(**fields), POLICY, minutes_later(1)) == reason


@pytest.mark.parametrize(
    ("minutes", "limits", "timed_out"),
    [
        (29.99, None, False),
        (30, None, True),
        (-0.99, None, False),
        (-1, None, False),
        (-1.01, None, True),
        (-60 * 24, None, True),
        (45, {"idle_seconds": 3600}, False),
        (60, {"idle_seconds": 3600}, True),
        (5, {"idle_seconds": 60}, True),
        (0, {"max_errors": 1}, False),
    ],
)
def test_a_wait_ends_after_the_idle_time_and_never_lies_in_the_future(
    minutes: float, limits: dict[str, int] | None, timed_out: bool
):
    assert is_timed_out(a_record(limits=limits), POLICY, minutes_later(minutes)) is timed_out


def test_a_policy_may_be_stricter_or_looser():
    strict = ResumePolicy(timedelta(minutes=5), 1)

    assert judge_resume(a_record(), strict, minutes_later(5)) == "timed_out"
    assert judge_resume(a_record(error_count=1), strict, NOW) == "too_many_errors"


def test_every_criterion_is_told_with_its_value_and_limit():
    findings = list(examine(a_record(error_count=4), POLICY, NOW))

    assert len(findings) == len(CRITERIA)
    assert [finding.reason for finding in findings if not finding.holds] == ["too_many_errors"]
    assert (findings[4].value, findings[4].limit) == (4, "fewer than 3")


@given(
    st.sampled_from(phases.PHASES),
    st.booleans(),
    st.integers(0, 9),
    st.floats(-100, 100),
)
def test_the_answer_is_yes_only_when_every_criterion_holds(
    phase: str, ready: bool, error_count: int, minutes: float
):
    record = a_record(
        phase=phase, resume_ready=ready, error_count=error_count, last_updated=at(NOW)
    )
    now = minutes_later(minutes)

    holds = all(finding.holds for finding in examine(record, POLICY, now))
    assert (judge_resume(record, POLICY, now) == "session_resumable") is holds
