"""The units for cleanup do what they say, with what systemd puts in for their specifiers."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from typing import TYPE_CHECKING

import pytest

from tests.project.tree import ROOT
from tests.surfaces.cli.processes import TOOL, environ

if TYPE_CHECKING:
    from pathlib import Path

UNITS = os.path.join(ROOT, "contrib/systemd")


def unit(kind: str) -> RawConfigParser:
    read = RawConfigParser()
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(f"{UNITS}/agent-session-cleanup@.{kind}")
    return read


def test_the_service_cleans_the_project_that_its_instance_names(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "a project"
    (home / ".local/bin").mkdir(parents=True)
    (home / ".local/bin/agent-session").symlink_to(TOOL)
    (project / ".claude").mkdir(parents=True)
    service = unit("service")["Service"]
    command = service["ExecStart"].replace("%h", str(home))
    folder = service["WorkingDirectory"].replace("%f", str(project))
    variables = {**environ(home), "CLAUDE_PROJECT_DIR": ""}

    ran = subprocess.run(
        [*shlex.split(command), "--dry-run"],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (0, "Sessions to remove: 0\n"), ran.stderr


def test_the_timer_starts_that_service_every_hour() -> None:
    timer = unit("timer")

    assert timer["Timer"]["OnCalendar"] == "hourly"
    assert timer["Install"]["WantedBy"] == "timers.target"


@pytest.mark.parametrize("kind", ["service", "timer"])
def test_systemd_takes_them(kind: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    program = tmp_path / ".local/bin/agent-session"
    program.parent.mkdir(parents=True)
    program.symlink_to(TOOL)
    units = tmp_path / "units"
    shutil.copytree(UNITS, units)
    for each in units.iterdir():  # of one instance
        each.rename(str(each).replace("@.", "@tmp."))

    ran = subprocess.run(
        [analyze, "--user", "verify", f"{units}/agent-session-cleanup@tmp.{kind}"],
        env={**os.environ, "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (0, "")
