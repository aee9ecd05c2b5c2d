"""The phases of a session, and the only place that knows them.

Rule 1: whatever depends on which phase a session is in asks the tables in this file.
Rule 2: this file imports nothing, because every hook process loads it.

Any live phase may follow any other, since agents go back and forth; nothing follows a final
one.
"""

from __future__ import annotations

INITIALIZING = "initializing"
INVESTIGATING = "investigating"
PLANNING = "planning"
APPROVAL = "approval"
EXECUTING = "executing"
VALIDATING = "validating"
COMPLETED = "completed"
FAILED = "failed"
ABANDONED = "abandoned"

LIVE = (INITIALIZING, INVESTIGATING, PLANNING, APPROVAL, EXECUTING, VALIDATING)
FINAL = (COMPLETED, FAILED, ABANDONED)
PHASES = LIVE + FINAL

RESUMABLE = frozenset({INVESTIGATING, PLANNING, APPROVAL})
# Where an agent touches the world: whoever is lost here leaves it in doubt what was done.
ACTING = frozenset({EXECUTING, VALIDATING})


def is_final(phase: str) -> bool:
    return phase in FINAL


def is_resumable(phase: str) -> bool:
    return phase in RESUMABLE


def is_acting(phase: str) -> bool:
    return phase in ACTING


def outcome_of_exit_code(exit_code: int) -> str:
    """The final phase of a run that ended by itself."""
    return COMPLETED if exit_code == 0 else FAILED
