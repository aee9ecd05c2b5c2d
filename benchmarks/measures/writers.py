"""Eight processes that write without a pause: what they get done, and the worst wait of one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from itertools import count
from statistics import median
from typing import TypeAlias

from agent_session import AgentSession
from benchmarks.at_once import Maker, Waits, all_of, for_seconds, write_all_at_once
from benchmarks.bare_writes import fdatasync
from benchmarks.bench import Bench
from benchmarks.filling import agent, metadata
from benchmarks.results import TIMES, Measured, Row
from benchmarks.rounds import summary_of

MANY = 8
LINE = b"x" * 400

ONE = "1 process, one session"
SAME = f"{MANY} processes, one session"
OWN = f"{MANY} processes, each its own"
FLOOR_ONE = "1 process, append + fdatasync"
FLOOR_SAME = f"{MANY} processes, flock + append + fdatasync of one file"
FLOOR_OWN = f"{MANY} processes, append + fdatasync of its own file"
FLOORS = {ONE: FLOOR_ONE, SAME: FLOOR_SAME, OWN: FLOOR_OWN}

# By name, for each run.
Found: TypeAlias = dict[str, list[Waits]]


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    folder = bench.folder("writers")
    makers = {**_ours(folder), **_floors(bench.folder("writers-floor"))}
    seconds = float(bench.pick(2, 1))
    waits: Found = {name: [] for name in makers}
    for _ in range(bench.pick(5, 2)):
        for name, (processes, maker) in makers.items():
            waits[name].append(write_all_at_once(bench, maker, processes, for_seconds(seconds)))
    times = {name: summary_of(all_of(runs)) for name, runs in waits.items()}
    rows = [row for name in FLOORS for row in _rows(name, waits, seconds)]
    return Measured(rows=rows, times=times, notes=[_lost(folder, waits)])


def _ours(folder: str) -> dict[str, tuple[int, Maker]]:
    session = AgentSession(folder)
    ids = [session.create_session(agent(0), "bench", metadata(n)) or "" for n in range(MANY)]
    return {
        ONE: (1, lambda _: _updates(folder, ids[0])),
        SAME: (MANY, lambda _: _updates(folder, ids[0])),
        OWN: (MANY, lambda number: _updates(folder, ids[number])),
    }


def _updates(folder: str, agent_id: str) -> Callable[[], None]:
    session, numbers = AgentSession(folder), count(os.getpid() * 1_000_000)

    def write() -> None:
        if not session.update_state(agent_id, metadata={"step": next(numbers)}):
            raise RuntimeError("an update was refused")

    return write


def _floors(folder: str) -> dict[str, tuple[int, Maker]]:
    return {
        FLOOR_ONE: (1, lambda _: _appends(f"{folder}/one", is_locked=False)),
        FLOOR_SAME: (MANY, lambda _: _appends(f"{folder}/same", is_locked=True)),
        FLOOR_OWN: (MANY, lambda number: _appends(f"{folder}/own-{number}", is_locked=False)),
    }


def _appends(path: str, *, is_locked: bool) -> Callable[[], None]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write() -> None:
        if is_locked:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, LINE)
        fdatasync(descriptor)
        if is_locked:
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    return write


def _rows(name: str, waits: Found, seconds: float) -> list[Row]:
    ours, floor = (_a_second(waits[each], seconds) for each in (name, FLOORS[name]))
    worst, floors_worst = (max(all_of(waits[each])) * 1e3 for each in (name, FLOORS[name]))
    count_of_waits = len(all_of(waits[name]))
    share = Row(
        what=f"{name}: throughput, as a share of the floor's",
        value=ours / floor,
        unit=TIMES,
        ours=name,
        floor=FLOORS[name],
        n=count_of_waits,
        note=f"{ours:.0f} writes a second, the floor {floor:.0f}",
    )
    fairness = f"the slowest process did {_fairness(waits[name]):.0%} of the fastest"
    wait = Row(
        what=f"{name}: worst wait",
        value=worst,
        unit="ms",
        ours=name,
        floor=FLOORS[name],
        n=count_of_waits,
        note=f"the floor's {floors_worst:.0f} ms; {fairness}",
    )
    return [share, wait]


def _a_second(runs: list[Waits], seconds: float) -> float:
    return median(sum(map(len, run)) / seconds for run in runs)


def _fairness(runs: list[Waits]) -> float:
    return median(min(map(len, run)) / max(map(len, run)) for run in runs)


def _lost(folder: str, waits: Found) -> str:
    """Every write that was acknowledged is there, or this fails."""
    session = AgentSession(folder)
    steps = [row["agent_id"] for row in session.list_sessions()]
    kept = sum((session.get_session(each) or {"revision": 0})["revision"] - 1 for each in steps)
    acknowledged = sum(len(all_of(waits[name])) for name in FLOORS)
    if kept != acknowledged:
        raise RuntimeError(f"{acknowledged} updates were acknowledged, {kept} are there")
    return f"All {acknowledged} updates that were acknowledged are there."
