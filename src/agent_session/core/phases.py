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
# Where nothing was asked for yet: another way can be tried from here as it is.
_BEFORE_ASKING = frozenset({INITIALIZING, INVESTIGATING, PLANNING})


def is_final(phase: str) -> bool:
    return phase in FINAL


def is_resumable(phase: str) -> bool:
    return phase in RESUMABLE


def is_acting(phase: str) -> bool:
    return phase in ACTING


def phase_of_fork(phase: str) -> str:
    """Where a fork of a session in *phase* begins: at the latest it plans anew, for nobody has
    approved anything of it.
    """
    return phase if phase in _BEFORE_ASKING else PLANNING


def outcome_of_exit_code(exit_code: int) -> str:
    """The final phase of a run that ended by itself."""
    return COMPLETED if exit_code == 0 else FAILED
