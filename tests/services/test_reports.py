"""What happened to a session, and whether what is kept of it is sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import InvalidValueError, SessionNotFoundError
from agent_session.core.pages import Page
from agent_session.core.store import Query
from agent_session.services.reports import Reports
from agent_session.stores.memory import MemoryStore
from tests.examples import AGENT_ID, created, updated

if TYPE_CHECKING:
    from agent_session.core.pages import Place
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


@pytest.mark.parametrize(
    ("size", "found", "goes_on"),
    [(1, "d", True), (3, "dcb", True), (4, "dcba", False), (5, "dcba", False)],
)
def test_a_page_goes_on_only_where_another_session_follows(
    size: int, found: str, goes_on: bool
):
    store = MemoryStore()
    for minutes, agent_id in enumerate("abcd"):
        store.add(agent_id, [created(agent_id, minutes)])
    store.update("c", lambda _: [updated(2.5, phase="planning")])

    page = Reports(store).page(Query(), size)

    assert "".join(each["agent_id"] for each in page.records) == found
    assert page.below == (page.places[-1] if goes_on else None)
    assert Reports(store).page(Query(phase="planning"), 1).below is None
    assert Reports(store).page(Query(), 1, page.places[0]).records == [store.get("c")]


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_without_room_is_refused(store: MemoryStore, size: int):
    with pytest.raises(InvalidValueError, match="one session at least"):
        Reports(store).page(Query(), size)


class CutStore(MemoryStore):
    """Which gives every search up."""

    def page(self, query: Query, size: int, below: Place | None = None, *_: object) -> Page:
        found = super().page(query, size, below)
        return Page(
            list(zip(found.places, found.records, strict=True)), ("0", "a"), is_cut=True
        )


def test_a_page_that_is_cut_tells_so_unless_it_is_full():
    store = CutStore()
    store.add(AGENT_ID, [created()])

    full, cut = Reports(store).page(Query(), 1), Reports(store).page(Query(), 2)

    assert (full.below, full.is_cut) == (("0", "a"), False)
    assert (cut.below, cut.is_cut) == (("0", "a"), True)
    assert full.records == cut.records == [store.get(AGENT_ID)]
