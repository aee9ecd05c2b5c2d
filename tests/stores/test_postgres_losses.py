"""A connection to PostgreSQL is lost: a change is made once, and answered truly."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import (
    SessionExistsError,
    SessionNotFoundError,
    StoreBusyError,
    StoreError,
    StoreUnavailableError,
    UnknownOutcomeError,
)
from agent_session.core.instants import at
from agent_session.stores.postgres.store import open_postgres
from tests.examples import minutes_later, updated
from tests.servers.postgres import database_of
from tests.servers.proxy import proxying
from tests.sql.kept import KeptInPostgres
from tests.stores.calls import add, always, change, ids
from tests.stores.contract_of_hosts import a_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent_session.core.store import Store
    from tests.servers.postgres import Postgres
    from tests.servers.proxy import Proxy

PATIENCE_SECONDS = 10.0
A_MOMENT_SECONDS = 0.25
# As a statement of its own: every BEGIN says READ COMMITTED.
COMMIT = b"\0COMMIT\0"
# A commit that takes a while, in which whoever waits for it may be lost.
SLOW_COMMIT = """
CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER rest AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION rest();
"""
# The first commit fails so; a sequence goes on even where its transaction is undone.
FAILING_ONCE = """
CREATE SEQUENCE tries;
CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('tries') = 1 THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF;
    RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER fail_once AFTER INSERT ON events DEFERRABLE INITIALLY {when}
    FOR EACH ROW EXECUTE FUNCTION fail_once();
