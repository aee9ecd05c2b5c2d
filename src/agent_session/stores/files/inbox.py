"""What waits for a person's answer, and which session holds which approval: two more hints in
`.index/`.

`pending` is a log as those of the agents are: a line when a session asks for something (`+`)
and one when nothing in it waits any more (`-`). Every other change of what is pending leaves a
line too, always after the journal, so that whoever watches the log then finds what is new.
`approvals` tells the session of each approval that a record holds, as `pairs` are kept. Both
cost nothing where no approval is about.
"""

from __future__ import annotations

from agent_session.core.store import ids_held, ids_pending
from agent_session.local import disk

from . import index, pairs
from .glance import PENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_session.core.state import Record

    from .index import Hint

# Not the names of agents' logs, which end in `glance.LOG`.
APPROVALS = "approvals"


# --- reading ----------------------------------------------------------------------------------


def pending(root: str) -> list[str] | None:
    """The sessions in which something may wait; None where the index is not to be trusted."""
    return index.ask(
        root, lambda folder: [hint.agent_id for hint in index.live_in(folder, PENDING)]
    )


def holders(root: str, approval_id: str) -> list[str] | None:
    """The sessions that may hold the approval; None where the index is not to be trusted."""
    return index.ask(root, lambda folder: pairs.sessions_of(approval_id, APPROVALS, folder))


# --- writing ----------------------------------------------------------------------------------


def announce(root: str, before: Record | None, after: Record) -> None:
    """Enter what a change brings, before it is made: a kill leaves a hint too many."""
    lines: dict[str, bytes] = {}
    if new := _without(_held(after), _held(before)):
        lines[APPROVALS] = pairs.lines("+", after["agent_id"], new)
    if _without(_pending(after), _pending(before)):
        lines[PENDING] = index.hint_of(after, live=True).line()
    _append(root, lines)


def settle(root: str, before: Record | None, after: Record | None) -> None:
    """Enter what a change has ended, once it is made, and that something has changed.

    Without *after* the session is gone.
    """
    lines: dict[str, bytes] = {}
    if before is not None and (gone := _without(_held(before), _held(after))):
        lines[APPROVALS] = pairs.lines("-", before["agent_id"], gone)
    if _pending(before) != _pending(after):
        lines[PENDING] = _newer(before, after, live=bool(_pending(after))).line()
    _append(root, lines)


def _newer(before: Record | None, after: Record | None, *, live: bool) -> Hint:
    """Dated by the later of both, so that no clock that was set back revives what is over."""
    known = [each for each in (before, after) if each is not None]
    return index.hint_of(max(known, key=lambda each: each["last_updated"]), live=live)


def _held(record: Record | None) -> list[str]:
    return ids_held(record) if record else []


def _pending(record: Record | None) -> list[str]:
    return ids_pending(record) if record else []


def _without(some: list[str], others: list[str]) -> list[str]:
    return [each for each in some if each not in others]


def _append(root: str, lines: Mapping[str, bytes]) -> None:
    if not lines:
        return
    folder = index.open_to_write(root)
    try:
        for log, size in index.append(folder, lines).items():
            if index.is_due(size, len(lines[log])):
                _COMPACT[log](folder)
    finally:
        disk.close(folder)


# --- rewriting --------------------------------------------------------------------------------


def _compact_pending(folder: int) -> None:
    index.compact(folder, PENDING, is_due=True)


def _compact_approvals(folder: int) -> None:
    pairs.compact(APPROVALS, folder)


_COMPACT = {PENDING: _compact_pending, APPROVALS: _compact_approvals}


class Entries:
    """What a rebuild of the index enters here; whatever was entered before stays, for a writer
    may be about to make it true.
    """

    __slots__ = ("_folder", "_held", "_pending")

    def __init__(self, folder: int) -> None:
        self._folder = folder
        self._pending = index.known_in(folder, PENDING)
        self._held = pairs.known_in(APPROVALS, folder)

    def add(self, record: Record) -> None:
        for approval_id in ids_held(record):
            self._held[approval_id, record["agent_id"]] = None
        if ids_pending(record):
            self._pending[record["agent_id"]] = index.hint_of(record, live=True)

    def write(self) -> None:
        index.write_log(PENDING, self._folder, index.lines_of(self._pending))
        pairs.write(APPROVALS, self._folder, self._held)
