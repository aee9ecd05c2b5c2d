"""An agent stopped: was that a pause, or the end?

A stop in a resumable phase is a pause and the session is kept; in any other phase it is the
end; with an explicit outcome it is the end whatever the phase.
"""

from __future__ import annotations

from agent_session.core import Late, phases
from agent_session.core.claims import NOBODY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core import errors
    from agent_session.core.claims import Claimant

    from .sessions import Sessions
else:
    errors = Late("agent_session.core.errors")

PAUSED = "paused"
FINALIZED = "finalized"
IGNORED = "ignored"

NO_AGENT_ID = "no_agent_id"


class Stop:
    """What a stop came to: *action* is paused, finalized or ignored.

    *reason* (a word) and *message* (a sentence) say why it was ignored.
    """

    __slots__ = ("action", "message", "phase", "reason")

    def __init__(
        self,
        action: str,
        phase: str | None = None,
        reason: str | None = None,
        message: str | None = None,
    ) -> None:
        self.action = action
        self.phase = phase
        self.reason = reason
        self.message = message

    @property
    def succeeded(self) -> bool:
        """True once the law is done: also where no session was named, so that none is due."""
        return self.action != IGNORED or self.reason == NO_AGENT_ID


def apply_stop(
    sessions: Sessions,
    agent_id: str | None,
    exit_code: int,
    outcome: str | None = None,
    *,
    summary: str | None = None,
    who: Claimant = NOBODY,
) -> Stop:
    """Keep or finalize the session of an agent that stopped, or say why neither can be done.

    *summary* is what its turn came to. StoreError where the store itself fails.
    """
    if agent_id is None:
        return Stop(IGNORED, reason=NO_AGENT_ID)
    try:
        ended_as = phases.outcome_of_exit_code(exit_code)
        phase = sessions.stop(agent_id, ended_as, outcome, summary=summary, who=who)["phase"]
        return Stop(FINALIZED if phases.is_final(phase) else PAUSED, phase)
    except errors.SessionFinalError as error:
        return Stop(IGNORED, error.phase, error.code, str(error))
    except (errors.RefusedError, errors.StateCorruptedError) as error:
        return Stop(IGNORED, None, error.code, str(error))
