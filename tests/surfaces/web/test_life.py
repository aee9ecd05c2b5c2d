"""The page of one session: its life as bars, its events, and what is asked."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent_session.core.actions import plan_action
from agent_session.core.approvals import CHAT
from agent_session.core.instants import at
from agent_session.services.decisions import Person
from agent_session.surfaces.web import life
from agent_session.surfaces.web.life import MOST_BARS, MOST_EVENTS, WIDTH, life_of
from agent_session.telling.stretches import Stretch
from agent_session.wiring import Wiring, wire
from tests.examples import NOW, Clock, minutes_later

# Each number of a drawing is rounded to a tenth.
ROUNDED = 0.06


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Wiring:
    wired = wire("test", store="memory:", project=str(tmp_path), variables={})
    wired.now = clock
    return wired


@pytest.fixture
def agent_id(wiring: Wiring) -> str:
    return wiring.sessions.create("ta")["agent_id"]


def shown(wiring: Wiring, agent_id: str, *, is_whole: bool = False) -> dict[str, Any]:
    return life_of(wiring, wiring.sessions.get(agent_id), is_whole=is_whole)


def lasting(*minutes: float) -> list[Stretch]:
    """One stretch after the other, each as long as is said; the last goes on."""
    stretches, begun = [], 0.0
    for number, each in enumerate(minutes):
        stretch = Stretch("planning" if number % 2 else "executing", at(minutes_later(begun)))
        begun += each
        stretch.ended = at(minutes_later(begun))
        stretches.append(stretch)
    stretches[-1].ended = None
    return stretches


def bars(*minutes: float) -> list[dict[str, Any]]:
    return life._bars(lasting(*minutes), NOW + timedelta(minutes=sum(minutes)))


# --- bars -------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [(1.0,), (0.1, 900, 3), (5,) * MOST_BARS, (0, 0, 7)])
def test_the_bars_fill_the_drawing_one_beside_the_other(minutes: tuple[float, ...]):
    drawn = bars(*minutes)

    for before, after in pairwise(drawn):
        assert after["left"] == pytest.approx(
            before["left"] + before["width"] + life._GAP, abs=3 * ROUNDED
        )
    last = drawn[-1]
    assert drawn[0]["left"] == 0.0
    assert last["left"] + last["width"] + life._GAP == pytest.approx(WIDTH, abs=2 * ROUNDED)


def test_what_lasts_longer_is_wider_and_nothing_is_too_narrow_to_see():
    moment, minute, day = (each["width"] for each in bars(0, 1, 24 * 60))

    assert moment == life._NARROWEST
    assert moment < minute < day
    assert day < 3 * minute  # a day of waiting leaves room for a minute of work


def test_where_nothing_has_lasted_every_bar_is_the_narrowest():
    assert [each["width"] for each in bars(0, 0, 0)] == [life._NARROWEST] * 3


def test_no_life_has_no_bars():
    assert life._bars([], NOW) == []


def test_a_bar_says_how_long_it_lasted_and_whether_it_goes_on():
    first, last = bars(90, 3)

    assert (first["phase"], first["lasted"], first["goes_on"]) == ("executing", "1h", False)
    assert (last["phase"], last["lasted"], last["goes_on"]) == ("planning", "3m", True)


def test_a_mark_stands_where_it_happened(wiring: Wiring, clock: Clock, agent_id: str):
    clock.set(5)
    wiring.sessions.update(agent_id, error="no network")
    clock.set(10)

    (bar,) = shown(wiring, agent_id)["bars"]

    (mark,) = bar["marks"]
    assert (mark["kind"], mark["at"], mark["words"]) == (
        "error",
        at(minutes_later(5)),
        "error: no network",
    )
    assert mark["left"] == pytest.approx(bar["left"] + bar["width"] / 2, abs=2 * ROUNDED)


def test_a_final_phase_does_not_last(wiring: Wiring, clock: Clock, agent_id: str):
    wiring.sessions.finalize(agent_id, "completed")
    clock.set(60)

    found = shown(wiring, agent_id)

    assert found["is_final"]
    bar = found["bars"][-1]
    assert (bar["phase"], bar["lasted"], bar["goes_on"]) == ("completed", "", False)
    assert bar["width"] == life._NARROWEST


def test_of_a_long_life_the_newest_stretches_are_drawn(
    wiring: Wiring, clock: Clock, agent_id: str
):
    for number in range(MOST_BARS + 5):
        clock.set(number)
        wiring.sessions.update(agent_id, ("planning", "executing")[number % 2])

    drawn = shown(wiring, agent_id)["bars"]

    assert len(drawn) == MOST_BARS
    assert drawn[-1]["begun"] == at(minutes_later(MOST_BARS + 4))
    assert drawn[0]["left"] == 0.0


# --- events -----------------------------------------------------------------------------------


@pytest.fixture
def long_lived(wiring: Wiring, agent_id: str) -> str:
    for number in range(MOST_EVENTS + 2):
        wiring.sessions.update(agent_id, metadata={"step": number})
    return agent_id


def test_the_newest_events_are_shown_and_the_rest_counted(wiring: Wiring, long_lived: str):
    found = shown(wiring, long_lived)

    assert (len(found["events"]), found["left_out"]) == (MOST_EVENTS, 3)
    assert found["events"][-1]["words"] == f"step={MOST_EVENTS + 1}"
    assert found["events"][0]["words"] == "step=2"


def test_all_events_are_shown_to_who_asks_for_them(wiring: Wiring, long_lived: str):
    found = shown(wiring, long_lived, is_whole=True)

    assert (len(found["events"]), found["left_out"]) == (MOST_EVENTS + 3, 0)
    assert found["events"][0]["kind"] == "created"


def test_a_short_life_is_whole(wiring: Wiring, agent_id: str):
    found = shown(wiring, agent_id)

    assert (len(found["events"]), found["left_out"]) == (1, 0)


def test_an_event_says_when_who_and_what(wiring: Wiring, clock: Clock, agent_id: str):
    clock.set(5)
    wiring.sessions.update(agent_id, "planning", error="no network")

    born, changed = shown(wiring, agent_id)["events"]

    assert (born["kind"], born["is_error"]) == ("created", False)
    assert changed["at"] == at(minutes_later(5))
    assert changed["actor"].startswith("test[")
    assert changed["words"] == "initializing -> planning; error: no network"
    assert changed["is_error"]


# --- what is asked, and whether it is resumed -------------------------------------------------


def test_each_request_is_told_the_newest_first(wiring: Wiring, clock: Clock, agent_id: str):
    first = wiring.approvals.request(agent_id, plan_action(b"\nfirst\nmore"), wiring.project)
    wiring.decisions.reject(first, Person("ada", CHAT), "too wide")
    clock.set(5)
    second = plan_action(b"second")
    wiring.approvals.request(agent_id, second, wiring.project, summary="harmless")

    newer, older = shown(wiring, agent_id)["asked"]

    assert (older["what"], older["status"], older["by"], older["words"]) == (
        "first",
        "rejected",
        "ada",
        "too wide",
    )
    assert (newer["what"], newer["status"], newer["by"], newer["words"]) == (
        "second",
        "pending",
        None,
        None,
    )
    assert newer["requested_at"] == at(minutes_later(5))


def test_a_request_that_nobody_has_answered_in_time_is_told_as_expired(
    wiring: Wiring, clock: Clock, agent_id: str
):
    wiring.approvals.request(agent_id, plan_action(b"first"), wiring.project)
    clock.set(25 * 60)

    assert [each["status"] for each in shown(wiring, agent_id)["asked"]] == ["expired"]


def test_one_finding_at_most_decides_and_says_why(wiring: Wiring, agent_id: str):
    found = shown(wiring, agent_id)
    deciding = [each for each in found["findings"] if each["decides"]]

    assert not found["is_resumable"]
    assert [each["reason"] for each in deciding] == [found["reason"]]
    assert all(isinstance(each["value"], str) for each in found["findings"])


def test_what_would_be_resumed_has_no_finding_against_it(wiring: Wiring, agent_id: str):
    wiring.sessions.update(agent_id, "approval")

    found = shown(wiring, agent_id)

    assert found["is_resumable"]
    assert not any(each["decides"] for each in found["findings"])


def test_the_clocks_are_told_in_largest_units(wiring: Wiring, clock: Clock, agent_id: str):
    wiring.approvals.request(agent_id, plan_action(b"first"), wiring.project)
    clock.set(1)

    said = [(what, left) for what, left, _ in shown(wiring, agent_id)["clocks"]]

    assert said[0] == ("idle", "stands still")
    assert said[1][1].startswith("23h left, until ")
