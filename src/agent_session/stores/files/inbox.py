"""What waits for a person's answer, and which session holds which approval: two more hints in
`.index/`.

`pending` is a log as those of the agents are: a line when a session asks for something (`+`)
and one when nothing in it waits any more (`-`). Every other change of what is pending leaves a
line too, always after the journal, so that whoever watches the log then finds what is new.
`approvals` has a line for each approval that a record holds (`+`), and one when it holds it no
more (`-`). Both cost nothing where no approval is about.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import is_agent_id
from agent_session.core.codec import encode
from agent_session.core.store import ids_held, ids_pending

from . import disk, index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agent_session.core import errors
    from agent_session.core.state import Record

    from .index import Hint
else:
    errors = Late("agent_session.core.errors")

# Not the names of agents' logs, which end in `glance.LOG`.
PENDING = "pending"
APPROVALS = "approvals"

_BLOCK = 1 << 20
_LONGEST_LINE = 256
_QUOTES = 6  # in `["+","APPROVAL ID","AGENT ID"]`


# --- reading ----------------------------------------------------------------------------------


def pending(root: str) -> list[str] | None:
    """The sessions in which something may wait; None where the index is not to be trusted."""
    return index.ask(
        root, lambda folder: [hint.agent_id for hint in index.live_in(folder, PENDING)]
    )


def holders(root: str, approval_id: str) -> list[str] | None:
    """The sessions that may hold the approval; None where the index is not to be trusted."""
    return index.ask(root, lambda folder: _named_after(approval_id, folder))


def _named_after(approval_id: str, folder: int) -> list[str]:
    """The ids that stand after the approval's in any line; no line is parsed, for they are
    many.
    """
    start = f'"{approval_id}","'.encode()
    try:
        descriptor, status = disk.open_plain(APPROVALS, folder)
    except FileNotFoundError:
        return []
    try:
        rests = _rests_after(start, descriptor, status.st_size)
        names = dict.fromkeys(
            rest.partition(b'"')[0].decode("ascii", "replace") for rest in rests
        )
    finally:
        disk.close(descriptor)
    return [name for name in names if is_agent_id(name)]


def _rests_after(start: bytes, descriptor: int, size: int) -> Iterator[bytes]:
    for at in range(0, size, _BLOCK):
        block = disk.read_range(descriptor, at, min(size, at + _BLOCK + _LONGEST_LINE))
        found = block.find(start)
        while 0 <= found < _BLOCK:
            end = found + len(start)
            yield block[end : end + _LONGEST_LINE]
            found = block.find(start, end)


# --- writing ----------------------------------------------------------------------------------


def announce(root: str, before: Record | None, after: Record) -> None:
    """Enter what a change brings, before it is made: a kill leaves a hint too many."""
    lines: dict[str, bytes] = {}
    if new := _without(_held(after), _held(before)):
        lines[APPROVALS] = _lines("+", after["agent_id"], new)
    if _without(_pending(after), _pending(before)):
        lines[PENDING] = index.hint_of(after, live=True).line()
    _append(root, lines)


def settle(root: str, before: Record | None, after: Record | None) -> None:
    """Enter what a change has ended, once it is made, and that something has changed.

    Without *after* the session is gone.
    """
    lines: dict[str, bytes] = {}
    if before is not None and (gone := _without(_held(before), _held(after))):
        lines[APPROVALS] = _lines("-", before["agent_id"], gone)
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


def _lines(mark: str, agent_id: str, approval_ids: Iterable[str]) -> bytes:
    return b"".join(
        f"\n{encode([mark, approval_id, agent_id])}\n".encode() for approval_id in approval_ids
    )


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
    lock = index.locked(folder, shared=False)
    try:
        _write_approvals(folder, _entered_in(folder))
    finally:
        disk.close(lock)


_COMPACT = {PENDING: _compact_pending, APPROVALS: _compact_approvals}


def _entered_in(folder: int) -> dict[tuple[str, str], None]:
    """The pairs (approval, session) of the log, oldest first."""
    try:
        lines = disk.read_file(APPROVALS, folder, disk.LARGEST_LOG).split(b"\n")
    except FileNotFoundError:
        return {}
    entered: dict[tuple[str, str], None] = {}
    for line in lines:
        words = line.decode("ascii", "replace").split('"')
        if len(words) != _QUOTES + 1 or not is_agent_id(words[5]):
            continue
        entered.pop((words[3], words[5]), None)
        if words[1] == "+":
            entered[words[3], words[5]] = None
    return entered


def _known_in(folder: int) -> dict[tuple[str, str], None]:
    try:
        return _entered_in(folder)
    except (errors.UnsafeStoreError, errors.LimitExceededError):
        return {}


def _write_approvals(folder: int, entered: Iterable[tuple[str, str]]) -> None:
    lines = [_lines("+", agent_id, (approval_id,)) for approval_id, agent_id in entered]
    index.write_log(APPROVALS, folder, lines)


class Entries:
    """What a rebuild of the index enters here; whatever was entered before stays, for a writer
    may be about to make it true.
    """

    __slots__ = ("_folder", "_held", "_pending")

    def __init__(self, folder: int) -> None:
        self._folder = folder
        self._pending = index.known_in(folder, PENDING)
        self._held = _known_in(folder)

    def add(self, record: Record) -> None:
        for approval_id in ids_held(record):
            self._held[approval_id, record["agent_id"]] = None
        if ids_pending(record):
            self._pending[record["agent_id"]] = index.hint_of(record, live=True)

    def write(self) -> None:
        index.write_log(PENDING, self._folder, index.lines_of(self._pending))
        _write_approvals(self._folder, self._held)
