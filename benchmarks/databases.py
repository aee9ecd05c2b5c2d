"""The databases that SQL stores are measured in, each new and gone afterwards."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from agent_session.wiring import Wiring, open_store, wire
from benchmarks.bench import Bench
from benchmarks.bulk import Crowd, into_postgres, into_sqlite
from tests.servers.postgres import database_of, running_postgres, why_none

if TYPE_CHECKING:
    from tests.servers.postgres import Postgres

_SERVER = (
    "PostgreSQL runs on this machine, as durable as it is by itself, with its usual settings "
    "but for `max_wal_size`, and is spoken to over loopback TCP."
)
# A new store's URL, each time another one.
NewStore: TypeAlias = Callable[[], str]
FILES, SQLITE, POSTGRES = "files", "SQLite", "PostgreSQL"


@contextmanager
def kinds_of_store(bench: Bench) -> Iterator[tuple[dict[str, NewStore], list[str]]]:
    """By the name of each kind of store how a new one is named, and what is to be noted."""
    with ExitStack() as until_end:
        kinds: dict[str, NewStore] = {
            FILES: lambda: f"files:{bench.folder('files')}",
            SQLITE: lambda: f"sqlite:{bench.folder('sqlite')}/sessions.db",
        }
        why_not = why_none()
        if why_not is None:
            server = until_end.enter_context(_postgres(bench))
            kinds[POSTGRES] = lambda: _new_database(server)
            yield kinds, [_SERVER]
        else:
            print(f"PostgreSQL is not measured: {why_not}", file=sys.stderr, flush=True)
            yield kinds, [f"PostgreSQL was not measured: {why_not}."]


@contextmanager
def _postgres(bench: Bench) -> Iterator[Postgres]:
    """A server that is as durable as a real one, on the disk that the others are on."""
    usual, tempfile.tempdir = tempfile.tempdir, os.path.dirname(bench.place)
    try:
        with running_postgres(durable=True, tcp=True, max_wal_size="4GB") as server:
            yield server
    finally:
        tempfile.tempdir = usual


def _new_database(server: Postgres) -> str:
    return server.tcp_url(database_of(server.fresh()))


def wired(bench: Bench, url: str) -> Wiring:
    """Everything over the store at *url*, in a project that is empty."""
    return wire("bench", store=url, project=_project(bench), variables={}, runs_git=False)


def _project(bench: Bench) -> str:
    path = f"{bench.place}/empty-project"
    os.makedirs(path, exist_ok=True)
    return path


def path_of(url: str) -> str:
    """Where the file of an SQLite store is."""
    return url.removeprefix("sqlite:")


def warm(url: str) -> None:
    """Read all of the store once, so that a larger one is not measured by the disk alone."""
    if not url.startswith("sqlite:"):
        store = open_store(url)
        for table in ("sessions", "events"):
            store.database.ask(f"SELECT sum(length({table}::text)) FROM {table}")  # type: ignore[attr-defined]
        return
    with open(path_of(url), "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def fill(url: str, crowd: Crowd) -> None:
    """Fill the new store at *url*, and see that a sample of it is sound."""
    store = open_store(url)
    store.identity()  # the first write makes the tables
    if url.startswith("sqlite:"):
        into_sqlite(path_of(url), crowd, SQLITE)
    else:
        into_postgres(url, crowd, POSTGRES)
    sample = [*crowd.ids[:: max(1, crowd.size // 20)], *crowd.live_ids[::20]]
    found = [(agent_id, store.flaws(agent_id)) for agent_id in sample]
    flawed = [each for each in found if each[1]]
    if flawed or store.count() != crowd.size:
        raise RuntimeError(f"filled {store.count()} of {crowd.size} sessions, {flawed}")
