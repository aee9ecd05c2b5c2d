"""SQL stores filled fast: the rows that `take_in` would write, made from a sample and entered
in bulk.

The sample is one session that the core has made; what tells one session from another is put
into its texts, and the digests are computed anew. The filled store is held against its own
check afterwards.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session.core.chain import NOTHING_BEFORE, draft
from agent_session.core.codec import canonical, digest
from agent_session.core.events import commit
from agent_session.core.instants import at
from agent_session.core.measures import measured_session
from agent_session.sql.columns import columns_of
from benchmarks.filling import WORDS, agent

if TYPE_CHECKING:
    from agent_session.core.chain import Draft, Event
    from agent_session.core.events import Commit

SPAN = timedelta(days=300)
LASTED = timedelta(seconds=90)
_BATCH = 2_000
_MEASURED = "created_at, session, agent_name, ended, completed, resumed, had_errors, duration"
_TEXT = "session, seq, line"
_SESSION = (
    "number, agent_id, agent_name, task_id, phase, live, resume_ready, pending, last_updated, "
    "revision, record"
)


class Rows(NamedTuple):
    """One session as it is kept: its row, those of its events, and what is measured of it."""

    session: tuple[Any, ...]
    events: list[tuple[int, int, str]]
    measured: tuple[Any, ...]

    @property
    def agent_id(self) -> str:
        return str(self.session[1])


def _plain(value: object) -> object:
    """A flag as databases keep it."""
    return int(value) if isinstance(value, bool) else value


def metadata(number: object) -> dict[str, Any]:
    """Metadata that makes a finished session's record one of 1.2 KB."""
    return {"task_id": f"T{number}", "plan": f"{number}: {WORDS * 4}{WORDS[:60]}"}


def rows_of(made: Commit, number: int) -> Rows:
    """What a store writes of a session that *made* is all of."""
    columns = columns_of(made.record)
    found = (columns[each.strip()] for each in _SESSION.split(",")[2:10])
    session = (number, made.record["agent_id"], *found, made.snapshot.decode())
    lines = made.lines.decode().splitlines()
    events = [
        (number, each["seq"], line) for each, line in zip(made.events, lines, strict=True)
    ]
    measured = measured_session(made.record, lambda: [made.record]).values()
    values = (measured[each] for each in _MEASURED.split(", ")[2:])
    return Rows(session, events, (measured["created_at"], number, *map(_plain, values)))


# --- one session ------------------------------------------------------------------------------


def live(number: int, agent_id: str, agent_name: str, when: datetime) -> Rows:
    """A session that waits since *when*, in its row *number*."""
    drafts = [
        _birth(agent_id, agent_name, number, at(when - LASTED)),
        draft("updated", at(when), "bench", phase="approval"),
    ]
    return rows_of(commit(None, 0, NOTHING_BEFORE, drafts), number)


def _birth(agent_id: str, agent_name: str, number: object, when: str) -> Draft:
    given: dict[str, Any] = {
        "agent_id": agent_id,
        "agent_name": agent_name,
        "purpose": "approval_workflow",
        "metadata": metadata(number),
    }
    return draft("created", when, "bench", **given, limits=None, host=None, parent=None)


_BEGUN = datetime(2001, 1, 1, 1, 1, 1, 111111, UTC)
_SAMPLE = {
    "agent_id": "agent-20010101-010101-0a0b0c0d",
    "agent_name": "architect-of-the-sample",
    "begun": at(_BEGUN),
    "ended": at(_BEGUN + LASTED),
    "number": "909090909",
}


class Finished:
    """Finished sessions, each in some microseconds."""

    def __init__(self) -> None:
        words = _SAMPLE
        birth = _birth(words["agent_id"], words["agent_name"], words["number"], words["begun"])
        end = draft("finalized", words["ended"], "bench", phase="completed")
        made = commit(None, 0, NOTHING_BEFORE, [birth, end])
        first, last = made.events
        self._words = {
            **words,
            "first_state": first["state"],
            "first_hash": first["hash"],
            "last_state": last["state"],
            "last_hash": last["hash"],
        }
        self._born = self._form(commit(None, 0, NOTHING_BEFORE, [birth]).snapshot.decode())
        self._record = self._form(made.snapshot.decode())
        self._hashed = [self._form(_hashed(each)) for each in made.events]
        self._lines = [self._form(each) for each in made.lines.decode().splitlines()]
        sample = rows_of(made, 0)
        self._columns, self._measured = sample.session[4:8], sample.measured[3:]

    def _form(self, text: str) -> str:
        """*text* with a place for each of the words that differ."""
        text = text.replace("%", "%%")
        for name, word in self._words.items():
            text = text.replace(word, f"%({name})s")
        return text

    def rows(self, number: int, agent_id: str, agent_name: str, begun: datetime) -> Rows:
        ended = at(begun + LASTED)
        words = {
            "agent_id": agent_id,
            "agent_name": agent_name,
            "begun": at(begun),
            "ended": ended,
            "number": number,
        }
        record = self._record % words
        words["first_state"] = digest((self._born % words).encode())
        words["last_state"] = digest(record.encode())
        words["first_hash"] = digest((self._hashed[0] % words).encode())
        words["last_hash"] = digest((self._hashed[1] % words).encode())
        events = [(number, seq, form % words) for seq, form in enumerate(self._lines, 1)]
        named = number, agent_id, agent_name, f"T{number}", *self._columns, ended, 2
        measured = (at(begun), number, agent_name, *self._measured)
        return Rows((*named, record), events, measured)


