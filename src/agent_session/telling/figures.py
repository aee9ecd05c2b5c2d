"""The measures as people read them: their words, units and trends."""

from __future__ import annotations

from agent_session.core.figures import BYTES, SECONDS, SHARE

from .words import size_of, span_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_GAP = " "
_LONGEST_LINE = 48
COUNT = "count"


class Told:
    """A figure by its *name* in a report: in *words*, its *unit*, and what it is a share or a
    percentile *of*, to be filled with the counts.
    """

    __slots__ = ("has_trend", "name", "of", "unit", "words")

    def __init__(
        self, name: str, words: str, unit: str, of: str = "", *, has_trend: bool = True
    ) -> None:
        self.name = name
        self.words = words
        self.unit = unit
        self.of = of
        self.has_trend = has_trend


_DURATIONS = "{sessions_with_duration} ended"
_ANSWERS = "{approvals_decided} decided"
FIGURES = (
    Told("counts.sessions", "sessions", COUNT),
    Told("delegations", "delegations", COUNT),
    Told("resume_rate", "resume rate", SHARE, "{delegations_resumed} of {delegations}"),
    Told(
        "resume_success_rate",
        "resume success",
        SHARE,
        "{resumed_sessions_completed} of {resumed_sessions_ended} ended",
    ),
    Told("duration_seconds.median", "duration, median", SECONDS, _DURATIONS),
    Told("duration_seconds.p95", "duration, 95 %", SECONDS, _DURATIONS),
    Told("error_rate", "error rate", SHARE, "{sessions_with_errors} of {sessions}"),
    Told("time_to_decision_seconds.median", "decision after, median", SECONDS, _ANSWERS),
    Told("time_to_decision_seconds.p95", "decision after, 95 %", SECONDS, _ANSWERS),
    Told("storage_bytes", "storage", BYTES, has_trend=False),
)


def shown(value: float | None, unit: str) -> str:
    """`61 %`, `4 min 12 s`, `1.2 MiB`; a dash for none."""
    if value is None:
        return "-"
    if unit == SHARE:
        return f"{value:.0%}".replace("%", " %")
    if unit == SECONDS:
        return span_of(value)
    return size_of(int(value)) if unit == BYTES else str(int(value))


def sparkline(values: Sequence[float | None]) -> str:
    """A bar each, the last ones where there are many; a gap for none."""
    last = values[-_LONGEST_LINE:]
    highest = max((value for value in last if value is not None), default=0) or 1
    bars = (
        _GAP if value is None else _BARS[round(value / highest * (len(_BARS) - 1))]
        for value in last
    )
    return "".join(bars).rstrip()
