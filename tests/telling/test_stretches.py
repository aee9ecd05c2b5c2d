"""A session's life as stretches of time, and the few words that are said of it."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import phases
from agent_session.core.actions import tool_action
from agent_session.core.claims import Claimant
from agent_session.core.errors import DriftedError
from agent_session.core.instants import at
from agent_session.telling.clocks import Clock
from agent_session.telling.inbox import what, what_is_shown
from agent_session.telling.stretches import MARKS, Stretch, stretches_of
from tests.approvals import an_approval
from tests.examples import NOW, minutes_later
from tests.services.joined import Joined


@pytest.fixture
def joined() -> Joined:
    return Joined()


@pytest.fixture
def agent_id(joined: Joined) -> str:
    return joined.create()


def life(joined: Joined, agent_id: str) -> list[Stretch]:
    return stretches_of(list(joined.store.events(agent_id)))


def phases_of(stretches: list[Stretch]) -> list[str]:
    return [each.phase for each in stretches]


def marks(stretches: list[Stretch]) -> list[tuple[str, list[str]]]:
    return [(each.phase, [mark.kind for mark in each.marks]) for each in stretches]


# --- stretches --------------------------------------------------------------------------------


def test_a_phase_lasts_until_another_begins(joined: Joined):
    agent_id = joined.sessions.create("ta")["agent_id"]
    joined.clock.set(5)
    joined.sessions.update(agent_id, "planning")
    joined.clock.set(7)
    joined.sessions.update(agent_id, metadata={"step": 1})

    first, second = life(joined, agent_id)

    assert (first.phase, first.begun, first.ended) == (
        "initializing",
        at(NOW),
        at(minutes_later(5)),
    )
    assert (second.phase, second.begun, second.ended) == (
        "planning",
        at(minutes_later(5)),
        None,
    )
    now = minutes_later(65)
    assert [each.seconds(now) for each in (first, second)] == [300.0, 3600.0]


def test_what_happened_is_marked_where_it_did(joined: Joined, agent_id: str):
    joined.sessions.update(agent_id, error="no network")
    joined.approve(request := joined.ask(agent_id))
    joined.use(request)
    joined.sessions.finalize(agent_id, "completed")

    assert marks(life(joined, agent_id)) == [
        ("initializing", []),
        ("planning", ["error"]),
        ("approval", ["asked", "answered", "claimed"]),
        ("executing", ["used"]),
        ("completed", []),
    ]


def test_a_mark_says_when_and_in_words(joined: Joined, agent_id: str):
    joined.clock.set(3)
    joined.sessions.update(agent_id, error="no network")

    (mark,) = life(joined, agent_id)[-1].marks

    assert (mark.at, mark.kind, mark.words) == (
        at(minutes_later(3)),
        "error",
        "error: no network",
    )


def test_an_error_is_marked_in_the_phase_that_it_came_with(joined: Joined, agent_id: str):
    joined.sessions.update(agent_id, "executing", error="no network")

    assert marks(life(joined, agent_id))[1:] == [("planning", []), ("executing", ["error"])]


def test_a_claim_and_a_pause_are_marked(joined: Joined):
    agent_id = joined.sessions.create("ta", who=Claimant("a"))["agent_id"]
    joined.sessions.update(agent_id, "planning", who=Claimant("a", 1))
    joined.ask(agent_id, who=Claimant("a", 1))
    joined.sessions.stop(agent_id, "completed", who=Claimant("a", 1))

    found = marks(life(joined, agent_id))

    assert found[0] == ("initializing", ["claimed"])
    assert found[-1] == ("approval", ["asked", "stopped"])


def test_what_has_drifted_is_marked(joined: Joined, agent_id: str):
    joined.approve(request := joined.ask(agent_id))
    joined.world.found.clear()
    with pytest.raises(DriftedError):
        joined.use(request)

    (mark,) = life(joined, agent_id)[-1].marks[-1:]
    assert (mark.kind, "plan.out" in mark.words) == ("drifted", True)


def test_every_mark_has_a_kind_of_its_own():
    assert len({*MARKS.values(), "error"}) == len(MARKS) + 1


def test_no_events_are_no_life():
    assert stretches_of([]) == []


# --- how long ---------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", phases.FINAL)
def test_a_final_phase_does_not_last(joined: Joined, agent_id: str, outcome: str):
    joined.sessions.finalize(agent_id, outcome)
    last = life(joined, agent_id)[-1]

    assert (last.phase, last.ended) == (outcome, None)
    assert last.seconds(minutes_later(60)) == 0.0
    assert last.share(at(minutes_later(60)), minutes_later(60)) == 0.0


def test_nothing_lasts_less_than_no_time():
    assert Stretch("planning", at(minutes_later(5))).seconds(NOW) == 0.0


@pytest.mark.parametrize(
    ("minutes", "share"), [(0, 0.0), (3, 0.3), (10, 1.0), (-1, 0.0), (11, 1.0)]
)
def test_a_share_is_how_much_of_it_has_passed(minutes: float, share: float):
    stretch = Stretch("planning", at(NOW))

    assert stretch.share(at(minutes_later(minutes)), minutes_later(10)) == share


def test_in_what_has_lasted_no_time_everything_is_at_its_beginning():
    assert Stretch("planning", at(NOW)).share(at(NOW), NOW) == 0.0


# --- a journal that somebody has changed ------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "never heard of"},
        {"kind": ""},
        {"at": "yesterday"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"at": ""},
        {"at": None},
        {"at": 7},
        {"data": {"phase": 7}},
        {"data": {"phase": ["\x1b[2J"]}},
        {"data": {"fields": []}},
        {"data": {"error": {"deep": [None]}}},
        {"kind": "created", "data": {"metadata": 7, "agent_name": []}},
        {"kind": "imported", "data": {"record": "none"}},
        {"kind": "approval_decided", "data": {"decision": "yes", "id": {}}},
        {"kind": "approval_requested", "data": []},
        {"kind": "claimed", "data": None},
    ],
)
def test_it_is_told_all_the_same(joined: Joined, agent_id: str, change: dict[str, Any]):
    joined.clock.set(5)
    joined.sessions.update(agent_id, "executing")
    joined.forge_event(agent_id, 1, lambda event: event.update(change))

    found = stretches_of(joined.store._events[agent_id])

    assert phases_of(found)[0] == "initializing"
    assert phases_of(found)[-1] == "executing"
    now = minutes_later(10)
    assert all(each.seconds(now) >= 0 for each in found)
    assert all(0 <= each.share(m.at, now) <= 1 for each in found for m in each.marks)


def test_what_is_no_time_is_taken_for_now():
    stretch = Stretch("planning", "yesterday")
    stretch.ended = at(minutes_later(5))

    assert stretch.seconds(minutes_later(5)) == 0.0
    assert stretch.share("tomorrow", minutes_later(9)) == 0.0


def test_times_that_run_backwards_last_no_time():
    stretch = Stretch("planning", at(minutes_later(5)))
    stretch.ended = at(NOW)

    assert stretch.seconds(minutes_later(9)) == 0.0


# --- clocks -----------------------------------------------------------------------------------


def test_a_coarse_clock_says_what_is_left_in_its_largest_unit():
    clock = Clock("idle", at(minutes_later(125)), "a note")

    what_of, left, note = clock.as_coarse_row(NOW)

    assert (what_of, note) == ("idle", "a note")
    assert left.startswith("2h left, until 2026-01-")
    assert clock.as_coarse_row(minutes_later(4.9))[1] == left


@pytest.mark.parametrize("minutes", [0, 0.01, 600])
def test_a_coarse_clock_that_has_run_out_says_only_that(minutes: float):
    row = Clock("idle", at(NOW), "a note").as_coarse_row(minutes_later(minutes))

    assert row == ("idle", "has ended", "a note")


def test_a_coarse_clock_that_stands_still_says_so():
    assert Clock("idle", None, "").as_coarse_row(NOW) == ("idle", "stands still", "")


# --- what is asked for ------------------------------------------------------------------------


def test_what_is_shown_is_what_would_run_and_not_what_is_said_of_it():
    approval: Any = an_approval(raw=b"\n  rm -rf /\necho\n", summary="harmless")

    assert what_is_shown(approval) == "rm -rf /"
    assert what(approval) == "harmless"


def test_a_summary_of_spaces_says_nothing():
    approval: Any = an_approval(raw=b"rm -rf /\n", summary=" \n")

    assert what(approval) == "rm -rf /"


def test_of_a_tool_its_name_comes_first():
    action = tool_action("Bash", {"command": "ls"})
    approval: Any = an_approval(action=action.sealed("0f" * 16))

    assert what_is_shown(approval).startswith("Bash ")


def test_what_is_shown_is_one_short_line_without_signs_that_steer_a_screen():
    approval: Any = an_approval()
    approval["action"]["shown"] = "\x1b[2J\u202e" + "x" * 900

    shown = what_is_shown(approval)

    assert len(shown) <= 60
    assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize("shown", ["", " \n\t\n"])
def test_where_nothing_is_shown_there_are_no_words(shown: str):
    approval: Any = an_approval()
    approval["action"]["shown"] = shown

    assert what_is_shown(approval) == ""
