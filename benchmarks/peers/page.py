"""`docs/benchmarks/peers.md`: the same work in several systems, made from the results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.measures.peers import BARE, CREATE, DECIDE, DELETE, IMPORT, LIST, SIZE, UPDATE
from benchmarks.measures.peers_faults import GONE, LOST, REFUSED, UNREADABLE, WAKE
from benchmarks.peers.catalogue import FILES, PEERS, POSTGRES, ROLLBACK, WAL
from benchmarks.report import amount, duration, number
from benchmarks.results import TIMES, Curve, Measured, from_json

PAGE, PICTURE = "peers.md", "peers.svg"
NAMES = (FILES, WAL, ROLLBACK, POSTGRES, *(each.name for each in PEERS))
CALLS = (CREATE, UPDATE, DECIDE, LIST, DELETE)
_NOTHING = "\N{EN DASH}"

_INTRODUCTION = """\
# Beside other systems

Made by `make bench`; do not edit.

The same work in each system, by its own calls, with its embedded store as it is by itself: a
session of about 1 KB is created, one thing in it is updated, a process that is asked to resume
reads whether it waits, the newest 100 are listed, and 20 old ones are removed (the figure is
for each). All take turns in one run. **Only the ratios carry over to another machine.** These
systems keep sessions for different ends; what each does in a call is said below the table.
"""
_BETTER = """\
## Where another is faster, and why

Every write here is one durable transaction of a record, of a line in its journal, which is
chained to the line before it, and of what is measured of it; others write one row, or files
that are never synced. A resume check reads the record with its last event, holds both against
each other, and judges every criterion, so that a refusal names its reason; a read elsewhere is
a read. A session's bytes here hold its whole history.
"""


def markdown(results: Mapping[str, Any]) -> str | None:
    """None where they were not measured."""
    found = {
        name: from_json(results["measures"][name])
        for name in ("peers", "peers_faults", "peers_scaling")
        if "rows" in results["measures"].get(name, {})
    }
    calls = found.get("peers")
    if calls is None:
        return None
    machine = [f"| {what} | {is_} |" for what, is_ in results["machine"].items()]
    day = results["measures"]["peers"]["measured_on"]
    parts = [_INTRODUCTION, f"Measured on {day}.\n", "| | |\n|---|---|", *machine, ""]
    parts += [f"![What a call costs]({PICTURE})", "", *_calls(calls), ""]
    parts += [*(f"- {note}" for note in calls.notes), "", _BETTER, *_faster(calls), ""]
    if "peers_faults" in found:
        parts += ["## When things go wrong", "", *_faults(found["peers_faults"]), ""]
    if "peers_scaling" in found:
        parts += ["## As the store grows", "", *_growth(found["peers_scaling"].curves)]
    return "\n".join(parts)


def _table(columns: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| | {' | '.join(columns)} |"
    yield f"|---|{'--:|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


# --- one call at a time -----------------------------------------------------------------------


def _calls(calls: Measured) -> Iterator[str]:
    measured = (name for name in NAMES if f"{name}: {UPDATE}" in calls.times)
    return _table([*CALLS, IMPORT, SIZE], ([name, *_cells(calls, name)] for name in measured))


def _cells(calls: Measured, name: str) -> Iterator[str]:
    for what in CALLS:
        times = calls.times.get(f"{name}: {what}")
        yield duration(times.median) if times else _NOTHING
    # What is imported is the same for each store of ours.
    of = name if name in {each.name for each in PEERS} else FILES
    whole, bare = (calls.times[f"{of}: {what}"].median for what in (IMPORT, BARE))
    yield duration(whole - bare)
    sizes = {row.what: row for row in calls.rows}
    row = sizes.get(f"{name}: {SIZE}")
    yield amount(row.value, row.unit) if row else _NOTHING


def _faster(calls: Measured) -> Iterator[str]:
    """Each that costs less than ours in SQLite, with a write-ahead log."""
    yield "Beside SQLite with a write-ahead log here:\n"
    for what in CALLS:
        ours = calls.times[f"{WAL}: {what}"].median
        others = {
            each.name: calls.times[f"{each.name}: {what}"].median
            for each in PEERS
            if f"{each.name}: {what}" in calls.times
        }
        better = sorted((time, name) for name, time in others.items() if time < ours)
        words = [f"{name} {number(time / ours)}{TIMES}" for time, name in better]
        yield f"- {what}: {'; '.join(words) or 'none'}."


# --- when things go wrong ---------------------------------------------------------------------


def _faults(faults: Measured) -> Iterator[str]:
    yield faults.notes[0] + "\n"
    rows = {row.what: row for row in faults.rows}
    whats = (REFUSED, LOST, UNREADABLE, GONE, WAKE)

    def cells(name: str) -> Iterator[str]:
        for what in whats:
            row = rows.get(f"{name}: {what}")
            if row is None:
                yield _NOTHING
            elif row.unit == "ms":
                yield amount(row.value, row.unit)
            else:
                yield f"{row.value:.0f} {row.unit}"

    measured = (name for name in NAMES if f"{name}: {LOST}" in rows)
    yield from _table(list(whats), ([name, *cells(name)] for name in measured))


# --- as the store grows -----------------------------------------------------------------------


def _growth(curves: list[Curve]) -> Iterator[str]:
    for what in dict.fromkeys(curve.store for curve in curves):
        of_kind = [curve for curve in curves if curve.store == what]
        sizes = [f"{size:,}".replace(",", " ") for size, _ in of_kind[0].points]
        yield f"**{what}**, by the number of sessions in the store:\n"
        yield from _table([*sizes, "the last beside the first"], map(_grown, of_kind))
        yield ""


def _grown(curve: Curve) -> list[str]:
    costs = [seconds for _, seconds in curve.points]
    return [curve.what, *map(duration, costs), f"{number(costs[-1] / costs[0])}{TIMES}"]
