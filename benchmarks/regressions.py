"""What has become slower beside its floor since the published run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.results import TIMES, Row, from_json

# A short run on a machine that does other work too: less than this says nothing.
NOTICED = 2.0


def regressions(results: Mapping[str, Any], published: str) -> list[tuple[Row, Row]]:
    """Each ratio of *results* that is NOTICED times the worst part of the published run, and
    that run's row; none where nothing was published.
    """
    try:
        with open(published, encoding="utf-8") as file:
            before = _ratios(json.load(file))
    except FileNotFoundError:
        return []
    return [
        (row, before[what])
        for what, row in _ratios(results).items()
        if what in before and row.value > NOTICED * _worst(before[what])
    ]


def _ratios(results: Mapping[str, Any]) -> dict[str, Row]:
    return {
        row.what: row
        for found in results["measures"].values()
        if "rows" in found
        for row in from_json(found).rows
        if row.unit == TIMES
    }


def _worst(row: Row) -> float:
    return max(row.value, row.high or 0.0)
