"""A session at each of its events."""

from __future__ import annotations

import pytest

from agent_session.core.differences import ABSENT
from agent_session.core.errors import InvalidValueError, SessionNotFoundError
from agent_session.core.instants import at
from agent_session.services.history import History
from agent_session.stores.memory import MemoryStore
from tests.examples import AGENT_ID, created, finalized, minutes_later, updated


@pytest.fixture
def history() -> History:
    store = MemoryStore()
    store.add(AGENT_ID, [created(metadata={"n": 1})])
    store.update(AGENT_ID, lambda _: [updated(minutes=10, metadata={"n": 2, "m": 1})])
    store.update(AGENT_ID, lambda _: [finalized(minutes=20)])
    return History(store)


def test_a_step_tells_what_its_event_has_changed(history: History):
    _, updated, _ = history.steps(AGENT_ID)

    assert updated.as_json() == {
        "seq": 2,
        "at": at(minutes_later(10)),
        "kind": "updated",
        "actor": "test",
        "changed": [
            {
                "path": "/last_updated",
                "before": at(minutes_later(0)),
                "after": updated.event["at"],
            },
            {"path": "/metadata/n", "before": 1, "after": 2},
            {"path": "/metadata/m", "after": 1},
            {"path": "/revision", "before": 1, "after": 2},
        ],
    }


def test_the_first_step_brings_everything(history: History):
    first = next(history.steps(AGENT_ID))

    assert {each.path[1:] for each in first.changed} == set(first.record)
    assert all(each.before is ABSENT for each in first.changed)


@pytest.mark.parametrize(("seq", "metadata"), [(1, {"n": 1}), (3, {"n": 2, "m": 1})])
def test_the_record_at_a_number(history: History, seq: int, metadata: dict[str, int]):
    record = history.record_at(AGENT_ID, seq)

    assert (record["revision"], record["metadata"]) == (seq, metadata)


@pytest.mark.parametrize("seq", [0, 4])
def test_a_number_that_is_none_is_refused(history: History, seq: int):
    with pytest.raises(InvalidValueError, match=f"events 1 to 3, and {seq} is none"):
        history.record_at(AGENT_ID, seq)


@pytest.mark.parametrize(("minutes", "revision"), [(0, 1), (9, 1), (10, 2), (99, 3)])
def test_the_record_at_a_time(history: History, minutes: float, revision: int):
    assert history.record_when(AGENT_ID, at(minutes_later(minutes)))["revision"] == revision


def test_a_time_before_the_first_event_is_refused(history: History):
    with pytest.raises(InvalidValueError, match="no event from before"):
        history.record_when(AGENT_ID, at(minutes_later(-1)))


def test_a_session_that_is_not_there_has_no_history(history: History):
    with pytest.raises(SessionNotFoundError):
        history.record_at("nobody", 1)


def test_two_sessions_differ_in_what_they_came_to(history: History):
    one, other = (history.record_at(AGENT_ID, seq) for seq in (1, 3))

    assert [each.path for each in history.differences(one, other)] == [
        "/phase",
        "/metadata/n",
        "/metadata/m",
    ]
