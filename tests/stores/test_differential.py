"""Every store leads the same random lives as memory does: no difference is found."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from agent_session.core import phases
from agent_session.core.chain import draft
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.stores.files.store import FileStore
from agent_session.stores.postgres.store import open_postgres
from agent_session.stores.sqlite.store import open_sqlite
from tests.faults.seam import Unsynced, standing_in
from tests.sql.kept import KeptInPostgres, KeptInSqlite
from tests.stores.differential import TEXTS, TwoStores
from tests.stores.folders import THREE_FILES, SessionFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from agent_session.core.store import Store
    from tests.servers.postgres import Postgres
    from tests.sql.kept import Kept

EDITS = st.fixed_dictionaries(
    {},
    optional={
        "phase": st.sampled_from(phases.LIVE),
        "metadata": st.dictionaries(st.sampled_from(["n", "mended"]), TEXTS, max_size=2),
        "resume_ready": st.booleans(),
        "error_count": st.integers(0, 5),
        "summary": st.none() | TEXTS,
        "fence": st.integers(1, 9),
    },
)
# Where nothing is to outlive a power cut, and a sync costs nothing.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class FilesAndMemory(TwoStores):
    def begin(self) -> None:
        self.path = tempfile.mkdtemp()

    def teardown(self) -> None:
        shutil.rmtree(self.path)

    def opened(self) -> Store:
        return FileStore(self.path)

    def meddle(self, _: str) -> None:
        shutil.rmtree(f"{self.path}/.index", ignore_errors=True)

    def doing(self) -> AbstractContextManager[None]:
        return standing_in(Unsynced())

    @rule(choice=st.integers(0, 9), fields=EDITS)
    @precondition(lambda self: self.ids_of_live())
    def edit_by_hand(self, choice: int, fields: dict[str, Any]) -> None:
        """On files a person does it, and the next write enters it; in memory both are."""
        live = self.ids_of_live()
        agent_id = live[choice % len(live)]
        record = self.memory.store.get(agent_id)
        SessionFolder(self.path, agent_id).edit(**fields)
        changed = {
            field: value
            for field, value in fields.items()
            if field != "fence" and record[field] != value  # type: ignore[literal-required]
        }
        self.clock.now += timedelta(milliseconds=1)
        now = at(self.clock.now)
        edited = draft("edited", now, "person", fields=changed)
        entered = draft("updated", now, "test", metadata={"seen": True})
        self.memory.store.update(agent_id, lambda _: [edited, entered])
        with self.doing():
            self.other.store.update(agent_id, lambda _: [entered])

    @invariant()
    def a_session_is_its_three_files(self) -> None:
        for record in self.memory.store.scan(Query()):
            names = SessionFolder(self.path, record["agent_id"]).names()
            assert set(names) <= set(THREE_FILES)


class SqlAndMemory(TwoStores):
    kept: Kept

    def opened(self) -> Store:
        return self.kept.opened()

    def meddle(self, agent_id: str) -> None:
        """Who reads the row makes its record anew from the events, until it is mended."""
        self.kept.set(agent_id, record="spoilt", pending=0, agent_name="spoilt")
        self.both(lambda service: service.store.get(agent_id))
        self.both(lambda service: service.store.repair(agent_id))


class SqliteAndMemory(SqlAndMemory):
    wal: ClassVar = False

    def begin(self) -> None:
        self.path = tempfile.mkdtemp(dir=IN_MEMORY)
        self.kept = KeptInSqlite(f"{self.path}/sessions.db")
        open_sqlite(self.kept.place, wal=self.wal).identity()

    def teardown(self) -> None:
        shutil.rmtree(self.path)


class SqliteWithLogAndMemory(SqliteAndMemory):
    wal: ClassVar = True


class PostgresAndMemory(SqlAndMemory):
    """In one database for all lives, emptied between them."""

    url: ClassVar = ""

    def begin(self) -> None:
        self.kept = KeptInPostgres(self.url)
        for table in (
            "sessions",
            "events",
            "approvals",
            "host_keys",
            "delegations",
            "removed",
            "measured_sessions",
            "measured_approvals",
        ):
            self.kept.ask(f"DELETE FROM {table}")


def lived(machine: type[TwoStores], max_examples: int, **more: Any) -> Any:
    """*machine* as a test."""
    case = machine.TestCase
    case.settings = settings(
        max_examples=max_examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )
    return case


class OnPostgres:
    @pytest.fixture(autouse=True)
    def _database(self, postgres_server: Postgres) -> Iterator[None]:
        PostgresAndMemory.url = postgres_server.fresh()
        open_postgres(PostgresAndMemory.url).identity()
        yield
        postgres_server.drop(PostgresAndMemory.url)


SHORT = {"stateful_step_count": 30, "derandomize": True}
LONG = {"stateful_step_count": 50}


class TestFiles(lived(FilesAndMemory, 100, **SHORT)):  # type: ignore[misc]
    pass


class TestSqlite(lived(SqliteAndMemory, 30, **SHORT)):  # type: ignore[misc]
    pass


class TestSqliteWithLog(lived(SqliteWithLogAndMemory, 10, **SHORT)):  # type: ignore[misc]
    pass


class TestPostgres(OnPostgres, lived(PostgresAndMemory, 15, **SHORT)):  # type: ignore[misc]
    pass


class LongFiles(FilesAndMemory):
    pass


class LongSqlite(SqliteAndMemory):
    pass


class LongPostgres(PostgresAndMemory):
    pass


@pytest.mark.long
class TestLongFiles(lived(LongFiles, 1000, **LONG)):  # type: ignore[misc]
    pass


@pytest.mark.long
class TestLongSqlite(lived(LongSqlite, 200, **LONG)):  # type: ignore[misc]
    pass


@pytest.mark.long
class TestLongPostgres(OnPostgres, lived(LongPostgres, 60, **LONG)):  # type: ignore[misc]
    pass
