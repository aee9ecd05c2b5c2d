"""What a session costs to remove, and what it takes on the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from itertools import count
from time import perf_counter

from agent_session import AgentSession
from benchmarks.bench import Bench
from benchmarks.disks import occupied, total
from benchmarks.filling import fill
from benchmarks.results import Measured, Row
from benchmarks.rounds import Samples, interleave, ratio, summary_of, unrest

BATCH = 100
CLEANUP = "cleanup, per session"
LOOK = "cleanup that removes nothing, per session"
BARE = "unlink + rmdir of the same files"
READ = "open + read + close of each state.json"


def measure(bench: Bench) -> Measured:
    removed, kept = bench.folder("cleanup"), bench.folder("kept")
    fill(kept, finished=BATCH * 5, live=0)
    subjects = {
        CLEANUP: lambda: _cleanup(removed, hours=0, expected=BATCH, looked_at=BATCH),
        LOOK: lambda: _cleanup(kept, hours=24, expected=0, looked_at=BATCH * 5),
        BARE: _on_a_batch(bench.folder("bare"), _remove),
        READ: lambda: _read_each(kept) / (BATCH * 5),
    }
    samples = interleave(subjects, bench.pick(40, 8), dropped=1, seconds=bench.seconds)
    times = {name: summary_of(each) for name, each in samples.items()}
    sizes = _sizes(bench.folder("sizes"))
    notes = [
        f"Removed in batches of {BATCH}, whose files were written just before and not synced."
    ]
    return Measured(
        rows=[*_rows(samples), *sizes], times=times, notes=notes, unrest=unrest(samples)
    )


def _cleanup(folder: str, *, hours: float, expected: int, looked_at: int) -> float:
    if expected:
        fill(folder, finished=expected, live=0)
    session = AgentSession(folder)
    start = perf_counter()
    gone = session.cleanup_old_sessions(hours)
    seconds = perf_counter() - start
    if gone != expected:
        raise RuntimeError(f"{gone} sessions went, not {expected}")
    return seconds / looked_at


def _on_a_batch(parent: str, act: Callable[[str], None]) -> Callable[[], float]:
    numbers = count()

    def run() -> float:
        folder = f"{parent}/{next(numbers)}"
        fill(folder, finished=BATCH, live=0)
        start = perf_counter()
        act(folder)
        return (perf_counter() - start) / BATCH

    return run


def _remove(folder: str) -> None:
    for name in _sessions(folder):
        for each in os.listdir(f"{folder}/{name}"):
            os.unlink(f"{folder}/{name}/{each}")
        os.rmdir(f"{folder}/{name}")


def _sessions(folder: str) -> list[str]:
    return [name for name in os.listdir(folder) if not name.startswith(".")]


def _read_each(folder: str) -> float:
    start = perf_counter()
    for name in _sessions(folder):
        with open(f"{folder}/{name}/state.json", "rb", buffering=0) as file:
            file.read()
    return perf_counter() - start


def _rows(samples: Samples) -> list[Row]:
    return [
        ratio(samples, CLEANUP, CLEANUP, BARE, 4),
        ratio(samples, LOOK, LOOK, READ),
    ]


def _sizes(folder: str, sessions: int = 1_000) -> list[Row]:
    """What *du* says of sessions of three events with a record of 1 KB."""
    fill(folder, finished=0, live=sessions)
    taken = total(folder, occupied)
    written = total(folder, _length)
    first = f"{folder}/{_sessions(folder)[0]}/state.json"
    what = f"a session with a state of {os.stat(first).st_size} bytes"
    return [
        Row(
            what=f"{what}, on the disk",
            value=taken / sessions / 1e3,
            unit="KB",
            n=sessions,
            aim=8.5,
        ),
        Row(
            what=f"{what}, length of its files",
            value=written / sessions / 1e3,
            unit="KB",
            n=sessions,
        ),
    ]


def _length(status: os.stat_result) -> int:
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
