"""Running the programs of the system."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from agent_session.world.proc import started
from agent_session.world.programs import answer_of, program

SHELL = "/bin/sh"


def test_a_program_answers_with_its_status_and_output():
    assert answer_of([SHELL, "-c", "cat; exit 3"], {}, 10, said=b"hello") == (3, b"hello")


def test_no_variable_reaches_it_but_those_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET", "s")
    words = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        "import posix; print(b'SECRET' in posix.environ)",
    ]

    assert answer_of(words, {"GIVEN": "1"}, 10) == (0, b"False\n")


def test_what_cannot_be_started_has_no_answer(tmp_path: Path):
    assert answer_of([str(tmp_path / "none")], {}, 10) is None
    assert answer_of([SHELL, "-c", "true"], {}, 10, folder=str(tmp_path / "none")) is None


def test_what_takes_too_long_is_killed_with_all_that_it_started(tmp_path: Path):
    told = tmp_path / "pid"

    answer = answer_of([SHELL, "-c", f"sleep 60 & echo $! >'{told}'; sleep 60"], {}, 1)

    assert answer is None
    until = time.monotonic() + 20
    while started(int(told.read_text())) is not None:
        assert time.monotonic() < until, "what it started still runs"
        time.sleep(0.01)


def test_a_program_is_found_in_absolute_folders_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "text").write_text("")
    monkeypatch.chdir(tmp_path)

    assert program("tool", str(tmp_path)) == str(tmp_path / "tool")
    assert program("tool", ".:") is None
    assert program("text", str(tmp_path)) is None
    assert program("sh") in {"/usr/bin/sh", "/bin/sh"}


def test_the_systems_own_program_counts_before_one_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "sh").write_text("")
    (tmp_path / "sh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")

    assert program("sh") != str(tmp_path / "sh")
