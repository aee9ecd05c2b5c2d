"""What a session takes in a database, beside its journal."""

from __future__ import annotations

import sqlite3

from benchmarks.databases import SQLITE, path_of
from benchmarks.results import Row

MOST_KB, MANY = 1.8, 100_000
TABLES = ("sessions", "approvals", "host_keys")
JOURNAL = "events"
NOTE = (
    "What a session takes is the pages of its table, of those beside it and of their indexes "
    "(SQLite's `dbstat`, PostgreSQL's `pg_total_relation_size`), just after all were filled in "
    "one go: rows that have been changed since lie less densely."
)


def rows(kind: str, url: str, size: int) -> list[Row]:
    """No row where the library cannot tell."""
    taken = _in_sqlite(path_of(url)) if kind == SQLITE else _in_postgres(url)
    if not taken:
        return []
    journal = f"its journal beside it takes {taken[JOURNAL] / size / 1e3:.2f} KB"
    return [
        Row(
            what=f"{kind}: a session of 1.2 KB, no journal, at {size}",
            value=sum(taken.get(table, 0) for table in TABLES) / size / 1e3,
            unit="KB",
            aim=MOST_KB if size >= MANY else None,
            n=size,
            note=journal,
        )
    ]


def _in_sqlite(path: str) -> dict[str, int]:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute(
            "SELECT made.tbl_name, sum(each.pgsize) FROM dbstat each JOIN sqlite_schema made "
            "ON made.name = each.name WHERE each.aggregate = TRUE GROUP BY made.tbl_name"
        ).fetchall()
    except sqlite3.Error:
        return {}
    finally:
        connection.close()
    return dict(found)


def _in_postgres(url: str) -> dict[str, int]:
    import psycopg

    with psycopg.connect(url) as connection:
        asked = connection.execute(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            "WHERE relnamespace = 'agent_session'::regnamespace AND relkind = 'r'"
        )
        return dict(asked.fetchall())
