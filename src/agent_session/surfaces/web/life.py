"""What the page of one session shows beside its record: its life as bars, events and turns, and
whether it would be resumed.
"""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING, Any

from agent_session.core import approvals, phases
from agent_session.core.codec import encode
from agent_session.core.resume import SESSION_RESUMABLE
from agent_session.telling.clocks import clocks_of
from agent_session.telling.inbox import what_is_shown
from agent_session.telling.story import told
from agent_session.telling.stretches import stretches_of
from agent_session.telling.words import short_span_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent_session.core.chain import Event
    from agent_session.core.instants import datetime
    from agent_session.core.resume import Finding
    from agent_session.core.state import Record
    from agent_session.telling.stretches import Stretch
    from agent_session.wiring import Wiring

MOST_EVENTS = 200
MOST_BARS = 100
# The drawing, in units of its own.
WIDTH = 1000
_GAP = 2
_NARROWEST = 6.0


def life_of(wiring: Wiring, record: Record, *, is_whole: bool) -> dict[str, Any]:
    """What the template `_session.html` takes, with the newest events, or all of them."""
    now, agent_id = wiring.now(), record["agent_id"]
    events = list(wiring.reports.timeline(agent_id))
    judged = wiring.resumes.judge(agent_id)
    findings = wiring.resumes.explain(agent_id)
    return {
        "bars": _bars(stretches_of(events)[-MOST_BARS:], now),
        "width": WIDTH,
        "events": list(_rows(events))[0 if is_whole else -MOST_EVENTS :],
        "left_out": 0 if is_whole else max(len(events) - MOST_EVENTS, 0),
        "turns": record["turns"],
        "asked": [_asked(each, now) for each in reversed(record["approvals"])],
        "reason": judged.reason,
        "is_resumable": judged.reason == SESSION_RESUMABLE,
        "decision": judged.decision,
        "findings": [_finding(each, judged.reason) for each in findings],
        "clocks": [each.as_coarse_row(now) for each in clocks_of(record, wiring.policy, now)],
        "is_final": phases.is_final(record["phase"]),
    }


# --- bars -------------------------------------------------------------------------------------


def _bars(stretches: Sequence[Stretch], now: datetime) -> list[dict[str, Any]]:
    """Each as wide as the logarithm of how long it lasted: seconds of work stay visible beside
    a day of waiting.
    """
    weights = [log1p(each.seconds(now)) for each in stretches]
    room = WIDTH - _GAP * len(stretches) - _NARROWEST * len(stretches)
    unit = max(room, 0.0) / (sum(weights) or 1.0)
    bars, left = [], 0.0
    for stretch, weight in zip(stretches, weights, strict=True):
        width = _NARROWEST + weight * unit
        bars.append(_bar(stretch, left, width, now))
        left += width + _GAP
    return bars


def _bar(stretch: Stretch, left: float, width: float, now: datetime) -> dict[str, Any]:
    lasts = not phases.is_final(stretch.phase)
    return {
        "phase": stretch.phase,
        "begun": stretch.begun,
        "lasted": short_span_of(stretch.seconds(now)) if lasts else "",
        "goes_on": lasts and stretch.ended is None,
        "left": round(left, 1),
        "width": round(width, 1),
        "marks": [
            {
                "kind": mark.kind,
                "words": mark.words,
                "at": mark.at,
                "left": round(left + stretch.share(mark.at, now) * width, 1),
            }
            for mark in stretch.marks
        ],
    }


# --- rows -------------------------------------------------------------------------------------


def _rows(events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    phase = ""
    for event in events:
        words, phase = told(event, phase)
        said = {"at": event["at"], "kind": event["kind"], "actor": event["actor"]}
        yield {**said, "words": words, "is_error": "error" in _object(event["data"])}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _asked(approval: approvals.Approval, now: datetime) -> dict[str, Any]:
    decision = approval["decision"] or {}
    return {
        "id": approval["id"],
        "status": approvals.status_at(approval, now),
        "what": what_is_shown(approval) or approval["id"],
        "requested_at": approval["requested_at"],
        "by": decision.get("by"),
        "words": decision.get("reason"),
    }


def _finding(finding: Finding, reason: str) -> dict[str, Any]:
    value = finding.value if isinstance(finding.value, str) else encode(finding.value)
    return {
        "reason": finding.reason,
        "holds": finding.holds,
        "decides": not finding.holds and finding.reason == reason,
        "value": value,
        "limit": finding.limit,
    }
