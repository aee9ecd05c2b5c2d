"""The world for who looks again and again: files at once, git every few seconds."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.world import files, watched
from agent_session.world.surroundings import Surroundings
from agent_session.world.watched import GIT_SECONDS, Watched
from tests.examples import Seconds


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def world(clock: Seconds, tmp_path: Path) -> Watched:
    """What it watches leaves out `store`."""
    return Watched(Surroundings([str(tmp_path / "store")], runs_git=False), clock)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """As far as one is told without running git: its branch is `main`."""
    on_branch(tmp_path, "main")
    return tmp_path


def on_branch(folder: Path, name: str) -> None:
    (folder / ".git").mkdir(exist_ok=True)
    (folder / ".git" / "HEAD").write_text(f"ref: refs/heads/{name}\n")


def branch(world: Watched, folder: Path) -> str | None:
    found = world.git(str(folder))
    return None if found is None else str(found["branch"]).removeprefix("refs/heads/")


def test_git_is_asked_again_only_after_a_while(
    world: Watched, clock: Seconds, repository: Path
):
    assert branch(world, repository) == "main"
    on_branch(repository, "other")

    clock.now = GIT_SECONDS - 0.01
    assert branch(world, repository) == "main"
    clock.now = GIT_SECONDS
    assert branch(world, repository) == "other"


def test_that_there_is_no_repository_is_also_known_for_a_while(
    world: Watched, clock: Seconds, tmp_path: Path
):
    assert branch(world, tmp_path) is None
    on_branch(tmp_path, "main")

    assert branch(world, tmp_path) is None
    clock.now = GIT_SECONDS
    assert branch(world, tmp_path) == "main"


def test_each_folder_is_asked_about_by_itself(world: Watched, repository: Path):
    inner = repository / "inner"
    inner.mkdir()
    on_branch(inner, "inner")

    assert [branch(world, each) for each in (repository, inner)] == ["main", "inner"]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_what_is_not_committed_is_told_where_git_is_run(clock: Seconds, tmp_path: Path):
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=tmp_path, check=True)
    world = Watched(Surroundings(), clock)
    before = world.git(str(tmp_path))
    (tmp_path / "new").write_text("")
    clock.now = GIT_SECONDS

    after = world.git(str(tmp_path))

    assert before is not None
    assert after is not None
    assert (before["dirty"], after["dirty"]) == ([], ["new"])


def test_a_file_is_seen_as_it_is_at_once(world: Watched, tmp_path: Path):
    path = tmp_path / "main.tf"
    path.write_text("one")
    before = world.files_again(["*.tf"], str(tmp_path))
    path.write_text("two")

    assert world.files_again(["*.tf"], str(tmp_path)) != before
    assert world.files(["*.tf"], str(tmp_path)) == files.look(["*.tf"], str(tmp_path))
    path.unlink()
    assert world.files_again(["*.tf"], str(tmp_path)) == []


def test_what_stands_still_is_not_read_again(
    world: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "_SETTLED_SECONDS", -3600.0)
    (tmp_path / "main.tf").write_text("one")
    world.files(["main.tf"], str(tmp_path))
    for stamp in world._known:
        world._known[stamp] = (3, "known")

    assert world.files_again(["main.tf"], str(tmp_path))[0]["sha256"] == "known"


def test_what_is_known_is_forgotten_before_it_is_too_much(
    world: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "_SETTLED_SECONDS", -3600.0)
    monkeypatch.setattr(watched, "_MOST_KNOWN", 3)
    for number in range(9):
        (tmp_path / f"{number}.tf").write_text("")
        world.files_again([f"{number}.tf"], str(tmp_path))
        assert len(world._known) <= 4


def test_only_who_looks_again_is_told_of_nothing(world: Watched, tmp_path: Path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "main.tf").write_text("")

    assert world.files_again(["**/*.tf"], str(tmp_path)) == []
    with pytest.raises(InvalidValueError, match="no file stands under"):
        world.files(["**/*.tf"], str(tmp_path))
