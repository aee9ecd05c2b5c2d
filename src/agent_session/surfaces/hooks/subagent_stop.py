"""After an agent has stopped: its session is kept or finalized, its run is written down."""

from __future__ import annotations

from agent_session.core.workflow import text_of
from agent_session.services.stops import IGNORED
from agent_session.wiring import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session.services.workflow import TakenStop

_ACTOR = "subagent_stop"
USAGE = """\
subagent_stop.py: keeps or finalizes the session of an agent that has stopped.

  echo '{"task_info": {"agent_id": "agent-1"}}' | python3 hooks/subagent_stop.py

On stdin, a JSON object: task_info (agent_id, task_id, agent, tier, tags), agent_output, and
where they are known exit_code, outcome (completed, failed or abandoned) and session_id.
A stop in the phase investigating, planning or approval is a pause, unless there is an outcome.
On stdout: success, action (paused, finalized or ignored), agent_id, phase, reason, message,
exit_code, duration_ms, anomalies, logged. The exit status is always 0.
"""


def decide(payload: dict[str, Any]) -> dict[str, Any]:
    """Take the stop that *payload* tells of; whatever the store says, there is an answer."""
    task_info = payload.get("task_info")
    task_info = task_info if isinstance(task_info, dict) else {}
    agent_id = task_info.get("agent_id") or payload.get("agent_id")
    joined = wire(_ACTOR)
    taken = joined.workflow.take_stop(
        {**task_info, "agent_id": agent_id},
        payload.get("agent_output"),
        exit_code=payload.get("exit_code"),
        outcome=payload.get("outcome"),
        session_id=payload.get("session_id"),
        who=joined.claimant(),
    )
    return answer(taken, text_of(agent_id))


def answer(taken: TakenStop, agent_id: str | None) -> dict[str, Any]:
    """The JSON of what became of a stop."""
    stop, metrics = taken.stop, taken.metrics
    return {
        "success": stop.succeeded,
        "action": stop.action,
        "agent_id": agent_id,
        "phase": stop.phase,
        "reason": stop.reason,
        "message": stop.message,
        "exit_code": metrics["exit_code"],
        "duration_ms": metrics["duration_ms"],
        "anomalies": [anomaly["type"] for anomaly in taken.anomalies],
        "logged": taken.is_logged,
    }


def refuse(reason: str, message: str) -> dict[str, Any]:
    """The JSON of what could not be told to be a stop."""
    return {
        "success": False,
        "action": IGNORED,
        "agent_id": None,
        "phase": None,
        "reason": reason,
        "message": message,
        "exit_code": None,
        "duration_ms": None,
        "anomalies": [],
        "logged": False,
    }


def note(reason: str, message: str) -> None:
    """Enter what could not be told to be a stop in the audit log."""
    wire(_ACTOR).workflow.log_refusal(reason, message)


def main(arguments: list[str]) -> int:
    """Run as a program."""
    if arguments:
        from .program import print_usage

        return print_usage(USAGE)
    from .program import run

    return run(decide, refuse, note)
