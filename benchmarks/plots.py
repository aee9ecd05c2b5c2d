"""The two plots: what has an aim, as bars; and the cost of a question by the store's size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from benchmarks.drawing import Drawing
from benchmarks.report import amount, duration, number
from benchmarks.results import TIMES, Curve, Row

_WIDTH = 920
_LEFT, _RIGHT = 400, 110
_STEP, _BAR = 24, 14
_COLOURS = ("one", "two", "three", "four")


def bars(rows_by_title: Mapping[str, Sequence[Row]]) -> str:
    """A panel for each measure and unit, its own scale from nought; a tick is the aim."""
    drawing = Drawing(
        _WIDTH, "Measured against aims", "Bars: what was measured. Ticks: the aims."
    )
    drawing.text(24, 34, "What it costs beside its floor", "title")
    _legend(drawing, 54)
    y = 82.0
    for title, rows in rows_by_title.items():
        for unit in dict.fromkeys(row.unit for row in rows if row.aim is not None):
            aimed = [row for row in rows if row.aim is not None and row.unit == unit]
            if any(map(_extent, aimed)):  # where all are nought and shall be, words are enough
                y = _panel(drawing, y, title, unit, aimed)
    return drawing.document(y)


def _legend(drawing: Drawing, y: float) -> None:
    for x, kind, words in ((24, "met", "aim met"), (104, "missed", "aim not met")):
        drawing.bar(x, y - 10, 12, 12, kind)
        drawing.text(x + 18, y, words, "faint")
    drawing.line(214, y - 11, 214, y + 3, "aim")
    drawing.text(224, y, "the aim, at most", "faint")
    drawing.line(340, y - 4, 364, y - 4, "spread")
    drawing.text(372, y, "over the run", "faint")
    drawing.text(
        472, y, f"{TIMES}: ratio of medians in one run; 1 is the floor itself", "faint"
    )


def _panel(drawing: Drawing, top: float, title: str, unit: str, rows: Sequence[Row]) -> float:
    drawing.text(24, top + 14, title if unit == TIMES else f"{title}, in {unit}", "head")
    largest = 1.04 * max(map(_extent, rows))
    bottom = top + 26 + _STEP * len(rows)
    for tick in _ticks(largest):
        x = _x(tick, largest)
        drawing.line(x, top + 22, x, bottom, "axis" if unit == TIMES and tick == 1 else "grid")
        drawing.text(x, bottom + 13, f"{tick:g}", "faint", "middle")
    for place, row in enumerate(rows):
        _row(drawing, top + 26 + _STEP * place, row, largest)
    return bottom + 34


def _extent(row: Row) -> float:
    """A disturbed part of the run is shown as far as it leaves the others readable."""
    return max(row.value, row.aim or 0, min(row.high or 0, row.value * 1.3))


def _row(drawing: Drawing, y: float, row: Row, largest: float) -> None:
    start, aim = _x(0, largest), _x(row.aim or 0, largest)
    drawing.text(_LEFT - 12, y + 13, row.what, "", "end")
    drawing.bar(
        start, y + 2, _x(row.value, largest) - start, _BAR, "met" if row.is_met else "missed"
    )
    if row.low is not None and row.high is not None:
        least, most = (
            _x(max(0.0, min(bound, largest)), largest) for bound in (row.low, row.high)
        )
        drawing.line(least, y + 2 + _BAR / 2, most, y + 2 + _BAR / 2, "spread")
    drawing.line(aim, y - 1, aim, y + _BAR + 5, "aim")
    drawing.text(_WIDTH - 20, y + 13, amount(row.value, row.unit), "strong", "end")


def _x(value: float, largest: float) -> float:
    return _LEFT + value / largest * (_WIDTH - _LEFT - _RIGHT)


def _ticks(largest: float) -> list[float]:
    """Round numbers from nought, four to eight of them."""
    step = 10.0 ** math.floor(math.log10(largest))
    while largest / step < 4:
        step /= 2
    return [step * number_ for number_ in range(int(largest / step) + 1)]


_TOP, _BOTTOM, _INNER_LEFT, _INNER_RIGHT = 84, 400, 64, 250


def curves(found: Sequence[Curve]) -> str:
    """Cost against that in the smallest store, by the number of sessions in one kind of it."""
    kind = found[0].store
    drawing = Drawing(
        _WIDTH,
        f"Cost by the size of the store: {kind}",
        "Lines: cost as a multiple of that at the smallest size.",
    )
    drawing.text(24, 34, f"What a question costs as a store grows: {kind}", "title")
    drawing.text(
        24,
        54,
        "times the cost in the smallest store; sessions in the store, on a logarithmic scale",
        "faint",
    )
    sizes = [size for size, _ in found[0].points]
    aims = {each.aim for each in found if each.aim is not None}
    highest = max(max(_shares(each)) for each in found)
    largest = max([highest, *aims, 2.0]) * 1.1
    _axes(drawing, sizes, largest)
    _draw_curves(drawing, found, largest)
    for aim in aims:
        y = _y(aim, largest)
        drawing.line(_INNER_LEFT, y, _WIDTH - _INNER_RIGHT, y, "aim dashed")
        drawing.text(_INNER_LEFT + 8, y - 7, f"aim: at most {aim:g}{TIMES}", "faint halo")
    return drawing.document(_BOTTOM + 48)


def _axes(drawing: Drawing, sizes: Sequence[int], largest: float) -> None:
    for tick in _ticks(largest):
        y = _y(tick, largest)
        drawing.line(_INNER_LEFT, y, _WIDTH - _INNER_RIGHT, y, "grid" if tick else "axis")
        drawing.text(_INNER_LEFT - 10, y + 4, f"{tick:g}{TIMES}", "faint", "end")
    for size in sizes:
        drawing.text(
            _across(size, sizes), _BOTTOM + 20, f"{size:,}".replace(",", " "), "faint", "middle"
        )


def _draw_curves(drawing: Drawing, found: Sequence[Curve], largest: float) -> None:
    sizes = [size for size, _ in found[0].points]
    ends: list[float] = []
    order = sorted(zip(found, _COLOURS, strict=False), key=lambda each: -_shares(each[0])[-1])
    for curve, colour in order:
        shares = _shares(curve)
        points = [
            (_across(size, sizes), _y(share, largest))
            for size, share in zip(sizes, shares, strict=True)
        ]
        drawing.curve(points, colour)
        y = max([points[-1][1], *(end + 36 for end in ends[-1:])])
        ends.append(y)
        x = points[-1][0] + 14
        drawing.text(x, y - 2, curve.what, f"strong {colour}")
        at_last = f"{number(shares[-1])}{TIMES}, {duration(curve.points[-1][1])}"
        drawing.text(x, y + 14, at_last, "faint")


def _shares(curve: Curve) -> list[float]:
    return [seconds / curve.points[0][1] for _, seconds in curve.points]


def _y(share: float, largest: float) -> float:
    return _BOTTOM - share / largest * (_BOTTOM - _TOP)


def _across(size: int, sizes: Sequence[int]) -> float:
    share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
    return _INNER_LEFT + 24 + share * (_WIDTH - _INNER_LEFT - _INNER_RIGHT - 24)
