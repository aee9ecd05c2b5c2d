"""An empty project and an empty HOME for every test of the command line; and a person alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.surfaces.cli.command_line import CommandLine, without_our_variables
from tests.surfaces.cli.person import approve_as_person
from tests.surfaces.cli.processes import environ


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in os.environ.keys() - without_our_variables().keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(folder))
    monkeypatch.chdir(folder)
    return CommandLine(folder, capsys)


@pytest.fixture(scope="session")
def nobody_around(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever adopts a process without a parent must be no agent, or nobody may decide here."""
    folder = tmp_path_factory.mktemp("looking")
    code = "from agent_session.world.processes import agent_around; print(agent_around())"
    _, said = approve_as_person([sys.executable, "-c", code], environ(folder), folder)
    if said != "None\n":
        pytest.skip(f"a process cannot be taken out of the agent's tree here: {said}")
