"""What decides nothing: a wrong code, no terminal, an agent, an answer that comes too late."""

from __future__ import annotations

import json
import shlex
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_session.core.chain import NOTHING_BEFORE, draft
from agent_session.core.events import commit
from tests.surfaces.cli.asked_person import FORGED, Project, user
from tests.surfaces.cli.person import (
    QUESTION,
    approve_as_person,
    retype_code,
    run_without_terminal,
)
from tests.surfaces.cli.processes import AS_MODULE


@pytest.fixture
def project(tmp_path: Path, nobody_around: None) -> Project:
    return Project(tmp_path)


def _types(typed: bytes) -> Callable[[str], bytes | None]:
    return lambda shown: typed if QUESTION.search(shown) else None


# --- nothing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [b"\n", b"yes\n", b"XXXX\n", b"\x04", b"\xff\xfe\n", b"a" * 2000 + b"\n"],
    ids=["nothing", "yes", "wrong", "end", "no text", "long"],
)
def test_a_code_that_is_wrong_or_missing_decides_nothing(
    project: Project, typed: bytes
) -> None:
    approval_id = project.request()

    status, shown = project.person("approve", approval_id, answer=_types(typed))

    assert status == 1
    assert "the code was not retyped as it was shown: nothing is decided" in shown
    assert project.shown(approval_id)["status"] == "pending"


def test_ctrl_c_decides_nothing(project: Project) -> None:
    approval_id = project.request()

    status, shown = project.person("approve", approval_id, answer=_types(b"\x03"))

    assert status == 130
    assert "Traceback" not in shown
    assert project.shown(approval_id)["status"] == "pending"


def test_what_was_typed_before_the_question_is_no_answer_to_it(project: Project) -> None:
    approval_id = project.request()

    status, shown = project.person("approve", approval_id, typed_ahead=b"y\nyes\napprove\n")

    assert status == 0, shown
    assert project.shown(approval_id)["status"] == "approved"


def test_without_a_terminal_nothing_is_decided(project: Project) -> None:
    approval_id = project.request()

    status, said = run_without_terminal(
        [*AS_MODULE, "approve", approval_id], project.env, project.folder
    )

    assert status == 1
    assert "use a terminal of your own" in said
    assert project.shown(approval_id)["status"] == "pending"


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_variable_of_an_agent_keeps_it_from_deciding(project: Project, verb: str) -> None:
    approval_id = project.request()
    reason = ["--reason", "x"] if verb == "reject" else []
    command = "CLAUDECODE=1 " + shlex.join((*AS_MODULE, verb, approval_id, *reason))

    status, shown = approve_as_person(["sh", "-c", command], project.env, project.folder)

    assert status == 1
    assert "CLAUDECODE is set" in shown
    assert "Type " not in shown
    assert project.shown(approval_id)["status"] == "pending"


def test_an_agent_above_keeps_it_from_deciding(project: Project) -> None:
    approval_id = project.request()
    claude = project.folder / "claude"
    claude.symlink_to(shutil.which("bash") or "/bin/sh")
    command = shlex.join((*AS_MODULE, "approve", approval_id)) + "; exit $?"

    status, shown = approve_as_person([str(claude), "-c", command], project.env, project.folder)

    assert status == 1
    assert "was started by Claude Code" in shown
    assert project.shown(approval_id)["status"] == "pending"


def test_what_is_decided_already_is_told_before_the_question(project: Project) -> None:
    approval_id = project.request()
    project.person("reject", approval_id, "--reason", "no")

    status, shown = project.person("approve", approval_id)

    assert status == 1
    assert f"was rejected by {user()!r} at 20" in shown
    assert "Type " not in shown


def test_what_has_expired_is_told_before_the_question(project: Project) -> None:
    approval_id = project.request("--expires", "0.001s")

    status, shown = project.person("approve", approval_id)

    assert status == 1
    assert "has expired" in shown
    assert "Type " not in shown


def test_what_is_withdrawn_while_the_person_reads_is_not_approved(project: Project) -> None:
    approval_id = project.request()
    agent_id = project.shown(approval_id)["agent_id"]

    def answer(shown: str) -> bytes | None:
        code = retype_code(shown)
        if code is not None:
            project.run("request-approval", agent_id, "--plan", "plan.md")
        return code

    status, shown = project.person("approve", approval_id, answer=answer)

    assert status == 1
    assert "newer request" in shown
    assert project.shown(approval_id)["status"] == "cancelled"


def test_of_two_people_at_once_one_wins_and_the_other_is_told(project: Project) -> None:
    approval_id = project.request()
    both_asked = threading.Barrier(2, timeout=60)

    def answer(shown: str) -> bytes | None:
        code = retype_code(shown)
        if code is not None:
            both_asked.wait()
        return code

    ended: list[tuple[int, str]] = []
    people = [
        threading.Thread(
            target=lambda: ended.append(project.person("approve", approval_id, answer=answer))
        )
        for _ in range(2)
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()

    assert sorted(status for status, _ in ended) == [0, 1]
    second = next(shown for status, shown in ended if status == 1)
    assert f"was approved by {user()!r} at 20" in second


# --- what is shown ----------------------------------------------------------------------------


def test_what_others_have_written_is_made_visible(project: Project) -> None:
    approval_id = project.request("--summary", FORGED, agent=FORGED, plan=FORGED)

    _, shown = project.person("approve", approval_id)

    assert not {"\x1b", "\u202e"} & set(shown)
    assert shown.count("| \\x1b[2J\\u202eStatus:    approved\n") == 3


def test_a_line_that_is_too_long_goes_on_behind_a_bar(project: Project) -> None:
    approval_id = project.request(plan="x" * 37 + "Status:    approved \u4e2d" * 3)

    _, shown = project.person("approve", approval_id, columns=40)

    forged = [line for line in shown.splitlines() if line.startswith("Status:")]
    assert forged == ["Status:    pending"]
    barred = [line for line in shown.splitlines() if line.startswith("|")]
    assert max(map(len, barred)) < 40
    assert any(line.startswith("|+") for line in barred)


def test_a_text_that_is_not_what_its_digest_says_is_not_shown_for_a_yes(
    project: Project,
) -> None:
    approval_id = project.request(plan="rm -rf /srv")
    forge(project, approval_id, "rm -rf /srv", "echo harmless")

    status, shown = project.person("approve", approval_id)

    assert status == 1
    assert "what it would show is not what its digest says" in shown
    assert "Type " not in shown


def forge(project: Project, approval_id: str, old: str, new: str) -> None:
    """Change a word of the journal, and seal all of it anew, as a program of the user's can."""
    folder = project.folder / ".claude/session" / project.shown(approval_id)["agent_id"]
    journal = folder / "journal.jsonl"
    events = [json.loads(line.replace(old, new)) for line in journal.read_text().splitlines()]
    made = commit(
        None,
        0,
        NOTHING_BEFORE,
        [draft(each["kind"], each["at"], each["actor"], **each["data"]) for each in events],
    )
    journal.write_bytes(made.lines)
    (folder / "state.json").write_bytes(made.snapshot)
