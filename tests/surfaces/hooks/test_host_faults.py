"""The store is broken, the hook is killed, or two hooks run at once: the work goes on, save
what must not be done on a guess.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.surfaces.hooks.host_project import AGENT_ID, ASKING, SESSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.surfaces.hooks.host_project import HostProject

APPLY = "terraform apply plan.tfplan"
STALE = "state.json is older than the journal, as after a crash between both writes"
GUARDS = [{"tool": "Bash", "match": "terraform apply *"}]
BASH = "PreToolUse.Bash.in_subagent"
CALL = {"tool_input": {"command": APPLY}}
HOLD = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(60)
"""
CLOSED: tuple[tuple[str, dict[str, Any]], ...] = (("PreToolUse.SendMessage", {}), (BASH, CALL))
OPEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SessionStart.startup", {}),
    ("UserPromptSubmit", {}),
    ("PreToolUse.Agent", {}),
    ("PostToolUse.Agent.foreground", {}),
    ("PostToolUse.SendMessage.failed_unknown_id", {"tool_input": {"to": AGENT_ID}}),
    ("PostToolUseFailure.Agent.api_error", {"session_id": SESSION}),
    ("SubagentStart.fresh", {}),
    ("SubagentStop.foreground", {"last_assistant_message": ASKING}),
    ("StopFailure.subagent", {"agent_id": AGENT_ID, "session_id": SESSION}),
    ("Stop", {}),
    ("SessionEnd", {}),
)


def sessions_folder(host: HostProject) -> Path:
    return host.path / ".claude/session"


# --- a store that is broken -------------------------------------------------------------------


def is_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def is_a_loop(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


def leads_elsewhere(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)


BREAKS = [is_a_file, is_a_loop, leads_elsewhere]


@pytest.mark.parametrize("break_it", BREAKS)
def test_with_a_store_that_cannot_be_read_only_what_may_not_be_guessed_is_denied(
    host: HostProject, break_it: Callable[[Path], None]
) -> None:
    host.configure(guards=GUARDS)
    host.asked()
    break_it(sessions_folder(host))

    for name, changes in OPEN:
        host.silence(name, **changes)
    for name, changes in CLOSED:
        said = host.denial(name, closed=True, **changes)
        assert "agent-session" in said
        assert len(said) < 2000


def test_a_store_that_no_longer_knows_which_it_is_uses_no_approval(host: HostProject) -> None:
    host.configure(guards=GUARDS)
    host.denied(APPLY)
    host.decide()
    (sessions_folder(host) / ".store.json").write_bytes(b"\x00 garbage")

    assert "does not serve" in host.denied(APPLY)
    assert host.approval["status"] == "approved"


def test_an_agent_whose_request_cannot_be_kept_is_told_that_nobody_was_asked(
    host: HostProject,
) -> None:
    host.start()
    (sessions_folder(host) / ".store.json").write_bytes(b"\x00 garbage")

    told = host.answer("SubagentStop.foreground", last_assistant_message=ASKING)

    assert "Nobody has been asked yet" in str(told["reason"])
    assert host.record["approvals"] == []
    host.end(ASKING, stop_hook_active=True)
    assert (host.record["phase"], host.record["claim"]) == ("planning", None)


def test_a_request_is_kept_where_the_users_own_folders_cannot_be_written(
    host: HostProject,
) -> None:
    host.variables |= {"HOME": "/proc/nowhere", "XDG_STATE_HOME": "/proc/nowhere"}

    host.asked()

    assert host.approval["id"] in host.notice("Stop")


def _garbage(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(2000))


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("spoil", [_garbage, _cut, Path.unlink])
def test_a_snapshot_that_is_spoilt_is_read_from_the_journal(
    host: HostProject, spoil: Callable[[Path], None]
) -> None:
    host.asked()
    host.decide()
    spoil(sessions_folder(host) / host.record["agent_id"] / "state.json")

    (said,) = host.answer("PreToolUse.SendMessage").values()

    assert "was approved" in said["updatedInput"]["message"]
    host.start()
    assert host.record["phase"] == "executing"


@pytest.mark.parametrize("spoil", [_garbage, Path.unlink])
def test_a_session_that_is_lost_altogether_wakes_nobody_as_if_it_were_approved(
    host: HostProject, spoil: Callable[[Path], None]
) -> None:
    host.configure(guards=GUARDS)
    host.denied(APPLY)
    host.decide()
    folder = sessions_folder(host) / host.record["agent_id"]
    for name in ("journal.jsonl", "state.json"):
        spoil(folder / name)

    for name, changes in OPEN:
        ran = host.tell(name, **changes)
        assert (ran.status, ran.stderr) == (0, b"")
    assert b"updatedInput" not in host.tell("PreToolUse.SendMessage", closed=True).stdout
    assert b'"deny"' in host.bash(APPLY).stdout


def test_folders_and_files_that_are_none_of_ours_stand_in_nobodys_way(
    host: HostProject,
) -> None:
    host.asked()
    folder = sessions_folder(host)
    (folder / "agent-20260101-000000-00000000").mkdir()
    _garbage(folder / "garbage")
    (folder / "agent-20260101-000000-00000001").mkdir()
    _garbage(folder / "agent-20260101-000000-00000001/journal.jsonl")
    _garbage(folder / "agent-20260101-000000-00000001/state.json")
    for path in (folder / ".index").rglob("*"):
        if path.is_file():
            _garbage(path)

    assert "approval_pending" in host.denial("PreToolUse.SendMessage", closed=True)
    host.decide()
    host.answer("PreToolUse.SendMessage")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"store": 7, "resume": "x"}'])
