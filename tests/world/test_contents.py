"""What files held, as far as it is still known."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from agent_session.world import contents
from agent_session.world.contents import LARGEST, Contents
from agent_session.world.files import look
from agent_session.world.git import head

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ENVIRON = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_NAME": "A" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "a@example.com" for who in ("AUTHOR", "COMMITTER")},
}


def write(folder: Path, content: bytes | str, name: str = "main.tf") -> dict[str, Any]:
    """What a look at the file tells, once it holds *content*."""
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    return seen_at(folder, name)


def seen_at(folder: Path, name: str) -> dict[str, Any]:
    (seen,) = look([name], str(folder))
    return seen


def test_what_was_read_is_known_when_the_file_holds_something_else(tmp_path: Path):
    found, folder = Contents(), str(tmp_path)
    before = write(tmp_path, "one\n")
    found.remember(before, folder)
    after = write(tmp_path, "two\n")
    found.remember(after, folder)

    assert found.of(before, folder, None) == "one\n"
    assert found.of(after, folder, None) == "two\n"


def test_where_no_file_was_there_was_nothing(tmp_path: Path):
    assert Contents().of(None, str(tmp_path), None) == ""


def test_an_empty_file_is_known_and_empty(tmp_path: Path):
    found, seen = Contents(), write(tmp_path, "")
    found.remember(seen, str(tmp_path))

    assert found.of(seen, str(tmp_path), None) == ""


def test_what_was_never_read_is_not_known(tmp_path: Path):
    assert Contents().of(write(tmp_path, "one"), str(tmp_path), None) is None


def test_what_is_no_longer_what_was_seen_is_not_kept(tmp_path: Path):
    found, before = Contents(), write(tmp_path, "one")
    after = write(tmp_path, "two")

    found.remember(before, str(tmp_path))

    assert found.of(before, str(tmp_path), None) is None
    assert found.of(after, str(tmp_path), None) is None


@pytest.mark.parametrize(
    "content", [b"\0", b"a\0b", b"\xff\xfe", "ü".encode("latin-1"), b"x" * (LARGEST + 1)]
)
def test_what_is_no_text_or_too_large_is_not_known(tmp_path: Path, content: bytes):
    found, seen = Contents(), write(tmp_path, content)

    found.remember(seen, str(tmp_path))

    assert found.of(seen, str(tmp_path), None) is None


def test_the_largest_text_is_known(tmp_path: Path):
    found, seen = Contents(), write(tmp_path, b"x" * LARGEST)

    found.remember(seen, str(tmp_path))

    assert found.of(seen, str(tmp_path), None) == "x" * LARGEST


def test_a_file_that_grows_after_it_was_seen_is_not_read_whole(tmp_path: Path):
    found, seen = Contents(), write(tmp_path, "one")
    with open(tmp_path / "main.tf", "wb") as file:
        file.truncate(1 << 40)

    found.remember(seen, str(tmp_path))

    assert found.of(seen, str(tmp_path), None) is None


# --- what is no plain file --------------------------------------------------------------------


def test_a_link_or_a_pipe_has_no_content(tmp_path: Path):
    found, content = Contents(), write(tmp_path, "one")
    (tmp_path / "link").symlink_to("main.tf")
    os.mkfifo(tmp_path / "pipe")
    found.remember(content, str(tmp_path))

    for name in ("link", "pipe"):
        seen = seen_at(tmp_path, name)
        found.remember(seen, str(tmp_path))
        assert found.of(seen, str(tmp_path), None) is None


@pytest.mark.parametrize("become", ["link", "pipe", "folder", "nothing"])
def test_what_became_something_else_since_is_not_read(tmp_path: Path, become: str):
    seen = write(tmp_path, "one")
    path = tmp_path / "main.tf"
    path.rename(tmp_path / "moved")
    if become == "link":
        path.symlink_to("moved")
    elif become == "pipe":
        os.mkfifo(path)
    elif become == "folder":
        path.mkdir()
    found = Contents()

    found.remember(seen, str(tmp_path))

    assert found.of(seen, str(tmp_path), None) is None


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
def test_what_cannot_be_a_path_is_not_read(tmp_path: Path, path: str):
    found, seen = Contents(), write(tmp_path, "one") | {"path": path}

    found.remember(seen, str(tmp_path))

    assert found.of(seen, str(tmp_path), None) is None


# --- what git keeps ---------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit of `main.tf`, which holds "one"."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "main.tf").write_text("one")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "one")):
        subprocess.run(["git", *words], cwd=folder, env=ENVIRON, check=True)
    return folder


def commit_of(repository: Path) -> str:
    found = head(str(repository))
    assert found is not None
    return str(found["head"])


@needs_git
def test_what_git_keeps_is_known_where_it_is_what_was_seen(repository: Path):
    seen, folder = seen_at(repository, "main.tf"), str(repository)
    write(repository, "two")

    assert Contents().of(seen, folder, commit_of(repository)) == "one"
    assert Contents().of(seen, folder, None) is None


@needs_git
def test_what_git_keeps_is_not_taken_for_what_it_was_not(repository: Path):
    seen = write(repository, "never committed")
    write(repository, "two")

    assert Contents().of(seen, str(repository), commit_of(repository)) is None


@needs_git
@pytest.mark.parametrize("content", ["one", "never committed"])
def test_git_is_asked_once(repository: Path, content: str):
    found, commit = Contents(), commit_of(repository)
    seen = write(repository, content)
    first = found.of(seen, str(repository), commit)
    shutil.rmtree(repository / ".git")

    assert found.of(seen, str(repository), commit) == first


@needs_git
def test_what_git_did_not_keep_is_remembered_once_it_stands_there_again(repository: Path):
    found, folder = Contents(), str(repository)
    seen = write(repository, "never committed")
    assert found.of(seen, folder, commit_of(repository)) is None

    found.remember(seen, folder)
    write(repository, "two")

    assert found.of(seen, folder, None) == "never committed"


# --- how much is kept -------------------------------------------------------------------------


def test_the_oldest_is_given_up_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contents, "_MOST_KEPT", 30)
    found, folder = Contents(), str(tmp_path)
    seen = [write(tmp_path, f"{number:10}", f"{number}.tf") for number in range(4)]

    for each in seen:
        found.remember(each, folder)

    kept = [found.of(each, folder, None) for each in seen]
    assert kept == [None, *(f"{number:10}" for number in (1, 2, 3))]


def test_the_same_content_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contents, "_MOST_KEPT", 30)
    found, folder = Contents(), str(tmp_path)
    first = write(tmp_path, "first")

    for each in (first, *(write(tmp_path, "x" * 20, f"{number}.tf") for number in range(9))):
        found.remember(each, folder)

    assert found.of(first, folder, None) == "first"


def test_what_was_given_up_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(contents, "_MOST_KEPT", 10)
    found, folder = Contents(), str(tmp_path)
    seen = [write(tmp_path, f"{number:10}", f"{number}.tf") for number in range(2)]
    for each in (*seen, seen[0]):
        found.remember(each, folder)

    assert found.of(seen[0], folder, None) == f"{0:10}"
    assert hashlib.sha256(f"{0:10}".encode()).hexdigest() == seen[0]["sha256"]
