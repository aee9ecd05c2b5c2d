"""Who may come in to a PostgreSQL store, and what is said to who may not: one clear sentence,
soon, and never a password.
"""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from agent_session.core.errors import (
    InvalidValueError,
    SessionNotFoundError,
    StoreError,
    StoreUnavailableError,
    UnsafeStoreError,
)
from agent_session.stores.postgres import connections
from agent_session.stores.postgres.store import open_postgres
from tests.examples import updated
from tests.faults.processes import run_all
from tests.servers.postgres import database_of
from tests.sql.kept import KeptInPostgres
from tests.stores.calls import add, change, ids
from tests.stores.migrations import move_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.postgres import Postgres

SECRET = "s3cr3t"
PATIENCE_SECONDS = 0.3
LONGEST_SECONDS = 3.0
MANY = 8


@pytest.fixture
def kept(url: str) -> KeptInPostgres:
    kept = KeptInPostgres(url)
    add(kept.store, "a")
    return kept


def told(error: type[StoreError | InvalidValueError], call: Callable[[], object]) -> str:
    """What is said to who makes *call*: one sentence, soon, without the password."""
    before = time.monotonic()
    with pytest.raises(error) as caught:
        call()
    assert time.monotonic() - before < LONGEST_SECONDS
    everything = "".join(traceback.format_exception(caught.value))
    assert SECRET not in everything
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- mistakes in the URL ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a/path",
        "sqlite:sessions.db",
        f"postgres//user:{SECRET}@host/db",
        f"postgresql://user:{SECRET} x@host/db",
        f"postgresql://user:x/{SECRET}@host:5432/db",
        f"postgresql://user:{SECRET}/x@host:5432/db",
        f"postgresql://user:x@{SECRET}@host/db",
        f"postgresql://user:%zz{SECRET}@host/db",
        f"postgresql://user:{SECRET}@host:port/db",
        f"postgresql://user:{SECRET}@host/db?no_such_option=1",
        f"postgresql://user@host/db?{SECRET}",
        f"postgresql://user:{SECRET}\0@host/db",
        f"postgresql://user:{SECRET}\ud800@host/db",
        f"host=host password='{SECRET}",
    ],
)
def test_what_is_no_url_is_refused_with_the_way_to_write_one(url: str) -> None:
    said = told(InvalidValueError, lambda: open_postgres(url))

    assert "postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in said


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgres://h/d", "host=h dbname=d"])
def test_a_url_is_whatever_the_library_takes(url: str) -> None:
    settings = open_postgres(url).database.settings  # type: ignore[attr-defined]

    assert "host=h" in settings
    assert "dbname=d" in settings


# --- nobody there, or nobody wanted -----------------------------------------------------------


def unreachable(url: str) -> list[str]:
    """What a reader, a writer and a watch are told."""
    store = open_postgres(url, PATIENCE_SECONDS)
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.get("a"),
        lambda: add(store, "a"),
        lambda: store.watch(None),
    )
    return [told(StoreUnavailableError, call) for call in calls]


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("127.0.0.1:1/db", "Connection refused"),
        ("/db?host=/nonexistent", "No such file or directory"),
        ("no.such.host.invalid/db", "resolve host"),
    ],
)
def test_a_server_that_is_not_there_is_told(place: str, why: str) -> None:
    for said in unreachable(f"postgresql://user:{SECRET}@{place}"):
        assert why in said


def test_a_database_or_a_role_that_is_not_there_is_told(postgres_server: Postgres) -> None:
    host, port = postgres_server.tcp_address
    for place, why in (
        (f"postgres:{SECRET}@{host}:{port}/no_such_db", 'database "no_such_db" does not exist'),
        (f"no_such_role:{SECRET}@{host}:{port}/postgres", 'role "no_such_role"'),
    ):
        for said in unreachable(f"postgresql://{place}"):
            assert why in said


def test_nothing_is_said_but_by_the_error(
    capfd: pytest.CaptureFixture[str], postgres_server: Postgres, url: str
) -> None:
    add(open_postgres(url), "a")
    with pytest.raises(StoreError):
        open_postgres("postgresql://u@127.0.0.1:1/db", PATIENCE_SECONDS).get("a")

    assert capfd.readouterr() == ("", "")


# --- rights -----------------------------------------------------------------------------------


