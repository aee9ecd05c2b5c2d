"""A person's answer in the client's own prompt, typed at a real terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.claude.fake_model import MAIN
from tests.e2e.claude.interactive import LONGEST_WAIT_SECONDS, TMUX, Terminals
from tests.e2e.claude.plugged import APPLIED, ASKING, Plugged
from tests.e2e.claude.scenarios import delegate, pause, say, send_message
from tests.project.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.claude.client import Bench
    from tests.e2e.claude.interactive import Window

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
WAITS = "It waits for you."
DONE = "All is done."


@pytest.fixture
def window(bench: Bench) -> Iterator[Window]:
    """A client in which an agent has asked, and its person has been shown what waits."""
    Plugged(bench)
    terminals = Terminals(bench)
    bench.play([delegate("Plan the VPC."), say(WAITS), say(WAITS)], [say(ASKING)])
    try:
        window = terminals.client("--plugin-dir", ROOT)
        window.type("Please plan the VPC.")
        window.wait_for(r"or: +reject ap-\w+ \w+ because REASON")
        # All three turns of main: one asked for later would take what a test plays next.
        bench.model.wait_for(MAIN, 3, LONGEST_WAIT_SECONDS)
        yield window
    finally:
        terminals.close()


def _go_on(bench: Bench) -> None:
    bench.play(
        [send_message("Go on."), say("It goes on."), say(DONE)], [pause(1.0, say(APPLIED))]
    )


def test_the_code_that_only_the_person_is_shown_decides(bench: Bench, window: Window) -> None:
    plugged, typed = Plugged(bench), window.wait_for(r"type: (approve ap-\w+ (\w+))")
    assert not bench.told(typed[2])

    _go_on(bench)
    window.type(typed[1])
    window.wait_for(DONE)

    decision = plugged.approval["decision"]
    assert (decision["verdict"], decision["strength"]) == ("approved", "chat")
    assert bench.requests_of_main[-3].holds(f"the person has approved {plugged.approval['id']}")
    assert bench.requests_of_child[-1].holds("was approved")
    assert (plugged.record["phase"], len(plugged.record["turns"])) == ("completed", 2)


def test_a_rejection_in_the_chat_carries_the_reason(bench: Bench, window: Window) -> None:
    plugged, typed = Plugged(bench), window.wait_for(r"(reject ap-\w+ \w+ because) REASON")

    _go_on(bench)
    window.type(f"{typed[1]} the backup is not done")
    window.wait_for(DONE)

    assert plugged.approval["decision"]["reason"] == "the backup is not done"
    assert bench.requests_of_child[-1].holds("the backup is not done")
    assert plugged.record["phase"] == "planning"


def test_another_code_decides_nothing_and_is_kept_from_the_model(
    bench: Bench, window: Window
) -> None:
    plugged = Plugged(bench)

    window.type(f"approve {plugged.approval['id']} aaaaaa")
    window.wait_for("nothing was decided: the code is not the one that was shown")

    assert plugged.approval["status"] == "pending"
    assert not bench.told("aaaaaa")