def test_settings_that_are_broken_stand_only_in_the_way_of_what_could_be_guarded(
    host: HostProject, content: bytes
) -> None:
    host.start()
    (host.path / ".claude/agent-session.json").write_bytes(content)

    host.silence("SubagentStop.foreground")
    assert "agent-session.json" in host.notice("SessionStart.startup")
    assert host.sessions()[0]["phase"] == "completed"


@pytest.mark.parametrize(
    ("name", "closed"), [("SubagentStart.fresh", False), ("PreToolUse.SendMessage", True)]
)
def test_a_store_that_another_holds_for_long_makes_nobody_wait_for_long(
    host: HostProject, name: str, closed: bool
) -> None:
    host.asked()
    host.decide()
    lock = sessions_folder(host) / host.record["agent_id"] / ".lock"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HOLD, str(lock)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        begun = time.monotonic()
        ran = host.tell(name, closed=closed)
        took = time.monotonic() - begun
        other.kill()

    assert (ran.status, ran.stderr) == (0, b"")
    assert (b'"deny"' in ran.stdout) == closed
    assert took < 5


# --- a hook that is killed --------------------------------------------------------------------


def _prepare(host: HostProject) -> None:
    host.configure(guards=GUARDS)


def _started(host: HostProject) -> None:
    _prepare(host)
    host.start()
    host.report("planning")


def _asked(host: HostProject) -> None:
    _started(host)
    host.end(ASKING)


def _answered(host: HostProject) -> None:
    _asked(host)
    host.decide()


def _left(host: HostProject) -> None:
    _answered(host)
    host.keep_transcript(SESSION, AGENT_ID).unlink()


def _granted(host: HostProject) -> None:
    _answered(host)
    host.answer("PreToolUse.SendMessage")


def _allowed(host: HostProject) -> None:
    _started(host)
    host.denied(APPLY)
    host.decide()


def _lost(host: HostProject) -> None:
    with host.elsewhere():
        _started(host)


def _chatting(host: HostProject) -> dict[str, Any]:
    return {"prompt": f"approve {host.approval['id']} {host.code}"}


