"""Watches of the file store: across processes, with and without inotify, nothing left open."""

from __future__ import annotations

import errno
import os
import shutil
import statistics
import time
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import StateCorruptedError, StoreUnavailableError
from agent_session.core.instants import at
from agent_session.stores.files.store import FileStore
from tests.examples import minutes_later, updated
from tests.faults.processes import end_of, start
from tests.faults.seam import Calls, standing_in
from tests.stores.approvals import asked, decided
from tests.stores.calls import add, always, change, ids
from tests.stores.contract_of_watches import (
    A_MOMENT_SECONDS,
    PATIENCE_SECONDS,
    ContractOfWatches,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent_session.core.store import Store


class Failing(Calls):
    """The system's own calls, but for those *names*, which fail with *error*."""

    def __init__(self, error: int, *names: str) -> None:
        self._error = error
        self._names = names

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._names:
            return super().__getattribute__(name)

        def fail(*_: Any, **__: Any) -> None:
            raise OSError(self._error, os.strerror(self._error))

        return fail


NO_INOTIFY = Failing(errno.EMFILE, "begin_to_watch")
WAYS = {
    "told by the system": Calls(),
    "no inotify": Failing(errno.ENOSYS, "begin_to_watch"),
    "too many of them": NO_INOTIFY,
    "too much watched": Failing(errno.ENOSPC, "watch"),
    "no poll": Failing(errno.EINVAL, "poll"),
    "unreadable": Failing(errno.EIO, "read"),
}


class TestWatchesWithoutInotify(ContractOfWatches):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with standing_in(NO_INOTIFY):
            yield FileStore(str(tmp_path / "session"))


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "session")
    add(FileStore(path), "a")
    return path


every_way = pytest.mark.parametrize("calls", WAYS.values(), ids=WAYS)


@every_way
def test_another_process_wakes_a_watch(path: str, calls: Calls) -> None:
    def live() -> None:
        time.sleep(0.05)
        change(FileStore(path), "a", asked(1))

    store = FileStore(path)
    with standing_in(calls), store.watch("a") as of_one, store.watch(None) as of_all:
        writer = start(live)
        assert of_one.wait(PATIENCE_SECONDS)
        while not ids(store, pending=True):
            assert of_all.wait(PATIENCE_SECONDS)
    assert end_of(writer) == 0


@every_way
def test_no_descriptor_is_left_open(path: str, calls: Calls) -> None:
    store = FileStore(path)
    before = len(os.listdir("/proc/self/fd"))
    with standing_in(calls):
        for _ in range(5):
            with store.watch("a") as of_one, store.watch(None) as of_all:
                change(store, "a", updated())
                of_one.wait(0.03)
                of_all.wait(0.03)

    assert len(os.listdir("/proc/self/fd")) == before


@every_way
def test_a_session_that_is_removed_and_made_anew_is_watched_on(path: str, calls: Calls) -> None:
    store = FileStore(path)
    with standing_in(calls), store.watch("a") as watch:
        for minutes in range(3):
            store.remove("a", at(minutes_later(minutes)), always)
            assert watch.wait(PATIENCE_SECONDS)
            assert not watch.wait(0.05)
            add(store, "a", minutes)
            assert watch.wait(PATIENCE_SECONDS)


@every_way
def test_an_index_that_is_taken_away_is_watched_on(path: str, calls: Calls) -> None:
    store = FileStore(path)
    with standing_in(calls), store.watch(None) as watch:
        for number in range(3):
            shutil.rmtree(f"{path}/.index")
            watch.wait(0.05)
            change(store, "a", asked(number, 2 * number))
            assert watch.wait(PATIENCE_SECONDS)
            change(store, "a", decided(number, 2 * number + 1))
            assert watch.wait(PATIENCE_SECONDS)


def test_a_store_that_is_not_there_yet_is_watched_and_not_made(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path / "session"))
    with store.watch(None) as watch:
        assert not watch.wait(0.05)
        assert os.listdir(tmp_path) == []
        add(store, "a")
        change(store, "a", asked(1))
        assert watch.wait(PATIENCE_SECONDS)
        change(store, "a", decided(1))
        assert watch.wait(PATIENCE_SECONDS)


def test_a_planted_link_is_not_watched(path: str, tmp_path: Path) -> None:
    os.symlink(tmp_path, f"{path}/b")

    with pytest.raises(StateCorruptedError):
        FileStore(path).watch("b")


def test_a_disk_that_fails_is_told_in_our_words_and_leaves_nothing_open(path: str) -> None:
    store = FileStore(path)
    before = len(os.listdir("/proc/self/fd"))
    with store.watch(None) as watch, standing_in(Failing(errno.EIO, "stat")):
        with pytest.raises(StoreUnavailableError):
            watch.wait(0)
        with pytest.raises(StoreUnavailableError):
            store.watch(None)

    assert len(os.listdir("/proc/self/fd")) == before


def test_a_hundred_and_fifty_watches_at_once_are_all_woken(path: str) -> None:
    """More than an ordinary user may have of inotify."""
    store = FileStore(path)
    watches = [store.watch("a") for _ in range(150)]
    change(store, "a", updated())

    assert all(watch.wait(PATIENCE_SECONDS) for watch in watches)
    for watch in watches:
        watch.close()


def test_a_watch_rests_while_nothing_happens(path: str) -> None:
    with FileStore(path).watch("a") as watch, standing_in(NO_INOTIFY):
        before = time.process_time()
        assert not watch.wait(10 * A_MOMENT_SECONDS)
        assert time.process_time() - before < A_MOMENT_SECONDS


@pytest.mark.parametrize("way", ["told by the system", "no inotify"])
def test_how_long_it_takes_to_wake_is_told(path: str, way: str) -> None:
    """Told, not judged: the machine may be busy with other things."""
    rounds = 20
    ours, theirs = os.pipe()

    def live() -> None:
        for minutes in range(rounds):
            time.sleep(0.01 + 0.005 * (minutes % 5))
            change(FileStore(path), "a", updated(minutes))
            os.write(theirs, f"{time.monotonic_ns()}\n".encode())

    store, woken = FileStore(path), list[int]()
    with standing_in(WAYS[way]), store.watch("a") as watch:
        writer = start(live)
        while len(woken) < rounds:
            assert watch.wait(PATIENCE_SECONDS)
            woken += [time.monotonic_ns()] * (store.get("a")["revision"] - 1 - len(woken))
        assert end_of(writer) == 0
    written = list(map(int, os.read(ours, 1 << 16).split()))
    late = [max(0, at - done) / 1e6 for at, done in zip(woken, written, strict=True)]
    os.close(ours)
    os.close(theirs)

    print(f"{way}: median {statistics.median(late):.2f} ms, longest {max(late):.2f} ms")
