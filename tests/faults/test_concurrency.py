"""Many processes at one store: no update is lost, and no reader sees what was never made."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE, flaw_in
from agent_session.core.errors import SessionExistsError, SessionNotFoundError
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.stores.files import index
from agent_session.stores.files.store import FileStore
from tests.examples import finalized, minutes_later, updated
from tests.faults.ledger import note
from tests.faults.places import FILES, opened, path_of
from tests.faults.processes import end_of, kill, run_all, start
from tests.faults.samples import times
from tests.stores.calls import add, always, change, ids
from tests.stores.folders import THREE_FILES, SessionFolder, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agent_session.core.store import Store

PROCESSES = 8
# Sessions that each of them makes.
CREATED = 10


@pytest.fixture
def url(fresh_url: Callable[[], str]) -> str:
    url = fresh_url()
    add(opened(url), "a", agent_name="x", metadata={"total": 0})
    return url


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Of a file store, for what only that one promises."""
    path = str(tmp_path / "session")
    add(FileStore(path), "a", agent_name="x", metadata={"total": 0})
    return path


@pytest.fixture
def reading(url: str, tmp_path: Path) -> Iterator[list[int]]:
    """Two processes that read all the while; each ends with 1 where something was wrong."""
    stop = f"{tmp_path}/stop"

    def read() -> None:
        store, last = opened(url), 0
        while not os.path.exists(stop):
            last = assert_consistent(store, last)

    readers = [start(read) for _ in range(2)]
    yield readers
    write(stop, b"")
    assert [end_of(pid) for pid in readers] == [0, 0]


def assert_consistent(store: Store, last: int) -> int:
    """The record is a whole one, the counts in it fit each other, and time goes on."""
    record = store.get("a")
    counts = dict(record["metadata"])
    total = counts.pop("total")
    assert total == sum(counts.values()) == record["revision"] - 1
    assert record["revision"] >= last
    return record["revision"]


def count_up(url: str, writer: int, updates: int) -> None:
    """*updates* that are right only if nobody else writes in between."""
    store = opened(url)
    mine = f"writer {writer}"

    def count(record: Any) -> Any:
        before = record["metadata"]
        more = {mine: before.get(mine, 0) + 1, "total": before["total"] + 1}
        return [updated(record["revision"], metadata=more)]

    for _ in range(updates):
        store.update("a", count)


@times(40, 2000, 20_000)
def test_the_updates_of_eight_processes_are_all_kept(
    kind: str, url: str, reading: list[int], times: int
) -> None:
    writers = [partial(count_up, url, writer, times) for writer in range(PROCESSES)]

    assert run_all(*writers) == [0] * PROCESSES

    assert assert_consistent(opened(url), 0) == PROCESSES * times + 1
    assert opened(url).flaws("a") == []
    if kind == FILES:
        assert SessionFolder(path_of(url)).names() == THREE_FILES
    note(kind, "updates", PROCESSES * times)


def test_one_of_eight_creators_of_an_id_wins_each_time(url: str, tmp_path: Path) -> None:
    def create(creator: int) -> None:
        store = opened(url)
        for n in range(CREATED):
            try:
                add(store, f"s{n}", metadata={"creator": creator})
            except SessionExistsError:
                continue
            write(f"{tmp_path}/{n}-{creator}", b"")

    assert run_all(*(partial(create, creator) for creator in range(PROCESSES))) == [0] * 8

    for n in range(CREATED):
        creator = opened(url).get(f"s{n}")["metadata"]["creator"]
        winners = [
            each for each in range(PROCESSES) if os.path.exists(f"{tmp_path}/{n}-{each}")
        ]
        assert winners == [creator]


def test_a_cleanup_beside_writers_takes_what_it_may_and_no_more(url: str) -> None:
    """Writers go on with half of the sessions that they make: only the others are removed."""

    def write_sessions(writer: int) -> None:
        store = opened(url)
        for n in range(CREATED):
            add(store, f"left-{writer}-{n}", agent_name="x")
            add(store, f"used-{writer}-{n}", agent_name="x")
            change(store, f"used-{writer}-{n}", updated(phase="planning"))

    def clean_up() -> None:
        store = opened(url)
        for _ in range(CREATED):
            for record in store.scan(Query()):
                with suppress(SessionNotFoundError):
                    store.remove(record["agent_id"], at(minutes_later(9)), is_left)
            store.sweep()

    writers = [partial(write_sessions, writer) for writer in range(4)]
    assert run_all(*writers, clean_up, clean_up) == [0] * 6

    kept = set(ids(opened(url), agent_name="x"))
    assert kept >= {f"used-{writer}-{n}" for writer in range(4) for n in range(CREATED)}
    assert set(ids(opened(url), agent_name="x", live=True)) == kept


def is_left(record: Any) -> bool:
    return bool(record["agent_id"].startswith("left"))


def test_a_busy_index_loses_no_live_session(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions come and go, the log is compacted all the time, and rebuilt now and then."""
    monkeypatch.setattr(index, "_SMALLEST_TO_COMPACT", 256)

    def live_and_end(writer: int) -> None:
        store = FileStore(path)
        for n in range(40):
            agent_id = f"s-{writer}-{n}"
            add(store, agent_id, n, agent_name="x")
            assert agent_id in ids(FileStore(path), agent_name="x", live=True)
            if n % 4:
                change(store, agent_id, finalized(minutes=n + 1))

    def rebuild() -> None:
        for _ in range(10):
            FileStore(path).repair(None)

    writers: list[Callable[[], None]] = [partial(live_and_end, writer) for writer in range(4)]
    assert run_all(*writers, rebuild) == [0] * 5

    live = {f"s-{writer}-{n}" for writer in range(4) for n in range(0, 40, 4)}
    assert set(ids(FileStore(path), agent_name="x", live=True)) == live | {"a"}
    assert FileStore(path).index.is_trusted()


def test_the_lock_of_a_killed_writer_is_free_at_once(url: str) -> None:
    holding, told = os.pipe()

    def hold() -> None:
        def tell_and_wait(_: Any) -> Any:
            os.write(told, b"!")
            time.sleep(600)

        opened(url).update("a", tell_and_wait)

    pid = start(hold)
    assert os.read(holding, 1) == b"!"
    kill(pid)
    os.close(holding)
    os.close(told)

    assert change(opened(url, patience_seconds=1), "a", updated())["revision"] == 2


def test_whoever_waited_for_a_removed_session_is_told_so(url: str) -> None:
    def write_until_it_is_gone() -> None:
        store = opened(url)
        with suppress(SessionNotFoundError):
            while True:
                change(store, "a", updated())

    writers = [start(write_until_it_is_gone) for _ in range(4)]
    store = opened(url)
    while store.get("a")["revision"] < 50:
        pass
    store.remove("a", at(minutes_later(1)), always)

    assert [end_of(pid) for pid in writers] == [0] * 4
    assert ids(opened(url)) == []


def test_the_events_that_many_have_written_form_one_chain(url: str) -> None:
    assert run_all(*(partial(count_up, url, writer, 10) for writer in range(4))) == [0] * 4

    seq, prev = 0, NOTHING_BEFORE
    for event in opened(url).events("a"):
        assert flaw_in(event, seq, prev) is None
        seq, prev = event["seq"], event["hash"]
    assert seq == 41
