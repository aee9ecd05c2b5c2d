"""What a durable write costs in a process that stays: update, create, finalize.

The floor of an update is an append of the very bytes of its journal line and one fdatasync, on
a descriptor kept open. Whatever is written here is other bytes each time.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, cycle
from statistics import median

from agent_session import AgentSession
from agent_session.local import disk
from benchmarks.bare_writes import BareWrites, Written, creating_beside_opening
from benchmarks.bench import Bench
from benchmarks.filling import metadata, without_syncs
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

USUAL_TO_CREATE = 8

UPDATE = "update"
PHASE = "update of the phase"
YOUNG = "update in a young process"
UNSYNCED = "update, syncs left out"
LINE = "append + fdatasync of the line"
LINE_AND_SNAPSHOT = "append + fdatasync of line and snapshot"
RENAMED = "append + fdatasync of the line, snapshot aside + rename"
EXCHANGED = "append + fdatasync of the line, snapshot aside + exchange + unlink"
ATOMIC = "snapshot aside + fsync + rename + fsync of the folder"
CREATE, FINALIZE = "create", "finalize"
LINE_BESIDE = "append + fdatasync of a line, beside create and finalize"
BARE_CREATE = "folder aside, two files + fdatasync, rename, two folders + fsync"


class Session:
    """One session that is updated again and again, and what each update wrote."""

    def __init__(self, folder: str) -> None:
        self.api = AgentSession(folder)
        self.agent_id = (
            self.api.create_session("terraform-architect", "bench", metadata(0)) or ""
        )
        self.written = Written(f"{folder}/{self.agent_id}", BURST)
        self.numbers = count(1)
        self._phases = cycle(["planning", "approval"])

    def update_metadata(self) -> float:
        number = next(self.numbers)
        change = {"step": number, "note": f"{number} resources of the plan were looked at"}
        return self._timed(lambda: self.api.update_state(self.agent_id, metadata=change))

    def update_phase(self) -> float:
        phase = next(self._phases)
        return self._timed(lambda: self.api.update_state(self.agent_id, phase))

    def _timed(self, write: Callable[[], bool]) -> float:
        seconds = timed(lambda: _require(write()))()
        self.written.look()
        return seconds


def _require(done: object) -> None:
    if not done:
        raise RuntimeError("a write was refused")


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    sessions = bench.folder("updates")
    session, phases = Session(sessions), Session(sessions)
    bare = bench.folder("update-floors")
    floors = BareWrites(bare, session.written)
    bench.wait_until(lambda: creating_beside_opening(bare) < USUAL_TO_CREATE)
    updates = interleave(
        _updates(session, phases, floors),
        bench.pick(400, 40),
        burst=BURST,
        seconds=bench.seconds,
    )
    lives = interleave(
        _lives(session, floors), bench.pick(100, 12), burst=2, seconds=bench.seconds / 2
    )
    calm = calm_quarter(updates, LINE, BURST)
    samples = updates | {f"{name}{CALM}": each for name, each in calm.items()} | lives
    return Measured(
        rows=[*_update_rows(samples), *_life_rows(samples)],
        times={name: summary_of(each) for name, each in samples.items()},
        notes=[_sizes(session, phases), _BURSTS, _slow(samples), _creating(bare)],
        unrest=unrest(updates),
    )


def _updates(session: Session, phases: Session, floors: BareWrites) -> dict[str, Subject]:
    subjects = {
        UPDATE: session.update_metadata,
        PHASE: phases.update_phase,
        YOUNG: _by_rename(session.update_metadata),
        UNSYNCED: _unsynced(session.update_metadata),
        LINE: floors.append_line,
        LINE_AND_SNAPSHOT: floors.append_line_and_snapshot,
        RENAMED: floors.append_line_and_rename,
        ATOMIC: floors.replace_snapshot,
    }
    return subjects | (
        {EXCHANGED: floors.append_line_and_exchange} if floors.can_exchange() else {}
    )


def _lives(session: Session, floors: BareWrites) -> dict[str, Subject]:
    return {
        CREATE: lambda: _create(session),
        FINALIZE: lambda: _finalize(session),
        LINE_BESIDE: floors.append_line,
        BARE_CREATE: floors.create,
    }


class _WithoutExchange(disk.SystemCalls):
    @staticmethod
    def exchange(one: str, other: str, folder: int) -> bool:
        return False


def _by_rename(update: Subject) -> Subject:
    """A process's first writes rename the snapshot; later ones exchange it."""

    def run() -> float:
        usual, disk.calls = disk.calls, _WithoutExchange()
        try:
            return update()
        finally:
            disk.calls = usual

    return run