EVENTS: dict[str, tuple[Callable[[HostProject], None], str, dict[str, Any]]] = {
    "a first start": (_prepare, "SubagentStart.fresh", {}),
    "a start that goes on": (_granted, "SubagentStart.resumed", {}),
    "a stop": (_started, "SubagentStop.foreground", {}),
    "a request": (_started, "SubagentStop.foreground", {"last_assistant_message": ASKING}),
    "an error": (
        _started,
        "StopFailure.subagent",
        {"agent_id": AGENT_ID, "session_id": SESSION},
    ),
    "a message": (_answered, "PreToolUse.SendMessage", {}),
    "a delegation": (_left, "PreToolUse.Agent", {}),
    "a redirect": (_answered, "PreToolUse.Agent", {}),
    "a guarded call": (_started, BASH, CALL),
    "an approved call": (_allowed, BASH, CALL),
    "an opening": (_lost, "SessionStart.startup", {}),
    "an end": (_started, "SessionEnd", {}),
}


def kill(host: HostProject, name: str, changes: dict[str, Any], milliseconds: float) -> None:
    """The hook of the event dies so long after its start."""
    with subprocess.Popen(
        host.command(closed=True),
        cwd=host.path,
        env=host.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as hook:
        assert hook.stdin is not None
        hook.stdin.write(host.told(name, **changes))
        hook.stdin.close()
        time.sleep(milliseconds / 1000)
        hook.kill()


@pytest.mark.parametrize("runs", [6, pytest.param(40, marks=pytest.mark.long)])
@pytest.mark.parametrize("event", EVENTS)
def test_a_hook_that_is_killed_leaves_a_sound_store_and_the_next_one_works(
    host: HostProject, event: str, runs: int
) -> None:
    prepare, name, changes = EVENTS[event]
    prepare(host)
    kept, project = host.path.parent / "kept", host.path / ".claude"
    shutil.copytree(project, kept)
    chance = random.Random(event)
    for _ in range(runs):
        shutil.rmtree(project)
        shutil.copytree(kept, project)

        kill(host, name, changes, chance.uniform(1, 60))

        assert {flaw for flaws in host.flaws.values() for flaw in flaws} <= {STALE}
        ran = host.tell(name, closed=True, **changes)
        assert (ran.status, ran.stderr) == (0, b"")
        assert b"could not look at this call" not in ran.stdout
        host.wiring().reports.repair(None)
        assert host.flaws == {}
        asked = [each for record in host.sessions() for each in record["approvals"]]
        assert sum(each["status"] == "used" for each in asked) <= 1


@pytest.mark.parametrize("runs", [6, pytest.param(40, marks=pytest.mark.long)])
def test_an_answer_whose_hook_is_killed_is_given_once_or_not_at_all(
    host: HostProject, runs: int
) -> None:
    chance = random.Random(1)
    host.start()
    for number in range(runs):
        host.start()
        host.end(f'```approval-request\n{{"summary": "s", "plan": "{number}"}}\n```')
        prompt = f"approve {host.approval['id']} {host.code}"

        kill(host, "UserPromptSubmit", {"prompt": prompt}, chance.uniform(1, 60))

        before = host.approval["status"]
        told = host.answer("UserPromptSubmit", prompt=prompt)
        assert ("decision" in told) == (before == "approved")
        assert host.approval["status"] == "approved"
        assert {flaw for flaws in host.flaws.values() for flaw in flaws} <= {STALE}


# --- two hooks at once ------------------------------------------------------------------------


@pytest.mark.parametrize("event", EVENTS)
def test_two_hooks_of_one_event_at_once_leave_a_sound_store(
    host: HostProject, event: str
) -> None:
    prepare, name, changes = EVENTS[event]
    prepare(host)
    told = {"name": name, "closed": True, **changes}

    for ran in host.at_once(told, told):
        assert (ran.status, ran.stderr) == (0, b"")
        assert b"could not look at this call" not in ran.stdout

    assert host.flaws == {}
    assert len(host.wiring().approvals.pending()) <= 1
