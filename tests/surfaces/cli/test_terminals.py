"""What a person sees: a table, colour where it is wanted, progress where it takes long."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from agent_session.surfaces.cli.terminal import CODE_LENGTH, make_code
from agent_session.world.chat_codes import LETTERS
from tests.surfaces.cli.processes import AS_MODULE, BARE_TOOL, run, run_on_terminal

ESCAPE = "\x1b["


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a session that waits, and one with a hostile name."""
    run(tmp_path, *AS_MODULE, "create", "--agent", "terraform-architect", "--agent-id", "first")
    run(tmp_path, *AS_MODULE, "update", "first", "--phase", "approval")
    run(tmp_path, *AS_MODULE, "create", "--agent", "[red]\x1b[31m\nnot", "--agent-id", "second")
    return tmp_path


def _without_colour(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


def test_a_list_on_a_terminal_is_a_table_in_colour(project: Path) -> None:
    pytest.importorskip("rich", reason="colour comes from the extra `cli`")

    shown = run_on_terminal(project, *AS_MODULE, "list")

    assert f"{ESCAPE}32mapproval" in shown
    assert re.sub(r"\d+s", "0s", _without_colour(shown)).splitlines() == [
        "SESSION  AGENT                PHASE         IDLE  READY",
        r"second   [red]\x1b[31m\nnot   initializing  0s    no",
        "first    terraform-architect  approval      0s    yes",
    ]


@pytest.mark.parametrize("words", [AS_MODULE, BARE_TOOL], ids=["with rich", "without"])
def test_no_color_means_none(project: Path, words: tuple[str, ...]) -> None:
    shown = run_on_terminal(project, *words, "list", NO_COLOR="1")

    assert ESCAPE not in shown
    assert shown.startswith("SESSION  AGENT")


def test_without_rich_the_table_is_plain(project: Path) -> None:
    shown = run_on_terminal(project, *BARE_TOOL, "list")

    assert ESCAPE not in shown
    assert len(shown.splitlines()) == 3


@pytest.mark.parametrize("words", [AS_MODULE, BARE_TOOL], ids=["with rich", "without"])
def test_a_table_fits_the_window_and_the_id_stays_whole(
    project: Path, words: tuple[str, ...]
) -> None:
    run(project, *AS_MODULE, "create", "--agent", "long" * 30, "--agent-id", "i" * 30)

    lines = _without_colour(run_on_terminal(project, *words, "list", columns=70)).splitlines()

    assert max(map(len, lines)) <= 70
    assert lines[1].startswith("i" * 30 + "  long")


def test_errors_are_shown_where_there_are_any(project: Path) -> None:
    run(project, *AS_MODULE, "update", "first", "--error", "x")

    shown = _without_colour(run_on_terminal(project, *AS_MODULE, "list"))

    assert shown.splitlines()[0].endswith("READY  ERR")


def test_an_empty_list_says_so_on_a_terminal_alone(tmp_path: Path) -> None:
    assert "no session here matches" in run_on_terminal(tmp_path, *AS_MODULE, "list")
    assert run(tmp_path, *AS_MODULE, "list").stderr == ""


@pytest.mark.parametrize("verb", ["get", "timeline"])
def test_a_name_cannot_act_on_the_terminal(project: Path, verb: str) -> None:
    shown = run_on_terminal(project, *AS_MODULE, verb, "second", NO_COLOR="1")

    assert "\x1b" not in shown
    assert "[red]" in shown


def test_json_is_for_programs_on_a_terminal_too(project: Path) -> None:
    assert run_on_terminal(project, *AS_MODULE, "list", "--json").startswith('[\n  {"agent_id"')


# --- progress ---------------------------------------------------------------------------------

_AT_ONCE = """
import sys
from agent_session.surfaces.cli import main, progress
progress.PATIENCE_SECONDS = 0.0
sys.exit(main(sys.argv[1:]))
"""
_IN_TIME = (sys.executable, "-c", _AT_ONCE)
_WITHOUT_RICH = (sys.executable, "-c", f"import sys; sys.modules['rich'] = None\n{_AT_ONCE}")


@pytest.mark.parametrize("verb", ["verify", "cleanup", "doctor"])
def test_long_work_shows_how_far_it_is(project: Path, verb: str) -> None:
    shown = run_on_terminal(project, *_WITHOUT_RICH, verb)

    assert re.search(r"\r\x1b\[K(Verifying|Looking (through sessions|at files)) 1", shown)


def test_long_work_shows_a_bar_where_rich_is_installed(project: Path) -> None:
    pytest.importorskip("rich", reason="the bar comes from the extra `cli`")

    shown = run_on_terminal(project, *_IN_TIME, "verify")

    assert "Verifying" in shown
    assert "━" in shown


def test_short_work_shows_no_progress(project: Path) -> None:
    shown = run_on_terminal(project, *AS_MODULE, "verify")

    assert shown == "Verified 2 sessions: all sound\n"


def test_progress_is_for_terminals_alone(project: Path) -> None:
    ran = run(project, *_IN_TIME, "verify")

    assert (ran.stdout, ran.stderr) == ("Verified 2 sessions: all sound\n", "")


# --- codes ------------------------------------------------------------------------------------


def test_codes_differ_and_hold_nothing_that_is_taken_for_something_else() -> None:
    codes = {make_code() for _ in range(1000)}

    assert len(codes) > 950
    assert {len(code) for code in codes} == {CODE_LENGTH}
    assert set("".join(codes)) == set(LETTERS)
    assert not set("ilo01") & set(LETTERS)
