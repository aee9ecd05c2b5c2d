"""The plugin's two shell scripts run on a Python that nobody has planted, and say what is to be
done where there is none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_session import __version__
from tests.project.tree import ROOT

REAL_PYTHON = os.path.realpath(sys.executable)
TOOLS = ("cat", "mkdir", "mv", "readlink")


class Machine:
    """A copy of the plugin on a machine whose only Pythons are those that a test plants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plugin = folder / "a plugin"
        self.project = folder / "a project"
        self.data = folder / "data"
        self.home = folder / "home"
        self.tools = folder / "tools"
        for each in (self.plugin, self.project, self.home, self.tools):
            each.mkdir()
        self.data.mkdir(0o700)
        for name in ("hooks", "bin"):
            shutil.copytree(os.path.join(ROOT, name), self.plugin / name)
        for name in ("src", "tools"):
            (self.plugin / name).symlink_to(os.path.join(ROOT, name))
        script = self.plugin / "hooks/python.sh"
        text = script.read_text()
        script.write_text(re.sub(r"^beside_path=.*", "beside_path=", text, flags=re.MULTILINE))
        for name in TOOLS:
            (self.tools / name).symlink_to(shutil.which(name) or name)
        self.environ = {
            "CLAUDE_PLUGIN_DATA": str(self.data),
            "CLAUDE_PROJECT_DIR": str(self.project),
            "HOME": str(self.home),
            "PATH": str(self.tools),
        }

    @property
    def remembered(self) -> Path:
        return self.data / "python"

    def plant(self, folder: Path, name: str = "python3", python: str = sys.executable) -> Path:
        """A Python called *name* in *folder*, as shims are; it leaves a trace."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(f'#!/bin/sh\n: >>"{self.folder}/{name}.ran"\nexec "{python}" "$@"\n')
        path.chmod(stat.S_IRWXU)
        return path

    def has_run(self, name: str = "python3") -> bool:
        return (self.folder / f"{name}.ran").exists()

    def put_on_path(self, *folders: Path | str) -> None:
        self.environ["PATH"] = ":".join(map(str, (*folders, self.tools)))

    def run(self, *words: str, event: str = "Stop", **said: Any) -> Any:
        return subprocess.run(
            [str(self.plugin / "hooks/run"), *words],
            cwd=self.project,
            env=self.environ,
            input=json.dumps({"session_id": "s", "hook_event_name": event, **said}),
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_interpreter_behind_a_shim_is_remembered(machine: Machine) -> None:
    machine.put_on_path(machine.plant(machine.folder / "shims").parent)

    ran = machine.run("claude-code")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert machine.remembered.read_text() == f"{REAL_PYTHON}\n"
    assert stat.S_IMODE(machine.remembered.stat().st_mode) == 0o600
    assert [path.name for path in machine.data.iterdir()] == ["python"]


def test_what_is_remembered_is_run_without_a_search(machine: Machine) -> None:
    machine.remembered.write_text(f"{machine.plant(machine.folder / 'kept', 'kept')}\n")
    machine.put_on_path(machine.plant(machine.folder / "shims").parent)

    ran = machine.run("claude-code")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert machine.has_run("kept")
    assert not machine.has_run("python3")


@pytest.mark.parametrize("text", ["/nowhere/python3\n", "", "python3\n", "/tmp\n", REAL_PYTHON])
def test_what_is_remembered_wrongly_is_found_anew(machine: Machine, text: str) -> None:
    machine.remembered.write_text(text)
    machine.put_on_path(machine.plant(machine.folder / "shims").parent)

    machine.run("claude-code")

    assert machine.remembered.read_text() == f"{REAL_PYTHON}\n"


def test_the_way_to_what_is_remembered_starts_nothing_else(machine: Machine) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    machine.remembered.write_text(f"{REAL_PYTHON}\n")
    log = machine.folder / "strace.log"

    subprocess.run(
        [strace, "-f", "-o", log, "-e", "trace=execve,clone,clone3,fork,vfork",
         machine.plugin / "hooks/run", "claude-code"],
        env=machine.environ, input=b"{}", capture_output=True, check=False,
    )  # fmt: skip

    calls = [
        line for line in log.read_text().splitlines() if "(" in line and "exit" not in line
    ]
    assert [call.split()[1].partition("(")[0] for call in calls] == ["execve", "execve"]


def test_an_old_python_is_passed_over(machine: Machine) -> None:
    old = machine.folder / "old/python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o700)
    machine.put_on_path(old.parent, machine.plant(machine.folder / "new", "python3.12").parent)

    assert machine.run("claude-code").returncode == 0
    assert machine.has_run("python3.12")


@pytest.mark.parametrize("where", ["bin", "linked", "relative", "here", "its own link"])
def test_no_python_of_the_project_s_is_taken(machine: Machine, where: str) -> None:
    inside = machine.plant(machine.project / "bin").parent
    (machine.folder / "linked").symlink_to(inside)
    (machine.folder / "project").symlink_to(machine.project)
    folders: dict[str, Path | str] = {
        "bin": inside,
        "linked": machine.folder / "linked",
        "relative": "bin",
        "here": "",
        "its own link": machine.folder / "project/bin",
    }
    (machine.project / "python3").symlink_to("bin/python3")
    machine.put_on_path(folders[where])

    ran = machine.run("claude-code", event="SessionStart", source="startup")

    assert "needs Python 3.11" in ran.stdout
    assert not machine.has_run()
    assert not machine.remembered.exists()


def test_what_is_remembered_of_the_project_s_is_not_run(machine: Machine) -> None:
    machine.remembered.write_text(f"{machine.plant(machine.project / 'bin')}\n")

    machine.run("claude-code")

    assert not machine.has_run()


def test_whoever_works_at_home_has_their_programs_there(machine: Machine) -> None:
    machine.environ["CLAUDE_PROJECT_DIR"] = str(machine.home)
    machine.put_on_path(machine.plant(machine.home / "shims").parent)

    machine.run("claude-code")

    assert machine.remembered.read_text() == f"{REAL_PYTHON}\n"


@pytest.mark.parametrize("data", ["link", "file", "relative", "unset"])
def test_nothing_is_written_into_a_folder_that_is_not_ours(machine: Machine, data: str) -> None:
    (machine.folder / "elsewhere").mkdir()
    (machine.folder / "link").symlink_to("elsewhere")
    (machine.folder / "file").write_text("")
    del machine.environ["CLAUDE_PLUGIN_DATA"]
    if data != "unset":
        named = "data" if data == "relative" else str(machine.folder / data)
        machine.environ["CLAUDE_PLUGIN_DATA"] = named
    machine.put_on_path(machine.plant(machine.folder / "shims").parent)

    ran = machine.run("claude-code")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert machine.has_run()
    assert list((machine.folder / "elsewhere").iterdir()) == []


def test_a_plugin_that_is_cut_off_is_no_no_to_the_host(machine: Machine) -> None:
    machine.put_on_path(machine.plant(machine.folder / "shims").parent)
    (machine.plugin / "src").unlink()

    prompted = machine.run("claude-code", event="UserPromptSubmit")
    started = machine.run("claude-code", event="SessionStart", source="startup")

    assert (prompted.returncode, prompted.stdout, prompted.stderr) == (0, "", "")
    assert "is not complete" in json.loads(started.stdout)["systemMessage"]


# --- without a Python -------------------------------------------------------------------------


def _settings(machine: Machine, where: str) -> None:
    paths = {
        "project": machine.project / ".claude/agent-session.json",
        "home": machine.home / ".config/agent-session/config.json",
        "XDG": machine.folder / "xdg/agent-session/config.json",
        "main tree": machine.folder / "main/.claude/agent-session.json",
    }
    paths[where].parent.mkdir(parents=True)
    paths[where].write_text("{}")
    if where == "XDG":
        machine.environ["XDG_CONFIG_HOME"] = str(machine.folder / "xdg")
    pointer = machine.project / ".git"
    pointer.write_text(f"gitdir: {machine.folder}/main/.git/worktrees/tree\n")


def test_without_python_and_settings_everything_goes_on(machine: Machine) -> None:
    for words in (["claude-code"], ["claude-code", "closed"]):
        ran = machine.run(*words, event="PreToolUse", tool_name="Bash")

        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("where", ["project", "home", "XDG", "main tree"])
def test_without_python_a_call_that_may_be_guarded_is_refused(
    machine: Machine, where: str
) -> None:
    _settings(machine, where)

    ran = machine.run("claude-code", "closed", event="PreToolUse", tool_name="Bash")
    other = machine.run("claude-code", event="Stop")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("agent-session needs Python 3.11 or newer")
    assert (other.returncode, other.stdout, other.stderr) == (0, "", "")


def test_without_python_a_resume_is_refused_where_there_are_sessions(machine: Machine) -> None:
    resume = {"event": "PreToolUse", "tool_name": "SendMessage"}

    before = machine.run("claude-code", "closed", **resume)
    (machine.project / ".claude/session").mkdir(parents=True)

    assert before.returncode == 0
    assert machine.run("claude-code", "closed", **resume).returncode == 1
    assert machine.run("claude-code", "closed", tool_name="Bash").returncode == 0


def test_without_python_a_conversation_is_told_at_its_start(machine: Machine) -> None:
    ran = machine.run("claude-code", event="SessionStart", source="startup")
    compacted = machine.run("claude-code", event="SessionStart", source="compact")

    assert "needs Python 3.11" in json.loads(ran.stdout)["systemMessage"]
    assert ran.returncode == 0
    assert compacted.stdout == ""


# --- the command line -------------------------------------------------------------------------


def _command_line(machine: Machine, path: Path, *words: str) -> Any:
    return subprocess.run(
        [path, *words],
        cwd=machine.project, env=machine.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_line_of_the_plugin_works_through_a_link(machine: Machine) -> None:
    (machine.project / "agent_session.py").write_text("raise SystemExit('planted')")
    machine.put_on_path(machine.plant(machine.folder / "shims").parent)
    link = machine.folder / "link"
    link.symlink_to("a plugin/bin/agent-session")

    for path in (machine.plugin / "bin/agent-session", link):
        ran = _command_line(machine, path, "--version")

        assert (ran.returncode, ran.stderr) == (0, "")
        assert ran.stdout == f"agent-session {__version__}\n"


def test_the_command_line_says_what_it_needs(machine: Machine) -> None:
    ran = _command_line(machine, machine.plugin / "bin/agent-session", "list")

    assert ran.returncode == 127
    assert "needs Python 3.11" in ran.stderr
