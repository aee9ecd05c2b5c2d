"""What a linter, a type checker and a coverage report can see is part of the test command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.project.tree import ROOT


def _assert_passes(tool: str, *arguments: str) -> None:
    """Run *tool* of this very environment at the root of the project."""
    program = os.path.join(os.path.dirname(sys.executable), tool)
    if not os.access(program, os.X_OK):
        pytest.skip(f"{tool} is not installed; `make test` installs it")
    # The outer run's plugins must not reach the inner one.
    environ = {
        name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")
    }
    run = subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        pytest.fail(f"{tool} {' '.join(arguments)}\n{run.stdout}{run.stderr}", pytrace=False)


def test_every_file_is_formatted() -> None:
    _assert_passes("ruff", "format", "--check", "--output-format", "concise", ".")


def test_the_linter_finds_nothing() -> None:
    _assert_passes("ruff", "check", "--output-format", "concise", ".")


def test_the_types_hold() -> None:
    _assert_passes("mypy")


def test_no_import_crosses_a_layer_the_wrong_way() -> None:
    _assert_passes("lint-imports", "--no-logo")


# Long loops over what other tests take once; under a tracer they would take minutes.
_LOOPS = "not (hostile or twenty_thousand or no_other_file)"


def test_the_tests_of_the_core_take_every_branch_of_it(tmp_path: os.PathLike[str]) -> None:
    data = f"--data-file={os.path.join(tmp_path, 'coverage')}"

    _assert_passes(
        "coverage", "run", data, "--source=src/agent_session/core",
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", _LOOPS,
        "tests/core",
    )  # fmt: skip
    _assert_passes("coverage", "combine", "-q", data)
    _assert_passes("coverage", "report", data, "--fail-under=100")
