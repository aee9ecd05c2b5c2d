"""`.index/`: which sessions are live, by agent name, newest activity last. A hint: every
candidate is checked.

A log an agent name, one line for a session's activity (`+`) and one when it is over (`-`);
the last line of a session counts. A `+` is written before the journal and a `-` after it, so
a kill leaves too much here, never too little. A power cut may lose lines, so `trusted` names
the boot that they were written under: under another one readers look at every session, and
the next writer rebuilds. Appending holds the lock shared, rewriting alone.

What `inbox` and `owners` keep in the same folder is kept by the same rules, with what stands
below here.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import is_agent_id
from agent_session.core.codec import encode, parse
from agent_session.core.phases import is_final
from agent_session.local import disk

from . import glance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Protocol, TypeVar

    from agent_session.core import errors
    from agent_session.core.state import Record
    from agent_session.local import writes

    T = TypeVar("T")

    class Entries(Protocol):
        """What else a rebuild enters in the same folder, under the same lock."""

        def add(self, record: Record) -> None: ...

        def write(self) -> None: ...

else:
    errors = Late("agent_session.core.errors")
    writes = Late("agent_session.local.writes")

_LOCK = "lock"
_SMALLEST_TO_COMPACT = 4 << 10
_LONGEST_LINE = 256
_LONGEST_TASK = 128
_QUOTES = 6  # in `["+","LAST UPDATED","AGENT ID",` before the task


class Hint:
    """One line of the index: the session, its agent's task where it names one, its
    *last_updated*.
    """

    __slots__ = ("agent_id", "last_updated", "live", "task_id")

    def __init__(
        self, live: bool, last_updated: str, agent_id: str, task_id: str | None
    ) -> None:
        self.live = live
        self.last_updated = last_updated
        self.agent_id = agent_id
        self.task_id = task_id

    def line(self) -> bytes:
        """Begins with a newline too, so that a line which was cut short spoils no other."""
        words = ["+" if self.live else "-", self.last_updated, self.agent_id, self.task_id]
        return f"\n{encode(words)}\n".encode()


def hint_of(record: Record, *, live: bool) -> Hint:
    task = record["metadata"].get("task_id")
    hinted = task if isinstance(task, str) and len(task) <= _LONGEST_TASK else None
    return Hint(live, record["last_updated"], record["agent_id"], hinted)


class Index:
    """The hints of the store whose folder is *root*."""

    __slots__ = ("_newest", "root")

    def __init__(self, root: str) -> None:
        self.root = root
        self._newest: dict[str, tuple[str, str | None, int]] = {}

    def live(self, agent_name: str | None) -> Iterator[Hint] | None:
        """The hints of live sessions, newest activity first; None where the index is not to be
        trusted.
        """
        if agent_name is not None:
            return ask(self.root, lambda folder: live_in(folder, glance.log_of(agent_name)))
        return ask(self.root, _live_in_all)

    def note(self, record: Record, *, live: bool) -> None:
        """Enter that *record* is live, or is over."""
        log, hint = glance.log_of(record["agent_name"]), hint_of(record, live=live)
        if live and self._is_newest(log, hint):
            return
        folder = open_to_write(self.root)
        try:
            size = append(folder, {log: hint.line()})[log]
            self._newest[log] = (hint.agent_id if live else "", hint.task_id, size)
            if not live or is_due(size):
                compact(folder, log, is_due=is_due(size))
        finally:
            disk.close(folder)

    def _is_newest(self, log: str, hint: Hint) -> bool:
        """True where this process has noted the session last, and nobody another one since."""
        newest = self._newest.get(log)
        return newest is not None and newest == (
            hint.agent_id,
            hint.task_id,
            disk.size_at(f"{self.root}/{glance.FOLDER}/{log}"),
        )

    def is_there(self) -> bool:
        return disk.is_folder(f"{self.root}/{glance.FOLDER}")

    def is_trusted(self) -> bool:
        return ask(self.root, lambda _: True) is not None

    def rebuild(
        self,
        records: Iterable[Record],
        is_whole: Callable[[], bool],
        entries_in: Sequence[Callable[[int], Entries]],
    ) -> None:
        """Enter every live one of *records* anew, and each in all *entries_in* the folder; what
        other writers have entered meanwhile stays. The index is trusted only where in the end
        *is_whole* says that none was missed.
        """
        root = disk.require_folder(self.root)
        try:
            writes.make_folder(glance.FOLDER, root)
        finally:
            disk.close(root)
        folder = open_to_write(self.root)
        try:
            lock = locked(folder, shared=False)
            try:
                _rewrite(folder, records, [make(folder) for make in entries_in])
                if is_whole():
                    writes.write_aside(glance.TRUSTED, folder, disk.boot().encode())
            finally:
                disk.close(lock)
        finally:
            disk.close(folder)
        self._newest.clear()


# --- what every log here needs ----------------------------------------------------------------


def ask(root: str, read: Callable[[int], T]) -> T | None:
    """What *read* finds in the folder of the index; None where that is not to be trusted."""
    try:
        folder = disk.open_folder(f"{root}/{glance.FOLDER}")
    except (FileNotFoundError, errors.UnsafeStoreError):
        return None
    try:
        return read(folder) if glance.is_trusted(folder) else None
    except errors.UnsafeStoreError:
        return None
    finally:
        disk.close(folder)


def open_to_write(root: str) -> int:
    return disk.require_folder(f"{root}/{glance.FOLDER}")


def append(folder: int, lines: Mapping[str, bytes]) -> dict[str, int]:
    """Append to each log its *lines*; where they end in it."""
    lock = locked(folder, shared=True)
    try:
        return {log: disk.append_line(log, folder, text) for log, text in lines.items()}
    finally:
        disk.close(lock)


def locked(folder: int, *, shared: bool) -> int:
    descriptor = _lock_file(folder)
    try:
        writes.lock(descriptor, shared=shared)
    except BaseException:
        disk.close(descriptor)
        raise
    return descriptor


def _lock_file(folder: int) -> int:
    try:
        return writes.open_lock(_LOCK, folder)
    except FileNotFoundError:
        pass
    try:
        return writes.make_lock(_LOCK, folder)
    except FileNotFoundError as error:
        raise disk.refused(error, f"make {_LOCK}") from None


def is_due(size: int, added: int = 0) -> bool:
    """True when what was *added* has just carried the log over a power of two: each doubling is
    looked at once.
    """
    before = max(0, size - max(added, _LONGEST_LINE))
    return size > _SMALLEST_TO_COMPACT and size.bit_length() > before.bit_length()


def _logs(folder: int) -> list[str]:
    return [name for name in disk.names_in(folder) if name.endswith(glance.LOG)]


def _live_in_all(folder: int) -> Iterator[Hint]:
    found = [hint for log in _logs(folder) for hint in live_in(folder, log)]
    found.sort(key=_last_updated)
    # An id that was used for one agent and then for another is in the logs of both.
    return reversed({hint.agent_id: hint for hint in found}.values())


def _last_updated(hint: Hint) -> str:
    return hint.last_updated


def live_in(folder: int, log: str) -> Iterator[Hint]:
    """The live hints of one log, newest first; the log is opened now, and read as it is asked
    for.
    """
    try:
        descriptor, status = disk.open_plain(log, folder)
    except FileNotFoundError:
        return iter(())
    return _live_lines(descriptor, status.st_size)


def _live_lines(descriptor: int, size: int) -> Iterator[Hint]:
    """Most lines of a log are passed over, so they are only split; what is told is parsed."""
    seen: set[bytes] = set()
    over: dict[bytes, bytes] = {}
    try:
        for _, line in disk.lines_backwards(descriptor, size):
            words = line.split(b'"', _QUOTES)
            if len(words) <= _QUOTES or words[5] in seen:
                continue
            mark, last_updated, agent_id = words[1::2]
            if mark == b"-":
                over.setdefault(agent_id, last_updated)
            # The end of a removed session may be noted after the start of one with its id.
            elif last_updated > over.get(agent_id, b"") and (hint := _hint_in(line)):
                seen.add(agent_id)
                yield hint
    finally:
        disk.close(descriptor)


def _hint_in(line: bytes) -> Hint | None:
    try:
        mark, last_updated, agent_id, task_id = parse(line.decode())
    except (errors.InvalidValueError, ValueError, TypeError):
        return None
    if not is_agent_id(agent_id) or not isinstance(last_updated, str):
        return None
    return Hint(mark == "+", last_updated, agent_id, task_id)


def compact(folder: int, log: str, *, is_due: bool) -> None:
    """Leave only what is live where that *is_due*, and no log at all where nothing is live."""
    if not is_due and next(live_in(folder, log), None) is not None:
        return
    lock = locked(folder, shared=False)
    try:
        hints = list(live_in(folder, log))
        write_log(log, folder, [hint.line() for hint in reversed(hints)])
    finally:
        disk.close(lock)


def _rewrite(folder: int, records: Iterable[Record], entries: Sequence[Entries]) -> None:
    by_log: dict[str, dict[str, Hint]] = {log: known_in(folder, log) for log in _logs(folder)}
    for record in records:
        for each in entries:
            each.add(record)
        hints = by_log.setdefault(glance.log_of(record["agent_name"]), {})
        if is_final(record["phase"]):
            hints.pop(record["agent_id"], None)
        else:
            hints[record["agent_id"]] = hint_of(record, live=True)
    for each in entries:
        each.write()
    for log, hints in by_log.items():
        write_log(log, folder, lines_of(hints))


def known_in(folder: int, log: str) -> dict[str, Hint]:
    try:
        return {hint.agent_id: hint for hint in live_in(folder, log)}
    except errors.UnsafeStoreError:
        return {}


def lines_of(hints: Mapping[str, Hint]) -> list[bytes]:
    """The newest activity last."""
    return [hint.line() for hint in sorted(hints.values(), key=_last_updated)]


def write_log(log: str, folder: int, lines: list[bytes]) -> None:
    """Let *lines* be all that the log holds; without any there is no log."""
    if lines:
        writes.write_aside(log, folder, b"".join(lines))
    else:
        writes.remove(log, folder)
