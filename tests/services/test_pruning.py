"""Keeping less of records and journals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agent_session.core.claims import Claimant
from agent_session.core.errors import (
    InvalidValueError,
    SessionNotFoundError,
    StaleClaimError,
    StateCorruptedError,
)
from agent_session.core.instants import at
from agent_session.services.history import History
from agent_session.services.pruning import Pruning
from agent_session.services.reports import Reports
from agent_session.stores.memory import MemoryStore
from tests.examples import Clock, created, finalized, minutes_later, updated
from tests.stores.approvals import claimed
from tests.stores.calls import change

if TYPE_CHECKING:
    from agent_session.core.state import Record


@pytest.fixture
def store() -> MemoryStore:
    """a and b are over since the minutes 9 and 50, c is not."""
    store = MemoryStore()
    for agent_id in "abc":
        store.add(agent_id, [created(agent_id)])
        change(store, agent_id, updated(phase="planning"), updated(2, metadata={"n": 1}))
    change(store, "a", finalized(minutes=9))
    change(store, "b", finalized(minutes=50))
    return store


@pytest.fixture
def pruning(store: MemoryStore) -> Pruning:
    clock = Clock()
    clock.set(60)
    return Pruning(store, now=clock, actor="test")


def kinds(store: MemoryStore, agent_id: str) -> list[str]:
    return [event["kind"] for event in store.events(agent_id)]


# --- turns ------------------------------------------------------------------------------------


def test_a_record_keeps_its_last_turns(store: MemoryStore, pruning: Pruning):
    for minutes in (3, 4, 5):
        claim = claimed(minutes)
        change(store, "c", {**claim, "data": {**claim["data"], "is_grant": False}})
    before = store.get("c")["turns"]

    after = pruning.prune("c", 2)["turns"]

    assert len(before) > 2
    assert after == before[-2:]


def test_where_there_are_no_more_turns_nothing_is_written(store: MemoryStore, pruning: Pruning):
    assert pruning.prune("c", 5) == store.get("c")
    assert "pruned" not in kinds(store, "c")


def test_a_record_without_turns_is_refused(pruning: Pruning):
    with pytest.raises(InvalidValueError, match="one turn at least"):
        pruning.prune("c", 0)


def test_a_stale_token_prunes_nothing(pruning: Pruning):
    with pytest.raises(StaleClaimError):
        pruning.prune("c", 1, who=Claimant("x", 9))


# --- journals ---------------------------------------------------------------------------------


def test_the_journal_of_what_is_over_becomes_shorter_and_stays_sound(
    store: MemoryStore, pruning: Pruning
):
    record = store.get("a")

    found = pruning.compact("a")

    assert (found.count, found.events) == (1, {"a": (4, 3)})
    assert kinds(store, "a") == ["created", "compacted", "finalized"]
    assert store.get("a") == record
    assert Reports(store).verify("a").flaws == {}


def test_a_dry_run_changes_nothing(store: MemoryStore, pruning: Pruning):
    found = pruning.compact("a", dry_run=True)

    assert found.events == {"a": (4, 3)}
    assert "compacted" not in kinds(store, "a")


def test_a_live_session_is_not_compacted(pruning: Pruning):
    with pytest.raises(InvalidValueError, match="c is planning: only what is over"):
        pruning.compact("c")
    with pytest.raises(SessionNotFoundError):
        pruning.compact("nobody")


@pytest.mark.parametrize(("minutes", "found"), [(52, ""), (51, "a"), (0, "ab")])
def test_all_that_are_over_for_so_long_are_compacted(
    store: MemoryStore, pruning: Pruning, minutes: float, found: str
):
    compacted = pruning.compact_old(timedelta(minutes=minutes))

    assert "".join(sorted(compacted.events)) == found
    assert compacted.count == len(found)
    assert kinds(store, "c") == ["created", "updated", "updated"]


def test_a_journal_that_is_not_sound_is_told_and_left_alone(
    store: MemoryStore, pruning: Pruning
):
    store._events["a"][1]["data"]["phase"] = "executing"
    before = list(store.events("a"))

    found = pruning.compact_old(timedelta())

    assert [each.agent_id for each in found.unreadable] == ["a"]
    assert list(found.events) == ["b"]
    assert list(store.events("a")) == before
    with pytest.raises(StateCorruptedError):
        pruning.compact("a")


def test_a_session_that_goes_meanwhile_is_nobodys_trouble(store: MemoryStore, pruning: Pruning):
    def goes(records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            store.remove(record["agent_id"], "now", lambda _: True)
            yield record

    assert pruning.compact_old(timedelta(), progress=goes).count == 0


# --- history after it -------------------------------------------------------------------------


def test_the_past_of_a_compacted_session_is_told_as_far_as_it_is_known(
    store: MemoryStore, pruning: Pruning
):
    stood = {step.event["seq"]: step.record for step in History(store).steps("a")}
    pruning.compact("a")
    history = History(store)

    for seq in (1, 3, 4):
        assert history.record_at("a", seq) == stood[seq]
    with pytest.raises(InvalidValueError, match=r"events 2 to 3 .* compacted.* a@3"):
        history.record_at("a", 2)


def test_a_time_within_what_is_gone_is_refused(store: MemoryStore, pruning: Pruning):
    pruning.compact("a")
    history = History(store)

    assert history.record_when("a", at(minutes_later(0.5)))["revision"] == 1
    assert history.record_when("a", at(minutes_later(2)))["revision"] == 3
    with pytest.raises(InvalidValueError, match="compacted"):
        history.record_when("a", at(minutes_later(1.5)))
