"""What has changed since each request, as everybody who looks at the page sees it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.actions import plan_action
from agent_session.surfaces.web import looking
from agent_session.surfaces.web.looking import MOST_DIFFS, MOST_LINES, Look, Looks
from agent_session.wiring import Wiring, wire

if TYPE_CHECKING:
    from agent_session.core.approvals import Approval


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text("size = 1\n")
    return tmp_path


@pytest.fixture
def wiring(folder: Path) -> Wiring:
    return wire("test", store="memory:", project=str(folder), variables={})


@pytest.fixture
def looks(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Looks:
    """For which every look is a moment after the one before."""
    monkeypatch.setattr(looking, "_MOMENT_SECONDS", -1.0)
    return Looks(wiring)


def ask(wiring: Wiring, *globs: str) -> Approval:
    agent_id = wiring.sessions.create("ta")["agent_id"]
    action = plan_action(b"apply\n")
    return wiring.approvals.request(agent_id, action, wiring.project, globs=globs or ["*.tf"])


def told(look: Look) -> list[tuple[str, str]]:
    assert look.changes is not None
    return [(each["what"], each["name"]) for each in look.changes]


def lines(look: Look, name: str = "main.tf") -> list[str]:
    return dict(look.diffs)[name]


# --- what has changed -------------------------------------------------------------------------


def test_where_nothing_has_changed_there_is_nothing_to_show(wiring: Wiring, looks: Looks):
    look = looks.at(ask(wiring))

    assert (look.changes, look.diffs) == ([], [])


def test_a_change_is_seen_at_the_next_moment(wiring: Wiring, looks: Looks, folder: Path):
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").write_text("size = 9\n")

    look = looks.at(approval)

    assert told(look) == [("changed", "main.tf")]
    assert lines(look) == ["@@ -1,2 +1,2 @@", "-size = 1", "+size = 9", " "]


def test_a_change_that_is_taken_back_is_none(wiring: Wiring, looks: Looks, folder: Path):
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").write_text("size = 9\n")
    looks.at(approval)
    (folder / "main.tf").write_text("size = 1\n")

    assert (looks.at(approval).changes, looks.at(approval).diffs) == ([], [])


def test_within_a_moment_everybody_is_shown_the_same_look(wiring: Wiring, folder: Path):
    looks, approval = Looks(wiring), ask(wiring)
    first = looks.at(approval)
    (folder / "main.tf").write_text("size = 9\n")

    assert looks.at(approval) is first


def test_each_request_has_a_look_of_its_own(wiring: Wiring, looks: Looks, folder: Path):
    before = ask(wiring)
    looks.at(before)
    (folder / "main.tf").write_text("size = 9\n")
    after = ask(wiring)

    assert looks.at(after).changes == []
    assert told(looks.at(before)) == [("changed", "main.tf")]


def test_no_more_looks_are_kept_than_are_needed(
    wiring: Wiring, looks: Looks, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(looking, "_MOST_KEPT", 2)
    for _ in range(4):
        looks.at(ask(wiring))

    assert len(looks._kept) == 2


@pytest.mark.parametrize("become", ["too many", "unreadable"])
def test_what_cannot_be_looked_at_is_not_known(
    wiring: Wiring, looks: Looks, folder: Path, become: str
):
    approval = ask(wiring)
    if become == "too many":
        for number in range(2001):
            (folder / f"{number}.tf").touch()
    else:
        with open(folder / "large.tf", "wb") as file:
            file.truncate((1 << 30) + 1)

    look = looks.at(approval)

    assert (look.changes, look.diffs) == (None, [])


# --- the lines that differ --------------------------------------------------------------------


def test_what_nobody_has_read_before_it_changed_is_told_without_lines(
    wiring: Wiring, looks: Looks, folder: Path
):
    approval = ask(wiring)
    (folder / "main.tf").write_text("size = 9\n")

    look = looks.at(approval)

    assert (told(look), look.diffs) == ([("changed", "main.tf")], [])


def test_what_has_gone_and_what_is_new_are_shown_whole(
    wiring: Wiring, looks: Looks, folder: Path
):
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").unlink()
    (folder / "new.tf").write_text("count = 2\n")

    look = looks.at(approval)

    assert told(look) == [("missing", "main.tf"), ("new", "new.tf")]
    assert "-size = 1" in lines(look)
    assert "+count = 2" in lines(look, "new.tf")


def test_a_new_mode_or_name_has_no_lines(wiring: Wiring, looks: Looks, folder: Path):
    (folder / "other.tf").write_text("other")
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").chmod(0o600)
    (folder / "other.tf").rename(folder / "renamed.tf")

    look = looks.at(approval)

    assert told(look) == [("mode", "main.tf"), ("renamed", "other.tf")]
    assert look.diffs == []


@pytest.mark.parametrize("become", ["pipe", "link", "binary", "large"])
def test_what_is_no_small_text_has_no_lines(
    wiring: Wiring, looks: Looks, folder: Path, become: str
):
    approval, path = ask(wiring), folder / "main.tf"
    looks.at(approval)
    path.unlink()
    if become == "pipe":
        os.mkfifo(path)
    elif become == "link":
        path.symlink_to("/etc/hostname")
    else:
        path.write_bytes(b"\0" if become == "binary" else b"x" * (300 << 10))

    look = looks.at(approval)

    assert [name for _, name in told(look)] == ["main.tf"]
    assert look.diffs == []


def test_no_secret_is_shown_in_a_diff(wiring: Wiring, looks: Looks, folder: Path):
    (folder / "main.tf").write_text("password = hunter2hunter2\nsize = 1\n")
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").write_text("password = swordfish99swordfish\nsize = 9\n")

    look = looks.at(approval)

    assert "+size = 9" in lines(look)
    assert "hunter2" not in str(look.diffs)
    assert "swordfish" not in str(look.diffs)


def test_where_nothing_but_a_secret_has_changed_that_is_told_without_lines(
    wiring: Wiring, looks: Looks, folder: Path
):
    (folder / "main.tf").write_text("password = hunter2hunter2\n")
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").write_text("password = swordfish99swordfish\n")

    look = looks.at(approval)

    assert (told(look), look.diffs) == ([("changed", "main.tf")], [])


def test_a_long_diff_is_cut_and_says_so(wiring: Wiring, looks: Looks, folder: Path):
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").write_text("".join(f"line {n}\n" for n in range(MOST_LINES + 50)))

    found = lines(looks.at(approval))

    # One line for the place, one gone, one empty at the end, and those that came.
    assert found[MOST_LINES:] == ["@@ and 53 lines more @@"]
    assert len(found) == MOST_LINES + 1


def test_a_diff_of_just_as_many_lines_is_whole(wiring: Wiring, looks: Looks, folder: Path):
    approval = ask(wiring)
    looks.at(approval)
    (folder / "main.tf").write_text("".join(f"line {n}\n" for n in range(MOST_LINES - 3)))

    found = lines(looks.at(approval))

    assert len(found) == MOST_LINES
    assert "more" not in found[-1]


def test_of_many_files_a_few_are_shown_line_by_line(wiring: Wiring, looks: Looks, folder: Path):
    approval = ask(wiring)
    for number in range(MOST_DIFFS + 3):
        (folder / f"{number}.tf").write_text("x")

    look = looks.at(approval)

    assert len(told(look)) == MOST_DIFFS + 3
    assert len(look.diffs) == MOST_DIFFS


# --- a record that somebody has changed -------------------------------------------------------


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "../../etc/passwd", "/etc/passwd", ""])
def test_a_forged_name_of_a_file_is_told_and_nothing_is_read_for_it(
    wiring: Wiring, looks: Looks, folder: Path, name: str
):
    approval: Any = ask(wiring)
    (folder / "main.tf").write_text("size = 9\n")
    approval["files"]["found"][0]["path"] = name
    approval["git"] = {"head": "0" * 40, "branch": None, "dirty": []}

    look = looks.at(approval)

    assert ("missing", name) in told(look)
    assert [shown for shown, _ in look.diffs] == ["main.tf"]  # which is new, as it seems


@pytest.mark.parametrize("cwd", ["a\0b", "\ud800"])
def test_a_forged_folder_is_not_known(wiring: Wiring, looks: Looks, cwd: str):
    approval: Any = ask(wiring)
    approval["cwd"] = cwd

    look = looks.at(approval)

    assert (look.changes, look.diffs) == (None, [])
    assert wiring.approvals.changes_since(approval) is None  # which an answer goes by


def test_a_folder_that_has_gone_has_lost_its_files(wiring: Wiring, looks: Looks, folder: Path):
    approval: Any = ask(wiring)
    approval["cwd"] = str(folder / "nowhere")

    assert ("missing", "main.tf") in told(looks.at(approval))
