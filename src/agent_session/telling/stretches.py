"""A session's life as stretches of time, one a phase, and what happened in each."""

from __future__ import annotations

from agent_session.core import phases
from agent_session.core.instants import moment

from .story import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core.instants import datetime

# What is worth a mark, by the kind of its event.
MARKS: Mapping[str, str] = {
    "approval_requested": "asked",
    "approval_decided": "answered",
    "approval_used": "used",
    "approval_drifted": "drifted",
    "stopped": "stopped",
    "claimed": "claimed",
    "resolved": "resolved",
    "edited": "edited",
}
ERROR = "error"


class Mark:
    """Something that happened at *at*: its *kind*, one of MARKS or ERROR, in words."""

    __slots__ = ("at", "kind", "words")

    def __init__(self, at: str, kind: str, words: str) -> None:
        self.at = at
        self.kind = kind
        self.words = words


class Stretch:
    """The time in one *phase*, from *begun* until *ended*: None where it goes on, or where the
    phase is final.
    """

    __slots__ = ("begun", "ended", "marks", "phase")

    def __init__(self, phase: str, begun: str) -> None:
        self.phase = phase
        self.begun = begun
        self.ended: str | None = None
        self.marks: list[Mark] = []

    def seconds(self, now: datetime) -> float:
        """How long it lasted, up to *now* where it goes on; a final phase does not last."""
        if phases.is_final(self.phase):
            return 0.0
        end = now if self.ended is None else _moment(self.ended, now)
        return max((end - _moment(self.begun, now)).total_seconds(), 0.0)

    def share(self, at: str, now: datetime) -> float:
        """Where in it *at* is, from 0 at its beginning to 1 at its end."""
        passed = (_moment(at, now) - _moment(self.begun, now)).total_seconds()
        whole = self.seconds(now)
        return min(max(passed / whole, 0.0), 1.0) if whole else 0.0


def stretches_of(events: Sequence[Mapping[str, Any]]) -> list[Stretch]:
    """What *events*, the oldest first, have brought about; a journal that somebody has changed
    may hold anything, and is told all the same.
    """
    found: list[Stretch] = []
    phase = ""
    for event in events:
        words, phase = told(event, phase)
        at = str(event["at"])
        if not found or found[-1].phase != phase:
            if found:
                found[-1].ended = at
            found.append(Stretch(phase, at))
        found[-1].marks += _marks_of(event, at, words)
    return found


def _marks_of(event: Mapping[str, Any], at: str, words: str) -> Iterator[Mark]:
    if event["kind"] in MARKS:
        yield Mark(at, MARKS[event["kind"]], words)
    data = event["data"]
    if isinstance(data, dict) and "error" in data:
        yield Mark(at, ERROR, words)


def _moment(text: str, now: datetime) -> datetime:
    """*now* for what is no time."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        return now
