"""The one use of an approval: exactly what was approved, as the world was, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core import asking
from agent_session.core.actions import tool_action, tool_bytes
from agent_session.core.approvals import ApprovalPolicy
from agent_session.core.claims import Claimant, ClaimPolicy
from agent_session.core.drift import drift_of
from agent_session.core.errors import AgentSessionError
from agent_session.core.instants import at
from tests.approvals import (
    APPROVAL_ID,
    DAY,
    NONCE,
    OTHER_ID,
    PLAN,
    a_file,
    an_approval,
    answered,
    asked,
    used,
)
from tests.examples import a_claim, applied, finalized, minutes_later

if TYPE_CHECKING:
    from agent_session.core.state import Record

OTHER_NONCE = "f0" * 16


def approved(**fields: Any) -> Record:
    return answered(asked(an_approval(**fields)))


class TestAUse:
    def test_it_uses_the_approval_up_and_executes(self):
        record = used(approved(), 20)
        approval = asking.require(record, APPROVAL_ID)

        assert (approval["status"], approval["ended_at"]) == ("used", at(minutes_later(20)))
        assert record["phase"] == "executing"

    def test_an_agent_without_a_claim_has_one_from_here_on(self):
        record = used(approved(), 20, who=Claimant("a", process={"pid": 7}))

        assert record["claim"] == a_claim(
            claimed_at=at(minutes_later(20)),
            until=at(minutes_later(50)),
            process={"pid": 7},
        )

    def test_an_agent_with_a_claim_keeps_it_for_longer(self):
        record: Record = {**approved(), "claim": a_claim(), "fence": 1}

        assert used(record, 20, who=Claimant(token=1))["claim"] == a_claim(
            until=at(minutes_later(50))
        )

    def test_who_executes_already_changes_no_phase(self):
        record: Record = {**approved(), "phase": "executing"}

        assert used(record)["history"] == record["history"]

    def test_a_tool_s_call_is_the_same_in_any_order_of_its_keys(self):
        action = tool_action("Bash", {"command": "make", "timeout": 5}).sealed(NONCE)
        raw = tool_bytes("Bash", {"timeout": 5, "command": "make"})

        assert used(approved(action=action), raw=raw)["phase"] == "executing"

    @pytest.mark.parametrize("minutes", [10, DAY + 10 - 1e-6 / 60])
    def test_it_may_be_the_first_moment_or_the_last(self, minutes: float):
        assert used(approved(), minutes)["phase"] == "executing"

    def test_drift_ends_it_and_claims_nothing(self):
        drift = drift_of([a_file()], [])
        record = used(approved(), drift=drift)
        approval = asking.require(record, APPROVAL_ID)

        assert (approval["status"], approval["drift"]) == ("drifted", drift)
        assert (record["phase"], record["claim"]) == ("approval", None)

    def test_a_holder_that_wakes_up_in_doubt_with_the_newest_token_may(self):
        record: Record = {**approved(), "phase": "executing", "claim": a_claim(), "fence": 1}

        assert used(record, 99, who=Claimant(token=1))["fence"] == 1


def claimed(record: Record, **fields: Any) -> Record:
    return {**record, "claim": a_claim(2, **fields), "fence": 2}


def over(minutes: float) -> Callable[[], Record]:
    return lambda: applied(approved(), finalized(minutes=minutes))


# Why a use is refused: the record, how it is used, the code, and the sentence.
REFUSALS: dict[str, tuple[Callable[[], Record], dict[str, Any], str, str]] = {
    "another action": (
        approved,
        {"raw": PLAN + b"\n"},
        "action_changed",
        r"given for another action: .* `agent-session ask-again ap-0123456789abcdef` asks",
    ),
    "a grant that outlives what was signed": (
        lambda: tampered(grant={"taken_up_at": None, "expires_at": at(minutes_later(9 * DAY))}),
        {"minutes": 2 * DAY},
        "approval_expired",
        "has expired",
    ),
    "harmless words beside another action": (
        lambda: tampered(action={**an_approval()["action"], "shown": "list the pods"}),
        {},
        "chain_broken",
        "what a person was shown is not what would run",
    ),
    "a tool's name beside the input of another": (
        lambda: tampered(
            action={**tool_action("Bash", {"a": 1}).sealed(NONCE), "tool": "Read"}
        ),
        {"raw": tool_bytes("Bash", {"a": 1})},
        "chain_broken",
        "what a person was shown is not what would run",
    ),
    "another nonce": (
        lambda: approved(nonce=OTHER_NONCE, action=an_approval()["action"]),
        {},
        "action_changed",
        "given for another action",
    ),
    "another session named": (
        approved,
        {"agent_id": "agent-other"},
        "approval_not_found",
        "no approval 'ap-0123456789abcdef' in session 'agent-other'",
    ),
    "copied from another session": (
        lambda: approved(agent_id="agent-other"),
        {},
        "approval_not_found",
        "no approval 'ap-0123456789abcdef' in session 'agent-20260108",
    ),
    "copied from another store": (
        lambda: approved(store="77" * 16),
        {},
        "wrong_store",
        "asked for in another store",
    ),
    "another id": (approved, {"approval_id": OTHER_ID}, "approval_not_found", OTHER_ID),
    "pending": (
        asked,
        {},
        "approval_pending",
        r"not decided yet; it waits until 2026-01-09T18:05:30",
    ),
    "rejected": (
        lambda: answered(asked(), "rejected"),
        {},
        "approval_rejected",
        r"was rejected \(2026-01-08T18:15:30.000000Z\); .*ask-again",
    ),
    "expired undecided": (
        asked,
        {"minutes": DAY},
        "approval_expired",
        r"has expired \(2026-01-09T18:05:30.000000Z\)",
    ),
    "expired granted": (
        approved,
        {"minutes": DAY + 10},
        "approval_expired",
        r"has expired \(2026-01-09T18:15:30.000000Z\)",
    ),
    "superseded": (
        lambda: asked(an_approval(5, id=OTHER_ID), 5, asked()),
        {},
        "approval_cancelled",
        "was withdrawn, by a newer request",
    ),
    "used": (
        lambda: used(approved(), 15),
        {},
        "approval_used",
        r"used already, and is good for one use \(2026-01-08T18:20:30",
    ),
    "drifted": (
        lambda: used(approved(), 15, drift=drift_of([a_file()], [])),
        {},
        "approval_drifted",
        "no longer holds",
    ),
    "too weak for the request": (
        lambda: answered(asked(an_approval(required="web")), strength="web"),
        {"policy": ApprovalPolicy(strength="signed")},
        "too_weak",
        "needs an answer of strength signed, and web is weaker",
    ),
    "too weak for what it says itself": (
        lambda: tampered(required="terminal"),
        {},
        "too_weak",
        "needs an answer of strength terminal, and chat is weaker",
    ),
    "a demand that nobody knows": (
        lambda: tampered(required="retina"),
        {},
        "too_weak",
        "strength retina",
    ),
    "a stale token": (
        lambda: claimed(approved()),
        {"who": Claimant(token=1)},
        "stale_claim",
        "token 1 of session .* is stale",
    ),
    "no token where one is demanded": (
        lambda: claimed(approved()),
        {"claims": ClaimPolicy(require_token=True)},
        "token_required",
        "AGENT_SESSION_TOKEN",
    ),
    "claimed by another": (
        lambda: claimed(approved()),
        {"who": Claimant("b")},
        "claimed",
        r"claimed by 'a' until 2026-01-08T18:35:30",
    ),
    "in doubt": (
        lambda: {**claimed(approved()), "phase": "executing"},
        {"minutes": 30},
        "in_doubt",
        "was lost while executing; .*resolve",
    ),
    "over": (over(15), {}, "session_final", "is completed, and nothing follows"),
}


def tampered(**fields: Any) -> Record:
    """An approval given by chat, whose record was tampered with since."""
    record = approved()
    return {**record, "approvals": [{**each, **fields} for each in record["approvals"]]}


@pytest.mark.parametrize("why", REFUSALS)
def test_a_use_is_refused_with_a_word_and_a_sentence(why: str):
    make, how, code, sentence = REFUSALS[why]

    with pytest.raises(AgentSessionError, match=sentence) as refused:
        used(make(), **how)
    assert refused.value.code == code
    assert "\n" not in str(refused.value)


def test_equal_plans_have_different_digests():
    one, other = an_approval(), an_approval(nonce=OTHER_NONCE)

    assert one["action"]["action_digest"] != other["action"]["action_digest"]
    assert one["action"]["shown_digest"] != other["action"]["shown_digest"]
    assert one["action"]["shown"] == other["action"]["shown"]
