"""Where a hook is run: it finds its project, needs nothing there, and runs nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.project.tree import ROOT
from tests.surfaces.hooks.hook_project import (
    AGENT,
    HOOKS,
    LONGEST_RUN_SECONDS,
    PRE_DELEGATE,
    PYTHON,
    SUBAGENT_STOP,
    HookProject,
    script_of,
)

PAYLOADS = {
    PRE_DELEGATE: {"agent_name": AGENT},
    SUBAGENT_STOP: {"task_info": {"agent_id": "agent-1", "agent": AGENT}, "agent_output": "ok"},
}
NOBODY = 65534
SOURCE = os.path.join(ROOT, "src")


def _below(folder: Path) -> set[str]:
    """What lies at the top of *folder*."""
    return {each.name for each in folder.iterdir()}


# --- nothing there, nothing allowed -----------------------------------------------------------


@pytest.mark.parametrize("hook", HOOKS)
def test_an_empty_folder_is_enough(project: HookProject, hook: str) -> None:
    answer = project.run(hook, PAYLOADS[hook]).answer

    assert answer["reason"] == "session_not_found"
    assert _below(project.path) == {".claude"}
    assert _below(project.home) == set()


@pytest.mark.parametrize("hook", HOOKS)
def test_a_file_in_the_place_of_the_folder_is_left_alone(
    project: HookProject, hook: str
) -> None:
    (project.path / ".claude").write_text("mine")

    answer = project.run(hook, PAYLOADS[hook]).answer

    assert answer["reason"] in {"session_not_found", "store_failed", "unsafe_store"}
    assert (project.path / ".claude").read_text() == "mine"


@pytest.fixture
def sealed() -> Iterator[tuple[HookProject, dict[str, Any]]]:
    """A project that may be read only, and how to run a process that must obey."""
    folder = Path(tempfile.mkdtemp(prefix="agent-session-sealed-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        project = HookProject(folder)
        for each in (folder, project.home, project.path):
            each.chmod(0o555)
        yield project, user
    finally:
        for each in (folder, *folder.rglob("*")):
            if each.is_dir() and not each.is_symlink():
                each.chmod(0o755)
        shutil.rmtree(folder)


def _python_of(user: dict[str, Any]) -> tuple[str, ...]:
    """A Python that an ordinary user can run, and read this checkout with; else skip."""
    look = f"import sys; sys.path.insert(0, {SOURCE!r}); import agent_session.surfaces.hooks"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        command = (python, "-I", "-S")
        try:
            ran = subprocess.run([*command, "-c", look], cwd="/", check=False, **user)
        except OSError:
            continue
        if ran.returncode == 0:
            return command
    pytest.skip("an ordinary user has no Python here that can read this checkout")


@pytest.mark.parametrize("hook", HOOKS)
def test_in_a_folder_that_may_not_be_written_there_is_an_answer(
    sealed: tuple[HookProject, dict[str, Any]], hook: str
) -> None:
    project, user = sealed
    project.python = _python_of(user)

    answer = project.run(hook, PAYLOADS[hook], **user).answer

    assert answer["reason"] == "session_not_found"
    assert answer.get("logged") in {None, False}
    assert _below(project.path) == set()


def test_a_session_that_may_not_be_written_stays_and_the_answer_says_why(
    sealed: tuple[HookProject, dict[str, Any]],
) -> None:
    project, user = sealed
    project.python = _python_of(user)
    project.path.chmod(0o755)
    agent_id = project.session("executing")
    for each in (project.path, *project.path.rglob("*")):
        each.chmod(0o555 if each.is_dir() else 0o444)

    payload = {"task_info": {"agent_id": agent_id}}
    answer = project.run(SUBAGENT_STOP, payload, **user).answer

    assert (answer["success"], answer["action"]) == (False, "ignored")
    assert answer["reason"] == "store_unavailable"
    assert "Permission denied" in answer["message"]
    assert project.phase_of(agent_id) == "executing"


@pytest.mark.parametrize("hook", HOOKS)
def test_a_working_folder_that_is_gone_is_told(project: HookProject, hook: str) -> None:
    shell = ["sh", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$0" "$@"']

    ran = subprocess.run(
        [*shell, *PYTHON, script_of(hook)],
        cwd=project.path,
        env=project.variables,
        input=b'{"agent_name": "x"}',
        capture_output=True,
        timeout=LONGEST_RUN_SECONDS,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.count(b"\n") == 1
    assert b'"reason":"internal_error"' in ran.stdout


# --- which project ----------------------------------------------------------------------------


def _git(folder: Path, *words: str) -> None:
    settings = ("user.name=t", "user.email=t@example.invalid", "protocol.file.allow=always")
    flags = [part for each in settings for part in ("-c", each)]
    variables = {"HOME": str(folder), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        ["git", *flags, *words], cwd=folder, env=variables, capture_output=True, check=True
    )


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(project: HookProject) -> HookProject:
    """The project as a git repository with a session that waits in it."""
    _git(project.path, "init", "-q")
    _git(project.path, "commit", "-q", "--allow-empty", "-m", "first")
    return project


def test_in_a_folder_below_the_project_its_sessions_are_found(project: HookProject) -> None:
    agent_id = project.session()
    below = project.path / "a" / "b"
    below.mkdir(parents=True)

    assert project.ask({"agent_name": AGENT}, cwd=below)["agent_id"] == agent_id


def test_a_variable_of_the_host_names_the_project(project: HookProject) -> None:
    agent_id = project.session()
    project.variables["CLAUDE_PROJECT_DIR"] = str(project.path)

    assert project.ask({"agent_name": AGENT}, cwd=project.home)["agent_id"] == agent_id
    assert _below(project.home) == set()


@needs_git
def test_a_linked_worktree_uses_the_main_tree_s_store(repository: HookProject) -> None:
    waiting, running = repository.session(), repository.session("executing")
    linked = repository.path.parent / "linked"
    _git(repository.path, "worktree", "add", "-q", str(linked))

    found = repository.ask({"agent_name": AGENT}, cwd=linked)
    payload = {"task_info": {"agent_id": running}}
    stopped = repository.run(SUBAGENT_STOP, payload, cwd=linked).answer

    assert (found["agent_id"], stopped["action"]) == (waiting, "finalized")
    assert _below(linked) == {".git"}
    assert len(repository.metrics) == len(repository.checks) == 1


@needs_git
def test_a_submodule_has_a_store_of_its_own(repository: HookProject) -> None:
    repository.session()
    other = repository.path.parent / "other"
    shutil.copytree(repository.path / ".git", other / ".git")
    _git(repository.path, "submodule", "--quiet", "add", str(other), "part")

    found = repository.ask({"agent_name": AGENT}, cwd=repository.path / "part")

    assert found["reason"] == "session_not_found"
    assert _below(repository.path / "part") == {".git", ".claude"}
    assert repository.checks == []


# --- code that was planted --------------------------------------------------------------------

PLANTED = (
    ".claude/tools/agent_session.py",
    ".claude/hooks/pre_delegate.py",
    "tools/4-memory/agent_session.py",
    "agent_session.py",
    "agent_session/__init__.py",
    "json.py",
    "json/decoder.py",
    "re.py",
    "errno.py",
    "fcntl.py",
    "posix.py",
    "signal.py",
    "encodings/__init__.py",
    "sitecustomize.py",
    "usercustomize.py",
)


@pytest.mark.parametrize("python", [PYTHON, (sys.executable,)], ids=["isolated", "plain"])
@pytest.mark.parametrize("hook", HOOKS)
def test_nothing_in_the_project_is_executed(
    project: HookProject, hook: str, python: tuple[str, ...]
) -> None:
    marker = project.home / "executed"
    for name in PLANTED:
        planted = project.path / name
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_text(f"open({str(marker)!r}, 'a').write({name!r} + ' ')\n")
    agent_id = project.session("executing")

    for payload in (b'{"agent_id": "%s"}' % agent_id.encode(), b'{"broken":{', b"\xff"):
        ran = subprocess.run(
            [*python, script_of(hook)],
            cwd=project.path,
            env=project.variables,
            input=payload,
            capture_output=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr, ran.stdout.count(b"\n")) == (0, b"", 1)

    assert not marker.exists()
