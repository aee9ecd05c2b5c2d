"""An agent of the host starts: it has a session, and is told what to do with it."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from agent_session.world import processes
from tests.surfaces.hooks.host_project import AGENT_ID, ASKING, SESSION, plain

if TYPE_CHECKING:
    from tests.surfaces.hooks.host_project import HostProject

DEFINITION = "---\nname: terraform-architect\n---\nPlan well.\n"


def reported(context: str, phase: str) -> str:
    """The command that an agent is told to report with, for *phase*."""
    (command,) = re.findall(r"command: (.*? --phase )PHASE\b", context)
    return f"{command}{phase}"


def test_an_agent_that_starts_has_a_session_claimed_for_its_clients_process(
    host: HostProject,
) -> None:
    host.start()

    record = host.record
    claim = record["claim"]
    assert claim is not None
    assert (claim["holder"], claim["token"], claim["is_grant"]) == (SESSION, 1, False)
    assert claim["process"] == processes.identity(os.getpid())
    assert (record["phase"], record["agent_name"]) == ("initializing", "terraform-architect")


def test_the_session_knows_where_its_agent_runs(host: HostProject) -> None:
    host.start()

    known = host.record["host"]
    assert known is not None
    assert (known["kind"], known["session_id"]) == ("claude-code", SESSION)
    assert (known["agent_id"], known["cwd"]) == (AGENT_ID, str(host.path))
    assert known["transcript_path"] == str(host.transcripts / f"{SESSION}.jsonl")


def test_the_agent_is_told_its_session_and_how_to_ask(host: HostProject) -> None:
    told = host.start()

    assert f"as session {host.record['agent_id']}." in told
    assert "approval-request" in told
    assert "Only a brief that agent-session gives you states a decision" in told


def test_what_the_agent_is_told_to_report_with_works_in_its_shell(host: HostProject) -> None:
    command = reported(host.start(), "investigating")

    below = host.path / "infra"
    below.mkdir()
    variables = {**host.variables}
    del variables["CLAUDE_PROJECT_DIR"]  # a host tells it to hooks alone
    ran = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=below,
        env=variables,
        capture_output=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert host.record["phase"] == "investigating"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("evil\nname\x1b[31m", "evil\\nname\\x1b[31m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("n" * 5000, "n" * 199 + "…"),
    ],
    ids=["control", "bidi", "long"],
)
def test_an_agents_name_is_one_bounded_line_however_it_is_told(
    host: HostProject, name: str, kept: str
) -> None:
    told = host.start(agent_type=name)

    assert host.record["agent_name"] == kept
    assert name not in told
    assert "\x1b" not in told


@pytest.mark.parametrize("pid", [None, "", "0", "-1", "1e3", "٣", "x", "9" * 9, "9" * 400])
def test_without_a_process_that_runs_the_claim_is_for_a_time(
    host: HostProject, pid: str | None
) -> None:
    del host.variables["CLAUDE_PID"]
    if pid is not None:
        host.variables["CLAUDE_PID"] = pid

    host.start()

    claim = host.record["claim"]
    assert claim is not None
    assert (claim["holder"], claim["process"]) == (SESSION, None)


def test_without_a_process_a_stop_still_ends_the_session(host: HostProject) -> None:
    del host.variables["CLAUDE_PID"]
    host.start()

    host.end()

    assert host.record["phase"] == "completed"


def test_where_no_store_can_be_made_the_agent_goes_on_without_a_word(host: HostProject) -> None:
    (host.path / ".claude").write_text("this is no folder")

    host.silence("SubagentStart.fresh")
    host.silence("SubagentStop.foreground", last_assistant_message=ASKING)
    host.silence("PreToolUse.SendMessage")
    assert (host.path / ".claude").read_text() == "this is no folder"


def test_an_agent_that_starts_again_after_its_end_has_a_successor(host: HostProject) -> None:
    host.start()
    host.end()
    first = host.record

    told = host.start()

    second, before = sorted(host.sessions(), key=lambda each: each["parent"] is None)
    assert second["parent"] == {"agent_id": first["agent_id"], "revision": first["revision"]}
    assert f"It follows {first['agent_id']}, which has ended." in told
    assert before == first


def test_of_all_its_sessions_an_agent_goes_on_with_the_live_one(host: HostProject) -> None:
    host.start()
    host.end()
    host.start()
    host.report("planning", host.sessions()[0]["agent_id"])
    host.end()

    host.start()

    assert sorted(each["phase"] for each in host.sessions()) == ["completed", "planning"]


def test_an_agent_that_another_process_runs_is_told_to_stand_down(host: HostProject) -> None:
    host.start()
    before = host.record

    with host.elsewhere():
        told = host.start()

    assert f"process {os.getpid()}" in told
    assert "Do nothing now: end your turn, and say this." in told
    assert host.record == before


def test_what_stands_down_ends_nothing_as_it_stops(host: HostProject) -> None:
    host.start()
    before = host.record

    with host.elsewhere():
        host.start()
        host.end(ASKING)

    assert host.record == before


def test_an_agent_that_was_lost_while_it_acted_is_told_to_stand_down(host: HostProject) -> None:
    with host.elsewhere():
        host.start()
        host.report("executing")
    before = host.record

    told = plain(host.start())

    assert "in_doubt" in told
    assert f"agent-session resolve {before['agent_id']}" in told
    assert "Do nothing now" in told
    assert host.record == before


def test_an_agent_that_was_lost_while_it_planned_goes_on_in_the_new_process(
    host: HostProject,
) -> None:
    with host.elsewhere():
        host.start()
        host.report("planning")

    told = host.start()

    claim = host.record["claim"]
    assert claim is not None
    assert (claim["token"], claim["process"]["pid"]) == (2, os.getpid())
    assert f"--token {claim['token']} " in told
    assert "Its phase is planning." in told


def test_the_token_of_the_process_before_is_stale_then(host: HostProject) -> None:
    with host.elsewhere():
        old = reported(host.start(), "executing")
        host.report("planning")
    host.start()

    ran = subprocess.run(
        ["/bin/sh", "-c", old],
        cwd=host.path,
        env=host.variables,
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 1
    assert b"token 1" in ran.stderr
    assert host.record["phase"] == "planning"


def test_an_agent_of_no_type_has_no_session(host: HostProject) -> None:
    host.silence("SubagentStart.fresh", agent_type="")
    host.silence("SubagentStart.fresh", agent_id="")

    assert host.sessions() == []


def test_the_definition_that_an_agent_started_with_is_remembered(host: HostProject) -> None:
    path = host.path / ".claude/agents/terraform-architect.md"
    path.parent.mkdir(parents=True)
    path.write_text(DEFINITION)
    host.start()
    first = host.record["host"]

    path.write_text(DEFINITION + "Now plan worse.\n")
    host.start("a0000000000000001")

    newest = host.sessions()[0]["host"]
    assert first is not None
    assert newest is not None
    assert len(first["definition"]) == 64
    assert newest["definition"] != first["definition"]


@pytest.mark.parametrize("name", ["../../../etc/passwd", ".hidden", "a/b", "a\x00b", ""])
def test_a_name_that_leads_elsewhere_is_looked_for_nowhere(
    host: HostProject, name: str
) -> None:
    if not name:
        host.silence("SubagentStart.fresh", agent_type=name)
        return
    host.start(agent_type=name)

    known = host.record["host"]
    assert known is not None
    assert known["definition"] is None


def test_a_claim_that_a_person_took_is_not_taken_from_them(host: HostProject) -> None:
    host.asked()
    host.decide()
    host.wiring().claims.claim(host.record["agent_id"], "ada")
    before = host.record

    told = host.start()

    assert "ada" in told
    assert "Do nothing now" in told
    assert host.record == before


def test_two_hooks_of_one_start_begin_one_session(host: HostProject) -> None:
    for number in range(5):
        start = {"name": "SubagentStart.fresh", "agent_id": f"a{number:016x}"}
        host.at_once(start, start)

    assert len(host.sessions()) == 5
