"""What catches a SQL store that lacks a care: each answers with what it has found wrong."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from agent_session.core.errors import AgentSessionError, UnknownOutcomeError
from tests.examples import updated
from tests.faults import operations
from tests.faults.changes import CHANGES
from tests.faults.grounds import FolderGround, PostgresGround
from tests.faults.places import SQLITE, opened, path_of
from tests.faults.processes import run_all
from tests.faults.struck import Struck, kept_in, what_fails
from tests.faults.traced import Fault
from tests.servers.postgres import database_of
from tests.servers.proxy import proxying
from tests.stores.approvals import asked
from tests.stores.calls import UnforeseenError, add, always, change, ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.store import Store
    from tests.servers.postgres import Postgres

WRITERS, UPDATES = 4, 25
PATIENCE_SECONDS = 3
COMMIT = b"COMMIT\0"


# --- of an SQLite file, traced ----------------------------------------------------------------


def struck_at(name: str, scratch: str) -> Struck:
    return Struck(CHANGES[name], FolderGround(SQLITE, scratch), f"{scratch}/log")


def first_wrong(struck: Struck, faults: list[Fault]) -> list[str]:
    """The last calls first: there the commit is."""
    for fault in reversed(faults):
        if wrong := struck.run([fault]):
            return wrong
    return []


def by_kills(name: str) -> Callable[[str], list[str]]:
    def look(scratch: str) -> list[str]:
        struck = struck_at(name, scratch)
        return first_wrong(struck, [Fault(call, "KILL") for call in struck.calls])

    return look


def by_errors(name: str) -> Callable[[str], list[str]]:
    def look(scratch: str) -> list[str]:
        struck = struck_at(name, scratch)
        return first_wrong(struck, [Fault(call, "EIO") for call in struck.failable])

    return look


# A rollback journal is synced before the database is written, and the end of it afterwards.
FEWEST_SYNCS = 3


def by_counting_syncs(scratch: str) -> list[str]:
    """No kill can tell whether a commit waits for the disk; the calls that it makes can."""
    calls = struck_at("update", scratch).calls
    syncs = sum(call.name in {"fsync", "fdatasync"} for call in calls)
    return [] if syncs >= FEWEST_SYNCS else [f"only {syncs} syncs"]


# --- of any SQL store -------------------------------------------------------------------------


def by_looking(scratch: str) -> list[str]:
    """A short life of an SQLite file, looked through at every step."""
    url = f"{SQLITE}:{scratch}/sessions.db"
    try:
        return list(_wrong_in_a_life(url))
    except (AgentSessionError, KeyError, sqlite3.Error) as error:
        return [repr(error)]


def _wrong_in_a_life(url: str) -> list[str]:
    store = opened(url)
    operations.keep_two_requests(store)
    wrong = [flaw for each in "abc" for flaw in store.flaws(each)]
    if list(operations.find_holder(store)) != ["b"]:
        wrong.append("the holder of an approval is not found")
    change(store, "a", updated(9, phase="executing"))
    if ids(store, phase="executing", pending=True) != ["a"]:
        wrong.append("a is not found by its phase")
    store.remove("c", "2026-01-09T00:00:00.000000Z", always)
    add(store, "c")
    return [*wrong, *what_fails(store)]


def by_spoiling(sql: str) -> Callable[[str], list[str]]:
    """Whether what was changed by hand, behind the store's back, is noticed."""

    def look(scratch: str) -> list[str]:
        url = f"{SQLITE}:{scratch}/sessions.db"
        operations.keep_three_sessions(opened(url))
        before = opened(url).get("a")
        connection = sqlite3.connect(path_of(url))
        connection.execute(sql)
        connection.commit()
        connection.close()
        try:
            found, flaws = opened(url).get("a"), opened(url).flaws("a")
        except (AgentSessionError, KeyError) as error:
            return [repr(error)]
        return [] if found == before and flaws else [f"{found['phase']}, flaws {flaws}"]

    return look


def by_raising(scratch: str) -> list[str]:
    """A change that raises leaves nothing open behind."""
    store = opened(f"{SQLITE}:{scratch}/sessions.db", patience_seconds=0)
    add(store, "a")

    def fail(_: Any) -> Any:
        raise UnforeseenError

    with suppress(UnforeseenError):
        store.update("a", fail)
    try:
        change(store, "a", updated())
    except (AgentSessionError, sqlite3.Error) as error:
        return [repr(error)]
    return []


def counted(url: str) -> list[str]:
    """What is wrong after many processes have counted in one session."""
    add(opened(url), "a", metadata={"total": 0})
    ended = run_all(*(partial(_count, url) for _ in range(WRITERS)))
    total = opened(url).get("a")["metadata"]["total"]
    flaws = list(opened(url).flaws("a"))
    if ended == [0] * WRITERS and total == WRITERS * UPDATES and not flaws:
        return []
    return [f"writers ended with {ended}, {total} updates are kept, {flaws}"]


def _count(url: str) -> None:
    store: Store = opened(url, PATIENCE_SECONDS)
    for _ in range(UPDATES):
        store.update("a", _one_more)


def _one_more(record: Any) -> Any:
    return [updated(record["revision"], metadata={"total": record["metadata"]["total"] + 1})]


def by_counting(scratch: str) -> list[str]:
    return counted(f"{SQLITE}:{scratch}/sessions.db")


# --- of PostgreSQL ----------------------------------------------------------------------------


def by_counting_there(server: Postgres) -> list[str]:
    url = server.fresh()
    try:
        return counted(url)
    finally:
        server.drop(url)


def by_a_cut(*, before: bool) -> Callable[[Postgres], list[str]]:
    """The connection is lost around the COMMIT of one update."""

    def look(server: Postgres) -> list[str]:
        ground = PostgresGround(server.fresh())
        operations.keep_three_sessions(ground.template())
        try:
            return _cut(server, ground, before=before)
        finally:
            ground.close()
            server.drop(ground.url)

    return look


def _cut(server: Postgres, ground: PostgresGround, *, before: bool) -> list[str]:
    was = kept_in(ground.look()).records["a"]["revision"]
    with proxying(server.tcp_address) as proxy:
        store = opened(server.tcp_url(database_of(ground.url), proxy.address), PATIENCE_SECONDS)
        store.get("a")
        proxy.cut_at(COMMIT, before=before)
        try:
            change(store, "a", asked(1, 9))
            made = {1}
        except UnknownOutcomeError:
            made = {0, 1}
        except AgentSessionError:
            made = {0}
    now = kept_in(ground.look()).records["a"]["revision"]
    return [] if now - was in made and made != {0} else [f"{made} was said, {now - was} made"]
