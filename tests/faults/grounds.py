"""What a sweep plays on: one store, put back to what it was before each fault."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from typing import TYPE_CHECKING, Any, Protocol

from tests.faults.places import FILES, SQLITE, opened
from tests.stores.folders import SessionFolder, read, write

if TYPE_CHECKING:
    from agent_session.core.store import Store

WORKER = "struck"
SPOILED = "UPDATE sessions SET record = '{}', phase = 'failed' WHERE agent_id = 'a'"


class Ground(Protocol):
    """A store of one kind."""

    kind: str

    def template(self) -> Store:
        """The store that every play begins with, to be filled."""

    def spoil(self) -> None:
        """Damage what the template derives from a's events."""

    def renew(self) -> None:
        """Put everything back as the template has it."""

    def get_ready(self) -> Store:
        """The store for the child that will be struck, which never waits for others."""

    def look(self) -> Store:
        """The store as whoever comes next finds it, once the child's work is over."""

    def damage(self) -> str | None:
        """What the engine itself says is broken."""

    def close(self) -> None: ...


class FolderGround:
    """A store in a folder: files, or an SQLite file."""

    def __init__(self, kind: str, folder: str) -> None:
        self.kind = kind
        self._template = os.path.join(folder, "template")
        self._struck = os.path.join(folder, "struck")
        self._name = "session" if kind == FILES else "sessions.db"

    def _url(self, folder: str) -> str:
        return f"{self.kind}:{folder}/{self._name}"

    def template(self) -> Store:
        return opened(self._url(self._template))

    def spoil(self) -> None:
        if self.kind == FILES:
            folder = SessionFolder(f"{self._template}/{self._name}")
            write(folder.journal, read(folder.journal) + folder.lines()[-1][:-9])
            return
        with sqlite3.connect(f"{self._template}/{self._name}") as connection:
            connection.execute(SPOILED)
        connection.close()

    def renew(self) -> None:
        shutil.rmtree(self._struck, ignore_errors=True)
        os.makedirs(self._struck)
        if os.path.isdir(self._template):
            shutil.copytree(self._template, self._struck, dirs_exist_ok=True, symlinks=True)

    def get_ready(self) -> Store:
        return opened(self._url(self._struck), patience_seconds=0)

    def look(self) -> Store:
        return opened(self._url(self._struck), patience_seconds=0)

    def damage(self) -> str | None:
        path = f"{self._struck}/{self._name}"
        if self.kind != SQLITE or not os.path.exists(path):
            return None
        connection = sqlite3.connect(path)
        try:
            said = connection.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.Error as error:
            return f"the database is broken: {error}"
        finally:
            connection.close()
        return None if said == [("ok",)] else f"the database is broken: {said}"

    def close(self) -> None:
        """The folder is the test's."""


TABLES = ("sessions", "events", "approvals", "host_keys", "delegations", "removed", "store")


class PostgresGround:
    """A store in a PostgreSQL database, whose rows are put back."""

    kind = "postgresql"

    def __init__(self, url: str) -> None:
        import psycopg

        self.url = url
        self._rows: dict[str, Any] | None = None
        self._has_tables = False
        self._connection = psycopg.connect(url, autocommit=True)
        self._store: Store | None = None

    def template(self) -> Store:
        self._has_tables = True
        store = self.look()
        store.identity()  # makes the tables
        self._forget_all()
        return store

    def _forget_all(self) -> None:
        self._connection.execute(
            "TRUNCATE agent_session.sessions, agent_session.events, agent_session.approvals, "
            "agent_session.host_keys, agent_session.delegations, agent_session.removed"
        )

    def spoil(self) -> None:
        self._connection.execute("SET search_path = agent_session")
        self._connection.execute(SPOILED.encode())

    def renew(self) -> None:
        if not self._has_tables:
            self._settle()
            self._connection.execute("DROP SCHEMA IF EXISTS agent_session CASCADE")
            return
        if self._rows is None:
            self._rows = {table: self._copied_out(table) for table in TABLES}
            return
        self._settle()
        self._forget_all()
        for table, rows in self._rows.items():
            if rows and table != "store":
                self._copy_in(table, rows)

    def _copied_out(self, table: str) -> bytes:
        with self._connection.cursor() as cursor:
            statement = f"COPY agent_session.{table} TO STDOUT".encode()
            with cursor.copy(statement) as copy:
                return b"".join(copy)

    def _copy_in(self, table: str, rows: bytes) -> None:
        with self._connection.cursor() as cursor:
            statement = f"COPY agent_session.{table} FROM STDIN".encode()
            with cursor.copy(statement) as copy:
                copy.write(rows)

    def _settle(self) -> None:
        """What the child had asked for is done, and its connection closed."""
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s "
            "AND datname = current_database()"
        )
        while (found := self._connection.execute(asked, (WORKER,)).fetchone()) and found[0]:
            time.sleep(0.001)

    def get_ready(self) -> Store:
        """With its connection open: the pool's own threads are not what is struck."""
        store = opened(f"{self.url}&application_name={WORKER}", patience_seconds=1)
        list(store.notes())
        return store

    def look(self) -> Store:
        self._settle()
        if self._store is None or not self._has_tables:
            self._store = opened(self.url)
        return self._store

    def damage(self) -> str | None:
        return None

    def close(self) -> None:
        self._connection.close()
