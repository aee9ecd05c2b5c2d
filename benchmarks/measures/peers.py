"""What a session costs here and elsewhere, one call at a time, all systems in turn."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from benchmarks.bench import Bench
from benchmarks.peers.catalogue import FILES, WAL, System
from benchmarks.peers.driven import Driven, Made, size_of, systems
from benchmarks.programs import Program, environment
from benchmarks.results import Measured, Row
from benchmarks.rounds import Samples, Subject, interleave, ratio, summary_of, unrest

CREATE, UPDATE, DECIDE, LIST, DELETE = "create", "update", "decide", "list", "delete old"
# What a driver is asked to do for each; its other commands have other uses.
ASKED: dict[str, tuple[Any, ...]] = {LIST: ("list_newest",), DELETE: ("delete_old", 20)}
IMPORT, BARE, SIZE = "import", "bare interpreter", "bytes a session"
SESSIONS = 1_000
# (rounds in full, rounds in short, how often in a turn)
_ROUNDS = {
    CREATE: (200, 20, 2),
    UPDATE: (300, 20, 3),
    DECIDE: (300, 20, 3),
    LIST: (60, 15, 1),
    DELETE: (20, 12, 1),
}
# Of each peer, the most that our update in SQLite may cost beside its own.
_MOST_OF_UPDATE = {"langgraph": 1.0, "strands": 0.65}
_MOST_OF_ANOTHERS_UPDATE, _MOST_OF_READ = 0.35, 0.5


def named(system: System, what: str) -> str:
    return f"{system.name}: {what}"


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    with ExitStack() as until_end:
        made, notes = until_end.enter_context(systems(bench))
        driven = [until_end.enter_context(each.driven()) for each in made]
        for each in driven:
            each.ask("fill", bench.pick(SESSIONS, 200))
        bench.settle()
        samples: Samples = {}
        for what, (rounds, fewer, burst) in _ROUNDS.items():
            samples |= interleave(
                _subjects(driven, what),
                bench.pick(rounds, fewer),
                seconds=bench.seconds,
                burst=burst,
            )
        samples |= _imports(bench, made)
        rows = [*_aims(samples, made), *_sizes(bench, made)]
    times = {name: summary_of(each) for name, each in samples.items()}
    return Measured(rows=rows, times=times, notes=notes, unrest=unrest(samples))


def subject(driven: Driven, what: str) -> Subject:
    asked = ASKED.get(what, (what,))
    return lambda: float(driven.ask(*asked))


def _subjects(driven: list[Driven], what: str) -> dict[str, Subject]:
    return {
        named(each.made.system, what): subject(each, what)
        for each in driven
        if what != LIST or each.made.system.lists
    }


def _imports(bench: Bench, made: list[Made]) -> Samples:
    """Of ours only once: what is imported is the same for each of its stores."""
    subjects: dict[str, Subject] = {}
    for each in made:
        if each.system.is_ours and each.system.name != FILES:
            continue
        python = bench.python if each.system.is_ours else each.python
        around = environment(bench.folder("importing")) | {
            name: value for name, value in each.variables.items() if name == "PYTHONPATH"
        }
        for what, statement in ((IMPORT, each.system.statement), (BARE, "pass")):
            program = Program([python, "-c", statement], around)
            subjects[named(each.system, what)] = program.run
    return interleave(subjects, bench.pick(30, 12), seconds=bench.seconds, dropped=2)


def _aims(samples: Samples, made: list[Made]) -> list[Row]:
    ours = f"{WAL}: {UPDATE}"
    rows = []
    for system in (each.system for each in made if not each.system.is_ours):
        most = _MOST_OF_UPDATE.get(system.pins, _MOST_OF_ANOTHERS_UPDATE)
        what = f"update in SQLite, against {system.name}"
        rows.append(ratio(samples, what, ours, named(system, UPDATE), most))
        if system.pins == "langgraph":
            what = f"resume check in SQLite, against {system.name}"
            read = f"{WAL}: {DECIDE}"
            rows.append(ratio(samples, what, read, named(system, DECIDE), _MOST_OF_READ))
    return rows


def _sizes(bench: Bench, made: list[Made]) -> list[Row]:
    """On the disk, once all that used it have ended."""
    rows = []
    for each in made:
        place, count = each.new_place(), bench.pick(SESSIONS, 200)
        with each.driven(place) as driven:
            driven.ask("fill", count)
        if size := size_of(place):
            what = named(each.system, SIZE)
            rows.append(Row(what=what, value=size / count / 1e3, unit="KB", n=count))
    return rows
