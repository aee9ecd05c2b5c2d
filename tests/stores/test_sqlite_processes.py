"""Many who use one SQLite file: threads, forks, other programs; and what they leave open."""

from __future__ import annotations

import fcntl
import gc
import os
import subprocess
import sys
import threading
import time
from _sqlite3 import Connection, connect
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import StoreBusyError, StoreUnavailableError, UnsafeStoreError
from agent_session.stores.sqlite.store import open_sqlite
from tests.examples import updated
from tests.faults.processes import end_of, fork_beside_threads_that_write, kill, run, start
from tests.stores.calls import add, change, ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent_session.core.chain import Draft
    from agent_session.core.state import Record

PATIENCE_SECONDS = 0.1
SLOW_SECONDS = 20.0

either_journal = pytest.mark.parametrize("wal", [True, False], ids=["wal", "rollback"])


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "sessions.db")


@contextmanager
def another_program(path: str, *statements: str) -> Iterator[Connection]:
    """One that has done *statements*, and lets go at the end of the block."""
    connection = connect(path, isolation_level=None, check_same_thread=False)
    for each in statements:
        connection.execute(each).fetchone()
    yield connection
    connection.close()


def descriptors_on(path: str) -> list[str]:
    """The files of the store that this process has open."""
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{number}"))
        except FileNotFoundError:
            continue
    return sorted(each for each in found if each.startswith(path))


# --- who waits, and how long ------------------------------------------------------------------


def test_a_writer_waits_at_the_gate_no_longer_than_its_patience(path: str) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS)
    add(store, "a")
    with open(f"{path}-gate", "rb") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        with pytest.raises(StoreBusyError):
            change(store, "a", updated())

    assert change(store, "a", updated())["revision"] == 2


@either_journal
def test_a_writer_waits_for_another_program_no_longer_than_its_patience(
    path: str, wal: bool
) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS, wal=wal)
    add(store, "a")
    with another_program(path, "BEGIN IMMEDIATE"):
        assert store.get("a")["revision"] == 1
        with pytest.raises(StoreBusyError):
            change(store, "a", updated())

    assert change(store, "a", updated())["revision"] == 2


def test_a_reader_waits_for_another_program_no_longer_than_its_patience(path: str) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS, wal=False)
    add(store, "a")
    with another_program(path, "BEGIN EXCLUSIVE"):
        for each in (store, open_sqlite(path, PATIENCE_SECONDS)):
            with pytest.raises(StoreBusyError):
                each.get("a")

    assert store.get("a")["revision"] == 1


def test_a_commit_that_readers_do_not_let_through_changes_nothing(path: str) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS, wal=False)
    add(store, "a")
    with another_program(path, "BEGIN", "SELECT * FROM sessions"):
        with pytest.raises(StoreBusyError):
            change(store, "a", updated())
        assert store.get("a")["revision"] == 1

    assert store.get("a")["revision"] == 1
    assert change(store, "a", updated())["revision"] == 2


@either_journal
def test_a_reader_beside_a_long_change_does_not_wait_and_sees_what_was(
    path: str, wal: bool
) -> None:
    store = open_sqlite(path, wal=wal)
    add(store, "a")
    has_begun, may_end = threading.Event(), threading.Event()

    def dawdle(_: Record) -> list[Draft]:
        has_begun.set()
        assert may_end.wait(SLOW_SECONDS)
        return [updated()]

    writer = threading.Thread(target=lambda: store.update("a", dawdle))
    writer.start()
    assert has_begun.wait(SLOW_SECONDS)

    assert [store.get("a")["revision"] for _ in range(5)] == [1] * 5

    may_end.set()
    writer.join()
    assert store.get("a")["revision"] == 2


def test_a_reader_finds_the_moments_in_which_a_busy_writer_lets_go(path: str) -> None:
    store = open_sqlite(path, wal=False)
    add(store, "a")
    is_over = threading.Event()

    def write_without_a_rest() -> None:
        with another_program(path, "PRAGMA busy_timeout = 20000") as other:
            while not is_over.wait(0.002):
                other.execute("BEGIN EXCLUSIVE")
                time.sleep(0.02)
                other.execute("COMMIT")

    writer = threading.Thread(target=write_without_a_rest)
    writer.start()
    before = time.monotonic()
    for _ in range(10):
        store.get("a")
    is_over.set()
    writer.join()

    assert time.monotonic() - before < 5


def test_a_change_sees_what_it_has_read_from_its_own_connection(path: str) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS)
    for agent_id in "ab":
        add(store, agent_id)

    def look_round(_: Record) -> list[Draft]:
        assert store.get("b")["revision"] == 1
        assert sorted(ids(store, live=True)) == ["a", "b"]
        return [updated()]

    assert store.update("a", look_round)["revision"] == 2


# --- threads and store objects ----------------------------------------------------------------


