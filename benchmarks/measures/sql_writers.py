"""Many processes that change one session, in each kind of store: none of their changes is lost,
how many are made, and how long the unluckiest waits beside the usual one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from itertools import count
from statistics import median

from benchmarks.at_once import Maker, Waits, all_of, paced, times, write_all_at_once
from benchmarks.bare_writes import fdatasync
from benchmarks.bench import Bench
from benchmarks.databases import kinds_of_store, wired
from benchmarks.filling import agent, metadata
from benchmarks.results import TIMES, Measured, Row
from benchmarks.rounds import summary_of

TIGHT, UPDATES = 8, 200
PACED, SHORTEST, LONGEST = 16, 0.010, 0.020
MOST_UNFAIR = 20.0
LINE = b"x" * 400
FLOOR = "flock + append + fdatasync"


class _OneSession:
    """One session in the store at *url*, and how often it was changed for sure."""

    def __init__(self, bench: Bench, url: str) -> None:
        self.bench, self.url = bench, url
        self.sessions = wired(bench, url).sessions
        made = self.sessions.create(agent(0), "bench", metadata(0))
        self.agent_id, self.expected = made["agent_id"], made["revision"]

    def writer(self, _: int) -> Callable[[], None]:
        sessions, numbers = wired(self.bench, self.url).sessions, count(os.getpid() * 1_000_000)
        sessions.get(self.agent_id)  # connected

        def write() -> None:
            sessions.update(self.agent_id, metadata={"step": next(numbers)})

        return write

    def see_that_all_are_kept(self, waits: Waits) -> None:
        self.expected += sum(map(len, waits))
        kept = self.sessions.get(self.agent_id)["revision"]
        if kept != self.expected:
            raise RuntimeError(
                f"{self.expected - 1} updates were acknowledged, {kept - 1} kept"
            )


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    rounds, seconds = bench.pick(5, 1), float(bench.pick(4, 1))
    with kinds_of_store(bench) as (kinds, notes):
        sessions = {kind: _OneSession(bench, new_url()) for kind, new_url in kinds.items()}
        makers: dict[str, Maker] = {FLOOR: _floor(bench.folder("writers-floor"))}
        makers |= {kind: session.writer for kind, session in sessions.items()}
        tight: dict[str, list[Waits]] = {name: [] for name in makers}
        slow: dict[str, list[Waits]] = {name: [] for name in makers}
        for _ in range(rounds):
            for name, maker in makers.items():
                for found, processes, turns in (
                    (tight, TIGHT, times(UPDATES)),
                    (slow, PACED, paced(seconds, SHORTEST, LONGEST)),
                ):
                    waits = write_all_at_once(bench, maker, processes, turns)
                    found[name].append(waits)
                    if name in sessions:
                        sessions[name].see_that_all_are_kept(waits)
    named = {
        form.format(name): summary_of(all_of(runs))
        for form, found in ((AT_ONCE, tight), (IN_TURN, slow))
        for name, runs in found.items()
    }
    rows = [_throughput(kind, tight) for kind in sessions]
    rows += [_unfairness(kind, slow) for kind in (*sessions, FLOOR)]
    return Measured(rows=rows, times=named, notes=[_note(sessions), *notes])


AT_ONCE = f"{{0}}: {TIGHT} processes without a pause"
IN_TURN = f"{{0}}: {PACED} paced processes"


def _floor(folder: str) -> Maker:
    def maker(_: int) -> Callable[[], None]:
        descriptor = os.open(f"{folder}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def write() -> None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, LINE)
            fdatasync(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_UN)

        return write

    return maker


def _throughput(kind: str, found: dict[str, list[Waits]]) -> Row:
    ours, floor = (_a_second(found[each]) for each in (kind, FLOOR))
    every = all_of(found[kind])
    return Row(
        what=f"{kind}: {TIGHT} processes, a share of the floor's throughput",
        value=ours / floor,
        unit=TIMES,
        ours=AT_ONCE.format(kind),
        floor=AT_ONCE.format(FLOOR),
        n=len(every),
        note=f"{ours:.0f} updates a second, the floor {floor:.0f}; "
        f"the longest wait {max(every) * 1e3:.0f} ms",
    )


def _a_second(runs: list[Waits]) -> float:
    """By the process that took longest: they started together."""
    return median(sum(map(len, run)) / max(map(sum, run)) for run in runs)


def _unfairness(kind: str, found: dict[str, list[Waits]]) -> Row:
    by_run = [max(all_of([run])) / median(all_of([run])) for run in found[kind]]
    every = all_of(found[kind])
    return Row(
        what=f"{kind}: {PACED} paced, longest wait beside the median",
        value=median(by_run),
        low=min(by_run),
        high=max(by_run),
        unit=TIMES,
        aim=None if kind == FLOOR else MOST_UNFAIR,
        ours=IN_TURN.format(kind),
        floor=IN_TURN.format(FLOOR),
        n=len(every),
        note=f"the longest of all {max(every) * 1e3:.0f} ms",
    )


def _note(sessions: dict[str, _OneSession]) -> str:
    kept = " and ".join(f"{each.expected - 1} in {kind}" for kind, each in sessions.items())
    return (
        f"Every update that was acknowledged is there: {kept}. All write to one session. A "
        f"paced process rests for {SHORTEST * 1e3:.0f} to {LONGEST * 1e3:.0f} ms before each; "
        "the longest wait is that of the median run."
    )
