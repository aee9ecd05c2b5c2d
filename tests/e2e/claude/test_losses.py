"""What is lost with the real client, and what is not: kills, failures, and two at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.plugged import APPLIED, ASKING, SAID, Plugged, host_of
from tests.e2e.claude.scenarios import (
    FAILURES_THAT_KILL,
    bash,
    delegate,
    fail,
    hold,
    say,
    send_message,
)

if TYPE_CHECKING:
    from tests.e2e.claude.client import Bench


@pytest.fixture
def plugged(bench: Bench) -> Plugged:
    bench.allow("Bash(*)")
    return Plugged(bench)


def _asked(plugged: Plugged) -> None:
    plugged.bench.play([delegate("Plan the VPC."), say("It waits for you.")], [say(ASKING)])
    plugged.run("Please plan.")


def _never() -> threading.Event:
    return threading.Event()


def _report(phase: str) -> str:
    """The command by which an agent says its phase, as it was told to."""
    return "{{re:by exactly this command: (.*?) PHASE with PHASE}} " + phase


def test_an_agent_says_its_phase_without_being_asked_for_it(bench: Bench) -> None:
    plugged = Plugged(bench)  # with no permission for any command
    plugged.bench.play(
        [delegate("Plan."), say("So it is.")],
        [bash(_report("investigating")), say("I shall look further.")],
    )
    plugged.run("Please plan.")

    assert (plugged.record["phase"], plugged.record["resume_ready"]) == ("investigating", True)
    assert plugged.record["turns"][0]["summary"] == "I shall look further."


def test_a_kill_while_an_agent_acted_leaves_it_in_doubt_until_a_person_has_looked(
    plugged: Plugged,
) -> None:
    bench = plugged.bench
    _asked(plugged)
    plugged.approve()
    bench.play(
        [send_message(SAID, to=bench.agent_id), say("Waiting.")], [hold(_never(), say(""))]
    )
    client = plugged.start("Go on.", resume=True)
    bench.wait_for_child(2)
    assert plugged.record["phase"] == "executing"
    client.kill()

    told = plugged.knock()
    assert "in_doubt" in told
    assert "agent-session resolve" in told
    assert len(bench.requests_of_child) == 2

    agent_id = plugged.record["agent_id"]
    plugged.command("resolve", agent_id, "--as", "retry")
    plugged.wake(say("I plan anew."))
    assert plugged.record["phase"] == "planning"


def test_a_kill_while_an_agent_planned_leaves_it_paused(plugged: Plugged) -> None:
    bench = plugged.bench
    bench.play([delegate("Plan.")], [bash(_report("planning")), hold(_never(), say(""))])
    client = plugged.start("Please plan.")
    bench.wait_for_child(2)
    assert plugged.record["host"] == {**host_of(plugged.record), "agent_id": bench.agent_id}
    client.kill()
    assert plugged.record["claim"] is not None

    plugged.wake(say(ASKING))

    assert plugged.record["claim"] is None
    assert (plugged.record["phase"], plugged.approval["status"]) == ("approval", "pending")


def test_the_next_client_puts_in_order_what_a_kill_has_left(plugged: Plugged) -> None:
    bench = plugged.bench
    bench.play([delegate("Plan.")], [bash(_report("planning")), hold(_never(), say(""))])
    client = plugged.start("Please plan.")
    bench.wait_for_child(2)
    client.kill()

    bench.play([say("Hello.")])
    plugged.run("Hello.")

    assert (plugged.record["claim"], plugged.record["phase"]) == (None, "planning")


def test_an_agent_that_an_api_error_ends_keeps_its_plan_and_its_error(plugged: Plugged) -> None:
    bench = plugged.bench
    child = [bash(_report("planning")), *[fail()] * FAILURES_THAT_KILL]
    bench.play([delegate("Plan."), say("It has failed.")], child)
    plugged.run("Please plan.")

    record = plugged.record
    assert (record["phase"], record["error_count"], record["claim"]) == ("planning", 1, None)
    assert "API Error" in (record["last_error"] or {"message": ""})["message"]

    plugged.wake(say(ASKING))
    assert plugged.approval["status"] == "pending"


def test_an_api_error_before_an_agent_has_said_anything_ends_its_session(
    plugged: Plugged,
) -> None:
    plugged.bench.play([delegate("Plan."), say("Failed.")], [fail()] * FAILURES_THAT_KILL)
    plugged.run("Please plan.")

    assert (plugged.record["phase"], plugged.record["error_count"]) == ("failed", 1)


def test_a_compaction_leaves_every_session_alone(plugged: Plugged) -> None:
    _asked(plugged)
    before = plugged.record
    plugged.run("/compact keep the ids", resume=True)

    assert plugged.record == before


def test_of_two_clients_that_wake_one_agent_only_one_does(plugged: Plugged) -> None:
    bench = plugged.bench
    _asked(plugged)
    plugged.approve()
    goes_on = threading.Event()
    message = send_message(SAID, to=bench.agent_id)
    bench.play([message, say("Waiting.")], [hold(goes_on, say(APPLIED))])
    winner = plugged.start("Go on.", resume=True)
    bench.wait_for_child(2)
    bench.wait_for_main(4)

    bench.play([message, say("Somebody else has it.")])
    plugged.run("Go on.", resume=True)
    told = str(bench.requests_of_main[-1].results[-1])
    assert f"(process {winner.pid}) goes on with it already" in told

    goes_on.set()
    winner.end()
    assert len(bench.requests_of_child) == 2
    assert (plugged.record["phase"], len(plugged.record["turns"])) == ("completed", 2)


def test_two_clients_that_wake_one_agent_at_the_same_moment_wake_it_once(
    plugged: Plugged,
) -> None:
    bench = plugged.bench
    _asked(plugged)
    plugged.approve()
    both_ask, goes_on = threading.Event(), threading.Event()
    message = hold(both_ask, send_message(SAID, to=bench.agent_id))
    bench.play([message, message, *[say("So be it.")] * 4], [hold(goes_on, say(APPLIED))])
    clients = [plugged.start("Go on.", resume=True) for _ in range(2)]
    bench.wait_for_main(4)
    both_ask.set()
    bench.wait_for_main(6)  # each has been told what became of its message
    goes_on.set()
    for client in clients:
        client.end()

    assert len(bench.requests_of_child) == 2
    assert (plugged.record["phase"], len(plugged.record["turns"])) == ("completed", 2)
