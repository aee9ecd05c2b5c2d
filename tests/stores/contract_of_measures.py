"""What any store counts: a part of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_session.core.delegations import delegation
from agent_session.core.instants import at
from agent_session.core.periods import EARLIEST, LATEST
from agent_session.stores.memory import MemoryStore
from tests.examples import finalized, minutes_later, updated
from tests.stores.approvals import asked, claimed, decided
from tests.stores.calls import add, always, change

if TYPE_CHECKING:
    from agent_session.core.measures import Tally
    from agent_session.core.store import Store

NOW = at(minutes_later(60))


def whole(store: Store, agent_name: str | None = None) -> Tally:
    (tally,) = store.tally([EARLIEST, LATEST], agent_name, NOW)
    return tally


class ContractOfMeasures:
    """Inherited by StoreContract, which has the fixture."""

    def test_an_empty_store_has_nothing_to_count(self, store: Store) -> None:
        tally = whole(store)

        assert (tally.sessions, tally.durations, tally.approvals, tally.delegations) == (
            0,
            [],
            {},
            {},
        )
        assert store.earliest() is None

    def test_each_counts_in_its_time_and_what_was_removed_counts_on(self, store: Store) -> None:
        add(store, "a", agent_name="x")
        add(store, "b", 10, agent_name="y\0")
        change(store, "a", updated(1, error="no"), finalized(minutes=3))
        store.remove("a", NOW, always)

        edges = [at(minutes_later(each)) for each in (0, 10, 20)]
        first, second = store.tally(edges, None, NOW)

        assert (first.sessions, first.had_errors, first.durations) == (1, 1, [180.0])
        assert (second.sessions, second.had_errors, second.durations) == (1, 0, [])
        assert whole(store, "x").sessions == whole(store, "y\0").sessions == 1
        assert whole(store, "z").sessions == 0
        assert store.earliest() == edges[0]

    def test_a_resume_is_seen_once_the_record_has_forgotten_it(self, store: Store) -> None:
        add(store, "a", limits={"turns": 1})
        change(store, "a", updated(2, phase="planning"), claimed(3))
        change(store, "a", updated(4, until=at(minutes_later(9))))
        change(store, "a", finalized(minutes=5))

        tally = whole(store)

        assert len(store.get("a")["turns"]) == 1
        assert (tally.resumed, tally.resumed_ended, tally.resumed_completed) == (1, 1, 1)

    def test_approvals_count_that_the_record_has_forgotten(self, store: Store) -> None:
        add(store, "a")
        for number in range(9):
            change(store, "a", asked(number, number, cancels=[number - 1]))
        change(store, "a", decided(8, 10))

        tally = whole(store)

        assert len(store.get("a")["approvals"]) < 9
        assert tally.approvals == {("cancelled", ""): 8, ("approved", "chat"): 1}
        assert tally.answers == [120.0]
        store.remove("a", NOW, always)
        assert whole(store).approvals == tally.approvals

    def test_delegations_count_by_decision_and_reason(self, store: Store) -> None:
        store.note(
            delegation(at(minutes_later(1)), "x", None, "timed_out", "a", resume=False),
            delegation(at(minutes_later(2)), None, None, "claimed", None, resume=False),
            {"n": 1},
        )

        assert whole(store).delegations == {("new", "timed_out"): 1, ("new", "claimed"): 1}
        assert whole(store, "x").delegations == {("new", "timed_out"): 1}
        assert store.earliest() == at(minutes_later(1))

    def test_what_was_taken_in_counts_as_where_it_was_made(self, store: Store) -> None:
        source = MemoryStore()
        add(source, "a", limits={"turns": 1})
        change(source, "a", updated(2, phase="planning"), claimed(3))
        change(source, "a", updated(4, until=at(minutes_later(9))))
        for number in range(9):
            change(source, "a", asked(number, number, cancels=[number - 1]))

        store.take_in({"a": list(source.events("a"))})

        assert whole(store).resumed == whole(source).resumed == 1
        assert whole(store).approvals == whole(source).approvals

    def test_a_store_says_what_it_takes(self, store: Store) -> None:
        add(store, "a")

        assert store.size() > 100
