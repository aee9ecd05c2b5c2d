"""An SQLite store is made, and brought up to date, once and whole, whoever comes at once."""

from __future__ import annotations

import os
import signal
from _sqlite3 import connect
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import StoreError, UnsafeStoreError
from agent_session.stores.sqlite import connections
from agent_session.stores.sqlite.store import open_sqlite
from tests.examples import updated
from tests.faults.processes import run, run_all
from tests.stores.calls import add, change, ids
from tests.stores.folders import read
from tests.stores.migrations import move_on

if TYPE_CHECKING:
    from pathlib import Path

MANY = 8


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "sessions.db")


def ask(path: str, sql: str) -> Any:
    connection = connect(path, isolation_level=None)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("wal", [True, False])
def test_of_many_processes_that_begin_at_once_every_one_is_served(path: str, wal: bool) -> None:
    def begin(number: int) -> None:
        store = open_sqlite(path, wal=wal)
        add(store, f"s{number}")
        change(store, f"s{number}", updated())

    endings = run_all(*(lambda n=n: begin(n) for n in range(MANY)))

    assert endings == [0] * MANY
    assert sorted(ids(open_sqlite(path))) == [f"s{number}" for number in range(MANY)]
    assert ask(path, "SELECT count(*) FROM store") == [(1,)]


def test_readers_that_begin_with_the_first_writer_find_nothing_or_its_session(
    path: str,
) -> None:
    def read_often() -> None:
        store = open_sqlite(path)
        while ids(store) != ["a"]:
            assert ids(store) in ([], ["a"])

    def write_once() -> None:
        add(open_sqlite(path), "a")

    assert run_all(*[read_often] * 4, write_once) == [0] * 5


@pytest.mark.parametrize("is_reader", [True, False])
def test_an_older_store_is_brought_up_to_date_by_who_opens_it(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_reader: bool
) -> None:
    before = add(open_sqlite(path), "a")
    move_on(monkeypatch, connections, tmp_path / "later")

    store = open_sqlite(path)
    if not is_reader:
        add(store, "b")

    assert store.get("a") == before
    assert store.flaws("a") == []
    assert ask(path, "SELECT agent_id FROM moods") == [("a",)]
    assert ask(path, "PRAGMA user_version") == [(2,)]


def test_a_new_store_goes_through_every_migration(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_on(monkeypatch, connections, tmp_path / "later")
    add(open_sqlite(path), "a")

    assert ask(path, "SELECT count(*) FROM moods") == [(0,)]
    assert ask(path, "PRAGMA user_version") == [(2,)]


def test_many_processes_bring_an_older_store_up_to_date_once(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(open_sqlite(path), "a")
    move_on(monkeypatch, connections, tmp_path / "later")

    assert run_all(*[lambda: change(open_sqlite(path), "a", updated())] * MANY) == [0] * MANY
    assert ask(path, "SELECT count(*) FROM moods") == [(1,)]
    assert open_sqlite(path).get("a")["revision"] == 1 + MANY


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = add(open_sqlite(path), "a")
    with monkeypatch.context() as patched:
        move_on(
            patched, connections, tmp_path / "later", "CREATE TABLE t (x);\nno sql at all;\n"
        )
        with pytest.raises(StoreError, match="syntax error"):
            open_sqlite(path).get("a")

    assert open_sqlite(path).get("a") == before
    assert ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 't'") == [(0,)]


def test_a_newer_store_is_refused_with_the_way_out_and_left_as_it_is(path: str) -> None:
    open_before = open_sqlite(path, wal=False)
    add(open_before, "a")
    ask(path, "PRAGMA user_version = 2")
    content = read(path)

    for call in (
        lambda: open_sqlite(path).get("a"),
        lambda: ids(open_sqlite(path)),
        lambda: add(open_sqlite(path), "b"),
    ):
        with pytest.raises(UnsafeStoreError, match=r"newer agent-session \(schema 2.*upgrade"):
            call()
    assert read(path) == content


@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("statements_before", [0, 1, 2, 5, 11, 13])
def test_who_is_killed_while_it_makes_a_store_leaves_none_or_all_of_it(
    path: str, monkeypatch: pytest.MonkeyPatch, wal: bool, statements_before: int
) -> None:
    def make_and_be_killed() -> None:
        be_killed_after(statements_before, monkeypatch)
        add(open_sqlite(path, wal=wal), "a")

    assert run(make_and_be_killed) == -signal.SIGKILL

    assert ids(open_sqlite(path)) == []
    assert add(open_sqlite(path), "a")["revision"] == 1
    assert open_sqlite(path).flaws("a") == []


@pytest.mark.parametrize("statements_before", [0, 1, 2])
def test_who_is_killed_while_it_brings_one_up_to_date_leaves_the_older_one(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statements_before: int
) -> None:
    before = add(open_sqlite(path), "a")
    move_on(monkeypatch, connections, tmp_path / "later")

    def open_and_be_killed() -> None:
        be_killed_after(statements_before, monkeypatch)
        open_sqlite(path).get("a")

    assert run(open_and_be_killed) == -signal.SIGKILL

    assert ask(path, "PRAGMA user_version") == [(1,)]
    assert open_sqlite(path).get("a") == before
    assert ask(path, "PRAGMA user_version") == [(2,)]


def be_killed_after(statements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a migration, as many *statements* are done, or all and not the commit."""
    whole = connections._statements_of

    def some_of(number: int) -> Any:
        yield from whole(number)[:statements]
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(connections, "_statements_of", some_of)
