"""claim, heartbeat, release and resolve, and the writes that present a token."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.surfaces.cli.command_line import CommandLine


def _lost_while_executing(cli: CommandLine) -> str:
    """A session in doubt: its claim ended while it acted."""
    agent_id = cli.create()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert cli("claim", agent_id, "--pid", str(process.pid)).status == 0
        assert cli("update", agent_id, "--phase", "executing", "--token", "1").status == 0
        assert process.stdin is not None
        process.stdin.close()
    return agent_id


# --- claim ------------------------------------------------------------------------------------


def test_a_claim_prints_its_token(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("claim", agent_id, "--holder", "worker-1", "--lease", "30m")

    assert (ran.status, ran.err) == (0, "")
    assert re.fullmatch(rf"Claimed session: {agent_id} token 1 until 20\S+Z\n", ran.out)


def test_a_claim_answers_programs(cli: CommandLine) -> None:
    agent_id = cli.create()

    claim = cli("claim", agent_id, "--holder", "worker-1", "--json").json

    assert (claim["agent_id"], claim["token"], claim["holder"]) == (agent_id, 1, "worker-1")


def test_the_holder_gets_its_own_claim_back_and_another_is_refused(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("claim", agent_id, "--holder", "one")

    again = cli("claim", agent_id, "--holder", "one")
    other = cli("claim", agent_id, "--holder", "two")

    assert "token 1 until" in again.out
    assert (other.status, other.out) == (1, "")
    assert "is claimed by 'one'" in other.err


def test_a_refusal_tells_programs_its_code(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("claim", agent_id, "--holder", "one")

    ran = cli("claim", agent_id, "--holder", "two", "--json")

    assert ran.status == 1
    assert ran.json["refused"] == "claimed"
    assert ran.json["message"] in ran.err


def test_a_claim_holds_as_long_as_its_process_runs(cli: CommandLine) -> None:
    agent_id = cli.create()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        cli("claim", agent_id, "--holder", "one", "--pid", str(process.pid), "--lease", "1s")
        while_it_runs = cli("claim", agent_id, "--holder", "two")
        assert process.stdin is not None
        process.stdin.close()

    assert while_it_runs.status == 1
    assert cli("claim", agent_id, "--holder", "two").status == 0


def test_a_process_that_does_not_run_cannot_hold_a_claim(cli: CommandLine) -> None:
    agent_id = cli.create()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass

    ran = cli("claim", agent_id, "--pid", str(process.pid))

    assert (ran.status, ran.out) == (1, "")
    assert cli("get", agent_id).json["claim"] is None


@pytest.mark.parametrize("lease", ["0s", "8d", "999999999w"])
def test_a_lease_that_is_too_short_or_too_long_is_refused(cli: CommandLine, lease: str) -> None:
    agent_id = cli.create()

    assert cli("claim", agent_id, "--lease", lease).status in {1, 2}
    assert cli("get", agent_id).json["claim"] is None


# --- heartbeat and release --------------------------------------------------------------------


def test_a_heartbeat_extends_the_claim(cli: CommandLine) -> None:
    agent_id = cli.create()
    before = cli("claim", agent_id, "--lease", "1m", "--json").json["until"]

    ran = cli("heartbeat", agent_id, "--token", "1", "--lease", "2h")

    after = cli("get", agent_id).json["claim"]["until"]
    assert ran == (0, f"Renewed claim: {agent_id} token 1 until {after}\n", "")
    assert after > before


def test_a_heartbeat_answers_programs(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("claim", agent_id)

    claim = cli("heartbeat", agent_id, "--token", "1", "--json").json

    assert (claim["agent_id"], claim["token"]) == (agent_id, 1)


def test_the_token_can_come_from_the_environment(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = cli.create()
    cli("claim", agent_id)
    monkeypatch.setenv("AGENT_SESSION_TOKEN", "1")

    assert cli("heartbeat", agent_id).status == 0
    assert cli("release", agent_id) == (0, f"Released session: {agent_id}\n", "")


@pytest.mark.parametrize("verb", ["heartbeat", "release"])
def test_a_token_is_needed_and_the_mistake_says_where_it_can_stand(
    cli: CommandLine, verb: str
) -> None:
    agent_id = cli.create()
    cli("claim", agent_id)

    ran = cli(verb, agent_id)

    assert (ran.status, ran.out) == (2, "")
    assert "--token, or in AGENT_SESSION_TOKEN" in ran.err


@pytest.mark.parametrize("verb", ["heartbeat", "release"])
def test_a_stale_token_is_refused(cli: CommandLine, verb: str) -> None:
    agent_id = cli.create()
    cli("claim", agent_id)
    cli("release", agent_id, "--token", "1")
    cli("claim", agent_id)

    ran = cli(verb, agent_id, "--token", "1")

    assert (ran.status, ran.out) == (1, "")
    assert "is stale" in ran.err
    assert cli("get", agent_id).json["claim"]["token"] == 2


def test_what_is_released_can_be_claimed_with_the_next_token(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("claim", agent_id, "--holder", "one")
    cli("release", agent_id, "--token", "1")

    assert "token 2 until" in cli("claim", agent_id, "--holder", "two").out


# --- writes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["update {} --phase planning", "finalize {} completed"])
def test_a_write_with_a_stale_token_changes_nothing(cli: CommandLine, line: str) -> None:
    agent_id = cli.create()
    cli("claim", agent_id)

    ran = cli(*line.format(agent_id).split(), "--token", "7")

    assert (ran.status, ran.out) == (1, "")
    assert "token 7" in ran.err
    assert cli("get", agent_id).json["phase"] == "initializing"


@pytest.mark.parametrize("line", ["update {} --phase planning", "finalize {} completed"])
def test_a_write_with_the_token_is_taken(cli: CommandLine, line: str) -> None:
    agent_id = cli.create()
    cli("claim", agent_id, "--holder", "one")

    assert cli(*line.format(agent_id).split(), "--token", "1").status == 0


def test_a_token_in_the_environment_that_is_none_is_named(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = cli.create()
    monkeypatch.setenv("AGENT_SESSION_TOKEN", "\x1b[31msecret")

    ran = cli("update", agent_id, "--phase", "planning")

    assert (ran.status, ran.out) == (1, "")
    assert "is no token" in ran.err
    assert "\x1b" not in ran.err


def test_who_holds_the_claim_may_resume_and_others_are_told_who_does(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent_id = cli.waiting()
    cli("claim", agent_id, "--holder", "worker-1")

    other = cli("should-resume", agent_id, "--json")
    monkeypatch.setenv("AGENT_SESSION_TOKEN", "1")

    assert (other.json["reason"], other.json["claimed_by"]) == ("claimed", "worker-1")
    assert cli("should-resume", agent_id).status == 0
    assert cli("why", agent_id).status == 0


# --- resolve ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resolution", "phase"),
    [("retry", "planning"), ("completed", "completed"), ("failed", "failed")],
)
def test_a_person_resolves_what_is_in_doubt(
    cli: CommandLine, resolution: str, phase: str
) -> None:
    agent_id = _lost_while_executing(cli)
    in_doubt = cli("should-resume", agent_id)

    ran = cli("resolve", agent_id, "--as", resolution)

    assert in_doubt.out.endswith("False (in_doubt)\n")
    assert (
        ran.out == f"Resolved session: {agent_id} as {resolution}, its phase is {phase} now\n"
    )
    assert cli("get", agent_id).json["phase"] == phase


def test_an_agent_does_not_resolve(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    agent_id = _lost_while_executing(cli)
    monkeypatch.setenv("CLAUDECODE", "1")

    ran = cli("resolve", agent_id, "--as", "retry")

    assert ran.status == 1
    assert "a person to say" in ran.err
    assert cli("get", agent_id).json["phase"] == "executing"


def test_what_is_not_in_doubt_is_not_resolved(cli: CommandLine) -> None:
    agent_id = cli.waiting()

    ran = cli("resolve", agent_id, "--as", "failed")

    assert (ran.status, ran.out) == (1, "")
    assert cli("get", agent_id).json["phase"] == "approval"


# --- told -------------------------------------------------------------------------------------


def test_why_tells_the_clocks_of_a_claim_and_of_idleness(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    cli("claim", agent_id, "--holder", "worker-1", "--lease", "2h")

    ran = cli("why", agent_id)

    assert re.search(
        r"^idle: +(29 min 59 s|30 min) left, until .*30 min$", ran.out, re.MULTILINE
    )
    assert re.search(
        r"^claim 1: +(1 h 59 min|2 h) left, until .* of worker-1$", ran.out, re.MULTILINE
    )


def test_why_says_that_a_claim_lasts_as_long_as_its_process(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    cli("claim", agent_id, "--pid", str(os.getpid()))

    clocks = cli("why", agent_id, "--json").json["clocks"]

    assert [each["clock"] for each in clocks] == ["idle", "claim 1"]
    assert clocks[1]["ends_at"] is None
    assert f"as long as its process {os.getpid()} runs" in clocks[1]["note"]


def test_why_says_that_a_claim_is_lost(cli: CommandLine) -> None:
    agent_id = _lost_while_executing(cli)

    ran = cli("why", agent_id)

    assert re.search(r"^NO, decides +in_doubt +lost by", ran.out, re.MULTILINE)
    assert re.search(r"^claim 1: .*lost: its process has ended$", ran.out, re.MULTILINE)


def test_a_timeline_tells_of_claims(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("claim", agent_id, "--holder", "wor\nker")
    cli("heartbeat", agent_id, "--token", "1")
    cli("release", agent_id, "--token", "1")

    lines = cli("timeline", agent_id).lines

    assert [line.split()[3] for line in lines] == ["created", "claimed", "renewed", "released"]
    assert r"taken by wor\nker, token 1, until" in lines[1]
    assert "sign of life, the claim lasts until" in lines[2]
    assert "the claim is given up, token 1" in lines[3]


def test_a_timeline_tells_how_doubt_was_resolved(cli: CommandLine) -> None:
    agent_id = _lost_while_executing(cli)
    cli("resolve", agent_id, "--as", "retry")

    assert "a person says: retry, so planning" in cli("timeline", agent_id).lines[-1]
