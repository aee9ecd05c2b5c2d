"""`journal.jsonl`: the truth of a session, one sealed event a line.

A line counts once its newline is there and it says what an event says; a change counts once
its last event (the one without `more`) is there. What follows the last such line was never
acknowledged, and a writer cuts it off.
"""

from __future__ import annotations

import posix

from agent_session.core import Late
from agent_session.core.chain import NOTHING_BEFORE, flaw_in, is_event, link_of
from agent_session.core.codec import parse
from agent_session.local import disk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent_session.core import errors
    from agent_session.core.chain import Event
    from agent_session.local import writes
else:
    errors = Late("agent_session.core.errors")
    writes = Late("agent_session.local.writes")

NAME = "journal.jsonl"
_SAYS_MORE = b'"more":true'


class Journal:
    """An open journal: *last* acknowledged event (None in an empty one), and the *end* of its
    line.
    """

    __slots__ = ("descriptor", "end", "last", "size")

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self.size = size
        self.end = size
        self.last: Event | None = None
        lines = disk.lines_backwards(descriptor, size)
        for self.end, line in lines:
            self.last = acknowledged(line)
            if self.last is not None and _is_whole(lines):
                return
        self.end, self.last = 0, None

    @property
    def seq(self) -> int:
        return self.last["seq"] if self.last else 0

    @property
    def hash(self) -> str:
        return link_of(self.last) if self.last else NOTHING_BEFORE

    def events(self) -> Iterator[Event]:
        """Every event, oldest first; InvalidValueError at a line that is none."""
        for number, line in enumerate(self.lines(), 1):
            event = event_of(line)
            if event is None:
                raise errors.InvalidValueError(f"{NAME} line {number} is no event")
            yield event

    def lines(self) -> list[bytes]:
        return disk.read_range(self.descriptor, 0, self.end).split(b"\n")[:-1]

    def newest_first(self) -> Iterator[Event]:
        """Every event, newest first, up to the first line that is none."""
        for _, line in disk.lines_backwards(self.descriptor, self.end):
            event = event_of(line)
            if event is None:
                return
            yield event


def _is_whole(before: Iterator[tuple[int, bytes]]) -> bool:
    """False where a power cut has left zeros in the lines *before* the last of a change."""
    for _, line in before:
        if b"\0" in line:
            return False
        if _SAYS_MORE not in line:
            return True
    return True


def open_journal(folder: int, *, to_write: bool = False) -> Journal:
    """FileNotFoundError where there is none; UnsafeStoreError where it is no plain file."""
    flags = posix.O_RDWR | posix.O_APPEND if to_write else posix.O_RDONLY
    descriptor, status = disk.open_plain(NAME, folder, flags)
    try:
        return Journal(descriptor, status.st_size)
    except BaseException:
        disk.close(descriptor)
        raise


def append(journal: Journal, lines: bytes) -> None:
    """Add *lines* where the torn tail was, to stay; what could not be appended whole is cut off
    again.
    """
    cut_torn_tail(journal)
    try:
        disk.write_all(journal.descriptor, lines)
    except OSError as error:
        _cut_quietly(journal)
        raise disk.refused(error, f"append to {NAME}") from None
    writes.sync_data(journal.descriptor, NAME)


def cut_torn_tail(journal: Journal) -> None:
    if journal.size > journal.end:
        try:
            disk.calls.ftruncate(journal.descriptor, journal.end)
        except OSError as error:
            raise disk.refused(error, f"cut a torn line off {NAME}") from None


def _cut_quietly(journal: Journal) -> None:
    """A change that was not finished is a torn tail even where it cannot be cut: no reader
    believes it.
    """
    try:
        disk.calls.ftruncate(journal.descriptor, journal.end)
    except OSError:
        pass


def flaws_in(journal: Journal) -> list[str]:
    """The first line that breaks the chain, and a torn tail."""
    flaws = (
        [f"{NAME} ends in {journal.size - journal.end} torn bytes"]
        if journal.size > journal.end
        else []
    )
    seq, prev = 0, NOTHING_BEFORE
    for number, line in enumerate(journal.lines(), 1):
        event = event_of(line)
        flaw = "it is no event" if event is None else flaw_in(event, seq, prev)
        if flaw is not None or event is None:
            return [*flaws, f"{NAME} line {number}: {flaw}"]
        seq, prev = event["seq"], link_of(event)
    return flaws


def event_of(line: bytes) -> Event | None:
    """The event that *line* says; None for a line that is none."""
    try:
        value = parse(line.decode())
    except (errors.InvalidValueError, UnicodeDecodeError):
        return None
    return value if is_event(value) else None


def acknowledged(line: bytes) -> Event | None:
    """The event that *line* says, if it is the last of its change."""
    event = event_of(line)
    return event if event is not None and not event.get("more") else None
