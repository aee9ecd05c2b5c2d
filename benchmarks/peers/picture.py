"""What a call costs in each system: a dot for each, on one logarithmic scale a call."""

from __future__ import annotations

import math

from benchmarks.drawing import Drawing
from benchmarks.peers.page import CALLS, NAMES
from benchmarks.report import duration
from benchmarks.results import Measured

_WIDTH, _LEFT, _RIGHT, _STEP = 920, 300, 110, 20


def picture(calls: Measured) -> str:
    drawing = Drawing(
        _WIDTH,
        "What a call costs",
        "Bars: the median of a call in each system.",
    )
    drawing.text(24, 34, "What a call costs, here and elsewhere", "title")
    drawing.text(24, 54, "medians of one run; each step of the scale is ten times", "faint")
    y = 76.0
    for what in CALLS:
        found = {
            name: calls.times[f"{name}: {what}"].median
            for name in NAMES
            if f"{name}: {what}" in calls.times
        }
        y = _panel(drawing, y, what, found)
    return drawing.document(y)


def _panel(drawing: Drawing, top: float, what: str, found: dict[str, float]) -> float:
    """The fastest first."""
    drawing.text(24, top + 14, what, "head")
    least = math.floor(math.log10(min(found.values())))
    most = math.ceil(math.log10(max(found.values())))
    bottom = top + 24 + _STEP * len(found)
    for power in range(least, most + 1):
        x = _x(10.0**power, least, most)
        drawing.line(x, top + 22, x, bottom, "grid")
        drawing.text(x, bottom + 13, duration(10.0**power), "faint", "middle")
    for place, (name, seconds) in enumerate(sorted(found.items(), key=lambda each: each[1])):
        y = top + 24 + _STEP * place
        is_ours = name.startswith("agent-session")
        drawing.text(_LEFT - 12, y + 13, name, "strong" if is_ours else "", "end")
        width = _x(seconds, least, most) - _LEFT
        drawing.bar(_LEFT, y + 3, width, 12, "met" if is_ours else "plain")
        drawing.text(_WIDTH - 20, y + 13, duration(seconds), "strong", "end")
    return bottom + 34


def _x(seconds: float, least: int, most: int) -> float:
    share = (math.log10(seconds) - least) / max(1, most - least)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)