"""


@pytest.fixture
def kept(url: str) -> KeptInPostgres:
    """The session a, by a connection that nothing cuts."""
    kept = KeptInPostgres(url)
    add(kept.store, "a")
    return kept


@pytest.fixture
def proxy(postgres_server: Postgres) -> Iterator[Proxy]:
    with proxying(postgres_server.tcp_address) as proxy:
        yield proxy


@pytest.fixture
def store(postgres_server: Postgres, url: str, kept: KeptInPostgres, proxy: Proxy) -> Store:
    """The same store through the proxy, connected."""
    through = postgres_server.tcp_url(database_of(url), proxy.address)
    store = open_postgres(through, PATIENCE_SECONDS)
    store.identity()
    change(store, "a", updated(0.1))
    return store


def revisions(kept: KeptInPostgres, agent_id: str = "a") -> list[int]:
    return [event["seq"] for event in kept.store.events(agent_id)]


def soon(act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(A_MOMENT_SECONDS, act)
    timer.start()
    return timer


# --- before and after COMMIT ------------------------------------------------------------------


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_change_whose_commit_is_lost_is_made_once(
    store: Store, kept: KeptInPostgres, proxy: Proxy, before: bool
) -> None:
    lost = proxy.cut_at(COMMIT, before=before)

    assert change(store, "a", updated())["revision"] == 3

    assert lost.is_set()
    assert revisions(kept) == [1, 2, 3]
    assert kept.store.flaws("a") == []


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("host", [None, a_host()], ids=["no host", "a host"])
def test_a_session_whose_commit_is_lost_is_added_once(
    store: Store, kept: KeptInPostgres, proxy: Proxy, before: bool, host: Any
) -> None:
    lost = proxy.cut_at(COMMIT, before=before)

    made = add(store, "b", host=host)

    assert lost.is_set()
    assert made == kept.store.get("b")
    assert revisions(kept, "b") == [1]
    with pytest.raises(SessionExistsError):
        add(store, "b")


def test_what_is_lost_before_anything_is_changed_is_tried_again(
    store: Store, kept: KeptInPostgres, proxy: Proxy
) -> None:
    lost = proxy.cut_at(b"FOR UPDATE", before=True)

    assert store.remove("a", at(minutes_later(1)), always) is True

    assert lost.is_set()
    with pytest.raises(SessionNotFoundError):
        kept.store.get("a")


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_removal_whose_commit_is_lost_is_not_repeated(
    store: Store, kept: KeptInPostgres, proxy: Proxy, before: bool
) -> None:
    proxy.cut_at(COMMIT, before=before)

    with pytest.raises(UnknownOutcomeError):
        store.remove("a", at(minutes_later(1)), always)

    assert ids(kept.store) == (["a"] if before else [])
    assert kept.one("SELECT count(*) FROM removed") == (0 if before else 1)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_note_whose_commit_is_lost_is_not_repeated(
    store: Store, kept: KeptInPostgres, proxy: Proxy, before: bool
) -> None:
    proxy.cut_at(COMMIT, before=before)

    with pytest.raises(UnknownOutcomeError):
        store.note({"n": 1})

    assert list(kept.store.notes()) == ([] if before else [{"n": 1}])


def test_a_change_that_enters_nothing_is_asked_again(store: Store, proxy: Proxy) -> None:
    lost = proxy.cut_at(COMMIT, before=False)

    assert store.update("a", lambda _: [])["revision"] == 2

    assert lost.is_set()


@pytest.mark.parametrize("side", ["client_bytes", "server_bytes"])
def test_a_change_is_made_once_wherever_its_connection_ends(
    store: Store, kept: KeptInPostgres, proxy: Proxy, side: str
) -> None:
    revision = 2
    for count in range(1, 1200, 130):
        proxy.cut_after(**{side: count})
        revision += 1
        assert change(store, "a", updated(revision))["revision"] == revision

    assert revisions(kept) == list(range(1, revision + 1))
    assert kept.store.flaws("a") == []


@pytest.mark.parametrize("count", [1, 40, 200, 700])
def test_a_read_is_answered_wherever_its_connection_ends(
    store: Store, proxy: Proxy, count: int
) -> None:
    lost = proxy.cut_after(server_bytes=count)

    assert store.get("a")["revision"] == 2

    assert lost.is_set()


# --- a commit that still runs when its connection is lost -------------------------------------


def test_a_change_that_still_commits_is_waited_for(
    store: Store, kept: KeptInPostgres, proxy: Proxy
) -> None:
    kept.ask(SLOW_COMMIT.format(seconds=3 * A_MOMENT_SECONDS))
    cutting = soon(proxy.cut)

    assert change(store, "a", updated())["revision"] == 3

    cutting.join()
    assert revisions(kept) == [1, 2, 3]


@pytest.mark.parametrize("host", [None, a_host()], ids=["no host", "a host"])
def test_a_session_that_is_still_added_is_waited_for(
    store: Store, kept: KeptInPostgres, proxy: Proxy, host: Any
) -> None:
    kept.ask(SLOW_COMMIT.format(seconds=3 * A_MOMENT_SECONDS))
    cutting = soon(proxy.cut)

    made = add(store, "b", host=host)

    cutting.join()
    assert made == kept.store.get("b")


def test_a_server_that_is_gone_with_a_commit_leaves_the_outcome_unknown(
    url: str, kept: KeptInPostgres, postgres_server: Postgres
) -> None:
    store = open_postgres(url, 1.0)
    store.identity()
    kept.ask(SLOW_COMMIT.format(seconds=20))
    crashing = soon(postgres_server.crash)
    before = time.monotonic()
    try:
        with pytest.raises(UnknownOutcomeError, match="may or may not be kept"):
            change(store, "a", updated())
        assert time.monotonic() - before < 5
    finally:
        crashing.join()
        postgres_server.start()

    assert revisions(kept) == [1]


# --- a server that is gone, or says no --------------------------------------------------------


def test_a_server_that_is_gone_is_told_within_the_patience(
    url: str, kept: KeptInPostgres, postgres_server: Postgres
) -> None:
    store = open_postgres(url, 0.5)
    store.identity()
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.get("a"),
        lambda: change(store, "a", updated()),
        lambda: store.watch(None),
        lambda: store.clock and store.clock(),
    )
    postgres_server.stop()
    try:
        for call in calls:
            before = time.monotonic()
            with pytest.raises(StoreUnavailableError, match="connection"):
                call()
            assert time.monotonic() - before < 3
    finally:
        postgres_server.start()

    assert change(store, "a", updated())["revision"] == 2


def test_no_connection_of_before_a_restart_costs_the_patience(
    url: str, kept: KeptInPostgres, postgres_server: Postgres
) -> None:
    store = open_postgres(url)
    ready = threading.Barrier(8)

    def read_at_once(_: Any) -> list[Any]:
        ready.wait(PATIENCE_SECONDS)
        return []

    for n in range(8):
        add(store, f"s{n}")
    threads = [
        threading.Thread(target=lambda n=n: store.update(f"s{n}", read_at_once))
        for n in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    postgres_server.stop()
    postgres_server.start()
    before = time.monotonic()

    assert store.get("a")["revision"] == 1

    assert time.monotonic() - before < 1


@pytest.mark.parametrize("when", ["DEFERRED", "IMMEDIATE"])
@pytest.mark.parametrize("code", ["40001", "40P01", "40003", "08006"])
def test_what_the_server_has_undone_is_done_again(
    url: str, kept: KeptInPostgres, code: str, when: str
) -> None:
    kept.ask(FAILING_ONCE.format(code=code, when=when))

    assert change(open_postgres(url), "a", updated())["revision"] == 2

    assert revisions(kept) == [1, 2]
    assert kept.one("SELECT last_value FROM tries") == 2


@pytest.mark.parametrize("when", ["DEFERRED", "IMMEDIATE"])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("53100", StoreUnavailableError),
        ("57014", StoreBusyError),
        ("55P03", StoreBusyError),
        ("42501", StoreUnavailableError),
        ("XX000", StoreUnavailableError),
    ],
)
def test_what_the_server_refuses_is_not_done(
    url: str, kept: KeptInPostgres, code: str, error: type[StoreError], when: str
) -> None:
    kept.ask(FAILING_ONCE.format(code=code, when=when))
    store = open_postgres(url)

    with pytest.raises(error):
        change(store, "a", updated())

    assert revisions(kept) == [1]
    assert change(store, "a", updated())["revision"] == 2


def test_who_waits_for_a_locked_session_waits_no_longer_than_its_patience(
    url: str, kept: KeptInPostgres
) -> None:
    import psycopg

    store = open_postgres(url, 0.2)
    with psycopg.connect(url) as other:
        other.execute("SELECT 1 FROM agent_session.sessions FOR UPDATE")
        with pytest.raises(StoreBusyError):
            change(store, "a", updated())
        assert store.get("a")["revision"] == 1

    assert change(store, "a", updated())["revision"] == 2
