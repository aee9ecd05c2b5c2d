"""The measures counted anew, session by session, from every record that ever stood."""

from __future__ import annotations

import statistics
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent_session.core.state import Record


def recounted(
    stood: Mapping[tuple[str, str, int], Record],
    notes: Iterable[Mapping[str, Any]],
    since: str | None,
    until: str | None,
    agent_name: str | None,
    now: str,
) -> dict[str, Any]:
    """What `Measures.report` says, but for its periods and targets."""

    def counts(at: str, name: str | None) -> bool:
        is_within = (since is None or at >= since) and (until is None or at < until)
        return is_within and (agent_name is None or name == agent_name)

    lives: dict[tuple[str, str], list[Record]] = {}
    for agent_id, created_at, _ in sorted(stood):
        lives.setdefault((agent_id, created_at), [])
    for key in sorted(stood):
        lives[key[:2]].append(stood[key])
    checks = [each for each in notes if counts(each["at"], each["agent_name"])]
    asked = [
        each
        for life in lives.values()
        for each in {
            each["id"]: each for record in life for each in record["approvals"]
        }.values()
        if counts(each["requested_at"], life[0]["agent_name"])
    ]
    sessions = [
        life for life in lives.values() if counts(life[0]["created_at"], life[0]["agent_name"])
    ]
    last = [life[-1] for life in sessions]
    resumed = [
        life[-1]
        for life in sessions
        if len({turn["started_at"] for record in life for turn in record["turns"]}) > 1
    ]
    ended = [each for each in resumed if each["phase"] in ("completed", "failed", "abandoned")]
    done = [each for each in ended if each["phase"] == "completed"]
    durations = [
        each["duration_seconds"] for each in last if each["duration_seconds"] is not None
    ]
    failing = [each for each in last if each["error_count"]]
    yes = [each for each in checks if each["decision"] == "resume"]
    waits = [_seconds(each) for each in asked if each["decision"]]
    return {
        "delegations": len(checks),
        "resume_rate": len(yes) / len(checks) if checks else None,
        "resume_success_rate": len(done) / len(ended) if ended else None,
        "error_rate": len(failing) / len(last) if last else None,
        "duration_seconds": _spread(durations),
        "time_to_decision_seconds": _spread(waits),
        "approvals": _by_status(asked, now),
        "counts": {
            "delegations_resumed": len(yes),
            "delegations_by_reason": {
                reason: sum(each["reason"] == reason for each in checks)
                for reason in {each["reason"] for each in checks}
            },
            "sessions": len(last),
            "sessions_resumed": len(resumed),
            "resumed_sessions_ended": len(ended),
            "resumed_sessions_completed": len(done),
            "sessions_with_errors": len(failing),
            "sessions_with_duration": len(durations),
            "approvals_decided": len(waits),
        },
    }


def _seconds(approval: Mapping[str, Any]) -> float:
    asked, answered = map(
        datetime.fromisoformat, (approval["requested_at"], approval["decision"]["at"])
    )
    return max((answered - asked).total_seconds(), 0.0)


def _spread(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "p95": None}
    worse = [sum(other <= each for other in values) for each in values]
    p95 = min(
        each for each, rank in zip(values, worse, strict=True) if rank * 20 >= len(values) * 19
    )
    return {"median": statistics.median_low(values), "p95": p95}


def _by_status(asked: list[Any], now: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for each in asked:
        ends = (each["grant"] or each)["expires_at"]
        is_over = each["status"] in ("pending", "approved") and ends <= now
        status = "expired" if is_over else each["status"]
        strength = each["decision"]["strength"] if each["decision"] else "none"
        of_status = found.setdefault(status, {})
        of_status[strength] = of_status.get(strength, 0) + 1
    return found
