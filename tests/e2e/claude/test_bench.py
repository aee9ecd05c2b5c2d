"""The bench alone, without the plugin: what the real client does with a scripted model."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.e2e.claude.client import Bench
from tests.e2e.claude.scenarios import (
    FAILURES_THAT_KILL,
    bash,
    call,
    delegate,
    fail,
    hold,
    resume,
    say,
)

if TYPE_CHECKING:
    import pytest

PLANNED = "PLAN: 3 to add"


def _planned(bench: Bench) -> None:
    """A session in which one subagent has planned and stopped."""
    bench.play([delegate("Plan the VPC."), say("It is planned.")], [say(PLANNED)])
    bench.run("Please plan.")


def test_main_delegates_and_gets_the_report(bench: Bench) -> None:
    bench.play([delegate("Plan the VPC."), say("It is planned.")], [say(PLANNED)])

    answer = bench.run("Please plan.")

    assert (answer.status, answer.text, answer.stderr) == (0, "It is planned.", "")
    assert bench.requests_of_child[0].holds("Plan the VPC.")
    assert PLANNED in bench.requests_of_main[-1].results[-1]
    assert bench.agent_id in bench.requests_of_main[-1].results[-1]


def test_a_subagent_resumed_by_another_process_knows_all_that_it_did(bench: Bench) -> None:
    _planned(bench)
    agent_id = bench.agent_id
    bench.play(*resume("Go on.", say("APPLIED"), to=agent_id))

    answer = bench.run("Go on with it.", resume=True)

    resumed = bench.requests_of_child[-1]
    assert answer.text == "It is done."
    assert [resumed.holds(text) for text in ("Plan the VPC.", PLANNED, "Go on.")] == [True] * 3
    assert bench.agent_ids == {agent_id}


def test_turns_may_name_the_subagent_that_was_reported(bench: Bench) -> None:
    _planned(bench)
    bench.play(*resume("Go on.", say("APPLIED")))

    bench.run("Go on with it.", resume=True)

    assert bench.requests_of_child[-1].holds("Go on.")
    assert {missed for each in bench.model.requests for missed in each.missed} == set()


def test_a_client_killed_in_mid_run_leaves_a_session_that_resumes(bench: Bench) -> None:
    bench.play([delegate("Plan the VPC.")], [hold(threading.Event(), say("never said"))])
    client = bench.start("Please plan.")
    agent_id = bench.agent_id

    killed = client.kill()

    assert (killed.status, killed.stdout, client.alive) == (-9, "", False)
    bench.play(*resume("Go on.", say("APPLIED"), to=agent_id))
    answer = bench.run("Go on with it.", resume=True)
    assert answer.text == "It is done."
    assert bench.requests_of_child[-1].holds("Plan the VPC.")


def test_requests_that_fail_end_the_subagent_without_a_stop(bench: Bench) -> None:
    bench.log_events()
    bench.play([delegate("Plan the VPC."), say("It failed.")], [fail()] * FAILURES_THAT_KILL)

    answer = bench.run("Please plan.")

    (failure,) = [each for each in bench.events if each["hook_event_name"] == "StopFailure"]
    assert (answer.status, answer.text) == (0, "It failed.")
    assert failure["agent_id"] == bench.agent_id
    assert "SubagentStop" not in bench.names_of_events()


def test_a_compaction_stops_two_subagents_that_never_were(bench: Bench) -> None:
    _planned(bench)
    bench.log_events()
    bench.play([say("All that was said, in short.")] * 2)

    answer = bench.run("/compact keep the ids", resume=True)

    stops = [each for each in bench.events if each["hook_event_name"] == "SubagentStop"]
    assert answer.status == 0
    assert [stop["agent_type"] for stop in stops] == ["", ""]
    assert not {stop["agent_id"] for stop in stops} & bench.agent_ids
    assert {"PreCompact", "PostCompact"} < set(bench.names_of_events())


def test_hooks_see_the_client_that_was_started(bench: Bench) -> None:
    bench.allow("Bash")
    bench.play([bash("echo pid $CLAUDE_PID"), say("Done.")])

    client = bench.start("What is your pid?")
    client.end()

    assert f"pid {client.pid}" in bench.requests_of_main[-1].results[-1]


def test_a_command_that_nobody_allowed_is_refused(bench: Bench) -> None:
    bench.play(
        [delegate("Apply."), say("Refused.")], [bash("terraform apply plan"), say("Refused.")]
    )

    bench.run("Please apply.")

    assert "requires approval" in bench.requests_of_child[-1].results[-1]
    assert bench.calls("terraform") == []


def test_a_command_that_is_allowed_runs_a_stand_in(bench: Bench) -> None:
    bench.allow("Bash(terraform apply:*)")
    bench.play(
        [delegate("Apply."), say("Applied.")], [bash("terraform apply plan"), say("Applied.")]
    )

    bench.run("Please apply.")

    assert bench.calls("terraform") == ["apply plan"]
    assert "terraform: stand-in" in bench.requests_of_child[-1].results[-1]


def test_nothing_of_the_callers_environment_reaches_the_client(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_CALLER", "its secret")
    bench.allow("Bash")
    bench.play([bash("env"), say("Done.")])

    bench.run("What do you see?")

    assert "DISABLE_TELEMETRY=1" in bench.requests_of_main[-1].results[-1]
    assert not bench.told("OF_THE_CALLER")


def test_tools_that_schedule_a_prompt_are_offered(bench: Bench) -> None:
    """The plugin's guard names them; a client that renames one must be seen here."""
    bench.play([call("ToolSearch", query="select:CronCreate,SendMessage"), say("Done.")])

    bench.run("Which tools are there?")

    offered = bench.requests_of_main[-1].tools
    assert offered >= {"Agent", "Bash", "CronCreate", "ScheduleWakeup", "SendMessage"}
