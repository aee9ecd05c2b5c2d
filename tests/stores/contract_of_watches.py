"""How a watch of any store is woken: a part of the contract."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import InvalidAgentIdError, SessionNotFoundError
from agent_session.core.instants import at
from tests.examples import finalized, minutes_later, updated
from tests.stores.approvals import asked, decided
from tests.stores.calls import add, always, change, ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.store import Store

# Long enough for any machine; a watch that is woken takes a fraction of it.
PATIENCE_SECONDS = 20.0
A_MOMENT_SECONDS = 0.15


def after_a_moment(act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(0.05, act)
    timer.start()
    return timer


class ContractOfWatches:
    """Inherited by StoreContract, which has the fixture."""

    def test_a_watch_is_woken_by_a_write_of_another(self, store: Store) -> None:
        add(store, "a")
        with store.watch("a") as watch:
            writer = after_a_moment(lambda: change(store, "a", updated()))

            assert watch.wait(PATIENCE_SECONDS) is True

            assert store.get("a")["revision"] == 2
            writer.join()

    def test_what_changed_before_the_wait_is_not_missed(self, store: Store) -> None:
        add(store, "a")
        with store.watch("a") as watch:
            change(store, "a", updated())

            assert watch.wait(0) is True
            change(store, "a", updated(2))
            change(store, "a", updated(3))
            assert watch.wait(PATIENCE_SECONDS) is True

    def test_a_watch_is_woken_for_every_change_until_it_is_seen(self, store: Store) -> None:
        add(store, "a")

        def write() -> None:
            for minutes in range(1, 60):
                change(store, "a", updated(minutes))

        with store.watch("a") as watch:
            writer = threading.Thread(target=write)
            writer.start()
            while store.get("a")["revision"] < 60:
                assert watch.wait(PATIENCE_SECONDS)
            writer.join()

    def test_a_watch_ends_when_its_time_is_over(self, store: Store) -> None:
        add(store, "a")
        with store.watch("a") as watch, store.watch(None) as other:
            before = time.monotonic()
            assert watch.wait(A_MOMENT_SECONDS) is False
            assert other.wait(A_MOMENT_SECONDS) is False
            assert time.monotonic() - before >= 2 * A_MOMENT_SECONDS

    @pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("-inf")])
    def test_a_wait_of_no_time_is_a_look(self, store: Store, seconds: float) -> None:
        add(store, "a")
        with store.watch("a") as watch:
            assert watch.wait(seconds) is False
            change(store, "a", updated())
            assert watch.wait(seconds) is True
            change(store, "a", finalized())
            assert watch.wait(float("inf")) is True

    def test_a_removal_wakes_too(self, store: Store) -> None:
        add(store, "a")
        with store.watch("a") as watch:
            store.remove("a", at(minutes_later(1)), always)

            assert watch.wait(PATIENCE_SECONDS) is True
            with pytest.raises(SessionNotFoundError):
                store.get("a")
            watch.wait(0)
            add(store, "a", 2)
            assert watch.wait(PATIENCE_SECONDS) is True
            watch.wait(0)
            change(store, "a", updated(3))
            assert watch.wait(PATIENCE_SECONDS) is True

    def test_a_refused_change_wakes_nobody(self, store: Store) -> None:
        add(store, "a")
        with store.watch("a") as watch:
            store.update("a", lambda _: [])
            store.remove("a", at(minutes_later(1)), lambda _: False)
            store.get("a")

            assert watch.wait(A_MOMENT_SECONDS) is False

    @pytest.mark.parametrize("agent_id", ["a", "../a"])
    def test_what_is_not_there_cannot_be_watched(self, store: Store, agent_id: str) -> None:
        add(store, "b")

        with pytest.raises((SessionNotFoundError, InvalidAgentIdError)):
            store.watch(agent_id)

    def test_the_store_tells_of_a_request_and_of_its_end(self, store: Store) -> None:
        with store.watch(None) as watch:
            add(store, "a")
            add(store, "b")
            watch.wait(0)
            writer = after_a_moment(lambda: change(store, "a", asked(1)))
            while ids(store, pending=True) != ["a"]:
                assert watch.wait(PATIENCE_SECONDS)
            writer.join()
            watch.wait(0)

            for act in (
                lambda: change(store, "a", asked(2, 2)),  # beside the first
                lambda: change(store, "a", decided(1, 3)),
                lambda: change(store, "a", asked(3, 4, cancels=[2])),
                lambda: change(store, "a", finalized(minutes=5)),
                lambda: change(store, "b", asked(4, 6)),
                lambda: store.remove("b", at(minutes_later(7)), always),
            ):
                writer = after_a_moment(act)
                assert watch.wait(PATIENCE_SECONDS) is True
                writer.join()
                watch.wait(0)

    def test_what_waits_is_there_once_the_watch_is_woken(self, store: Store) -> None:
        """Whoever looks each time the watch is woken sees every request, and every answer."""
        add(store, "a")

        def live() -> None:
            for number in range(20):
                change(store, "a", asked(number, 2 * number + 1))
                change(store, "a", decided(number, 2 * number + 2))

        with store.watch(None) as watch:
            writer = threading.Thread(target=live)
            writer.start()
            while store.get("a")["revision"] < 41:
                assert watch.wait(PATIENCE_SECONDS)
            writer.join()

    def test_other_sessions_need_not_wake_anybody(self, store: Store) -> None:
        add(store, "a")
        add(store, "b")
        with store.watch("a") as watch:
            change(store, "b", updated(), asked(1))

            assert watch.wait(A_MOMENT_SECONDS) is False

    def test_a_watch_is_closed_twice_without_harm(self, store: Store) -> None:
        watch = store.watch(None)
        watch.close()
        watch.close()
