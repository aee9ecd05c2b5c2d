"""What stands under the globs of an approval."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.world import files, globs
from agent_session.world.files import look
from agent_session.world.spelling import spelled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files, a hidden one and one in a folder below."""
    project = tmp_path / "project"
    for name in ("main.tf", "vars.tf", ".hidden.tf", "modules/net/net.tf"):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return project


def paths(found: list[dict[str, Any]]) -> list[str]:
    return [each["path"] for each in found]


def test_a_file_is_told_by_its_mode_size_and_digest(folder: Path):
    (folder / "main.tf").chmod(0o640)

    assert look(["main.tf"], str(folder)) == [
        {
            "path": "main.tf",
            "kind": "file",
            "mode": 0o640,
            "size": 7,
            "sha256": hashlib.sha256(b"main.tf").hexdigest(),
            "target": None,
        }
    ]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (["*.tf"], [".hidden.tf", "main.tf", "vars.tf"]),
        (["./[mv]*.tf"], ["main.tf", "vars.tf"]),
        (["**"], [".hidden.tf", "main.tf", "modules/net/net.tf", "vars.tf"]),
        (["**/*.tf"], [".hidden.tf", "main.tf", "modules/net/net.tf", "vars.tf"]),
        (["modules/**"], ["modules/net/net.tf"]),
        (["**/net/*"], ["modules/net/net.tf"]),
        (["*/*/**"], ["modules/net/net.tf"]),
        (["modules//net/./net.t?"], ["modules/net/net.tf"]),
        (["vars.tf", "main.tf", "*.tf"], [".hidden.tf", "main.tf", "vars.tf"]),
    ],
)
def test_globs_give_files_sorted_and_once(folder: Path, named: list[str], found: list[str]):
    assert paths(look(named, str(folder))) == found


def test_an_absolute_glob_is_seen_from_the_folder_where_it_leads_into_it(
    folder: Path, tmp_path: Path
):
    (tmp_path / "outside").write_text("")
    named = [f"{folder}/main.tf", f"{tmp_path}/out*", "../outside"]

    assert paths(look(named, str(folder))) == ["../outside", f"{tmp_path}/outside", "main.tf"]


def test_a_name_with_brackets_may_be_given_as_it_is(folder: Path):
    (folder / "page[1].ts").write_text("")
    (folder / "page1.ts").write_text("")

    assert paths(look(["page[1].ts"], str(folder))) == ["page[1].ts"]


@pytest.mark.parametrize("named", ["none.tf", "modules", "none/**", "modules/", ".", "/"])
def test_a_glob_that_names_no_file_is_told(folder: Path, named: str):
    with pytest.raises(InvalidValueError, match="no file stands under"):
        look(["main.tf", named], str(folder))

    assert paths(look(["main.tf", named], str(folder), may_be_empty=True)) == ["main.tf"]


@pytest.mark.parametrize("named", ["", "a\0b", "\ud800"])
def test_what_cannot_be_a_path_is_refused(folder: Path, named: str):
    with pytest.raises(InvalidValueError, match="is no glob"):
        look([named], str(folder), may_be_empty=True)


