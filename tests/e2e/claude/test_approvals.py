"""The main job with the real client: an agent asks and its process ends, a person answers
elsewhere, and another process wakes it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.plugged import APPLIED, ASKING, PLAN, SAID, Plugged, host_of
from tests.e2e.claude.scenarios import delegate, say

if TYPE_CHECKING:
    from tests.e2e.claude.client import Bench


@pytest.fixture
def asked(bench: Bench) -> Plugged:
    """An agent has asked for an approval, and every process has ended."""
    return _asked(bench, ASKING)


def _asked(bench: Bench, asking: str) -> Plugged:
    plugged = Plugged(bench)
    bench.play([delegate("Plan the VPC."), say("It waits for you.")], [say(asking)])
    plugged.run("Please plan.")
    return plugged


def test_what_is_approved_elsewhere_is_carried_out_by_a_new_process(asked: Plugged) -> None:
    before = asked.record
    assert (before["phase"], asked.approval["status"]) == ("approval", "pending")
    assert asked.approval["action"]["shown"] == PLAN

    asked.approve()
    asked.wake(say(APPLIED))

    child, after = asked.bench.requests_of_child[-1], asked.record
    assert [child.holds(said) for said in ("Plan the VPC.", "The plan is ready.", SAID)] == [
        True,
        True,
        True,
    ]
    assert child.holds(f"Approval {asked.approval['id']} was approved")
    assert (after["phase"], len(after["turns"])) == ("completed", 2)
    assert after["turns"][1]["summary"] == APPLIED
    assert after["claim"] is None


def test_an_agent_whose_request_waits_is_not_woken(asked: Plugged) -> None:
    told = asked.knock()

    assert asked.approval["id"] in told
    assert "approval_pending" in told
    assert "agent-session approve" in told
    assert len(asked.bench.requests_of_child) == 1
    assert (asked.record["phase"], asked.record["claim"]) == ("approval", None)


def test_main_is_told_of_an_answer_that_was_given_elsewhere(asked: Plugged) -> None:
    asked.approve()
    asked.bench.play([say("I shall wake it.")])
    asked.run("What now?", resume=True)

    told = asked.bench.requests_of_main[-1]
    assert told.holds(f"the person has approved {asked.approval['id']}")
    assert told.holds(f'SendMessage {{"to": "{asked.bench.agent_id}"')


def test_a_rejected_agent_is_woken_with_the_persons_reason(asked: Plugged) -> None:
    asked.reject("not before the backup")
    asked.wake(say("I plan anew."))

    child = asked.bench.requests_of_child[-1]
    assert child.holds("was rejected")
    assert child.holds("not before the backup")
    assert (asked.record["phase"], asked.record["resume_ready"]) == ("planning", True)


def test_a_request_that_nobody_answered_approves_nothing(bench: Bench) -> None:
    plugged = _asked(bench, ASKING.replace('"files"', '"expires": "1s", "files"'))
    time.sleep(1.1)

    told = plugged.knock()

    assert "approval_expired" in told
    assert "agent-session ask-again" in told
    assert len(bench.requests_of_child) == 1


def test_what_changed_since_the_request_is_told_and_makes_the_answer_void(
    asked: Plugged,
) -> None:
    asked.approve()
    (asked.bench.project / "main.tf").write_text("subnets = 300\n")
    asked.wake(say("I look first."), say("It has changed."))

    assert asked.bench.requests_of_child[-1].holds("main.tf")
    assert asked.bench.requests_of_child[-1].holds("1 things have changed since")


def test_a_block_that_cannot_be_understood_is_told_once(bench: Bench) -> None:
    plugged = Plugged(bench)
    broken = ASKING.replace('"plan"', '"plam"')
    bench.play([delegate("Plan."), say("It waits.")], [say(broken), say(ASKING)])
    plugged.run("Please plan.")

    assert bench.requests_of_child[-1].holds("unknown key 'plam'")
    assert len(bench.requests_of_child) == 2
    assert plugged.approval["status"] == "pending"


def test_an_agent_that_cannot_ask_waits_all_the_same(bench: Bench) -> None:
    plugged = Plugged(bench)
    broken = ASKING.replace('"plan"', '"plam"')
    bench.play([delegate("Plan."), say("It waits.")], [say(broken), say(broken)])
    plugged.run("Please plan.")

    assert len(bench.requests_of_child) == 2
    assert (plugged.record["phase"], plugged.record["error_count"]) == ("planning", 1)


def test_an_agent_that_never_asked_is_done_and_has_a_successor_when_woken(
    bench: Bench,
) -> None:
    plugged = Plugged(bench)
    bench.play([delegate("Look."), say("Seen.")], [say("All is well.")])
    plugged.run("Please look.")
    first = plugged.record
    assert first["phase"] == "completed"

    plugged.wake(say("Still well."))

    second, unchanged = plugged.sessions()
    assert unchanged == first
    assert second["parent"] == {"agent_id": first["agent_id"], "revision": first["revision"]}
    assert (second["phase"], host_of(second)["agent_id"]) == ("completed", bench.agent_id)
