"""Which journal an SQLite store keeps, by the library's version, and what doctor is told."""

from __future__ import annotations

import os
from _sqlite3 import connect, sqlite_version
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import UnsafeStoreError
from agent_session.stores.sqlite import condition as conditions
from agent_session.stores.sqlite import connections
from agent_session.stores.sqlite.condition import Condition
from agent_session.stores.sqlite.store import open_sqlite
from agent_session.stores.sqlite.versions import may_keep_wal, version_of
from tests.examples import updated
from tests.stores.calls import add, change
from tests.stores.folders import read, write

if TYPE_CHECKING:
    from pathlib import Path

VULNERABLE, MENDED = "3.40.1", "3.51.3"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "sessions.db")


def journal_of(path: str) -> str:
    """As another program finds it."""
    connection = connect(path)
    try:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])
    finally:
        connection.close()


def pretend(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    for module in (connections, conditions):
        monkeypatch.setattr(module, "sqlite_version", version)


# --- the table of versions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "may"),
    [
        ("3.6.23", False),
        ("3.7.0", False),
        ("3.40.1", False),
        ("3.44.0", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.44.99", True),
        ("3.45.0", False),
        ("3.49.9", False),
        ("3.50.0", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.50.12", True),
        ("3.51.0", False),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.51.4", True),
        ("3.52.0", False),
        ("3.52.1", True),
        ("3.53.0", True),
        ("4.0.0", True),
    ],
)
def test_a_write_ahead_log_is_kept_by_mended_libraries_alone(version: str, may: bool) -> None:
    assert may_keep_wal(version_of(version)) is may


@pytest.mark.parametrize(
    ("text", "version"),
    [("3.40.1", (3, 40, 1)), ("3.53", (3, 53, 0)), ("3.8.11.1", (3, 8, 11))],
)
def test_a_version_is_three_numbers(text: str, version: tuple[int, int, int]) -> None:
    assert version_of(text) == version


# --- the journal of a database ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "wal", "journal"),
    [
        (VULNERABLE, None, "persist"),
        (MENDED, None, "wal"),
        (VULNERABLE, True, "wal"),
        (MENDED, False, "persist"),
    ],
)
def test_a_new_database_gets_the_journal_that_its_library_may_keep_or_a_person_says(
    path: str, monkeypatch: pytest.MonkeyPatch, version: str, wal: bool | None, journal: str
) -> None:
    pretend(monkeypatch, version)
    store = open_sqlite(path, wal=wal)
    add(store, "a")

    assert store.database.select("PRAGMA journal_mode") == [(journal,)]
    assert journal_of(path) == ("wal" if journal == "wal" else "delete")


@pytest.mark.parametrize("wal", [None, False])
def test_a_database_that_keeps_a_log_keeps_it_whatever_the_library(
    path: str, monkeypatch: pytest.MonkeyPatch, wal: bool | None
) -> None:
    add(open_sqlite(path, wal=True), "a")
    pretend(monkeypatch, VULNERABLE)

    change(open_sqlite(path, wal=wal), "a", updated())

    assert journal_of(path) == "wal"


@pytest.mark.parametrize("wal", [None, True])
def test_a_database_that_keeps_none_gets_none(
    path: str, monkeypatch: pytest.MonkeyPatch, wal: bool | None
) -> None:
    add(open_sqlite(path, wal=False), "a")
    pretend(monkeypatch, MENDED)

    change(open_sqlite(path, wal=wal), "a", updated())

    assert journal_of(path) == "delete"


@pytest.mark.parametrize("wal", [True, False])
def test_a_commit_outlives_a_power_cut(path: str, wal: bool) -> None:
    store = open_sqlite(path, wal=wal)
    add(store, "a")

    extra = 3
    assert store.database.select("PRAGMA synchronous") == [(extra,)]
    assert store.database.select("PRAGMA mmap_size") in ([(0,)], [])


def test_a_library_without_strict_tables_is_refused_and_makes_nothing(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, "3.36.0")

    with pytest.raises(UnsafeStoreError, match=r"SQLite 3\.36\.0 is too old: 3\.37\.0"):
        add(open_sqlite(path), "a")

    assert os.listdir(os.path.dirname(path)) == []


# --- what doctor is told ----------------------------------------------------------------------


def checked(path: str) -> Condition:
    condition = Condition(path)
    condition.check()
    return condition


def test_the_condition_of_a_store_is_told(path: str) -> None:
    store = open_sqlite(path, wal=False)
    add(store, "a")
    add(store, "b")

    found = checked(path)

    assert (found.exists, found.sessions, found.flaws, found.exposed) == (True, 2, [], [])
    assert (found.schema, found.newest_schema) == (connections.SCHEMA, connections.SCHEMA)
    assert (found.journal, found.sqlite_version) == ("delete", sqlite_version)
    assert found.source_id is not None
    assert found.source_id[:2] == "20"
    assert found.bytes_kept >= os.path.getsize(path)


@pytest.mark.parametrize(
    ("version", "wal", "is_at_risk"),
    [(VULNERABLE, True, True), (VULNERABLE, False, False), (MENDED, True, False)],
)
def test_a_log_that_the_library_may_lose_commits_of_is_a_risk(
    path: str, monkeypatch: pytest.MonkeyPatch, version: str, wal: bool, is_at_risk: bool
) -> None:
    add(open_sqlite(path, wal=wal), "a")
    pretend(monkeypatch, version)

    found = checked(path)

    assert (found.wal_is_safe, found.is_at_risk) == (version == MENDED, is_at_risk)


def test_looking_at_what_is_not_there_makes_nothing(path: str, tmp_path: Path) -> None:
    found = checked(path)
    below = checked(str(tmp_path / "none" / "sessions.db"))

    assert (found.exists, found.journal, found.sessions) == (False, None, None)
    assert (below.exists, below.exposed, below.bytes_kept) == (False, [], 0)
    assert os.listdir(tmp_path) == []


def test_looking_changes_no_byte(path: str) -> None:
    add(open_sqlite(path, wal=False), "a")
    before = read(path), os.stat(path).st_mtime_ns

    checked(path)

    assert (read(path), os.stat(path).st_mtime_ns) == before


def test_files_that_others_may_read_are_named(path: str) -> None:
    add(open_sqlite(path, wal=False), "a")
    os.chmod(path, 0o640)
    os.chmod(f"{path}-gate", 0o604)

    assert Condition(path).exposed == [path, f"{path}-gate"]


def test_damage_is_a_flaw_and_no_failure(path: str) -> None:
    store = open_sqlite(path, wal=False)
    for number in range(60):
        add(store, f"s{number}", metadata={"text": "x" * 900})
    content = bytearray(read(path))
    content[3 * 8192 : -8192] = b"\xa5" * (len(content) - 4 * 8192)
    write(path, bytes(content))

    assert checked(path).flaws != []


def test_a_foreign_database_is_refused(path: str) -> None:
    connection = connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.close()

    with pytest.raises(UnsafeStoreError, match="no store of agent-session"):
        checked(path)
