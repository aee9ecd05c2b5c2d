"""pending: the inbox, of one store and of all, now or once something changes."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.surfaces.cli.command_line import CommandLine
from tests.surfaces.cli.processes import AS_MODULE, environ, run, run_on_terminal

FORGED = "ok\n\x1b[2J\u202e\tap-0000000000000000"


# --- now --------------------------------------------------------------------------------------


def test_the_inbox_is_one_line_an_approval_oldest_first(cli: CommandLine) -> None:
    first = cli.request(cli.create("--agent", "b"), "--summary", "one\nmore")
    agent_id = cli.create("--agent", "a")
    second = cli.request(agent_id, plan="\n\n  apply it\nnow")

    ran = cli("pending")

    assert (ran.status, ran.err) == (0, "")
    cells = [line.split("\t") for line in ran.lines]
    assert [each[:3] for each in cells] == [[first, "b", "one"], [second, "a", "apply it"]]
    assert cells[1][5:] == ["unknown", agent_id, f"files:{cli.sessions}"]


def test_an_empty_inbox_is_nothing(cli: CommandLine) -> None:
    assert cli("pending") == (0, "", "")
    assert cli("pending", "--json").json == []
    assert not cli.sessions.exists()


def test_what_is_decided_or_expired_does_not_wait(cli: CommandLine) -> None:
    cli.decide(cli.request(cli.create()))
    cli.request(cli.create(), "--expires", "0.001s")
    time.sleep(0.01)

    assert cli("pending").out == ""


def test_what_others_have_written_is_one_line_and_made_visible(cli: CommandLine) -> None:
    approval_id = cli.request(cli.create("--agent", FORGED), "--summary", FORGED)

    ran = cli("pending")

    assert len(ran.lines) == 1
    assert len(ran.lines[0].split("\t")) == 8
    assert ran.out.startswith(approval_id)
    assert not {"\x1b", "\u202e"} & set(ran.out)


def test_a_tool_call_is_told_by_its_name_and_input(cli: CommandLine) -> None:
    cli("request-approval", cli.create(), "--tool", "Bash", "--input", '{"command": "ls"}')

    assert cli("pending").out.split("\t")[2] == 'Bash {"command":"ls"}'


def test_the_inbox_says_whether_the_one_who_asks_still_runs(cli: CommandLine) -> None:
    alive, dead = cli.create(), cli.create()
    cli("claim", alive)
    with subprocess.Popen(["sleep", "60"]) as process:
        cli("claim", dead, "--pid", str(process.pid))
        process.kill()
    cli.request(alive)
    cli.request(dead)

    assert [line.split("\t")[5] for line in cli("pending").lines] == ["yes", "no"]
    assert [each["alive"] for each in cli("pending", "--json").json] == [True, False]


def test_the_inbox_answers_programs(cli: CommandLine) -> None:
    agent_id = cli.create("--agent", "a")
    approval_id = cli.request(agent_id, "--strength", "signed")

    (told,) = cli("pending", "--json").json

    assert (told["approval_id"], told["agent_id"]) == (approval_id, agent_id)
    assert (told["what"], told["required"], told["alive"]) == ("the plan", "signed", None)


def test_the_inbox_on_a_terminal_is_a_table(tmp_path: Path) -> None:
    empty = run_on_terminal(tmp_path, *AS_MODULE, "pending")
    agent_id = run(tmp_path, *AS_MODULE, "create", "--agent", "a").stdout.split()[-1]
    (tmp_path / "plan.md").write_text("apply")
    ran = run(tmp_path, *AS_MODULE, "request-approval", agent_id, "--plan", "plan.md")

    lines = run_on_terminal(tmp_path, *AS_MODULE, "pending", NO_COLOR="1").splitlines()

    assert "nothing waits for an answer" in empty
    assert lines[0].split() == ["APPROVAL", "AGENT", "WHAT", "SINCE", "EXPIRES", "IN", "ALIVE"]
    assert re.fullmatch(
        rf"{ran.stdout.split()[-1]}  a      apply  \d+s +23h +unknown", lines[1]
    )


# --- everywhere -------------------------------------------------------------------------------


def _other_project(cli: CommandLine, name: str) -> tuple[Path, str]:
    """A project with an approval that waits."""
    folder = cli.folder.parent / name
    folder.mkdir()
    agent_id = cli("-C", str(folder), "create").out.split()[-1]
    (cli.folder / "plan.md").write_text("elsewhere")
    ran = cli("-C", str(folder), "request-approval", agent_id, "--plan", "plan.md")
    return folder, ran.out.split()[-1]


def test_one_look_finds_what_waits_in_every_store(cli: CommandLine) -> None:
    folder, elsewhere = _other_project(cli, "other")
    here = cli.request(cli.create())

    ran = cli("pending", "--all")

    assert [line.split("\t")[0] for line in cli("pending").lines] == [here]
    assert [line.split("\t")[0] for line in ran.lines] == [elsewhere, here]
    assert ran.lines[0].endswith(f"\tfiles:{folder}/.claude/session")
    assert ran.err == ""


def test_a_store_that_is_gone_is_told_and_passed_over(cli: CommandLine) -> None:
    folder, _ = _other_project(cli, "other")
    here = cli.request(cli.create())
    folder.rename(folder.with_name("gone"))

    ran = cli("pending", "--all")

    assert (ran.status, [line.split("\t")[0] for line in ran.lines]) == (0, [here])
    assert ran.err == f"agent-session: files:{folder}/.claude/session: it is gone\n"
    assert not folder.exists()


def test_a_store_that_fails_is_told_and_passed_over(cli: CommandLine) -> None:
    folder, _ = _other_project(cli, "other")
    here = cli.request(cli.create())
    sessions = folder / ".claude/session"
    sessions.rename(folder / "kept")
    sessions.symlink_to(folder / "kept")

    ran = cli("pending", "--all", "--json")

    assert (ran.status, [each["approval_id"] for each in ran.json]) == (0, [here])
    assert str(sessions) in ran.err


def test_a_store_is_listed_once_and_for_its_user_alone(cli: CommandLine) -> None:
    cli.request(cli.create())
    cli.request(cli.create())

    path = cli.folder.parent / "home/.local/state/agent-session/stores.jsonl"

    assert path.read_text().count("\n") == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_list_that_cannot_be_kept_stops_no_request(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cli.folder.parent / "home").write_text("a file where a folder should be")

    assert cli("request-approval", cli.create(), "--tool", "T", "--input", "{}").status == 0
    assert cli("pending", "--all").out.count("\n") == 1


# --- once something changes -------------------------------------------------------------------


class Waiting:
    """`pending --wait` in a process of its own, which sleeps already."""

    def __init__(self, folder: Path, *argv: str) -> None:
        self.process = subprocess.Popen(
            [*AS_MODULE, "pending", "--wait", *argv],
            cwd=folder,
            env=environ(folder),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._wait_until_it_sleeps()
        assert self.process.poll() is None

    def _wait_until_it_sleeps(self) -> None:
        """Until it listens to its store; where that cannot be seen, for some long seconds."""
        descriptors = Path(f"/proc/{self.process.pid}/fd")
        for _ in range(40):
            time.sleep(0.05)
            try:
                if any("inotify" in os.readlink(each) for each in descriptors.iterdir()):
                    break
            except OSError:
                continue
        time.sleep(0.3)

    def ended(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=30)
        return self.process.returncode, out


@pytest.fixture
def waiting_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: CommandLine) -> Path:
    monkeypatch.setenv("HOME", str(cli.folder))
    return cli.folder


def test_who_waits_at_the_inbox_is_woken_by_a_request(
    cli: CommandLine, waiting_project: Path
) -> None:
    agent_id = cli.create()
    waiting = Waiting(waiting_project)

    approval_id = cli.request(agent_id)

    status, out = waiting.ended()
    assert (status, out.split("\t")[0]) == (0, approval_id)


def test_who_waits_at_the_inbox_is_woken_by_a_decision(
    cli: CommandLine, waiting_project: Path
) -> None:
    first, second = cli.request(cli.create()), cli.request(cli.create())
    waiting = Waiting(waiting_project)

    cli.decide(first)

    status, out = waiting.ended()
    assert (status, [line.split("\t")[0] for line in out.splitlines()]) == (0, [second])


def test_who_waits_at_an_empty_store_is_woken_by_its_first_request(
    cli: CommandLine, waiting_project: Path
) -> None:
    waiting = Waiting(waiting_project)

    approval_id = cli.request(cli.create())

    assert waiting.ended()[1].startswith(approval_id)


def test_other_changes_wake_nobody(cli: CommandLine, waiting_project: Path) -> None:
    cli.request(cli.create())
    waiting = Waiting(waiting_project)

    cli("update", cli.create(), "--phase", "planning")
    time.sleep(0.2)

    assert waiting.process.poll() is None
    waiting.process.kill()
    waiting.ended()


def test_a_request_that_expires_ends_the_wait(cli: CommandLine) -> None:
    cli.request(cli.create(), "--expires", "0.3s")

    assert cli("pending", "--wait") == (0, "", "")


def test_a_wait_at_the_inbox_ends_when_its_time_is_over(cli: CommandLine) -> None:
    cli.request(cli.create())

    ran = cli("pending", "--wait", "--timeout", "0.05s")

    assert (ran.status, ran.out) == (1, "")
    assert "nothing has changed within" in ran.err
