"""Many who use one PostgreSQL store; what they leave open; whose clock counts."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import StoreBusyError, StoreUnavailableError
from agent_session.stores.postgres.clock import ServerClock
from agent_session.stores.postgres.pool import MOST_CONNECTIONS
from agent_session.stores.postgres.store import open_postgres
from tests.examples import NOW, updated
from tests.faults.processes import end_of, fork_beside_threads_that_write, start
from tests.stores.calls import add, change, ids
from tests.stores.test_postgres_watches import connected_to

if TYPE_CHECKING:
    from agent_session.core.chain import Draft
    from agent_session.core.state import Record

SLOW_SECONDS = 20.0


@pytest.fixture
def url(postgres_url: str) -> str:
    add(open_postgres(postgres_url), "a")
    return postgres_url


def await_connections(url: str, count: int) -> None:
    """A server takes its time to see a client go."""
    deadline = time.monotonic() + SLOW_SECONDS
    while connected_to(url) > count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


# --- threads ----------------------------------------------------------------------------------


def test_who_changes_one_session_and_reads_others_needs_one_connection(url: str) -> None:
    """With twice as many threads as connections, who waited for a second one would wait for
    ever.
    """
    store = open_postgres(url, SLOW_SECONDS)
    for n in range(4):
        add(store, f"s{n}")

    def look_round(_: Record) -> list[Draft]:
        assert len(ids(store)) == 5
        assert store.get("s1")["revision"] == 1
        assert len(list(store.events("s2"))) == 1
        return [updated()]

    with ThreadPoolExecutor(2 * MOST_CONNECTIONS) as threads:
        list(threads.map(lambda _: store.update("a", look_round), range(4 * MOST_CONNECTIONS)))

    assert store.get("a")["revision"] == 1 + 4 * MOST_CONNECTIONS
    await_connections(url, MOST_CONNECTIONS)


def test_a_change_within_a_change_leaves_the_outer_one_its_connection(url: str) -> None:
    store = open_postgres(url, SLOW_SECONDS)
    add(store, "b")

    def change_the_other(_: Record) -> list[Draft]:
        change(store, "b", updated())
        assert store.database._changing is not None  # type: ignore[attr-defined]
        return [updated()]

    assert store.update("a", change_the_other)["revision"] == 2
    assert store.get("b")["revision"] == 2


def test_who_finds_every_connection_in_use_waits_no_longer_than_its_patience(
    url: str,
) -> None:
    store = open_postgres(url, 0.3)
    has_all, may_end = threading.Barrier(MOST_CONNECTIONS + 1), threading.Event()

    def hold(_: Record) -> list[Draft]:
        has_all.wait(SLOW_SECONDS)
        may_end.wait(SLOW_SECONDS)
        return []

    for n in range(MOST_CONNECTIONS):
        add(store, f"s{n}")
    with ThreadPoolExecutor(MOST_CONNECTIONS) as threads:
        held = [threads.submit(store.update, f"s{n}", hold) for n in range(MOST_CONNECTIONS)]
        has_all.wait(SLOW_SECONDS)
        with pytest.raises(StoreBusyError, match="all 8 connections"):
            store.get("a")
        may_end.set()
        assert [each.result()["revision"] for each in held] == [1] * MOST_CONNECTIONS

    assert store.get("a")["revision"] == 1


# --- what is left open ------------------------------------------------------------------------


def test_a_store_that_is_dropped_leaves_no_connection_and_no_thread(url: str) -> None:
    gc.collect()
    threads = threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        store = open_postgres(url)
        change(store, "a", updated())
        store.get("a")
        del store

    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    await_connections(url, 0)


USE_AND_END = """
import sys
from agent_session.stores.postgres.store import open_postgres
store = open_postgres(sys.argv[1])
watch = store.watch("a")
assert store.get("a")["revision"] == 1
"""


def test_a_process_that_just_ends_says_nothing(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", USE_AND_END, url],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    await_connections(url, 0)


# --- forks ------------------------------------------------------------------------------------


def test_a_child_goes_on_with_the_store_that_its_parent_has_opened(url: str) -> None:
    store = open_postgres(url)
    store.get("a")
    before = connected_to(url)

    def live() -> None:
        for minutes in range(1, 4):
            change(store, "a", updated(minutes))
        gc.collect()

    children = [start(live) for _ in range(3)]
    for minutes in range(1, 4):
        change(store, "a", updated(minutes))

    assert [end_of(child) for child in children] == [0] * 3
    assert store.get("a")["revision"] == 13
    await_connections(url, before)


def test_forks_beside_threads_that_write_harm_neither(url: str) -> None:
    store = open_postgres(url)
    fork_beside_threads_that_write(store, times=10)


# --- the clock --------------------------------------------------------------------------------


class Ticking:
    """A server's clock, and the steady one of this machine, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = NOW
        self.steady = 1000.0
        self.asked = 0
        monkeypatch.setattr(time, "clock_gettime", lambda _: self.steady)
        self.clock = ServerClock(self.ask)

    def ask(self) -> datetime:
        self.asked += 1
        return self.server


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    return Ticking(monkeypatch)


def test_the_time_is_the_server_s_and_not_this_machine_s(ticking: Ticking) -> None:
    assert ticking.clock.now() == NOW
    assert ticking.clock.now().tzinfo is UTC


def test_between_two_questions_the_steady_clock_counts_on(ticking: Ticking) -> None:
    ticking.clock.now()
    ticking.steady += 3

    assert ticking.clock.now() == NOW + timedelta(seconds=3)
    assert ticking.asked == 1


def test_the_server_is_asked_anew_and_believed_wherever_its_clock_went(
    ticking: Ticking,
) -> None:
    for leap in (timedelta(hours=5), timedelta(hours=-9)):
        ticking.clock.now()
        ticking.server += leap
        ticking.steady += 6
        assert ticking.clock.now() == ticking.server


def test_a_time_zone_of_the_server_changes_no_time(ticking: Ticking) -> None:
    ticking.server = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))

    assert ticking.clock.now() == NOW
    assert ticking.clock.now().tzinfo is UTC


def test_a_server_that_does_not_answer_is_told_and_asked_again(ticking: Ticking) -> None:
    answer, ticking.clock._ask = ticking.clock._ask, lambda: _unreachable()
    with pytest.raises(StoreUnavailableError):
        ticking.clock.now()

    ticking.clock._ask = answer
    assert ticking.clock.now() == NOW


def _unreachable() -> datetime:
    raise StoreUnavailableError(111, "gone")


def test_a_store_s_clock_is_that_of_its_server(url: str) -> None:
    store = open_postgres(url)
    assert store.clock is not None

    assert abs(store.clock() - datetime.now(UTC)) < timedelta(seconds=SLOW_SECONDS)
