"""Weighing what is kept of one session: its journal's chain, and the snapshot beside it."""

from __future__ import annotations

from agent_session.local import disk

from . import journal, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .root import Root

# A change by hand is no flaw: it is honoured, and the next write enters it in the journal.
_SNAPSHOT_FLAWS = {
    session.STALE: "state.json is older than the journal, as after a crash between both writes",
    session.INVALID: "state.json is no valid record; the journal has it all",
    session.IMPORTED: "there is a journal, but no event in it",
}


def flaws(root: Root, agent_id: str) -> list[str]:
    """What is wrong, a sentence each; SessionNotFoundError, StateCorruptedError."""
    folder = root.open_session(agent_id)
    try:
        found = session.read_session(agent_id, folder)
        opened = journal.open_journal(folder)
    except FileNotFoundError:
        return []  # a folder of the first implementation has no journal to compare with
    finally:
        disk.close(folder)
    try:
        of_snapshot = [_SNAPSHOT_FLAWS[found.kind]] if found.kind in _SNAPSHOT_FLAWS else []
        return [*journal.flaws_in(opened), *of_snapshot]
    finally:
        disk.close(opened.descriptor)
