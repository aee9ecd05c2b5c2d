"""Where the project is, and where its sessions are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent_session.project import environment, project_root
from agent_session.wiring import wire


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(root / "a" / "b")
    return root


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def test_the_nearest_parent_with_a_mark_is_the_project(project: Path):
    assert project_root(None, {}) == str(project)
    (project / "a" / ".claude").mkdir()
    assert project_root(None, {}) == str(project / "a")


def test_home_itself_is_never_the_project(project: Path):
    (project / ".claude").mkdir()

    assert project_root(None, {"HOME": str(project)}) == str(project / "a" / "b")


def test_a_name_comes_before_the_variable_and_the_variable_before_the_folder(project: Path):
    variables = {"CLAUDE_PROJECT_DIR": "/from/variable"}

    assert project_root(None, variables) == "/from/variable"
    assert project_root("/from/argument/", variables) == "/from/argument"
    assert project_root(".", {}) == str(project / "a" / "b")


def test_a_linked_worktree_uses_its_main_tree(tmp_path: Path):
    main = tmp_path / "main"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "first")
    git(main, "worktree", "add", "-q", "../linked")

    assert project_root(str(tmp_path / "linked"), {}) == str(main)
    assert project_root(str(main), {}) == str(main)


def test_a_submodule_keeps_its_own_store(tmp_path: Path):
    for name in ("outer", "inner"):
        (tmp_path / name).mkdir()
        git(tmp_path / name, "init", "-q")
        git(tmp_path / name, "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path / "outer", "submodule", "add", "-q", str(tmp_path / "inner"), "sub")

    assert project_root(str(tmp_path / "outer" / "sub"), {}) == str(tmp_path / "outer" / "sub")


@pytest.mark.parametrize(
    "pointer", ["", "gitdir: ", "gitdir: /nowhere", "\0", "gitdir: " + "x" * 9000]
)
def test_a_git_file_that_points_nowhere_changes_nothing(project: Path, pointer: str):
    (project / ".git").rmdir()
    (project / ".git").write_text(pointer)

    assert project_root(str(project), {}) == str(project)


def test_the_store_is_named_by_argument_variable_settings_or_project(project: Path):
    variables = {"AGENT_SESSION_STORE": "files:/v", "HOME": str(project / "home")}
    settings = project / ".claude" / "agent-session.json"
    settings.parent.mkdir()
    settings.write_text('{"store": "files:/s"}')

    assert wire("t", store="files:/a", variables=variables).url == "files:/a"
    assert wire("t", variables=variables).url == "files:/v"
    assert wire("t", variables={}).url == "files:/s"
    settings.unlink()
    assert wire("t", variables={}).url == f"files:{project}/.claude/session"


def test_the_environment_is_that_of_this_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AGENT_SESSION_X", "é")
    assert environment()["AGENT_SESSION_X"] == "é"
