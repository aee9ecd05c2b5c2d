"""What docs/measures.md says of targets, weights, gauges and keys is what the code says."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from agent_session.core import suggesting
from agent_session.core.figures import TARGETS, figures
from agent_session.core.measures import Tally
from agent_session.core.patterns import Patterns
from agent_session.telling.figures import shown
from agent_session.telling.prometheus import exposition
from tests.e2e.documents import section, table
from tests.examples import NOW

PAGE = "docs/measures.md"


def cells(title: str) -> dict[str, list[str]]:
    """By what stands first in each row, without its marks."""
    return {row[0].strip("`"): row for row in table(section(PAGE, title))}


def test_the_targets_are_those_of_the_core() -> None:
    told = {name: row[2] for name, row in cells("Measures").items() if row[2]}

    assert told == {
        name: f"{'>' if each.more else '<'} {shown(each.bound, each.unit)}"
        for name, each in TARGETS.items()
    }


def test_every_figure_is_told() -> None:
    told = {name.partition(".")[0] for name in cells("Measures")}

    assert told == {*figures(Tally()), "storage_bytes"} - {"counts"}


def test_the_weights_are_those_of_the_core() -> None:
    assert [float(row[1]) for row in table(section(PAGE, "Suggestions"))] == [
        suggesting.WEIGHT_OF_TASK,
        suggesting.WEIGHT_OF_WORDS,
        suggesting.WEIGHT_OF_RECENCY,
    ]
    assert f"{suggesting.HALF_LIFE_SECONDS / 60:.0f} minutes" in section(PAGE, "Suggestions")


def test_every_kind_of_pattern_is_told() -> None:
    assert set(cells("Patterns")) == set(Patterns(NOW).report()) - {"sessions"}


def test_every_gauge_is_told() -> None:
    tally = Tally()
    tally.durations, tally.answers, tally.sessions = [1.0], [1.0], 1
    report = {
        **figures(tally),
        "storage_bytes": 1,
        "resume_rate": 0.5,
        "resume_success_rate": 1,
    }

    found = text_string_to_metric_families(exposition(report).decode())
    told = re.findall(r"`(agent_session_\w+)`", section(PAGE, "Prometheus"))

    assert {each.name for each in found} == set(told)
