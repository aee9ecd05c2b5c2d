"""Whether a session may be resumed, and the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core import phases
from agent_session.core.claims import NOBODY, Claimant
from agent_session.core.instants import at
from agent_session.core.resume import (
    CRITERIA,
    ResumePolicy,
    examine,
    is_timed_out,
    judge_resume,
)
from tests.approvals import (
    APPROVAL_ID,
    DAY,
    OTHER_ID,
    an_approval,
    answered,
    asked,
    used,
)
from tests.examples import NOW, a_claim, a_record, minutes_later

if TYPE_CHECKING:
    from agent_session.core.state import Record

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


LOST = a_claim(until=at(NOW))
EXPIRED_BESIDE_PENDING = [
    an_approval(),
    an_approval(id=OTHER_ID, expires_at=at(minutes_later(1))),
]


@pytest.mark.parametrize(
    ("fields", "minutes", "first", "second"),
    [
        ({"phase": "completed", "claim": LOST}, 2, "session_final", "phase_not_resumable"),
        ({"phase": "executing", "claim": LOST}, 2, "in_doubt", "phase_not_resumable"),
        (
            {"phase": "initializing", "resume_ready": False},
            2,
            "phase_not_resumable",
            "not_resume_ready",
        ),
        (
            {"resume_ready": False, "error_count": 3},
            2,
            "not_resume_ready",
            "too_many_errors",
        ),
        (
            {"error_count": 3, "approvals": [an_approval()]},
            2,
            "too_many_errors",
            "approval_pending",
        ),
        (
            {"approvals": EXPIRED_BESIDE_PENDING},
            2,
            "approval_pending",
            "approval_expired",
        ),
        ({"approvals": [an_approval()]}, DAY, "approval_expired", "timed_out"),
        ({"claim": a_claim(until=at(minutes_later(99)))}, 31, "timed_out", "claimed"),
    ],
)
def test_of_two_criteria_that_do_not_hold_the_earlier_is_told(
    fields: dict[str, Any], minutes: float, first: str, second: str
):
    record, now = a_record(**fields), minutes_later(minutes)
    failing = [each.reason for each in examine(record, POLICY, now) if not each.holds]

    assert failing[:2] == [first, second]
    assert judge_resume(record, POLICY, now) == first


def test_the_criteria_stand_in_the_order_of_the_law():
    assert [finding.reason for finding in examine(a_record(), POLICY, NOW)] == [
        "session_final",
        "in_doubt",
        "phase_not_resumable",
        "not_resume_ready",
        "too_many_errors",
        "approval_pending",
        "approval_expired",
        "timed_out",
        "claimed",
    ]


@pytest.mark.parametrize(
    ("record", "minutes", "reason"),
    [
        (asked(), 31, "approval_pending"),
        (asked(), DAY, "approval_expired"),
        (answered(asked()), 31, "session_resumable"),
        (answered(asked()), DAY + 9, "session_resumable"),
        (answered(asked()), DAY + 10, "timed_out"),
        (answered(asked(), "rejected"), 39, "session_resumable"),
        (answered(asked(), "rejected"), 40, "timed_out"),
        (used(answered(asked()), 15), 16, "phase_not_resumable"),
        (used(answered(asked()), 15), 45, "in_doubt"),
    ],
)
def test_an_approval_is_waited_for_and_its_answer_resumes(
    record: Record, minutes: float, reason: str
):
    assert judge_resume(record, POLICY, minutes_later(minutes)) == reason


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (NOBODY, "claimed"),
        (Claimant("b"), "claimed"),
        (Claimant(token=2), "claimed"),
        (Claimant("a"), "session_resumable"),
        (Claimant(token=1), "session_resumable"),
    ],
)
def test_a_live_claim_keeps_out_all_but_its_holder(who: Claimant, reason: str):
    record = a_record(claim=a_claim(), fence=1)

    assert judge_resume(record, POLICY, minutes_later(1), who) == reason


def test_the_fate_of_the_holder_s_process_counts():
    record = a_record(claim=a_claim(process={"pid": 7}))
    gone = ResumePolicy(fate_of=lambda _: False)
    runs = ResumePolicy(timedelta(days=1), fate_of=lambda _: True).of(record)

    assert judge_resume(record, gone, NOW) == "session_resumable"
    assert judge_resume(record, runs, minutes_later(600)) == "claimed"
    assert judge_resume({**record, "limits": {"max_errors": 1}}, gone, NOW) == (
        "session_resumable"
    )


@pytest.mark.parametrize(
    ("holder", "minutes", "value"),
    [
        ("a", 1, f"held by a, until {at(minutes_later(30))}"),
        (None, 30, f"lost by a holder without a name, until {at(minutes_later(30))}"),
    ],
)
def test_a_claim_is_told_in_words(holder: str | None, minutes: float, value: str):
    findings = examine(a_record(claim=a_claim(holder=holder)), POLICY, minutes_later(minutes))

    assert [each.value for each in findings if each.reason in {"in_doubt", "claimed"}] == [
        value,
        value,
    ]


def test_approvals_are_told_with_their_ends():
    values = {each.reason: each.value for each in examine(asked(), POLICY, minutes_later(1))}

    assert values["approval_pending"] == f"{APPROVAL_ID} until {at(minutes_later(DAY))}"
    assert values["approval_expired"] == f"{APPROVAL_ID} until {at(minutes_later(DAY))}"


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
