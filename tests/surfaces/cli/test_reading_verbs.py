"""should-resume, get, list, why and timeline: what they answer, to people and to programs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.surfaces.cli.command_line import CommandLine


def _minutes_ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


# --- should-resume ----------------------------------------------------------------------------


def test_a_session_that_waits_should_be_resumed(cli: CommandLine) -> None:
    agent_id = cli.waiting()

    assert cli("should-resume", agent_id) == (0, f"Should resume {agent_id}: True\n", "")


def test_a_no_comes_with_its_reason(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    cli.age(agent_id, _minutes_ago(31))

    ran = cli("should-resume", agent_id)

    assert ran == (1, f"Should resume {agent_id}: False (timed_out)\n", "")


@pytest.mark.parametrize("agent_id", ["nobody", "../../x", "a\nb", "x" * 200])
def test_an_unknown_id_is_a_no(cli: CommandLine, agent_id: str) -> None:
    ran = cli("should-resume", agent_id)

    assert ran.status == 1
    assert ran.out.endswith(": False (session_not_found)\n")
    assert len(ran.lines) == 1


def test_a_session_beyond_repair_is_a_no(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli.spoil(agent_id)

    assert cli("should-resume", agent_id).out.endswith(": False (state_corrupted)\n")


def test_should_resume_answers_programs(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("should-resume", agent_id, "--json")

    assert ran.status == 1
    assert ran.json == {
        "agent_id": agent_id,
        "should_resume": False,
        "reason": "phase_not_resumable",
    }


# --- get --------------------------------------------------------------------------------------


def test_get_prints_the_record_over_several_lines(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("get", agent_id)

    assert ran.lines[:2] == ["{", f'  "agent_id": "{agent_id}",']
    assert ran.json["phase"] == "initializing"
    assert cli("get", agent_id, "--json").out == ran.out


def test_get_of_an_unknown_session_is_a_no(cli: CommandLine) -> None:
    ran = cli("get", "nobody")

    assert (ran.status, ran.out) == (1, "")


def test_get_of_a_session_beyond_repair_is_a_failure_of_the_store(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli.spoil(agent_id)

    ran = cli("get", agent_id)

    assert (ran.status, ran.out) == (3, "")
    assert "agent-session verify" in ran.err


# --- list -------------------------------------------------------------------------------------


def test_a_list_in_a_pipe_is_one_line_a_session(cli: CommandLine) -> None:
    first = cli.create("--agent", "terraform-architect")
    second = cli.waiting("--agent", "gitops-operator")

    lines = cli("list").lines

    assert [line.split("\t")[:3] for line in lines] == [
        [second, "gitops-operator", "approval"],
        [first, "terraform-architect", "initializing"],
    ]
    assert lines[0].split("\t")[4:] == ["true", "0"]


def test_a_list_of_nothing_is_nothing(cli: CommandLine) -> None:
    assert cli("list") == (0, "", "")
    assert not cli.sessions.exists()


def test_a_list_can_be_of_the_ready_alone(cli: CommandLine) -> None:
    cli.create()
    waiting = cli.waiting()

    assert [line.split("\t")[0] for line in cli("list", "--active-only").lines] == [waiting]


def test_a_list_can_be_of_one_agent_and_phase(cli: CommandLine) -> None:
    cli.create("--agent", "a")
    wanted = cli.waiting("--agent", "a")
    cli.waiting("--agent", "b")

    found = cli("list", "--agent", "a", "--phase", "approval").lines

    assert [line.split("\t")[0] for line in found] == [wanted]


@pytest.mark.parametrize(
    ("option", "time", "expected"),
    [
        ("--since", "2h", {"new"}),
        ("--since", "3d", {"new", "older"}),
        ("--until", "90m", {"old", "older"}),
        ("--since", "2026-01-08T18:00Z", {"new", "older", "old"}),
        ("--until", "2026-01-08T19:00:00+01:00", {"old"}),
    ],
)
def test_a_list_can_be_of_a_time(
    cli: CommandLine, option: str, time: str, expected: set[str]
) -> None:
    for agent_id in ("new", "older", "old"):
        cli.create("--agent-id", agent_id)
    cli.age("older", _minutes_ago(24 * 60))
    cli.age("old", "2026-01-08T18:00:00Z")

    assert {line.split("\t")[0] for line in cli("list", option, time).lines} == expected


@pytest.mark.parametrize(
    "time", ["yesterday", "2", "-2h", "2y", "h", "9999999999d", "\u0661h", ""]
)
def test_a_time_that_is_none_is_a_mistake_in_the_usage(cli: CommandLine, time: str) -> None:
    ran = cli("list", "--since", time)

    assert (ran.status, ran.out) == (2, "")


def test_a_list_can_be_cut_short(cli: CommandLine) -> None:
    cli.create()
    newest = cli.create()

    found = cli("list", "--limit", "1", "--json").json

    assert [each["agent_id"] for each in found] == [newest]


@pytest.mark.parametrize("limit", ["0", "-1", "many", "1.5"])
def test_a_limit_is_a_whole_number_from_one(cli: CommandLine, limit: str) -> None:
    assert cli("list", "--limit", limit).status == 2


def test_a_list_for_programs_is_one_array(cli: CommandLine) -> None:
    assert cli("list", "--json").out == "[]\n"
    first, second = cli.create(), cli.create()

    ran = cli("list", "--json")

    assert [each["agent_id"] for each in ran.json] == [second, first]
    assert {"phase", "created_at", "resume_ready", "error_count"} <= ran.json[0].keys()


def test_a_list_names_what_it_cannot_read(cli: CommandLine) -> None:
    spoilt, sound = cli.create(), cli.create()
    cli.spoil(spoilt)

    ran = cli("list")

    assert [line.split("\t")[0] for line in ran.lines] == [sound]
    assert spoilt in ran.err
    assert ran.status == 0


# --- why --------------------------------------------------------------------------------------


def test_why_shows_every_criterion_with_its_value_and_limit(cli: CommandLine) -> None:
    agent_id = cli.waiting()

    ran = cli("why", agent_id)

    assert ran.status == 0
    assert ran.lines[0] == f"Should resume {agent_id}: True"
    assert len(ran.lines) == 2 + 9 + 1
    assert re.search(r"^ok\s+too_many_errors\s+0\s+fewer than 3$", ran.out, re.MULTILINE)


def test_why_says_which_criterion_decided_and_which_others_fail(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("why", agent_id)

    assert ran.status == 1
    assert re.search(
        r"^NO, decides\s+phase_not_resumable\s+initializing", ran.out, re.MULTILINE
    )
    assert re.search(r"^NO\s+not_resume_ready\s+false", ran.out, re.MULTILINE)


def test_why_answers_programs(cli: CommandLine) -> None:
    agent_id = cli.create()

    told = cli("why", agent_id, "--json").json

    assert (told["should_resume"], told["reason"]) == (False, "phase_not_resumable")
    assert [each["reason"] for each in told["criteria"] if each["decides"]] == [told["reason"]]


def test_why_of_what_cannot_be_looked_at_says_so(cli: CommandLine) -> None:
    spoilt = cli.create()
    cli.spoil(spoilt)

    assert cli("why", "nobody").out == "Should resume nobody: False (session_not_found)\n"
    assert cli("why", spoilt).out == f"Should resume {spoilt}: False (state_corrupted)\n"
    assert cli("why", spoilt).status == 1


# --- timeline ---------------------------------------------------------------------------------


def test_a_timeline_tells_what_changed_oldest_first(cli: CommandLine) -> None:
    agent_id = cli.create("--agent", "terraform-architect", "--metadata", '{"task_id": "T1"}')
    cli("update", agent_id, "--phase", "planning", "--metadata", '{"plan_file": "plan.json"}')
    cli("update", agent_id, "--error", "no\ncredentials")
    cli("finalize", agent_id, "failed", "--summary", "gave up")

    told = [re.sub(r"^.{27}|  \(by .*", "", line) for line in cli("timeline", agent_id).lines]

    assert told == [
        "created    terraform-architect, general, task_id=T1",
        "updated    initializing -> planning; plan_file=plan.json",
        r"updated    error: no\ncredentials",
        "finalized  planning -> failed; gave up",
    ]


def test_a_timeline_shows_the_time_of_this_place(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    agent_id = cli.create()
    monkeypatch.setenv("TZ", "XYZ-05:30")
    time.tzset()
    try:
        assert " +0530  created" in cli("timeline", agent_id).out
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_timeline_tells_of_an_edit_by_hand(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    cli.edit(agent_id, error_count=7)
    cli("update", agent_id, "--phase", "planning")

    assert "edited   error_count=7  (by person)" in cli("timeline", agent_id).out


def test_a_timeline_of_the_first_implementation_begins_later(cli: CommandLine) -> None:
    agent_id = cli.waiting("--agent", "a")
    (cli.sessions / agent_id / "journal.jsonl").unlink()

    ran = cli("timeline", agent_id)
    cli("update", agent_id, "--phase", "planning")

    assert (ran.status, ran.out) == (0, "")
    assert "no journal yet" in ran.err
    assert "a, general, taken over in approval" in cli("timeline", agent_id).lines[0]
    assert "approval -> planning" in cli("timeline", agent_id).lines[1]


def test_a_timeline_for_programs_is_the_events_themselves(cli: CommandLine) -> None:
    agent_id = cli.waiting()

    events = cli("timeline", agent_id, "--json").json

    assert [event["kind"] for event in events] == ["created", "updated"]
    assert events[1]["prev"] == events[0]["hash"]
