"""What is looked at for an approval, and what a hook leaves unasked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from agent_session.core.drift import git_drift
from agent_session.core.errors import InvalidValueError
from agent_session.world.surroundings import MOST_DIRTY_NAMES, Surroundings

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Before its first commit, with one file that is not committed."""
    folder = tmp_path / "repository"
    folder.mkdir()
    environ = {"PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, env=environ, check=True)
    (folder / "x.tf").write_text("x")
    return folder


@needs_git
def test_what_is_not_committed_is_told_where_git_is_run(repository: Path) -> None:
    assert Surroundings(()).git(str(repository)) == {
        "head": None,
        "branch": "refs/heads/main",
        "dirty": ["x.tf"],
    }


@needs_git
def test_where_git_is_not_run_the_rest_is_told(repository: Path) -> None:
    found = Surroundings((), runs_git=False).git(str(repository))

    assert found == {"head": None, "branch": "refs/heads/main"}


@needs_git
def test_a_hook_runs_nothing_that_the_repository_names(repository: Path) -> None:
    mark = repository.parent / "was run"
    program = repository.parent / "monitor"
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    program.chmod(0o755)
    with open(repository / ".git" / "config", "a", encoding="utf-8") as config:
        config.write(f"[core]\n\tfsmonitor = {program}\n")

    Surroundings((), runs_git=False).git(str(repository))

    assert not mark.exists()


@needs_git
def test_what_one_look_has_left_out_is_no_drift(repository: Path) -> None:
    by_hook = Surroundings((), runs_git=False).git(str(repository))
    by_hand = Surroundings(()).git(str(repository))

    assert git_drift(by_hook, by_hand) == git_drift(by_hand, by_hook) == []


@needs_git
def test_of_many_names_that_are_not_committed_some_are_told(repository: Path) -> None:
    for number in range(MOST_DIRTY_NAMES + 9):
        (repository / f"{number}.tf").write_text("x")
    found = Surroundings(()).git(str(repository))

    assert found
    assert len(found["dirty"]) == MOST_DIRTY_NAMES


@pytest.mark.parametrize("runs_git", [True, False])
def test_where_there_is_no_repository_there_is_nothing_to_tell(
    tmp_path: Path, runs_git: bool
) -> None:
    assert Surroundings((), runs_git=runs_git).git(str(tmp_path)) is None


def test_files_that_are_gone_are_a_mistake_only_the_first_time(tmp_path: Path) -> None:
    world = Surroundings(())
    (tmp_path / "x.tf").write_text("x")

    assert [each["path"] for each in world.files(["*.tf"], str(tmp_path))] == ["x.tf"]
    assert world.files_again(["*.yaml"], str(tmp_path)) == []
    with pytest.raises(InvalidValueError):
        world.files(["*.yaml"], str(tmp_path))


def test_the_store_s_own_files_do_not_count(tmp_path: Path) -> None:
    own = tmp_path / "session"
    own.mkdir()
    (own / "x.tf").write_text("x")

    assert Surroundings([str(own)]).files_again(["**/*.tf"], str(tmp_path)) == []
