"""A SQL store whose tables are looked at, and changed, as by a person with a client."""

from __future__ import annotations

import json
from _sqlite3 import connect
from typing import TYPE_CHECKING, Any

from agent_session.core.codec import digest, encode_record
from agent_session.stores.postgres.store import open_postgres
from agent_session.stores.sqlite.store import open_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.sql.store import SqlStore


class Kept:
    """What is kept at *place*; a statement's values are marked by `?` in any dialect."""

    store: SqlStore

    def __init__(self, place: str) -> None:
        self.place = place
        self.store = self.opened()

    def opened(self) -> SqlStore:
        raise NotImplementedError

    def ask(self, sql: str, *values: Any) -> Sequence[Any]:
        raise NotImplementedError

    def one(self, sql: str, *values: Any) -> Any:
        """The one value that *sql* finds."""
        ((value,),) = self.ask(sql, *values)
        return value

    def set(self, agent_id: str, **columns: Any) -> None:
        for column, value in columns.items():
            self.ask(f"UPDATE sessions SET {column} = ? WHERE agent_id = ?", value, agent_id)

    def forge(self, agent_id: str, record: Any) -> None:
        """Put *record* in place of what is there, and its digest into the last event."""
        text = encode_record(record)
        last = "session = (SELECT number FROM sessions WHERE agent_id = ?) ORDER BY seq DESC"
        number, seq, line = self.ask(
            f"SELECT session, seq, line FROM events WHERE {last} LIMIT 1", agent_id
        )[0]
        forged = json.dumps({**json.loads(line), "state": digest(text)})
        self.ask(
            "UPDATE events SET line = ? WHERE session = ? AND seq = ?", forged, number, seq
        )
        self.set(agent_id, record=text.decode())


class KeptInSqlite(Kept):
    def opened(self) -> SqlStore:
        return open_sqlite(self.place)

    def ask(self, sql: str, *values: Any) -> Sequence[Any]:
        connection = connect(self.place, isolation_level=None)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()


class KeptInPostgres(Kept):
    def opened(self) -> SqlStore:
        return open_postgres(self.place)

    def ask(self, sql: str, *values: Any) -> Sequence[Any]:
        import psycopg

        settings = "-csearch_path=agent_session"
        with psycopg.connect(self.place, autocommit=True, options=settings) as connection:
            found = connection.execute(sql.replace("?", "%s").encode(), values or None)
            return found.fetchall() if found.description else ()
