"""Watches of a PostgreSQL store: across processes, restarts, cuts; with and without LISTEN."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from agent_session.core.instants import at
from agent_session.stores.postgres import connections
from agent_session.stores.postgres.store import open_postgres
from tests.examples import minutes_later, updated
from tests.faults.processes import end_of, start
from tests.servers.postgres import database_of
from tests.servers.proxy import proxying
from tests.stores.approvals import asked, decided
from tests.stores.calls import add, always, change
from tests.stores.contract_of_watches import (
    A_MOMENT_SECONDS,
    PATIENCE_SECONDS,
    ContractOfWatches,
)

if TYPE_CHECKING:
    from agent_session.core.store import Store
    from tests.servers.postgres import Postgres


@pytest.fixture
def store(url: str) -> Store:
    store = open_postgres(url)
    add(store, "a")
    return store


class Deaf(connections.KeptConnection):
    """To an engine of the same protocol that does not know LISTEN."""

    def execute(self, query: Any, *rest: Any, **more: Any) -> Any:
        if str(query).startswith("LISTEN"):
            raise psycopg.errors.FeatureNotSupported("LISTEN is not supported")
        return super().execute(query, *rest, **more)


class TestWatchesWithoutListen(ContractOfWatches):
    @pytest.fixture
    def store(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Store:
        monkeypatch.setattr(connections, "KeptConnection", Deaf)
        return open_postgres(url)

    def test_what_waits_is_there_once_the_watch_is_woken(self, store: Store) -> None:
        """What is answered within a rest may go unseen: nobody needs to look at it any more."""
        add(store, "a")
        with store.watch(None) as watch:
            for number in range(3):
                change(store, "a", asked(number, 2 * number + 1))
                assert watch.wait(PATIENCE_SECONDS)
                change(store, "a", decided(number, 2 * number + 2))
                assert watch.wait(PATIENCE_SECONDS)


def connected_to(url: str) -> int:
    """How many connections the database has, but for this one."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_another_process_wakes_a_watch(url: str, store: Store) -> None:
    def live() -> None:
        time.sleep(0.05)
        change(open_postgres(url), "a", asked(1))

    with store.watch("a") as of_one, store.watch(None) as of_all:
        writer = start(live)
        assert of_one.wait(PATIENCE_SECONDS)
        assert of_all.wait(PATIENCE_SECONDS)
    assert end_of(writer) == 0


def test_a_watch_goes_on_when_its_connection_is_cut(
    postgres_server: Postgres, url: str, store: Store
) -> None:
    with proxying(postgres_server.tcp_address) as proxy:
        through = open_postgres(postgres_server.tcp_url(database_of(url), proxy.address))
        with through.watch("a") as watch:
            for minutes in range(1, 4):
                proxy.cut()
                assert watch.wait(PATIENCE_SECONDS)  # something may have been missed
                assert not watch.wait(0.02)
                change(store, "a", updated(minutes))
                assert watch.wait(PATIENCE_SECONDS)


def test_what_changes_while_the_connection_is_cut_is_not_missed(
    postgres_server: Postgres, url: str, store: Store
) -> None:
    with proxying(postgres_server.tcp_address) as proxy:
        through = open_postgres(postgres_server.tcp_url(database_of(url), proxy.address))
        with through.watch("a") as watch:
            proxy.cut()
            change(store, "a", updated())

            assert watch.wait(PATIENCE_SECONDS)
            assert through.get("a")["revision"] == 2


@pytest.mark.parametrize("agent_id", ["a", None])
def test_a_watch_goes_on_when_the_server_is_started_anew(
    postgres_server: Postgres, store: Store, agent_id: str | None
) -> None:
    with store.watch(agent_id) as watch:
        postgres_server.stop()
        starting = threading.Timer(0.1, postgres_server.start)
        starting.start()
        assert watch.wait(PATIENCE_SECONDS)
        starting.join()
        watch.wait(0)
        change(store, "a", asked(1))
        assert watch.wait(PATIENCE_SECONDS)


def test_a_session_that_is_removed_and_made_anew_is_watched_on(store: Store) -> None:
    with store.watch("a") as watch:
        for minutes in range(3):
            store.remove("a", at(minutes_later(minutes)), always)
            assert watch.wait(PATIENCE_SECONDS)
            assert not watch.wait(0.05)
            add(store, "a", minutes)
            assert watch.wait(PATIENCE_SECONDS)


def test_a_database_without_a_store_is_watched_and_none_is_made(url: str) -> None:
    store = open_postgres(url)
    with store.watch(None) as watch:
        assert not watch.wait(0.05)
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT to_regnamespace('agent_session')").fetchone()
        assert found == (None,)
        add(store, "a")
        change(store, "a", asked(1))
        assert watch.wait(PATIENCE_SECONDS)


def test_a_watch_leaves_no_connection_open(url: str, store: Store) -> None:
    before = connected_to(url)
    for _ in range(3):
        with store.watch("a") as of_one, store.watch(None) as of_all:
            assert connected_to(url) == before + 2
            assert not of_one.wait(0)
            assert not of_all.wait(0)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while connected_to(url) > before:  # a server takes its time to see a client go
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_watch_rests_while_nothing_happens(store: Store) -> None:
    with store.watch("a") as watch:
        before = time.process_time()
        assert not watch.wait(5 * A_MOMENT_SECONDS)
        assert time.process_time() - before < A_MOMENT_SECONDS
