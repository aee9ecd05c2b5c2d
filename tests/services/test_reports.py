"""What happened to a session, and whether what is kept of it is sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import SessionNotFoundError
from agent_session.services.reports import Reports
from agent_session.stores.memory import MemoryStore
from tests.examples import AGENT_ID, created, updated

if TYPE_CHECKING:
    from agent_session.core.state import Record


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.add(AGENT_ID, [created()])
    store.update(AGENT_ID, lambda _: [updated(phase="approval")])
    return store


def test_a_timeline_is_the_events_oldest_first(store: MemoryStore):
    kinds = [event["kind"] for event in Reports(store).timeline(AGENT_ID)]

    assert kinds == ["created", "updated"]


def test_what_is_sound_has_no_flaw(store: MemoryStore):
    checked = Reports(store).verify()

    assert (checked.count, checked.flaws) == (1, {})
    assert Reports(store).verify(AGENT_ID).count == 1


def test_an_unknown_session_is_told(store: MemoryStore):
    with pytest.raises(SessionNotFoundError):
        Reports(store).verify("other")


def test_a_session_that_goes_meanwhile_is_nobodys_trouble(store: MemoryStore):
    def goes(records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            store.remove(record["agent_id"], "now", lambda _: True)
            yield record

    assert Reports(store).verify(progress=goes).count == 0
