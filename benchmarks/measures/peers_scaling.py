"""What a call costs as the store grows, here and elsewhere."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from benchmarks.bench import Bench
from benchmarks.measures.peers import DECIDE, LIST, UPDATE, named, subject
from benchmarks.peers.driven import Driven, Made, systems
from benchmarks.results import Curve, Measured
from benchmarks.rounds import Samples, Subject, interleave, summary_of, unrest

_WHAT = (UPDATE, DECIDE, LIST)


def measure(bench: Bench) -> Measured:
    """Each store is filled by the system's own calls, so that this takes its time."""
    bench.require_real_disk()
    sizes = [200, 1_000] if bench.is_quick else [1_000, 10_000, 100_000]
    with ExitStack() as until_end:
        made, notes = until_end.enter_context(systems(bench))
        driven = {
            (each, size): until_end.enter_context(each.driven())
            for each in made
            for size in sizes
        }
        with ThreadPoolExecutor(2) as two:
            list(two.map(_fill, [(each, size) for (_, size), each in driven.items()]))
        bench.settle()
        samples: Samples = {}
        for what in _WHAT:
            samples |= interleave(
                _subjects(driven, what), bench.pick(60, 15), seconds=bench.seconds, dropped=2
            )
    times = {name: summary_of(each) for name, each in samples.items()}
    curves = [
        Curve(
            what=each.system.name,
            aim=None,
            store=what,
            points=[(size, times[at_size(each, what, size)].median) for size in sizes],
        )
        for what in _WHAT
        for each in made
        if what != LIST or each.system.lists
    ]
    return Measured(rows=[], times=times, curves=curves, notes=notes, unrest=unrest(samples))


def at_size(made: Made, what: str, size: int) -> str:
    return f"{named(made.system, what)}, {size} sessions"


def _fill(one: tuple[Driven, int]) -> None:
    driven, size = one
    driven.ask("fill", size)
    print(f"filled {driven.made.system.name}: {size}", file=sys.stderr, flush=True)


def _subjects(driven: dict[tuple[Made, int], Driven], what: str) -> dict[str, Subject]:
    return {
        at_size(made, what, size): subject(each, what)
        for (made, size), each in driven.items()
        if what != LIST or made.system.lists
    }
