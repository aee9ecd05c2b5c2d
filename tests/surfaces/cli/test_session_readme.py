"""Every line of shell and Python in tools/4-memory/SESSION_README.md runs as it stands."""

from __future__ import annotations

import os
import re
from pathlib import Path

from agent_session.core.phases import PHASES
from tests.e2e.empty_project import EmptyProject
from tests.project.tree import ROOT

with open(os.path.join(ROOT, "tools/4-memory/SESSION_README.md"), encoding="utf-8") as file:
    README = file.read()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_every_shell_line_runs(tmp_path: Path) -> None:
    script = "set -eu -o pipefail\n" + "\n".join(_blocks("bash"))

    ran = EmptyProject(tmp_path).run("bash", "-c", script)

    assert ran.returncode == 0, ran.stdout
    assert "Should resume agent-" in ran.stdout
    assert "all is well" in ran.stdout


def test_every_python_line_runs(tmp_path: Path) -> None:
    project = EmptyProject(tmp_path)
    on_path = "import sys; sys.path.insert(0, 'tools/4-memory')\n"

    ran = project.run_python(on_path + "\n".join(_blocks("python")))

    assert ran.returncode == 0, ran.stdout


def test_it_names_every_phase() -> None:
    assert set(re.findall(r"`([a-z]+)`", README)) >= set(PHASES)