def test_the_store_and_git_folders_are_left_out(folder: Path):
    own = folder / ".claude" / "session"
    for name in (".claude/session/a/state.json", ".claude/settings.json", ".git/HEAD"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (folder / "modules" / ".git").write_text("gitdir: elsewhere")
    named = ["**", ".git/HEAD", ".claude/session/*/*", "modules/../.claude/session/a/*"]

    found = paths(look(named, str(folder), [str(own)], may_be_empty=True))

    assert ".claude/settings.json" in found
    assert "modules/.git" in found
    assert not any("session" in path or path.startswith(".git/") for path in found)


# --- links and what is no file ----------------------------------------------------------------


def test_a_link_counts_as_itself_and_as_the_file_it_leads_to(folder: Path):
    (folder / "link").symlink_to("vars.tf")

    (found,) = look(["link"], str(folder))

    assert (found["kind"], found["target"], found["size"]) == ("link", "vars.tf", 7)
    assert found["sha256"] == hashlib.sha256(b"vars.tf").hexdigest()


@pytest.mark.parametrize("target", ["nowhere", "modules", "link", "pipe"])
def test_a_link_that_leads_to_no_plain_file_has_no_digest(folder: Path, target: str):
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(target)

    (found,) = look(["link"], str(folder))

    assert (found["kind"], found["target"], found["sha256"]) == ("link", target, None)


def test_a_link_to_a_folder_is_told_and_not_descended_into(folder: Path):
    (folder / "modules" / "up").symlink_to("..")

    assert paths(look(["modules/**"], str(folder))) == ["modules/net/net.tf", "modules/up"]
    assert paths(look(["modules/*/main.tf"], str(folder), may_be_empty=True)) == []


def test_a_link_that_the_glob_itself_names_is_followed_on_the_way(folder: Path):
    (folder / "way").symlink_to("modules/net")

    assert paths(look(["way/*.tf"], str(folder))) == ["way/net.tf"]


def test_a_pipe_and_a_socket_are_told_and_never_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    os.mkfifo(folder / "pipe", 0o600)
    monkeypatch.chdir(folder)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sock")
        found = look(["pipe", "sock"], str(folder))

    assert [(each["kind"], each["size"], each["sha256"]) for each in found] == [
        ("other", 0, None),
        ("other", 0, None),
    ]
    assert found[0]["mode"] == 0o600


# --- names ------------------------------------------------------------------------------------


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux has names of any bytes")
def test_names_that_are_not_utf_8_are_spelt_so_that_no_two_are_alike(folder: Path):
    for raw in (b"\xff.tf", b"\\xff.tf"):
        Path(os.fsdecode(os.fsencode(folder) + b"/names-" + raw)).write_bytes(raw)

    found = look(["names-*"], str(folder))

    assert sorted(paths(found)) == ["names-\\\\xff.tf", "names-\\xff.tf"]
    assert json.dumps(found, ensure_ascii=False).encode()


def test_other_names_are_spelt_as_they_are():
    assert spelled("ümläut \x1b 日本.tf") == "ümläut \x1b 日本.tf"


# --- limits -----------------------------------------------------------------------------------


def test_too_many_files_are_refused(folder: Path):
    for number in range(files.MOST_FILES):
        (folder / f"{number}.txt").touch()
    assert len(look(["*.txt"], str(folder))) == files.MOST_FILES

    with pytest.raises(InvalidValueError, match="more than 2000 files"):
        look(["*.txt", "main.tf"], str(folder))


def test_a_walk_through_too_many_names_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(globs, "MOST_NAMES_READ", 3)

    with pytest.raises(InvalidValueError, match="more than 3 names"):
        look(["**/*.none"], str(folder))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder: Path):
    with open(folder / "large", "wb") as file:
        file.truncate(files.LARGEST_FILE + 1)

    with pytest.raises(InvalidValueError, match="is larger than"):
        look(["large"], str(folder))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
@pytest.mark.parametrize("closed", ["main.tf", "modules"])
def test_what_cannot_be_read_is_told(folder: Path, closed: str):
    (folder / closed).chmod(0)
    try:
        with pytest.raises(InvalidValueError, match="cannot be read"):
            look(["**"], str(folder))
    finally:
        (folder / closed).chmod(0o755)


# --- changes during the look ------------------------------------------------------------------


def test_what_has_vanished_since_its_name_was_read_is_left_out(folder: Path):
    assert files._look_at(str(folder / "gone"), None) is None
    assert files._look_at(str(folder / "main.tf" / "below"), None) is None
    assert files._look_at(str(folder / "modules"), None) is None


def test_what_became_a_link_or_a_pipe_before_it_was_opened_is_no_file(folder: Path):
    (folder / "link").symlink_to("main.tf")
    os.mkfifo(folder / "pipe")

    for name in ("link", "pipe", "gone"):
        assert files._file(str(folder / name), None) == (None, False)


def test_a_file_that_is_written_all_the_while_is_told_as_it_is_found(folder: Path):
    busy, done = folder / "busy", threading.Event()
    busy.write_bytes(b"x" * (4 << 20))

    def write() -> None:
        with open(busy, "ab") as file:
            while not done.is_set():
                file.write(b"x")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        (found,) = look(["busy"], str(folder))
    finally:
        done.set()
        writer.join()

    content = busy.read_bytes()[: found["size"]]
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
