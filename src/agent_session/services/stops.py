"""An agent stopped: was that a pause, or the end?

A stop in a resumable phase is a pause and the session is kept; in any other phase it is the end; with an explicit
outcome it is the end whatever the phase.
"""

from __future__ import annotations

from agent_session.core import phases
from agent_session.core.errors import InvalidAgentIdError, SessionFinalError, SessionNotFoundError, StateCorruptedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sessions import Sessions

PAUSED = "paused"
FINALIZED = "finalized"
IGNORED = "ignored"


class Stop:
    """What a stop came to: *action* is paused, finalized or ignored; *reason* says why it was ignored."""

    __slots__ = ("action", "agent_id", "phase", "reason")

    def __init__(self, action: str, agent_id: str | None, phase: str | None = None, reason: str | None = None) -> None:
        self.action = action
        self.agent_id = agent_id
        self.phase = phase
        self.reason = reason


def apply_stop(sessions: Sessions, agent_id: str | None, exit_code: int, outcome: str | None = None) -> Stop:
    """Keep or finalize the session of an agent that stopped.  StoreError where the store itself fails."""
    if agent_id is None:
        return Stop(IGNORED, None, reason="no_agent_id")
    try:
        record = sessions.get(agent_id)
        phase = record["phase"]
        if outcome is None and phases.is_resumable(phase):
            return Stop(PAUSED, agent_id, phase)
        finished = sessions.finalize(agent_id, outcome or phases.outcome_of_exit_code(exit_code))
        return Stop(FINALIZED, agent_id, finished["phase"])
    except (SessionNotFoundError, InvalidAgentIdError, StateCorruptedError, SessionFinalError) as error:
        return Stop(IGNORED, agent_id, reason=error.code)
