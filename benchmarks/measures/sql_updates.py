"""What a durable update costs in each kind of store of many sessions, beside a bare append and
one fdatasync of as many bytes as the commit writes.

Every update changes what another session says. A new descriptor or connection is opened for
none of them.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from itertools import count
from statistics import fmean

from agent_session.core.chain import draft
from agent_session.core.instants import at
from benchmarks.bare_writes import fdatasync
from benchmarks.bench import Bench
from benchmarks.bulk import Crowd
from benchmarks.databases import (
    FILES,
    POSTGRES,
    SQLITE,
    NewStore,
    fill,
    kinds_of_store,
    path_of,
    wired,
)
from benchmarks.filling import fill as fill_files
from benchmarks.results import Measured, Row
from benchmarks.rounds import (
    BURST,
    CALM,
    Samples,
    Subject,
    calm_quarter,
    interleave,
    ratio,
    summary_of,
    timed,
    unrest,
)

SAMPLE = 50
LINE_BYTES = 400
WAL, ROLLBACK = f"{SQLITE} with a write-ahead log", f"{SQLITE} with a rollback journal"
FLOOR = "append + fdatasync of {0} bytes"
AIMS = {WAL: 1.5, ROLLBACK: None, POSTGRES: 3.5, FILES: None}


class _Updates:
    """Updates of one session after the other, by chance, in the store at *url*."""

    def __init__(self, bench: Bench, url: str, ids: list[str]) -> None:
        self.wiring = wired(bench, url)
        self.store = self.wiring.store
        self.ids = ids
        self._numbers, self._chance = count(1), random.Random(len(ids))

    def update(self) -> float:
        agent_id, number = self._chance.choice(self.ids), next(self._numbers)
        note = f"{number} resources of the plan were looked at"
        given = {"step": number, "note": note}
        change = [draft("updated", at(self.wiring.now()), "bench", metadata=given)]
        return timed(lambda: self.store.update(agent_id, lambda _: change))()

    def bytes_of_one(self, written: Callable[[], int]) -> int:
        """What *written* counts, for one update."""
        before = written()
        for _ in range(SAMPLE):
            self.update()
        return (written() - before) // SAMPLE


class _Stores:
    """Every kind of store, each with as many sessions."""

    def __init__(self, bench: Bench, kinds: dict[str, NewStore]) -> None:
        self.size = bench.pick(10_000, 2_000)
        self.live = self.size // 10
        self.updates: dict[str, _Updates] = {}
        self.bytes: dict[str, int] = {}
        for name, is_wal in ((WAL, True), (ROLLBACK, False)):
            self._add_sqlite(bench, name, kinds[SQLITE](), is_wal=is_wal)
        # The same bytes change; the rollback journal writes what they were besides.
        self.bytes[ROLLBACK] = self.bytes[WAL]
        if POSTGRES in kinds:
            self._add_postgres(bench, kinds[POSTGRES]())
        url = kinds[FILES]()
        ids = fill_files(url.partition(":")[2], finished=self.size - self.live, live=self.live)
        self.updates[FILES], self.bytes[FILES] = _Updates(bench, url, ids), LINE_BYTES

    def _add_sqlite(self, bench: Bench, name: str, url: str, *, is_wal: bool) -> None:
        crowd = Crowd(self.size, self.live, 20)
        fill(url, crowd)
        watcher = sqlite3.connect(path_of(url), isolation_level=None)
        watcher.execute(f"PRAGMA journal_mode = {'WAL' if is_wal else 'DELETE'}")
        self.updates[name] = found = _Updates(bench, url, crowd.live_ids)
        if is_wal:
            log = f"{path_of(url)}-wal"
            found.update()
            watcher.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.bytes[name] = found.bytes_of_one(lambda: os.stat(log).st_size)
        watcher.close()

    def _add_postgres(self, bench: Bench, url: str) -> None:
        import psycopg

        crowd = Crowd(self.size, self.live, 20)
        fill(url, crowd)
        self.updates[POSTGRES] = found = _Updates(bench, url, crowd.live_ids)
        with psycopg.connect(url, autocommit=True) as connection:

            def written() -> int:
                asked = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
                return int((connection.execute(asked).fetchone() or (0,))[0])

            self.bytes[POSTGRES] = found.bytes_of_one(written)


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    with kinds_of_store(bench) as (kinds, notes):
        stores = _Stores(bench, kinds)
        bench.settle()
        subjects: dict[str, Subject] = {}
        for name, updates in stores.updates.items():
            subjects[name] = updates.update
            floor = _floor(stores, name)
            if floor not in subjects:
                subjects[floor] = _append(bench.folder("update-floor"), stores.bytes[name])
        samples = interleave(
            subjects, bench.pick(300, 30), burst=BURST, seconds=1.5 * bench.seconds
        )
    calm = calm_quarter(samples, _floor(stores, WAL), BURST)
    samples |= {f"{name}{CALM}": each for name, each in calm.items()}
    return Measured(
        rows=[row for name in stores.updates for row in _rows(samples, stores, name)],
        times={name: summary_of(each) for name, each in samples.items()},
        notes=[_how(stores), *notes],
        unrest=unrest(samples),
    )


def _floor(stores: _Stores, name: str) -> str:
    return FLOOR.format(stores.bytes[name])


def _append(folder: str, size: int) -> Subject:
    log = os.open(f"{folder}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    data = os.urandom(size)

    def append() -> None:
        os.write(log, data)
        fdatasync(log)

    return timed(append)


def _rows(samples: Samples, stores: _Stores, name: str) -> list[Row]:
    floor = _floor(stores, name)
    calm = ratio(samples, f"{name}: update", f"{name}{CALM}", f"{floor}{CALM}", AIMS[name])
    mean, floors = (fmean(samples[each]) for each in (name, floor))
    note = f"the mean {mean / floors:.2f} times the floor's mean, checkpoints and all"
    return [calm, ratio(samples, f"{name}: update, in all rounds", name, floor, note=note)]


def _how(stores: _Stores) -> str:
    return (
        f"Each store holds {stores.size} sessions, of which {stores.live} live ones change "
        f"by chance. Run in bursts of {BURST}, the first of which does not count; the aims are "
        "held against the calm quarter of the rounds. How much a commit writes: of SQLite, the "
        f"growth of its write-ahead log over {SAMPLE} updates; of PostgreSQL, that of its own "
        f"log over {SAMPLE} updates after a checkpoint, whole pages among it; of files, "
        f"{LINE_BYTES} bytes, a line of a journal. With a rollback journal SQLite writes the "
        "old pages and the new ones, each synced in turn; its floor is that of the write-ahead "
        "log, which this project lets only some versions of SQLite keep."
    )
