"""The suites bite on SQL too: a store that lacks one of its cares is caught by what watches it.

Each mutant is named after what it leaves out. What no suite here can see is said in
docs/reliability.md: that the gate before SQLite's writers is fair, and that the disk itself
keeps what it says it has.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.core.codec import parse
from agent_session.core.errors import StoreUnavailableError
from agent_session.sql import columns, rows, writing
from agent_session.stores.postgres import database as postgres
from agent_session.stores.sqlite import connections, database, refusals
from tests.faults.watchers import (
    by_a_cut,
    by_counting,
    by_counting_syncs,
    by_counting_there,
    by_errors,
    by_kills,
    by_looking,
    by_raising,
    by_spoiling,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.postgres import Postgres

# --- what is left out -------------------------------------------------------------------------


def do_nothing(*_: Any, **__: Any) -> None:
    """What a mutant does in place of something."""


def call_it_refused(self: Any, connection: Any) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        self._roll_back(connection)
        raise refusals.refused(error, self.path) from None


def call_it_done(self: Any, connection: Any) -> None:
    try:
        connection.execute("COMMIT")
    except sqlite3.Error:
        self._roll_back(connection)


def leave_errors_as_they_are(error: Any, _: str) -> Any:
    return error


def write_without_a_transaction(self: Any, connection: Any, work: Any) -> Any:
    return work(database.SqliteTransaction(connection, self.statements))


def wait_for_no_disk(connection: Any) -> None:
    set_up(connection)
    connection.execute("PRAGMA synchronous = OFF")


def keep_no_journal(connection: Any) -> None:
    set_up(connection)
    connection.execute("PRAGMA journal_mode = OFF")


def keep_the_journal_in_memory(connection: Any) -> None:
    set_up(connection)
    connection.execute("PRAGMA journal_mode = MEMORY")


set_up = connections._set_up


def keep_no_new_record(made: Any) -> Any:
    return {**row_of(made), "record": "{}"}


row_of = writing._row_of


def say_that_all_is_planning(record: Any) -> Any:
    return {**columns_of(record), "phase": "planning"}


columns_of = columns.columns_of


def believe_the_row(_: Any, row: Any) -> Any:
    number, _, seq, text, line = row
    return rows.Kept(number, seq, parse(line)["hash"], text, parse(text))


def lock_no_row(*given: Any) -> None:
    init(*given)
    self = given[0]
    self.statements["lock_session"] = self.statements["find_session"]


init = postgres.PostgresDatabase.__init__


def call_it_undone(*_: Any) -> None:
    """What is not known is taken for not made, and tried again."""


def give_up_at_once(*_: Any) -> None:
    raise StoreUnavailableError(5, "lost")


# --- where each is caught -------------------------------------------------------------------


class Mutant(NamedTuple):
    instead: list[tuple[Any, str, Any]]
    caught: Callable[[Any], list[str]]


SPOILED_RECORD = "UPDATE sessions SET record = replace(record, 'planning', 'approval')"
SPOILED_EVENT = "UPDATE events SET line = replace(line, 'first', 'other')"

Sqlite = database.SqliteDatabase
TRACED: dict[str, Mutant] = {
    "an error at COMMIT is called refused": Mutant(
        [(Sqlite, "_commit", call_it_refused)], by_errors("update")
    ),
    "an error at COMMIT is passed over": Mutant(
        [(Sqlite, "_commit", call_it_done)], by_errors("update")
    ),
    "errors are not translated": Mutant(
        [(refusals, "refused", leave_errors_as_they_are)], by_errors("update")
    ),
    "no transaction": Mutant(
        [(Sqlite, "_in_transaction", write_without_a_transaction)], by_kills("update")
    ),
    "no rollback journal": Mutant(
        [(connections, "_set_up", keep_no_journal)], by_kills("update")
    ),
    "a rollback journal in memory": Mutant(
        [(connections, "_set_up", keep_the_journal_in_memory)], by_kills("update")
    ),
    "no wait for the disk": Mutant(
        [(connections, "_set_up", wait_for_no_disk)], by_counting_syncs
    ),
}
LOOKED_AT: dict[str, Mutant] = {
    "no rollback": Mutant([(Sqlite, "_roll_back", do_nothing)], by_raising),
    "the row does not keep the new record": Mutant(
        [(writing, "_row_of", keep_no_new_record)], by_looking
    ),
    "the columns are not kept": Mutant(
        [(writing, "columns_of", say_that_all_is_planning)], by_looking
    ),
    "the holders of approvals are not kept": Mutant(
        [(writing, "_enter_hints", do_nothing)], by_looking
    ),
    "the events are not kept": Mutant([(writing, "_enter_events", do_nothing)], by_looking),
    "the digest of a record is not checked": Mutant(
        [(rows, "kept_in", believe_the_row)], by_spoiling(SPOILED_RECORD)
    ),
    "the chain is not checked": Mutant(
        [(rows, "require_whole", do_nothing)], by_spoiling(SPOILED_EVENT)
    ),
}
THERE: dict[str, Mutant] = {
    "no FOR UPDATE": Mutant(
        [(postgres.PostgresDatabase, "__init__", lock_no_row)], by_counting_there
    ),
    "an unknown outcome is tried again blindly": Mutant(
        [(postgres.PostgresDatabase, "_look_for", call_it_undone)], by_a_cut(before=False)
    ),
    "an unknown outcome is called refused": Mutant(
        [(postgres.PostgresDatabase, "_look_for", give_up_at_once)], by_a_cut(before=False)
    ),
    "what was lost is not tried again": Mutant(
        [(postgres.PostgresDatabase, "_look_for", give_up_at_once)], by_a_cut(before=True)
    ),
}


def put_in_place(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, instead in mutant.instead:
        monkeypatch.setattr(owner, name, instead)


@pytest.mark.usefixtures("traceable")
@pytest.mark.parametrize("mutant", TRACED.values(), ids=TRACED)
def test_an_sqlite_store_that_lacks_a_care_is_caught_by_tracing_it(
    scratch: str, mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(mutant, monkeypatch)

    assert mutant.caught(scratch) != []


@pytest.mark.parametrize("mutant", LOOKED_AT.values(), ids=LOOKED_AT)
def test_a_sql_store_that_lacks_a_care_is_caught(
    scratch: str, mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(mutant, monkeypatch)

    assert mutant.caught(scratch) != []


@pytest.mark.parametrize("mutant", THERE.values(), ids=THERE)
def test_a_postgres_store_that_lacks_a_care_is_caught(
    postgres_server: Postgres, mutant: Mutant, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(mutant, monkeypatch)

    assert mutant.caught(postgres_server) != []


# --- the control: with all its cares, nothing is caught ---------------------------------------


@pytest.mark.parametrize("look", [by_looking, by_counting, by_raising])
def test_a_sound_store_is_not_caught(scratch: str, look: Callable[[str], list[str]]) -> None:
    assert look(scratch) == []


@pytest.mark.parametrize("sql", [SPOILED_RECORD])
def test_a_sound_store_reads_what_its_events_say(scratch: str, sql: str) -> None:
    assert by_spoiling(sql)(scratch) == []


@pytest.mark.usefixtures("traceable")
def test_a_sound_commit_waits_for_the_disk(scratch: str) -> None:
    assert by_counting_syncs(scratch) == []


@pytest.mark.parametrize(
    "look",
    [by_counting_there, by_a_cut(before=True), by_a_cut(before=False)],
    ids=["counting", "cut before", "cut after"],
)
def test_a_sound_postgres_store_is_not_caught(
    postgres_server: Postgres, look: Callable[[Any], list[str]]
) -> None:
    assert look(postgres_server) == []
