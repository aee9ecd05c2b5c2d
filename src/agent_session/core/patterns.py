"""What goes wrong again and again: where agents fail, with which errors, where time goes, which
resumes and approvals come to nothing.

Each finding has its counts and a few ids to look at.
"""

from __future__ import annotations

from . import approvals, phases
from .approvals import status_at
from .figures import percentile
from .instants import seconds_between

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .instants import datetime
    from .state import Record

MOST_EXAMPLES = 3
_LONGEST_SHAPE = 160
_LONGEST_MESSAGE = 2000
# Each is linear: no repetition within a repetition.
_VARIES = (
    (r"(?i)\b[a-z]{2,10}://[^\s'\"]+", "<url>"),
    (r"(?<![\w.])[~.]{0,2}/[\w./@:+-]+", "<path>"),
    (r"\b(?=[0-9a-fA-F-]*[0-9])[0-9a-fA-F-]{8,}\b", "<id>"),
    (r"'[^'\n]*'|\"[^\"\n]*\"", "<text>"),
    (r"\d+", "<n>"),
)


def shape_of(message: str) -> str:
    """*message* without what differs from time to time: paths, ids, quoted texts, numbers."""
    import re

    shape = message[:_LONGEST_MESSAGE]
    for varies, stands_for in _VARIES:
        shape = re.sub(varies, stands_for, shape)
    return " ".join(shape.split())[:_LONGEST_SHAPE]


class _Group:
    """How many there are of a kind, and a few of them."""

    __slots__ = ("count", "examples")

    def __init__(self) -> None:
        self.count = 0
        self.examples: list[str] = []

    def add(self, example: str | None) -> None:
        self.count += 1
        if example and len(self.examples) < MOST_EXAMPLES and example not in self.examples:
            self.examples.append(example)


class _Groups:
    """Groups by the values that tell them apart, in *words*."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._groups: dict[tuple[str, ...], _Group] = {}

    def add(self, *key: str, example: str | None) -> None:
        self._groups.setdefault(key, _Group()).add(example)

    def rows(self) -> list[dict[str, Any]]:
        """The largest first."""
        ordered = sorted(self._groups.items(), key=lambda item: (-item[1].count, item[0]))
        return [
            {
                **dict(zip(self._words, key, strict=True)),
                "count": group.count,
                "examples": group.examples,
            }
            for key, group in ordered
        ]


class Patterns:
    """Goes through sessions and delegation checks, the newest of them first."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.sessions = 0
        self._failures = _Groups("agent", "phase")
        self._errors = _Groups("shape")
        self._refusals = _Groups("reason")
        self._lost = _Groups("agent", "outcome")
        self._approvals: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._stays: dict[str, list[tuple[float, str]]] = {}

    def add(self, record: Record) -> None:
        agent_id, agent_name = record["agent_id"], record["agent_name"]
        self.sessions += 1
        if record["phase"] == phases.FAILED:
            self._failures.add(agent_name, _before_the_end(record), example=agent_id)
        if record["last_error"]:
            self._errors.add(shape_of(record["last_error"]["message"]), example=agent_id)
        was_resumed = len({turn["started_at"] for turn in record["turns"]}) > 1
        if was_resumed and record["phase"] in {phases.FAILED, phases.ABANDONED}:
            self._lost.add(agent_name, record["phase"], example=agent_id)
        for approval in record["approvals"]:
            asked = (agent_name, approval["action"]["tool"] or approval["action"]["kind"])
            fate = (status_at(approval, self.now), approval["id"])
            self._approvals.setdefault(asked, []).append(fate)
        for phase, seconds in _stays_in(record):
            self._stays.setdefault(phase, []).append((seconds, agent_id))

    def add_delegation(self, line: Mapping[str, Any]) -> None:
        """One that found a session and did not resume it."""
        reason, agent_id = line.get("reason"), line.get("agent_id")
        if line.get("decision") == "new" and isinstance(agent_id, str):
            self._refusals.add(str(reason), example=agent_id)

    def report(self) -> dict[str, Any]:
        return {
            "sessions": self.sessions,
            "failures": self._failures.rows(),
            "errors": self._errors.rows(),
            "slow_phases": sorted(
                map(_slow_phase, self._stays, self._stays.values()),
                key=lambda row: -row["p95_seconds"],
            ),
            "resumes_refused": self._refusals.rows(),
            "resumes_failed": self._lost.rows(),
            "approvals": sorted(
                _unheard(self._approvals), key=lambda row: (-row["count"], row["agent"])
            ),
        }


def _before_the_end(record: Record) -> str:
    """The phase in which it failed, as far as the record has kept its history."""
    return record["history"][-1]["from_phase"] if record["history"] else record["phase"]


def _stays_in(record: Record) -> Iterator[tuple[str, float]]:
    """Each stay in a phase that was left again, and how long it was."""
    begun = record["created_at"] if _is_whole(record) else None
    for change in record["history"]:
        if begun is not None and not phases.is_final(change["from_phase"]):
            yield change["from_phase"], seconds_between(begun, change["timestamp"])
        begun = change["timestamp"]


def _is_whole(record: Record) -> bool:
    """False where the record has dropped the beginning of its history."""
    history = record["history"]
    return bool(history) and history[0]["from_phase"] == phases.INITIALIZING


def _slow_phase(phase: str, stays: list[tuple[float, str]]) -> dict[str, Any]:
    ordered = sorted(stays)
    seconds = [each for each, _ in ordered]
    longest = dict.fromkeys(agent_id for _, agent_id in reversed(ordered))
    return {
        "phase": phase,
        "count": len(stays),
        "median_seconds": percentile(seconds, 50),
        "p95_seconds": percentile(seconds, 95),
        "examples": list(longest)[:MOST_EXAMPLES],
    }


_UNHEARD = (approvals.REJECTED, approvals.DRIFTED, approvals.EXPIRED, approvals.CANCELLED)


def _unheard(
    asked: Mapping[tuple[str, str], list[tuple[str, str]]],
) -> Iterator[dict[str, Any]]:
    """What was asked and came to nothing, of how many that were asked."""
    for (agent, what), fates in asked.items():
        for status in _UNHEARD:
            ids = [each for fate, each in fates if fate == status]
            if ids:
                yield {
                    "agent": agent,
                    "what": what,
                    "status": status,
                    "count": len(ids),
                    "of": len(fates),
                    "examples": ids[:MOST_EXAMPLES],
                }
