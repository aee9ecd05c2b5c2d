"""What holds in any store that several use at once: a part of the contract."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from agent_session.core.errors import SessionExistsError, SessionNotFoundError
from agent_session.core.instants import at
from tests.examples import minutes_later, updated
from tests.stores.calls import add, change

if TYPE_CHECKING:
    from agent_session.core.state import Record
    from agent_session.core.store import Store


class ContractOfManyAtOnce:
    """Inherited by StoreContract, which has the fixture."""

    def test_concurrent_updates_are_all_kept(self, store: Store) -> None:
        add(store, "a")

        def write(writer: int) -> None:
            for n in range(10):
                change(store, "a", updated(metadata={f"{writer}-{n}": n}))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, range(8)))

        assert len(store.get("a")["metadata"]) == 80
        assert store.get("a")["revision"] == 81
        assert list(store.flaws("a")) == []

    def test_of_concurrent_creators_of_one_id_one_wins(self, store: Store) -> None:
        ready = threading.Barrier(8)

        def create(creator: int) -> int | None:
            ready.wait()
            try:
                return int(
                    add(store, "a", metadata={"creator": creator})["metadata"]["creator"]
                )
            except SessionExistsError:
                return None

        with ThreadPoolExecutor(8) as threads:
            winners = [won for won in threads.map(create, range(8)) if won is not None]

        assert [store.get("a")["metadata"]["creator"]] == winners

    def test_a_session_is_removed_once_and_no_update_of_it_is_acknowledged_after(
        self, store: Store
    ) -> None:
        add(store, "a")
        last_seen: list[int] = []

        def write() -> int:
            acknowledged = 1
            try:
                while acknowledged < 1000:
                    acknowledged = change(store, "a", updated())["revision"]
            except SessionNotFoundError:
                pass
            return acknowledged

        def note_and_allow(record: Record) -> bool:
            last_seen.append(record["revision"])
            return True

        with ThreadPoolExecutor(4) as threads:
            writers = [threads.submit(write) for _ in range(3)]
            while store.get("a")["revision"] < 20:
                pass
            store.remove("a", at(minutes_later(9)), note_and_allow)
            acknowledged = [writer.result() for writer in writers]

        assert last_seen == [max(acknowledged)]
