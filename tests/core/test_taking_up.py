"""What a resumed agent's first write brings about, once a person has answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core import asking
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.instants import at
from tests.approvals import DAY, POLICY, answered, asked
from tests.examples import a_record, applied, minutes_later

if TYPE_CHECKING:
    from agent_session.core.state import Record


def resumed(record: Record, minutes: float, is_grant: bool = True) -> Record:
    """*record* claimed at *minutes*, as a resume does."""
    claim = {
        "token": record["fence"] + 1,
        "holder": "a",
        "until": at(minutes_later(minutes + 30)),
        "lease_seconds": 1800.0,
        "is_grant": is_grant,
        "process": None,
    }
    when = at(minutes_later(minutes))
    return applied(record, {"kind": "claimed", "at": when, "actor": "test", "data": claim})


def taken_up(
    record: Record,
    minutes: float,
    phase: str | None = None,
    policy: ApprovalPolicy = POLICY,
) -> Record:
    now = minutes_later(minutes)
    return applied(record, *asking.take_up(record, phase, policy, now, "test"))


def updated_to(minutes: float, phase: str) -> Any:
    """An update to *phase*, at *minutes*."""
    when = at(minutes_later(minutes))
    return {"kind": "updated", "at": when, "actor": "test", "data": {"phase": phase}}


class TestTakingUp:
    def test_an_approved_resume_executes(self):
        record = taken_up(resumed(answered(asked()), 20), 21)

        assert record["phase"] == "executing"
        assert record["approvals"][0]["grant"] == {
            "taken_up_at": at(minutes_later(21)),
            "expires_at": at(minutes_later(81)),
        }

    def test_a_rejected_resume_plans_anew(self):
        record = taken_up(resumed(answered(asked(), "rejected"), 20), 21)

        assert record["phase"] == "planning"
        assert record["approvals"][0]["grant"] is None

    @pytest.mark.parametrize("verdict", ["approved", "rejected"])
    def test_a_phase_that_the_agent_names_counts(self, verdict: str):
        record = taken_up(resumed(answered(asked(), verdict), 20), 21, "validating")

        assert record["phase"] == "approval"

    @pytest.mark.parametrize(
        ("minutes", "left"), [(30, 60), (DAY - 50, 60), (DAY - 49.5, 59.5), (DAY + 9, 1)]
    )
    def test_a_grant_lasts_an_hour_and_never_beyond_a_day(self, minutes: float, left: float):
        record = taken_up(resumed(answered(asked()), minutes), minutes)

        assert record["approvals"][0]["grant"]["expires_at"] == at(
            minutes_later(minutes + left)
        )

    def test_a_second_resume_does_not_start_the_hour_anew(self):
        first = taken_up(resumed(answered(asked()), 20), 21)
        paused = applied(first, updated_to(30, "approval"))
        second = taken_up(resumed(paused, 40), 41)

        assert second["phase"] == "executing"
        assert second["approvals"] == first["approvals"]

    @pytest.mark.parametrize(
        ("record", "minutes"),
        [
            (answered(asked()), 21),
            (resumed(asked(), 20), 21),
            (resumed(a_record(), 20), 21),
            (answered(resumed(asked(), 5), minutes=10), 21),
            (resumed(answered(asked()), DAY + 10), DAY + 11),
            (applied(resumed(answered(asked()), 20), updated_to(21, "planning")), 22),
        ],
        ids=["unclaimed", "undecided", "unasked", "claimed before", "expired", "gone on"],
    )
    def test_nothing_is_taken_up_where_no_resume_follows_an_answer(
        self, record: Record, minutes: float
    ):
        assert asking.take_up(record, None, POLICY, minutes_later(minutes), "test") == []

    def test_a_resume_in_the_moment_of_the_decision_follows_it(self):
        assert taken_up(resumed(answered(asked()), 10), 10)["phase"] == "executing"

    def test_who_enters_the_phase_again_waits_and_is_not_moved(self):
        record = resumed(answered(asked(), "rejected"), 20)
        waits = applied(record, updated_to(25, "approval"))

        assert taken_up(waits, 26)["phase"] == "approval"

    def test_a_record_without_a_history_is_taken_up_too(self):
        record: Record = {**resumed(answered(asked()), 20), "history": []}

        assert taken_up(record, 21)["phase"] == "executing"

    def test_a_shorter_grant_of_the_settings_counts(self):
        policy = ApprovalPolicy(grant=timedelta(minutes=5))
        record = taken_up(resumed(answered(asked()), 20), 21, policy=policy)

        assert record["approvals"][0]["grant"]["expires_at"] == at(minutes_later(26))
