"""An empty project and an empty HOME for every test of the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.surfaces.cli.command_line import CommandLine, without_our_variables


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
