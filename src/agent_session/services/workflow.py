"""An agent's stop, taken in whole: its session kept or finalized, and its run written down.

Every stop leaves one line of metrics and one in the audit log, whatever became of the session;
no fault of these logs stands in the way of the stop itself.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.claims import NOBODY
from agent_session.core.instants import at
from agent_session.core.workflow import anomalies_of, metrics_of, text_of, turn_summary

from .stops import IGNORED, Stop, apply_stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Protocol

    from agent_session.core import errors
    from agent_session.core.claims import Claimant
    from agent_session.core.instants import datetime
    from agent_session.core.workflow import Anomaly, Metrics

    from .sessions import Sessions

    class Logs(Protocol):
        """Where stops are written down. Every method raises StoreError where that fails."""

        def recent_metrics(self) -> Iterable[Mapping[str, Any]]:
            """Metrics written before, newest first."""

        def add_metrics(self, metrics: Mapping[str, Any]) -> None: ...

        def add_anomalies(self, anomalies: Iterable[Mapping[str, Any]]) -> None: ...

        def raise_flag(self, flag: Mapping[str, Any]) -> None:
            """Leave word that somebody should look; it takes the place of the word before."""

        def audit(self, line: Mapping[str, Any]) -> None: ...
else:
    errors = Late("agent_session.core.errors")

HOOK = "subagent_stop"
_WHOSE = ("session_id", "task_id", "agent")


class TakenStop:
    """What became of a stop; *is_logged* once every line about it is written."""

    __slots__ = ("anomalies", "is_logged", "metrics", "stop")

    def __init__(self, stop: Stop, metrics: Metrics, anomalies: list[Anomaly]) -> None:
        self.stop = stop
        self.metrics = metrics
        self.anomalies = anomalies
        self.is_logged = False


class Workflow:
    """The stops of a project's agents; its sessions are opened late, for that may fail too."""

    def __init__(
        self, open_sessions: Callable[[], Sessions], logs: Logs, *, now: Callable[[], datetime]
    ) -> None:
        self._open_sessions = open_sessions
        self._logs = logs
        self._now = now

    def take_stop(
        self,
        task_info: Mapping[str, Any],
        agent_output: object = "",
        *,
        exit_code: object = None,
        outcome: Any = None,
        session_id: object = None,
        who: Claimant = NOBODY,
    ) -> TakenStop:
        """Apply the stop of the agent that *task_info* names and write it down.

        Nothing need be of the right type, and no error of ours is raised.
        """
        metrics = metrics_of(task_info, agent_output, exit_code, self._now(), session_id)
        agent_id, summary = task_info.get("agent_id") or None, turn_summary(agent_output)
        stop = self._apply(agent_id, metrics["exit_code"], outcome, summary, who)
        taken = TakenStop(stop, metrics, self._anomalies_of(metrics))
        taken.is_logged = self._write_down(taken, text_of(task_info.get("agent_id")))
        return taken

    def _apply(
        self, agent_id: Any, exit_code: int, outcome: Any, summary: str | None, who: Claimant
    ) -> Stop:
        try:
            return apply_stop(
                self._open_sessions(), agent_id, exit_code, outcome, summary=summary, who=who
            )
        except errors.AgentSessionError as error:
            return Stop(IGNORED, None, error.code, str(error))

    def _anomalies_of(self, metrics: Metrics) -> list[Anomaly]:
        try:
            return anomalies_of(metrics, self._logs.recent_metrics())
        except errors.AgentSessionError:
            return anomalies_of(metrics, ())

    def _write_down(self, taken: TakenStop, agent_id: str | None) -> bool:
        logs, metrics = self._logs, taken.metrics
        written = [_is_written(logs.add_metrics, metrics)]
        if taken.anomalies:
            whose = {word: metrics[word] for word in ("timestamp", *_WHOSE)}
            lines = [{**whose, **anomaly} for anomaly in taken.anomalies]
            flag = {"timestamp": metrics["timestamp"], "anomalies": lines}
            written.append(_is_written(logs.add_anomalies, lines))
            written.append(_is_written(logs.raise_flag, flag))
        written.append(_is_written(logs.audit, _audit_line(taken, agent_id)))
        return all(written)

    def log_refusal(self, reason: str, message: str) -> None:
        """Enter what could not be told to be a stop in the audit log."""
        refused = Stop(IGNORED, None, reason, message)
        line = {"timestamp": at(self._now()), "hook": HOOK, **_outcome_of(refused)}
        _is_written(self._logs.audit, line)


def _audit_line(taken: TakenStop, agent_id: str | None) -> dict[str, Any]:
    metrics = taken.metrics
    return {
        "timestamp": metrics["timestamp"],
        "hook": HOOK,
        **_outcome_of(taken.stop),
        "agent_id": agent_id,
        "exit_code": metrics["exit_code"],
        **{word: metrics[word] for word in _WHOSE},
    }


def _outcome_of(stop: Stop) -> dict[str, Any]:
    return {
        "success": stop.succeeded,
        "action": stop.action,
        "phase": stop.phase,
        "reason": stop.reason,
        "message": text_of(stop.message),
    }


def _is_written(write: Callable[[Any], None], what: object) -> bool:
    """False for any error of ours, the end of the caller's time among them."""
    try:
        write(what)
    except errors.AgentSessionError:
        return False
    return True
