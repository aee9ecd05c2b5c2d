"""create, update, finalize and cleanup: what they do, what they print, what they refuse."""

from __future__ import annotations

import io
import json
import re

import pytest

from tests.surfaces.cli.command_line import CommandLine


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let *text* be on stdin."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


# --- create -----------------------------------------------------------------------------------


def test_create_prints_the_id_as_the_last_word(cli: CommandLine) -> None:
    ran = cli("create", "--agent", "terraform-architect", "--purpose", "approval_workflow")

    assert re.fullmatch(r"Created session: agent-\d{8}-\d{6}-[0-9a-f]{8}\n", ran.out)
    assert (ran.status, ran.err) == (0, "")


def test_create_keeps_what_it_was_given(cli: CommandLine) -> None:
    agent_id = cli.create("--agent", "a", "--purpose", "p", "--metadata", '{"task_id": "T1"}')

    record = cli("get", agent_id).json

    assert record["agent_name"] == "a"
    assert record["purpose"] == "p"
    assert record["metadata"] == {"task_id": "T1"}


def test_create_takes_an_id_of_the_callers_own(cli: CommandLine) -> None:
    assert cli("create", "--agent-id", "mine").out == "Created session: mine\n"


def test_create_refuses_an_id_that_is_taken(cli: CommandLine) -> None:
    cli.create("--agent-id", "mine", "--agent", "first")

    ran = cli("create", "--agent-id", "mine", "--agent", "second")

    assert (ran.status, ran.out) == (1, "")
    assert "exists already; choose another id" in ran.err
    assert cli("get", "mine").json["agent_name"] == "first"


def test_create_refuses_an_id_that_leaves_the_folder(cli: CommandLine) -> None:
    assert cli("create", "--agent-id", "../../x").status == 1
    assert not (cli.folder.parent / "x").exists()


def test_a_session_can_have_limits_of_its_own(cli: CommandLine) -> None:
    agent_id = cli.waiting("--limits", '{"max_errors": 1}')
    cli("update", agent_id, "--error", "one")

    assert cli("should-resume", agent_id).out.endswith(": False (too_many_errors)\n")


def test_metadata_can_come_from_stdin(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, '{"from": "stdin"}')

    agent_id = cli.create("--metadata", "-")

    assert cli("get", agent_id).json["metadata"] == {"from": "stdin"}


def test_stdin_is_not_read_twice(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    _type(monkeypatch, "{}")

    ran = cli("create", "--metadata", "-", "--limits", "-")

    assert (ran.status, ran.out) == (2, "")


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 1, "a": 2}', '{"a": NaN}', "\udcff"])
def test_what_is_no_json_object_is_a_mistake_in_the_usage(cli: CommandLine, text: str) -> None:
    ran = cli("create", "--metadata", text)

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("agent-session: --metadata: ")
    assert not cli.sessions.exists()


def test_too_much_metadata_is_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _type(monkeypatch, json.dumps({"a": "x" * (1 << 20)}))

    assert cli("create", "--metadata", "-").status == 1


# --- update -----------------------------------------------------------------------------------


