"""What follows when a session enters a phase, and when a turn of its agent begins or ends.

A turn runs from a start or a resume to the next stop.
"""

from __future__ import annotations

from . import approvals, phases
from .instants import seconds_between
from .state import history_kept, turns_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .state import PhaseChange, Record


def enter_phase(record: Record, phase: str, at: str) -> Record:
    """*record* in *phase*, with the change in its history and everything that follows from the
    phase.
    """
    final = phases.is_final(phase)
    change: PhaseChange = {"from_phase": record["phase"], "to_phase": phase, "timestamp": at}
    after: Record = {
        **record,
        "phase": phase,
        "resume_ready": phases.is_resumable(phase),
        "history": [*record["history"], change][-history_kept(record) :],
        "finalized_at": at if final else None,
        "duration_seconds": seconds_between(record["created_at"], at) if final else None,
    }
    return _end(after, at) if final else after


def _end(record: Record, at: str) -> Record:
    """Nobody goes on with it: no claim, no open turn, and nothing that waits for an answer."""
    closed = [approvals.closed(each, at) for each in record["approvals"]]
    return end_turn({**record, "claim": None, "approvals": closed}, at)


def begin_turn(record: Record, at: str) -> Record:
    """A turn that nobody ended is ended here: its agent was lost, and left no summary."""
    turn = {"started_at": at, "ended_at": None, "summary": None}
    turns = [*end_turn(record, at)["turns"], turn]
    return {**record, "turns": turns[-turns_kept(record) :]}


def end_turn(record: Record, at: str, summary: str | None = None) -> Record:
    turns = record["turns"]
    if not is_in_turn(record):
        return record
    return {**record, "turns": [*turns[:-1], {**turns[-1], "ended_at": at, "summary": summary}]}


def is_in_turn(record: Record) -> bool:
    turns = record["turns"]
    return bool(turns) and turns[-1]["ended_at"] is None