def _unsynced(update: Subject) -> Subject:
    def run() -> float:
        with without_syncs():
            return update()

    return run


def _create(session: Session) -> float:
    given = metadata(next(session.numbers))
    return timed(
        lambda: _require(session.api.create_session("terraform-architect", "bench", given))
    )()


def _finalize(session: Session) -> float:
    agent_id = session.api.create_session("terraform-architect", "bench", metadata(0)) or ""
    return timed(
        lambda: _require(session.api.finalize_session(agent_id, "completed", "all is done"))
    )()


def _sizes(session: Session, phases: Session) -> str:
    record = phases.api.get_session(phases.agent_id) or {"history": []}
    line, snapshot = len(session.written.lines[-1]), len(session.written.snapshot)
    return (
        f"The journal line has {line} bytes, the snapshot {snapshot}; the one with "
        f"{len(record['history'])} changes of phase in its history has "
        f"{len(phases.written.snapshot)}."
    )


def _update_rows(samples: Samples) -> list[Row]:
    """Each against *floor* in the calm quarter, but for one that shows the whole run."""
    compared: list[tuple[str, str, str, float | None]] = [
        ("update of the metadata", UPDATE, LINE, 1.5),
        ("update, against line and snapshot", UPDATE, LINE_AND_SNAPSHOT, None),
        ("update, against both files by rename", UPDATE, RENAMED, None),
        ("update, against both files by exchange", UPDATE, EXCHANGED, None),
        ("update, against an atomic, durable replacement", UPDATE, ATOMIC, 1.3),
        ("update, what of it is not the syncs", UNSYNCED, LINE, None),
        ("update, one of a process's first", YOUNG, LINE, None),
        ("update of the phase, history full", PHASE, LINE, None),
        ("the floors: line and snapshot, against the line", LINE_AND_SNAPSHOT, LINE, None),
        ("the floors: both files by rename, against the line", RENAMED, LINE, None),
        ("the floors: both files by exchange, against the line", EXCHANGED, LINE, None),
    ]
    calm = [
        ratio(samples, what, ours + CALM, floor + CALM, aim)
        for what, ours, floor, aim in compared
        if ours in samples and floor in samples
    ]
    return [ratio(samples, "update of the metadata, in all rounds", UPDATE, LINE), *calm]


def _life_rows(samples: Samples) -> list[Row]:
    return [
        ratio(samples, CREATE, CREATE, LINE_BESIDE),
        ratio(samples, "create, against the same by bare calls", CREATE, BARE_CREATE),
        ratio(samples, FINALIZE, FINALIZE, LINE_BESIDE),
    ]


_BURSTS = (
    f"Run in bursts of {BURST}, the first of which does not count: it would pay for what the "
    "write before it left."
)


def _slow(samples: Samples) -> str:
    everywhere, in_calm = (median(samples[name]) * 1e6 for name in (LINE, LINE + CALM))
    return (
        f"One append + fdatasync took {everywhere:.0f} µs, and {in_calm:.0f} µs in the calm "
        "quarter, the rounds in which it was fastest. The slower a disk syncs, the nearer "
        "every ratio comes to the number of syncs: so the calm quarter, the harder test, "
        "counts."
    )


def _creating(folder: str) -> str:
    times = creating_beside_opening(folder)
    return (
        f"Making a file cost {times:.0f} times as much as opening one; some file systems are "
        "many times slower at it for minutes after many files were removed."
    )
