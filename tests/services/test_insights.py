"""Suggestions, patterns and episodes over a store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from agent_session.core.claims import NOBODY
from agent_session.core.delegations import delegation
from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy
from agent_session.services import insights as module
from agent_session.services.insights import Insights
from agent_session.services.resumes import Resumes
from agent_session.stores.memory import MemoryStore
from tests.examples import NOW, Clock, created, finalized, minutes_later, updated
from tests.stores.calls import change


@pytest.fixture
def store() -> MemoryStore:
    """a waits, b works, c has failed, and d is another agent's."""
    store = MemoryStore()
    for minutes, (agent_id, name) in enumerate(
        [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")]
    ):
        store.add(agent_id, [created(agent_id, minutes, agent_name=name)])
    change(store, "a", updated(4, phase="planning", metadata={"task_id": "T1"}))
    change(store, "b", updated(4, phase="executing"))
    change(store, "c", updated(4, phase="planning", error="no"), finalized("failed", 6))
    change(store, "d", updated(4, phase="planning"))
    return store


@pytest.fixture
def insights(store: MemoryStore) -> Insights:
    clock = Clock()
    clock.set(10)
    return Insights(store, Resumes(store, now=clock, policy=ResumePolicy()), now=clock)


# --- suggestions ------------------------------------------------------------------------------


def test_only_what_may_be_resumed_is_suggested_and_nothing_is_granted(
    store: MemoryStore, insights: Insights
):
    found = insights.suggest("x", who=NOBODY)

    assert [each.record["agent_id"] for each in found] == ["a"]
    assert store.get("a")["claim"] is None
    assert list(store.notes()) == []


def test_a_session_of_another_task_is_not_suggested(insights: Insights):
    assert insights.suggest("x", "T2", who=NOBODY) == []
    assert insights.suggest("x", "T1", who=NOBODY)[0].same_task


def test_the_newest_candidates_alone_are_looked_at(
    store: MemoryStore, insights: Insights, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_CANDIDATES", 1)
    store.add("new", [created("new", 8, agent_name="x"), updated(9, phase="planning")])

    assert [each.record["agent_id"] for each in insights.suggest("x", who=NOBODY)] == ["new"]


# --- patterns ---------------------------------------------------------------------------------


def test_patterns_are_of_all_sessions_or_of_one_agent(store: MemoryStore, insights: Insights):
    store.note(
        delegation(at(NOW), "x", None, "timed_out", "a", resume=False),
        delegation(at(minutes_later(9)), "y", None, "claimed", "d", resume=False),
        {"n": 1},
    )

    assert insights.patterns()["sessions"] == 4
    assert insights.patterns()["failures"][0]["examples"] == ["c"]
    assert insights.patterns(agent_name="y")["sessions"] == 1
    assert [row["reason"] for row in insights.patterns(agent_name="y")["resumes_refused"]] == [
        "claimed"
    ]
    late = insights.patterns(at(minutes_later(5)))
    assert (late["sessions"], len(late["resumes_refused"])) == (1, 1)


# --- episodes ---------------------------------------------------------------------------------


def test_sessions_in_a_stretch_of_time_are_told_oldest_first(insights: Insights):
    found = insights.sessions_in(at(minutes_later(1)), at(minutes_later(2)))

    assert found == [
        {
            "agent_id": "b",
            "agent_name": "x",
            "created_at": at(minutes_later(1)),
            "phases": ["initializing", "executing"],
            "duration_seconds": None,
            "success": None,
        },
        {
            "agent_id": "c",
            "agent_name": "x",
            "created_at": at(minutes_later(2)),
            "phases": ["initializing", "planning", "failed"],
            "duration_seconds": 240.0,
            "success": False,
        },
    ]


@pytest.mark.parametrize(
    "timestamp",
    [NOW, NOW.replace(tzinfo=None), at(NOW), "2026-01-08T19:05:30+01:00", NOW.timestamp()],
)
def test_an_episode_has_the_sessions_of_its_time(insights: Insights, timestamp: Any):
    found = insights.sessions_of_episode(
        {"timestamp": timestamp, "duration_seconds": 60, "outcome": "whatever"}
    )

    assert [each["agent_id"] for each in found] == ["a", "b"]


def test_a_session_without_a_change_of_phase_has_one(store: MemoryStore, insights: Insights):
    store.add("late", [created("late", 30)])

    (found,) = insights.sessions_in(minutes_later(30), minutes_later(31))

    assert (found["phases"], found["success"]) == (["initializing"], None)


@pytest.mark.parametrize(
    "episode",
    [
        {},
        {"timestamp": at(NOW)},
        {"timestamp": at(NOW), "duration_seconds": None},
        {"timestamp": at(NOW), "duration_seconds": float("nan")},
        {"timestamp": at(NOW), "duration_seconds": 1e300},
        {"timestamp": 1e300, "duration_seconds": 1},
        {"timestamp": True, "duration_seconds": 1},
        {"timestamp": "soon", "duration_seconds": 1},
    ],
)
def test_what_is_no_episode_is_refused(insights: Insights, episode: dict[str, Any]):
    with pytest.raises(InvalidValueError):
        insights.sessions_of_episode(episode)


def test_times_may_be_told_as_python_has_them(insights: Insights):
    begin = datetime.fromisoformat(at(NOW))

    assert len(insights.sessions_in(begin, begin + timedelta(minutes=9))) == 4
