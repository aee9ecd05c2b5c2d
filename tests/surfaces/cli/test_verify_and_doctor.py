"""verify finds what is wrong and mends what can be; doctor looks at all that surrounds it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.project.tree import ROOT
from tests.surfaces.cli.command_line import CommandLine


def _journal(cli: CommandLine, agent_id: str) -> Path:
    return cli.sessions / agent_id / "journal.jsonl"


# --- verify -----------------------------------------------------------------------------------


def test_sound_sessions_are_said_to_be_sound(cli: CommandLine) -> None:
    first, _ = cli.create(), cli.waiting()

    assert cli("verify") == (0, "Verified 2 sessions: all sound\n", "")
    assert cli("verify", first) == (0, "Verified 1 session: all sound\n", "")


def test_a_changed_journal_is_named_with_its_first_bad_line(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    journal = _journal(cli, agent_id)
    journal.write_text(journal.read_text().replace('"phase":"approval"', '"phase":"planning"'))

    ran = cli("verify")

    assert ran.status == 1
    assert f"{agent_id}: journal.jsonl line 2: its content does not match its hash" in ran.out
    assert ran.lines[-1] == "Verified 1 session: 1 flawed"


def test_a_repair_rebuilds_a_snapshot(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    (cli.sessions / agent_id / "state.json").write_text("{")

    assert cli("verify").status == 1
    ran = cli("verify", "--repair")

    assert ran.status == 0
    assert ran.lines[0].startswith(f"{agent_id}: repaired: state.json is no valid record")
    assert (
        json.loads((cli.sessions / agent_id / "state.json").read_text())["phase"] == "approval"
    )


def test_a_repair_of_one_session_leaves_the_others(cli: CommandLine) -> None:
    one, other = cli.waiting(), cli.waiting()
    for agent_id in (one, other):
        (cli.sessions / agent_id / "state.json").write_text("{")

    assert cli("verify", one, "--repair").status == 0
    assert cli("verify", "--json").json["flaws"].keys() == {other}


def test_what_cannot_be_repaired_stays_wrong(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli.spoil(agent_id)

    ran = cli("verify", "--repair")

    assert ran.status == 1
    assert ran.lines[-1] == "Verified 1 session: 1 still flawed"
    assert (cli.sessions / agent_id).exists()


def test_verify_of_an_unknown_session_is_a_no(cli: CommandLine) -> None:
    assert cli("verify", "nobody").status == 1


def test_verify_answers_programs(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    (cli.sessions / agent_id / "state.json").write_text("{")

    told = cli("verify", "--json").json
    mended = cli("verify", "--repair", "--json").json

    assert (told["verified"], told["flaws"].keys(), told["repaired"]) == (1, {agent_id}, [])
    assert (mended["flaws"], mended["repaired"]) == ({}, [agent_id])


# --- doctor -----------------------------------------------------------------------------------


def _checks(cli: CommandLine) -> dict[str, dict[str, Any]]:
    return {check["what"]: check for check in cli("doctor", "--json").json["checks"]}


def test_an_empty_project_is_well_and_stays_empty(cli: CommandLine) -> None:
    ran = cli("doctor")

    assert ran.status == 0
    assert ran.lines[-1] == "all is well"
    assert list(cli.folder.iterdir()) == []


def test_doctor_tells_what_there_is(cli: CommandLine) -> None:
    cli.create()

    found = _checks(cli)

    assert found["store"]["value"] == f"files:{cli.sessions}"
    assert found["sessions"]["value"].startswith("1, ")
    assert found["index"]["value"] == "trusted"
    assert found["resume.idle_minutes"]["value"] == "30 (default)"
    assert {"agent-session", "python", "file system", "disk space", "private"} <= found.keys()


def test_doctor_names_where_a_setting_is_from(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_SESSION_RESUME_MAX_ERRORS", "5")

    found = _checks(cli)

    assert found["resume.max_errors"]["value"] == "5 (AGENT_SESSION_RESUME_MAX_ERRORS)"


def test_doctor_finds_what_others_may_read(cli: CommandLine) -> None:
    agent_id = cli.create()
    os.chmod(cli.sessions / agent_id / "state.json", 0o644)

    ran = cli("doctor")

    assert ran.status == 1
    assert f"{agent_id}/state.json" in ran.out
    assert ran.lines[-1] == f"  private: chmod -R go-rwx {cli.sessions}"


def test_the_advice_on_private_files_helps(cli: CommandLine) -> None:
    agent_id = cli.create()
    os.chmod(cli.sessions, 0o755)
    os.chmod(cli.sessions / agent_id, 0o750)

    os.system(cli("doctor").lines[-1].partition(": ")[2])

    assert cli("doctor").status == 0


def test_doctor_finds_a_setting_that_cannot_be(cli: CommandLine) -> None:
    (cli.folder / ".claude").mkdir()
    (cli.folder / ".claude/agent-session.json").write_text('{"resume.max_errors": "three"}')

    ran = cli("doctor")

    assert ran.status == 1
    assert "resume.max_errors cannot be 'three'" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize("store", ["bogus:x", "files:/proc/version"])
def test_doctor_finds_a_store_that_cannot_be(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.setenv("AGENT_SESSION_STORE", store)

    ran = cli("doctor")

    assert ran.status == 1
    assert "(from AGENT_SESSION_STORE)" in ran.out


def test_doctor_finds_a_store_that_is_a_link(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (cli.folder / ".claude").mkdir()
    cli.sessions.symlink_to(tmp_path / "elsewhere")

    found = _checks(cli)

    assert found["store opens"]["is_right"] is False
    assert "symbolic link" in found["store opens"]["value"]


# --- hooks ------------------------------------------------------------------------------------


def _register(path: Path, event: str, command: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hook = {"type": "command", "command": command}
    path.write_text(json.dumps({"hooks": {event: [{"matcher": "Task", "hooks": [hook]}]}}))


def test_hooks_that_nobody_registered_are_only_told(cli: CommandLine) -> None:
    check = _checks(cli)["hook pre_delegate.py"]

    assert check["is_right"] is None
    assert "in no .claude/settings*.json" in check["value"]


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_a_hook_of_this_checkout_is_found_in_the_project(cli: CommandLine, name: str) -> None:
    path = cli.folder / ".claude" / name
    _register(path, "PreToolUse", f"python3 '{ROOT}/hooks/pre_delegate.py'")

    value = _checks(cli)["hook pre_delegate.py"]["value"]

    assert value == f"PreToolUse in {path}, this checkout's"


def test_a_hook_of_this_checkout_is_found_at_the_user_s(cli: CommandLine) -> None:
    (cli.folder / "hooks").symlink_to(os.path.join(ROOT, "hooks"))
    path = Path(os.environ["HOME"]) / ".claude/settings.json"
    _register(path, "SubagentStop", '"$CLAUDE_PROJECT_DIR"/hooks/subagent_stop.py')

    value = _checks(cli)["hook subagent_stop.py"]["value"]

    assert value == f"SubagentStop in {path}, this checkout's"


def test_another_copy_of_a_hook_is_told_from_ours(cli: CommandLine) -> None:
    path = cli.folder / ".claude/settings.json"
    _register(path, "PreToolUse", "/elsewhere/hooks/pre_delegate.py")

    value = _checks(cli)["hook pre_delegate.py"]["value"]

    assert value.endswith("another copy: /elsewhere/hooks/pre_delegate.py")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"hooks": 1}', '{"hooks": {"a": [1, {}]}}'])
def test_settings_of_another_shape_hold_no_hook(cli: CommandLine, text: str) -> None:
    (cli.folder / ".claude").mkdir()
    (cli.folder / ".claude/settings.json").write_text(text)

    assert cli("doctor").status == 0