def test_update_says_which_session(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("update", agent_id, "--phase", "planning", "--metadata", '{"a": 1}')

    assert ran == (0, f"Updated session: {agent_id}\n", "")
    assert cli("get", agent_id).json["phase"] == "planning"


def test_update_refuses_a_phase_that_it_does_not_know(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("update", agent_id, "--phase", "dreaming")

    assert (ran.status, ran.out) == (1, "")
    assert "unknown phase 'dreaming'; known: initializing" in ran.err
    assert cli("get", agent_id).json["phase"] == "initializing"


def test_update_refuses_a_session_that_has_ended(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("finalize", agent_id, "failed")

    ran = cli("update", agent_id, "--phase", "planning")

    assert ran.status == 1
    assert "create a new session" in ran.err


def test_update_wants_something_to_do(cli: CommandLine) -> None:
    ran = cli("update", cli.create())

    assert ran.status == 2
    assert "give --phase, --metadata or --error" in ran.err


def test_an_unknown_session_is_said_with_where_to_look(cli: CommandLine) -> None:
    ran = cli("update", "nobody", "--phase", "planning")

    assert (ran.status, ran.out) == (1, "")
    assert "no session 'nobody'" in ran.err
    assert "agent-session list" in ran.err


# --- finalize ---------------------------------------------------------------------------------


def test_finalize_ends_the_session(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("finalize", agent_id, "completed", "--summary", "applied")

    assert ran == (0, f"Finalized session: {agent_id}\n", "")
    assert cli("get", agent_id).json["summary"] == "applied"


def test_the_same_outcome_again_is_fine_and_another_is_refused(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli("finalize", agent_id, "completed")

    assert cli("finalize", agent_id, "completed").status == 0
    assert cli("finalize", agent_id, "failed").status == 1


def test_an_unknown_outcome_is_a_mistake_in_the_usage(cli: CommandLine) -> None:
    agent_id = cli.create()

    ran = cli("finalize", agent_id, "approval")

    assert (ran.status, ran.out) == (2, "")
    assert cli("get", agent_id).json["phase"] == "initializing"


# --- cleanup ----------------------------------------------------------------------------------


def test_cleanup_removes_the_old_and_keeps_the_new(cli: CommandLine) -> None:
    old, new = cli.create(), cli.create()
    cli.age(old)

    ran = cli("cleanup", "--hours", "24")

    assert ran == (0, "Removed sessions: 1\n", "")
    assert cli("get", old).status == 1
    assert cli("get", new).status == 0


def test_a_dry_run_names_what_would_go_and_takes_nothing(cli: CommandLine) -> None:
    old = cli.create()
    cli.age(old)

    ran = cli("cleanup", "--dry-run")

    assert ran == (0, f"Would remove session: {old}\nSessions to remove: 1\n", "")
    assert cli("get", old).status == 0


def test_cleanup_spares_a_live_session_unless_it_is_forced(cli: CommandLine) -> None:
    agent_id = cli.create()

    assert cli("cleanup", "--hours", "0").out == "Removed sessions: 0\n"
    assert cli("cleanup", "--hours", "0", "--force").out == "Removed sessions: 1\n"
    assert cli("get", agent_id).status == 1


def test_the_setting_stands_where_no_hours_are_given(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.age(cli.create())
    monkeypatch.setenv("AGENT_SESSION_CLEANUP_HOURS", "1000000")

    assert cli("cleanup").out == "Removed sessions: 0\n"


@pytest.mark.parametrize("hours", ["nan", "inf", "-1", "soon", "", "1e99"])
def test_hours_that_are_none_are_a_mistake_in_the_usage(cli: CommandLine, hours: str) -> None:
    cli.age(cli.create())

    ran = cli("cleanup", "--hours", hours)

    assert (ran.status, ran.out) == (2, "")
    assert len(list(cli.sessions.iterdir())) > 1


def test_cleanup_tells_programs_everything(cli: CommandLine) -> None:
    old, new = cli.create(), cli.waiting()
    cli.age(old)

    assert cli("cleanup", "--json").json == {
        "dry_run": False,
        "removed": [old],
        "abandoned": [],
        "kept": 1,
        "unreadable": [],
    }
    assert cli("get", new).status == 0


def test_what_waited_for_too_long_is_given_up(cli: CommandLine) -> None:
    agent_id = cli.waiting()
    cli.age(agent_id)

    ran = cli("cleanup", "--hours", "8000000")

    assert ran.lines == ["Removed sessions: 0", "Finalized as abandoned: 1"]
    assert cli("get", agent_id).json["phase"] == "abandoned"


def test_cleanup_names_what_it_cannot_read_and_leaves_it(cli: CommandLine) -> None:
    agent_id = cli.create()
    cli.spoil(agent_id)

    ran = cli("cleanup", "--hours", "0", "--force")

    assert ran.out == "Removed sessions: 0\n"
    assert agent_id in ran.err
    assert (cli.sessions / agent_id).exists()
