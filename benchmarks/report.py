"""`docs/benchmarks/README.md`, made from the results; nothing in it is written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.results import TIMES, TO, Measured, Row, Summary, from_json

BARS = "ratios.svg"

_INTRODUCTION = """\
# Benchmarks

Made by `python3 benchmarks/run.py`; do not edit.

Every figure compares what this project does with its *floor*, the least that the job could
cost, in one run: floor and subject take turns, in another order each round, and the first few
rounds do not count. **Only the ratios carry over to another machine**; the times are those of
the machine below, which did other work too. *Over the run* is the least and the greatest result
in ten parts of the run: where they lie far apart, the machine was not calm.
"""


def markdown(results: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    parts = [_INTRODUCTION, _machine(results["machine"]), _aims(results["measures"])]
    pictures = [f"![{words}]({name})\n" for name, words in results["pictures"].items()]
    sections = [
        _section(title, results["measures"].get(name)) for name, title in titles.items()
    ]
    return "\n".join([*parts, *pictures, *filter(None, sections)])


def picture_of(kind: str) -> str:
    """The file in which the cost by size of one kind of store is drawn."""
    return "scaling.svg" if kind == "files" else f"scaling-{kind.lower()}.svg"


def _machine(machine: Mapping[str, str]) -> str:
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {what} | {is_} |" for what, is_ in machine.items()), ""]
    )


def _aims(measures: Mapping[str, Any]) -> str:
    rows = [
        row for found in measures.values() if "rows" in found for row in from_json(found).rows
    ]
    aimed = [row for row in rows if row.aim is not None]
    missed = [
        f"- {row.what}: {amount(row.value, row.unit)} (aim {amount(row.aim or 0, row.unit)})"
        for row in aimed
        if not row.is_met
    ]
    sentence = f"**{len(aimed) - len(missed)} of {len(aimed)} aims are met.**"
    return "\n".join([sentence + (" Not met:\n" if missed else ""), *missed, ""])


def _section(title: str, found: Mapping[str, Any] | None) -> str:
    if found is None:
        return ""
    if "why_not" in found:
        return f"## {title}\n\nNot measured: {found['why_not']}.\n"
    measured = from_json(dict(found))
    return "\n".join(
        [
            f"## {title}",
            "",
            *_notes(measured, found),
            "",
            "| what | ours, median (p99) | floor, median (p99) | result | over the run "
            "| aim | met | n |",
            "|---|--:|--:|--:|--:|--:|---|--:|",
            *(_line(row, measured.times) for row in measured.rows),
            "",
            *_details(measured.times),
        ]
    )


def _notes(measured: Measured, found: Mapping[str, Any]) -> Iterator[str]:
    calm = f"load before it {found['load']}, unrest {measured.unrest:.2f}"
    yield f"Measured on {found['measured_on']}; {calm}."
    yield from measured.notes


def _line(row: Row, times: Mapping[str, Summary]) -> str:
    what = f"{row.what} ({row.note})" if row.note else row.what
    over = (
        ""
        if row.low is None or row.high is None
        else f"{number(row.low)}{TO}{number(row.high)}"
    )
    cells = [
        what,
        _with_p99(times.get(row.ours)),
        _with_p99(times.get(row.floor)),
        f"**{amount(row.value, row.unit)}**",
        over,
        "" if row.aim is None else f"≤ {amount(row.aim, row.unit)}",
        {None: "", True: "yes", False: "**no**"}[row.is_met],
        str(row.n),
    ]
    return f"| {' | '.join(cells)} |"


def _with_p99(times: Summary | None) -> str:
    return f"{duration(times.median)} ({duration(times.p99)})" if times else ""


def _details(times: Mapping[str, Summary]) -> Iterator[str]:
    if not times:
        return
    yield from ("<details><summary>All times</summary>", "")
    yield "| | median | quartiles | p99 | worst | n |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, each in times.items():
        quartiles = f"{duration(each.q1)}{TO}{duration(each.q3)}"
        yield (
            f"| {name} | {duration(each.median)} | {quartiles} | {duration(each.p99)} | "
            f"{duration(each.worst)} | {each.n} |"
        )
    yield from ("", "</details>", "")


def duration(seconds: float) -> str:
    """`432 µs`, `6.1 ms`, `1.20 s`: three digits."""
    for unit, factor in (("µs", 1e6), ("ms", 1e3)):
        if seconds * factor < 1000:
            return f"{number(seconds * factor)} {unit}"
    return f"{number(seconds)} s"


def amount(value: float, unit: str) -> str:
    return f"{number(value)}{unit}" if unit == TIMES else f"{number(value)} {unit}"


def number(value: float) -> str:
    """Three digits, as far as they say something."""
    for limit, digits in ((10, 2), (100, 1)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"
