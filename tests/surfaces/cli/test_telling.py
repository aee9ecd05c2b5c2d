"""Where approvals are told of beside their own verbs; the brief, and the settings."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.surfaces.cli.command_line import CommandLine
from tests.surfaces.cli.processes import AS_MODULE, run_on_terminal

FORGED = "harmless\n\x1b[2Jrm -rf /\u202egnp."


def test_a_decision_is_told_to_who_asks_whether_to_resume(cli: CommandLine) -> None:
    agent_id = cli.create()
    approval_id = cli.request(agent_id)
    pending = cli("should-resume", agent_id, "--json").json
    cli.decide(approval_id, "no")

    assert "decision" not in pending
    assert cli("should-resume", agent_id, "--json").json["decision"] == "rejected"
    assert cli("should-resume", agent_id).out == f"Should resume {agent_id}: True\n"
    assert "A person has answered: rejected" in cli("why", agent_id).lines


def test_why_tells_the_clocks_of_approvals(cli: CommandLine) -> None:
    agent_id = cli.create()
    approval_id = cli.request(agent_id, "--expires", "2h")
    pending = cli("why", agent_id)
    cli.decide(approval_id)

    assert re.search(
        rf"^approval {approval_id}: +(1 h 59 min|2 h) left", pending.out, re.MULTILINE
    )
    assert re.search(r"^idle: +stands still", pending.out, re.MULTILINE)
    clocks = cli("why", agent_id, "--json").json["clocks"]
    assert [each["clock"] for each in clocks] == ["idle", f"grant {approval_id}"]


def test_a_timeline_tells_of_an_approval_from_its_request_to_its_use(cli: CommandLine) -> None:
    agent_id = cli.create()
    first = cli.request(agent_id, "--summary", "apply")
    second = cli.request(agent_id)
    cli.decide(second)
    cli("use", second, "--plan", "plan.md")

    told = [re.sub(r"^.{27}|  \(by .*", "", line) for line in cli("timeline", agent_id).lines]

    told = [re.sub(r"until \S+", "until T", re.sub(" +", " ", line)) for line in told]
    assert told[1:] == [
        f"approval_requested {first} for a plan, until T apply",
        f'approval_requested {second} for a plan, until T instead of ["{first}"]',
        f"approval_decided {second} approved by maria, strength terminal",
        "claimed taken by a holder without a name, token 1, until T",
        f"approval_used {second} is used up",
    ]


def test_a_timeline_tells_of_drift(cli: CommandLine) -> None:
    (cli.folder / "main.tf").write_text("old")
    agent_id = cli.create()
    approval_id = cli.request(agent_id, "--file", "*.tf")
    cli.decide(approval_id)
    (cli.folder / "main.tf").unlink()
    cli("use", approval_id, "--plan", "plan.md")

    told = cli("timeline", agent_id).lines[-1]

    assert f"{approval_id} no longer holds, the world has changed; main.tf" in told


def test_a_brief_is_printed_as_it_is(cli: CommandLine) -> None:
    agent_id = cli.create("--agent", FORGED)
    approval_id = cli.request(agent_id)
    cli.decide(approval_id, "use the other account")

    ran = cli("brief", agent_id)

    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[0].startswith(f"Session {agent_id} goes on.")
    assert "use the other account" in ran.out
    assert not {"\x1b", "\u202e"} & set(ran.out)
    assert cli("brief", "nobody").status == 1


def test_the_settings_on_a_terminal_are_a_table(tmp_path: Path) -> None:
    shown = run_on_terminal(tmp_path, *AS_MODULE, "settings", NO_COLOR="1").splitlines()

    assert shown[0].split() == ["SETTING", "VALUE", "FROM", "MEANING"]
    assert any(re.match(r"resume\.max_errors +3 +default ", line) for line in shown)


def test_every_setting_is_told_with_where_it_is_from(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cli.folder / ".claude").mkdir()
    path = cli.folder / ".claude/agent-session.json"
    path.write_text(json.dumps({"resume.max_errors": 5, "approval.expires_hours": 100}))
    monkeypatch.setenv("AGENT_SESSION_TURNS_KEPT", "7")

    ran = cli("settings")
    told = {each["key"]: each for each in cli("settings", "--json").json}

    assert ran.status == 0
    assert "would loosen it" in ran.err
    assert f"resume.max_errors\t5\t{path}\terrors that end a session" in ran.lines
    assert told["turns.kept"]["source"] == "AGENT_SESSION_TURNS_KEPT"
    assert told["approval.expires_hours"]["value"] == 24
