"""An approval from the request to the answer: every way it may go, and every way it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core import approvals, asking
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.claims import NOBODY, Claimant, ClaimPolicy
from agent_session.core.codec import canonical, decode_object, digest
from agent_session.core.errors import (
    AgentSessionError,
    AlreadyDecidedError,
    ApprovalNotFoundError,
    InDoubtError,
    SessionFinalError,
    StaleClaimError,
    TokenRequiredError,
    TooWeakError,
)
from agent_session.core.instants import at
from tests.approvals import (
    APPROVAL_ID,
    CLAIMS,
    DAY,
    OTHER_ID,
    an_approval,
    answered,
    asked,
    used,
)
from tests.examples import AGENT_ID, a_claim, a_record, applied, finalized, minutes_later

if TYPE_CHECKING:
    from agent_session.core.state import Record

DRIFT = [{"what": "changed", "name": "plan.out", "was": "1 byte", "now": "2 bytes"}]


def other(minutes: float) -> dict[str, Any]:
    return an_approval(minutes, id=OTHER_ID)


# How each status is come by, and the minute at which it is looked at.
LIVES: dict[str, tuple[Callable[[], Record], float]] = {
    "pending": (asked, 30),
    "approved": (lambda: answered(asked()), 30),
    "rejected": (lambda: answered(asked(), "rejected", reason="too wide"), 30),
    "expired": (asked, DAY),
    "expired, written down": (lambda: asked(other(DAY), DAY, asked()), DAY + 1),
    "cancelled": (lambda: asked(other(5), 5, asked()), 30),
    "used": (lambda: used(answered(asked())), 30),
    "drifted": (lambda: used(answered(asked()), drift=DRIFT), 30),
    "grant expired": (lambda: answered(asked()), DAY + 10),
}
ACTS: dict[str, Callable[[Record, float], Record]] = {
    "approve": lambda record, minutes: answered(record, "approved", minutes),
    "reject": lambda record, minutes: answered(record, "rejected", minutes),
    "use": used,
    "use, but drifted": lambda record, minutes: used(record, minutes, drift=DRIFT),
    "ask": lambda record, minutes: asked(
        an_approval(minutes, id="ap-" + "0" * 16), minutes, record
    ),
    "ask beside": lambda record, minutes: asked(
        an_approval(minutes, id="ap-" + "0" * 16), minutes, record, beside=True
    ),
    "end": lambda record, minutes: applied(record, finalized(minutes=minutes)),
}
STAYS = None
OVER = {"ask": STAYS, "ask beside": STAYS, "end": STAYS}


def refused(decided_as: str, used_as: str) -> dict[str, str]:
    return {
        "approve": decided_as,
        "reject": decided_as,
        "use": used_as,
        "use, but drifted": used_as,
    }


# What each act makes of each status: another one, the code of a refusal, or nothing.
TABLE: dict[str, dict[str, str | None]] = {
    "pending": {
        "approve": "approved",
        "reject": "rejected",
        "use": "approval_pending",
        "use, but drifted": "approval_pending",
        "ask": "cancelled",
        "ask beside": STAYS,
        "end": "cancelled",
    },
    "approved": {
        "approve": "already_decided",
        "reject": "already_decided",
        "use": "used",
        "use, but drifted": "drifted",
        "ask": STAYS,
        "ask beside": STAYS,
        "end": "expired",
    },
    "rejected": {**OVER, **refused("already_decided", "approval_rejected")},
    "expired": {
        **refused("approval_expired", "approval_expired"),
        "ask": "expired",
        "ask beside": "expired",
        "end": "expired",
    },
    "expired, written down": {**OVER, **refused("approval_expired", "approval_expired")},
    "cancelled": {**OVER, **refused("approval_cancelled", "approval_cancelled")},
    "used": {**OVER, **refused("already_decided", "approval_used")},
    "drifted": {**OVER, **refused("already_decided", "approval_drifted")},
    "grant expired": {
        **refused("already_decided", "approval_expired"),
        "ask": "expired",
        "ask beside": "expired",
        "end": "expired",
    },
}


@pytest.mark.parametrize(
    ("life", "act"), [(life, act) for life, acts in TABLE.items() for act in acts]
)
def test_every_act_upon_every_status_is_allowed_or_refused_as_the_table_says(
    life: str, act: str
):
    make, minutes = LIVES[life]
    record, becomes = make(), TABLE[life][act]
    before = asking.require(record, APPROVAL_ID)["status"]

    try:
        after = ACTS[act](record, minutes)
    except AgentSessionError as error:
        found: str | None = error.code
    else:
        status = asking.require(after, APPROVAL_ID)["status"]
        found = STAYS if status == before else status
    assert found == becomes


def test_the_table_has_every_act_for_every_status():
    assert TABLE.keys() == LIVES.keys()
    assert all(row.keys() == ACTS.keys() for row in TABLE.values())


class TestRequest:
    def test_it_enters_the_record_and_the_phase(self):
        record = asked(minutes=3)

        assert record["approvals"] == [an_approval(3)]
        assert (record["phase"], record["resume_ready"]) == ("approval", True)
        assert record["last_updated"] == at(minutes_later(3))

    def test_one_beside_another_leaves_both_pending(self):
        record = asked(other(1), 1, asked(), beside=True)

        assert [each["id"] for each in approvals.pending(record, minutes_later(2))] == [
            APPROVAL_ID,
            OTHER_ID,
        ]

    def test_it_supersedes_all_that_are_pending(self):
        both = asked(other(1), 1, asked(), beside=True)
        record = asked(an_approval(2, id="ap-" + "0" * 16), 2, both)

        assert [each["status"] for each in record["approvals"]] == [
            "cancelled",
            "cancelled",
            "pending",
        ]

    def test_nobody_asks_for_a_session_that_is_over(self):
        with pytest.raises(SessionFinalError):
            asked(record=a_record(phase="failed"))

    def test_nobody_asks_for_a_session_in_doubt_but_who_woke_up_in_time(self):
        record = a_record(phase="executing", claim=a_claim(), fence=1)

        with pytest.raises(InDoubtError):
            asked(minutes=30, record=record)
        woken = asked(minutes=30, record=record, who=Claimant(token=1))
        assert woken["claim"] == a_claim(until=at(minutes_later(60)))

    def test_a_stale_token_asks_for_nothing(self):
        with pytest.raises(StaleClaimError):
            asked(record=a_record(claim=a_claim(2), fence=2), who=Claimant(token=1))

    def test_a_token_is_demanded_where_the_settings_say_so(self):
        claims = ClaimPolicy(require_token=True)
        record = a_record(claim=a_claim(), fence=1)

        with pytest.raises(TokenRequiredError):
            asking.request(
                record, an_approval(), NOBODY, claims, minutes_later(1), "test", beside=False
            )

    def test_only_some_that_are_over_are_kept_and_all_that_are_open(self):
        record = asked(other(0), record=asked())
        for number in range(12):
            when = (number + 2) * DAY
            record = asked(an_approval(when, id=f"ap-{number:016x}"), when, record)

        kept = [each["status"] for each in record["approvals"]]
        assert kept == ["expired"] * asking.ENDED_KEPT + ["pending"]

    def test_many_beside_each_other_are_all_kept(self):
        record = a_record()
        for number in range(12):
            record = asked(an_approval(id=f"ap-{number:016x}"), 1, record, beside=True)

        assert len(approvals.pending(record, minutes_later(2))) == 12


class TestDecision:
    def test_it_says_who_when_through_which_door_and_how_strong(self):
        approval = asking.require(answered(asked(), minutes=10), APPROVAL_ID)

        assert approval["decision"] == {
            "verdict": "approved",
            "by": "ada",
            "at": at(minutes_later(10)),
            "door": "chat",
            "strength": "chat",
            "reason": None,
            "signature": None,
        }
        assert approval["grant"] == {
            "taken_up_at": None,
            "expires_at": at(minutes_later(10 + DAY)),
        }

    def test_a_rejection_grants_nothing(self):
        record = answered(asked(), "rejected", reason="too wide")

        assert asking.require(record, APPROVAL_ID)["grant"] is None

    @pytest.mark.parametrize("verdict", ["approved", "rejected"])
    def test_the_second_is_told_who_decided_what_and_when(self, verdict: str):
        record = answered(asked(), verdict, by="ada\x1b[31m")

        with pytest.raises(AlreadyDecidedError) as told:
            answered(record, "approved", minutes=11, by="bob")
        assert f"{verdict} by 'ada\\x1b[31m' at 2026-01-08T18:15:30.000000Z" in str(told.value)
        assert told.value.decision["verdict"] == verdict

    def test_an_answer_too_weak_for_the_request_is_no_yes(self):
        record = asked(an_approval(required="terminal"))

        with pytest.raises(TooWeakError, match="needs an answer of strength terminal"):
            answered(record, strength="chat")
        assert answered(record, strength="web")["approvals"][0]["status"] == "approved"

    def test_an_answer_too_weak_for_todays_settings_is_no_yes(self):
        with pytest.raises(TooWeakError, match="signed"):
            answered(asked(), strength="web", policy=ApprovalPolicy(strength="signed"))

    def test_a_no_is_safe_however_weak(self):
        record = asked(an_approval(required="signed"))

        assert answered(record, "rejected")["approvals"][0]["status"] == "rejected"

    def test_what_was_never_asked_is_not_answered(self):
        with pytest.raises(ApprovalNotFoundError, match=APPROVAL_ID):
            answered(a_record())

    def test_the_latest_moment_is_the_last_before_it_expires(self):
        record = answered(asked(), minutes=DAY - 1e-6 / 60)

        assert record["approvals"][0]["status"] == "approved"


def test_what_is_signed_names_all_that_must_not_be_moved():
    approval = an_approval()
    message = decode_object(asking.message_to_sign(approval, AGENT_ID, "approved"))
    asks = asking.asked_for(approval)

    assert message == {
        "v": 1,
        "store": approval["store"],
        "agent_id": AGENT_ID,
        "approval_id": APPROVAL_ID,
        "nonce": approval["nonce"],
        "action_digest": approval["action"]["action_digest"],
        "shown_digest": approval["action"]["shown_digest"],
        "request_digest": digest(canonical(asks).encode()),
        "expires_at": approval["expires_at"],
        "decision": "approved",
    }


def test_what_was_asked_is_all_but_what_became_of_it():
    decided = used(answered(asked()), drift=DRIFT)["approvals"][0]

    assert asking.asked_for(decided) == asking.asked_for(an_approval())
    assert asking.asked_for(decided)["files"] == an_approval()["files"]


def test_an_unclaimed_request_claims_nothing():
    assert asked()["claim"] is None
    assert CLAIMS.require_token is False
