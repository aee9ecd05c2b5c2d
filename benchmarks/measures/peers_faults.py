"""What becomes of a session that eight write to at once, or whose writer is killed; and how
soon one that waits for a decision goes on.
"""

from __future__ import annotations

from statistics import median

from benchmarks.bench import Bench
from benchmarks.databases import FILES, POSTGRES, SQLITE
from benchmarks.measures.approvals import Lives, wake_up_seconds
from benchmarks.peers import catalogue
from benchmarks.peers.driven import Made, systems
from benchmarks.results import Measured, Row

WRITERS, TIMES_EACH, KILLS = 8, 200, 200
REFUSED, LOST = "notes refused with an error", "notes acknowledged and lost"
UNREADABLE, GONE = "unreadable after a kill", "notes lost by a kill"
WAKE = "wake-up after a decision"
_KINDS = {catalogue.FILES: FILES, catalogue.POSTGRES: POSTGRES}


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    rows: list[Row] = []
    with systems(bench) as (made, notes):
        for each in made:
            rows += _crowd(each, bench.pick(TIMES_EACH, 20))
            rows += _kills(each, bench.pick(KILLS, 10))
            if each.system.wakes:
                rows.append(_wake(bench, each, bench.pick(20, 3)))
    return Measured(rows=rows, notes=[_WORK, *notes])


def _crowd(made: Made, times: int) -> list[Row]:
    with made.driven() as driven:
        found = driven.ask("crowd", WRITERS, times)
    there = max(0, found["there"])
    counts = {
        REFUSED: found["asked"] - found["acknowledged"],
        LOST: max(0, found["acknowledged"] - there),
    }
    return _rows(made, counts, found["asked"])


def _kills(made: Made, count: int) -> list[Row]:
    with made.driven() as driven:
        found = driven.ask("kills", count)
    return _rows(made, {UNREADABLE: found["unreadable"], GONE: found["lost"]}, count)


def _rows(made: Made, counts: dict[str, int], n: int) -> list[Row]:
    """None may be lost, of ours."""
    is_aimed = made.system.is_ours
    return [
        Row(
            what=f"{made.system.name}: {what}",
            value=float(value),
            unit=f"of {n}",
            n=n,
            aim=0.0 if is_aimed and what != REFUSED else None,
        )
        for what, value in counts.items()
    ]


def _wake(bench: Bench, made: Made, count: int) -> Row:
    if made.system.is_ours:
        kind = _KINDS.get(made.system.name, SQLITE)
        url = None if kind == FILES else made.new_place()
        lives = Lives(bench.folder("wake"), url)
        seconds = [wake_up_seconds(lives) for _ in range(count)]
    else:
        with made.driven() as driven:
            seconds = [float(driven.ask("wake")) for _ in range(count)]
    return Row(
        what=f"{made.system.name}: {WAKE}", value=median(seconds) * 1e3, unit="ms", n=count
    )


_WORK = (
    f"{WRITERS} processes each read one session and add one to a count of their own in it, "
    f"{TIMES_EACH} times over. Then {KILLS} writers of one session are killed, each within "
    "30 ms of its first write, and another process reads what is there."
)