def _hashed(event: Event) -> str:
    """What the event's hash is over."""
    return canonical({key: value for key, value in event.items() if key != "hash"})


# --- many -------------------------------------------------------------------------------------


class Crowd:
    """*size* sessions of *agents* agents, oldest first: *active* of them live and the newest,
    spread evenly among the finished ones by their rows.
    """

    def __init__(self, size: int, active: int, agents: int) -> None:
        self.size, self.active, self.agents = size, active, agents
        self.now = datetime.now(UTC)
        self.live_ids: list[str] = []
        self.ids: list[str] = []

    def rows(self) -> Iterator[Rows]:
        chance, finished = random.Random(self.size), Finished()
        begin, step = self.now - timedelta(days=1) - SPAN, SPAN / self.size
        self.live_ids, self.ids = [], []
        for number in range(1, self.size + 1):
            begun = begin + step * number
            agent_id = f"agent-{begun:%Y%m%d-%H%M%S}-{chance.getrandbits(32):08x}"
            self.ids.append(agent_id)
            if self._share(number - 1) == self._share(number):
                yield finished.rows(number, agent_id, agent(number % self.agents), begun)
                continue
            turn = len(self.live_ids)
            self.live_ids.append(agent_id)
            when = self.now + timedelta(milliseconds=turn)
            yield live(number, agent_id, agent(turn % self.agents), when)

    def _share(self, number: int) -> int:
        return (number * self.active + self.size // 2) // self.size


def into_sqlite(path: str, crowd: Crowd, what: str) -> None:
    """Into the store at *path*, which has its tables already; nothing is synced."""
    connection = sqlite3.connect(path, isolation_level=None)
    (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
    for setting in ("synchronous = OFF", "journal_mode = OFF", "cache_size = -262144"):
        connection.execute(f"PRAGMA {setting}")
    marks = ", ".join("?" * len(_SESSION.split(",")))
    connection.execute("BEGIN")
    for batch in _batches(crowd, what):
        sessions = [each.session for each in batch]
        events = [event for each in batch for event in each.events]
        connection.executemany(f"INSERT INTO sessions ({_SESSION}) VALUES ({marks})", sessions)
        connection.executemany(f"INSERT INTO events ({_TEXT}) VALUES (?, ?, ?)", events)
        connection.executemany(
            f"INSERT INTO measured_sessions ({_MEASURED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [each.measured for each in batch],
        )
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.close()


def into_postgres(url: str, crowd: Crowd, what: str) -> None:
    """Into the store at *url*, which has its tables already; then all is written out, and the
    server knows how much there is of what, as its own upkeep sees to in time.
    """
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = agent_session")
        for batch in _batches(crowd, what):
            sessions = "".join(map(_copied, (each.session for each in batch)))
            events = "".join(_copied(event) for each in batch for event in each.events)
            measured = "".join(_copied(each.measured) for each in batch)
            with connection.transaction(), connection.cursor() as cursor:
                for table, columns, text in (
                    ("sessions", _SESSION, sessions),
                    ("events", _TEXT, events),
                    ("measured_sessions", _MEASURED, measured),
                ):
                    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
                        copy.write(text)
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('sessions', 'number'), %s)", (crowd.size,)
        )
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        connection.execute("CHECKPOINT")


def _copied(values: tuple[Any, ...]) -> str:
    """A line of PostgreSQL's text format."""
    return "\t".join(map(_spelt, values)) + "\n"


def _spelt(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    if value is None:
        return "\\N"
    text = str(value).replace("\\", "\\\\")
    return text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _batches(crowd: Crowd, what: str) -> Iterator[list[Rows]]:
    start, rows = monotonic(), crowd.rows()
    for done in range(0, crowd.size, _BATCH):
        yield list(islice(rows, _BATCH))
        _progress(what, min(done + _BATCH, crowd.size), crowd.size, monotonic() - start)


def _progress(what: str, done: int, size: int, seconds: float) -> None:
    """One line that is written over; a log gets its last state alone."""
    if done < size and not sys.stderr.isatty():
        return
    end = "\n" if done == size else ""
    line = f"\rfilling {what}: {done} of {size} sessions, {seconds:.0f} s"
    print(line, file=sys.stderr, end=end, flush=True)