@either_journal
def test_many_stores_in_many_threads_lose_nothing(path: str, wal: bool) -> None:
    add(open_sqlite(path, wal=wal), "a")

    def write() -> None:
        for _ in range(5):
            store = open_sqlite(path)
            change(store, "a", updated())
            store.get("a")

    threads = [threading.Thread(target=write) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert open_sqlite(path).get("a")["revision"] == 41
    assert open_sqlite(path).flaws("a") == []


@either_journal
def test_nothing_is_left_open_by_two_hundred_stores(path: str, wal: bool) -> None:
    kept = open_sqlite(path, wal=wal)
    add(kept, "a")
    before = descriptors_on(path)

    for _ in range(200):
        open_sqlite(path).get("a")
    change(open_sqlite(path), "a", updated())

    gc.collect()
    spare = 1  # SQLite may keep one for the next connection, as closing it gives locks up
    assert len(descriptors_on(path)) <= len(before) + spare


def test_a_thread_that_ends_closes_what_it_has_opened(path: str) -> None:
    store = open_sqlite(path)
    add(store, "a")
    before = descriptors_on(path)
    for _ in range(5):
        thread = threading.Thread(target=store.get, args=("a",))
        thread.start()
        thread.join()

    assert descriptors_on(path) == before


def test_what_is_refused_leaves_nothing_open(path: str) -> None:
    with another_program(path, "CREATE TABLE t (x)"):
        pass
    for _ in range(3):
        with pytest.raises(UnsafeStoreError):
            add(open_sqlite(path), "a")

    gc.collect()
    assert descriptors_on(path) == []


# --- forks ------------------------------------------------------------------------------------


@either_journal
def test_a_child_goes_on_with_the_store_that_its_parent_has_opened(
    path: str, wal: bool
) -> None:
    store = open_sqlite(path, wal=wal)
    add(store, "a")

    def live() -> None:
        for minutes in range(1, 4):
            change(store, "a", updated(minutes))

    assert run(live) == 0
    assert store.get("a")["revision"] == 4
    assert change(store, "a", updated(9))["revision"] == 5


@either_journal
def test_what_a_child_writes_outlives_its_parent_s_connection(path: str, wal: bool) -> None:
    """The last of the connections clears the log away: a child's must count."""
    store = open_sqlite(path, wal=wal)
    add(store, "a")
    ours, theirs = os.pipe()

    def live() -> None:
        change(store, "a", updated())
        os.read(ours, 1)
        change(open_sqlite(path), "a", updated(2))

    child = start(live)
    while store.get("a")["revision"] < 2:
        time.sleep(0.001)
    store.database._of_thread.opened.close()  # type: ignore[attr-defined]
    os.write(theirs, b"x")

    assert end_of(child) == 0
    assert open_sqlite(path).get("a")["revision"] == 3
    os.close(ours)
    os.close(theirs)


@either_journal
def test_forks_beside_threads_that_write_harm_neither(path: str, wal: bool) -> None:
    store = open_sqlite(path, wal=wal)
    add(store, "a")
    fork_beside_threads_that_write(store, times=20)


def test_a_child_that_was_forked_in_a_change_uses_nothing_of_it(path: str) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS)
    add(store, "a")

    def use_it() -> None:
        with pytest.raises(StoreUnavailableError, match="forked in the middle of a change"):
            open_sqlite(path).get("a")

    def fork_and_change(_: Record) -> list[Draft]:
        assert run(use_it) == 0
        return [updated()]

    assert store.update("a", fork_and_change)["revision"] == 2
    assert open_sqlite(path).flaws("a") == []


def test_a_child_that_lives_on_does_not_keep_the_gate(path: str) -> None:
    store = open_sqlite(path, PATIENCE_SECONDS)
    add(store, "a")
    children: list[int] = []

    def fork_and_change(_: Record) -> list[Draft]:
        children.append(start(lambda: time.sleep(SLOW_SECONDS)))
        return [updated()]

    store.update("a", fork_and_change)

    assert change(store, "a", updated(2))["revision"] == 3
    assert kill(children[0]) == -9


# --- what a process pays, and says ------------------------------------------------------------

READ_ONE = """
import sys
sys.path.insert(0, sys.argv[1])
from agent_session.stores.sqlite.store import open_sqlite
store = open_sqlite(sys.argv[2])
assert store.get("a")["revision"] == 1
print(*sys.modules)
"""
HEAVY = {
    "asyncio", "contextlib", "ctypes", "dataclasses", "datetime", "enum", "inspect", "json",
    "logging", "pathlib", "re", "sqlite3", "subprocess", "tempfile", "threading", "typing",
    "urllib", "weakref",
}  # fmt: skip


def test_who_reads_one_session_imports_little_and_says_nothing_as_it_ends(path: str) -> None:
    add(open_sqlite(path), "a")
    source = os.path.dirname(os.path.dirname(sys.modules["agent_session"].__path__[0]))

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", READ_ONE, f"{source}/src", path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert HEAVY.intersection(done.stdout.split()) == set()