@pytest.fixture
def weak_url(postgres_server: Postgres, url: str) -> Iterator[str]:
    """That of a role which may connect, and no more."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE weak LOGIN")
        yield postgres_server.tcp_url(database_of(url)).replace("//postgres", "//weak")
        connection.execute("DROP OWNED BY weak")
        connection.execute("DROP ROLE weak")


def test_who_may_not_make_a_store_is_told(weak_url: str) -> None:
    store = open_postgres(weak_url, PATIENCE_SECONDS)

    assert ids(store) == []
    assert "permission denied for database" in told(
        StoreUnavailableError, lambda: add(store, "a")
    )


def test_who_may_not_see_a_store_is_told_so_and_not_that_it_is_empty(
    weak_url: str, kept: KeptInPostgres
) -> None:
    store = open_postgres(weak_url, PATIENCE_SECONDS)
    calls: tuple[Callable[[], object], ...] = (
        lambda: store.get("a"),
        lambda: ids(store),
        lambda: change(store, "a", updated()),
        store.identity,
    )

    for call in calls:
        assert "may not use the schema agent_session" in told(StoreUnavailableError, call)


def test_who_may_only_read_reads_and_is_told(weak_url: str, kept: KeptInPostgres) -> None:
    kept.ask("GRANT USAGE ON SCHEMA agent_session TO weak")
    kept.ask("GRANT SELECT ON ALL TABLES IN SCHEMA agent_session TO weak")
    store = open_postgres(weak_url, PATIENCE_SECONDS)

    assert store.get("a")["revision"] == 1
    said = told(StoreUnavailableError, lambda: change(store, "a", updated()))
    assert "permission denied for table sessions" in said


# --- the tables -------------------------------------------------------------------------------


def test_no_reader_makes_a_table(url: str) -> None:
    kept = KeptInPostgres(url)

    assert ids(kept.store) == ids(kept.store, live=True) == []
    assert list(kept.store.notes()) == []
    with pytest.raises(SessionNotFoundError):
        kept.store.get("a")
    kept.store.sweep()
    kept.store.repair(None)

    assert kept.one("SELECT to_regnamespace('agent_session')::text") is None


def test_what_others_keep_in_the_database_is_left_alone(url: str) -> None:
    kept = KeptInPostgres(url)
    kept.ask("CREATE TABLE public.sessions (agent_id TEXT)")
    kept.ask("INSERT INTO public.sessions VALUES ('theirs')")

    add(kept.store, "a")

    assert ids(kept.opened()) == ["a"]
    assert kept.ask("SELECT * FROM public.sessions") == [("theirs",)]


def test_of_many_processes_that_begin_at_once_every_one_is_served(url: str) -> None:
    def begin(number: int) -> None:
        store = open_postgres(url)
        add(store, f"s{number}")
        change(store, f"s{number}", updated())

    endings = run_all(*(lambda n=n: begin(n) for n in range(MANY)))

    assert endings == [0] * MANY
    assert sorted(ids(open_postgres(url))) == [f"s{number}" for number in range(MANY)]
    assert KeptInPostgres(url).one("SELECT count(*) FROM store") == 1


def test_many_processes_bring_an_older_store_up_to_date_once(
    url: str, kept: KeptInPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_on(monkeypatch, connections, tmp_path / "later")
    acts: list[Callable[[], Any]] = [
        lambda: open_postgres(url).get("a"),
        lambda: change(open_postgres(url), "a", updated()),
    ]

    assert run_all(*acts * 4) == [0] * MANY
    assert kept.ask("SELECT agent_id FROM moods") == [("a",)]
    assert kept.one("SELECT schema_version FROM store") == 2
    assert open_postgres(url).get("a")["revision"] == 5


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    url: str, kept: KeptInPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        move_on(
            patched, connections, tmp_path / "later", "CREATE TABLE t (x INT); no sql at all"
        )
        with pytest.raises(StoreError, match="syntax error"):
            change(open_postgres(url), "a", updated())

    assert open_postgres(url).get("a")["revision"] == 1
    assert kept.one("SELECT to_regclass('agent_session.t')::text") is None


def test_a_newer_store_is_refused_with_the_way_out(url: str, kept: KeptInPostgres) -> None:
    kept.ask("UPDATE store SET schema_version = 2")

    for call in (
        lambda: open_postgres(url).get("a"),
        lambda: ids(open_postgres(url)),
        lambda: add(open_postgres(url), "b"),
    ):
        said = told(UnsafeStoreError, call)
        assert "newer agent-session (schema 2, here 1): upgrade this one" in said


def test_a_store_that_was_dropped_is_empty_and_made_anew(kept: KeptInPostgres) -> None:
    kept.ask("DROP SCHEMA agent_session CASCADE")

    assert ids(kept.store) == []
    assert add(kept.store, "a")["revision"] == 1
    kept.ask("DROP SCHEMA agent_session CASCADE")
    assert add(kept.store, "a")["revision"] == 1
