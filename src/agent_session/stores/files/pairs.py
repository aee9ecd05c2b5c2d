"""Which session something belongs to: logs of pairs in `.index/`, a line `["+", KEY, SESSION]`
for each that a record has, and one with `-` when it has it no more.

A `+` is written before the journal and a `-` after it: a kill leaves a pair too many. Looking
a key up parses no line, for they are many.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.agent_ids import is_agent_id
from agent_session.core.codec import encode
from agent_session.local import disk

from . import index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent_session.core import errors
else:
    errors = Late("agent_session.core.errors")

_BLOCK = 1 << 20
_LONGEST_LINE = 256
_QUOTES = 6  # in `["+","KEY","SESSION"]`


def sessions_of(key: str, log: str, folder: int) -> list[str]:
    """The ids that stand after *key* in any line of the log, each once, in their order."""
    try:
        descriptor, status = disk.open_plain(log, folder)
    except FileNotFoundError:
        return []
    try:
        rests = _rests_after(f'"{key}","'.encode(), descriptor, status.st_size)
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


def lines(mark: str, agent_id: str, keys: Iterable[str]) -> bytes:
    """Each begins with a newline too, so that one that was cut short spoils no other."""
    return b"".join(f"\n{encode([mark, key, agent_id])}\n".encode() for key in keys)


def compact(log: str, folder: int) -> None:
    lock = index.locked(folder, shared=False)
    try:
        write(log, folder, _entered_in(log, folder))
    finally:
        disk.close(lock)


def known_in(log: str, folder: int) -> dict[tuple[str, str], None]:
    """The pairs (key, session) of the log, oldest first; none of one that is beyond repair."""
    try:
        return _entered_in(log, folder)
    except (errors.UnsafeStoreError, errors.LimitExceededError):
        return {}


def write(log: str, folder: int, entered: Iterable[tuple[str, str]]) -> None:
    """Let *entered* be all that the log holds."""
    index.write_log(log, folder, [lines("+", agent_id, (key,)) for key, agent_id in entered])


def _entered_in(log: str, folder: int) -> dict[tuple[str, str], None]:
    try:
        found = disk.read_file(log, folder, disk.LARGEST_LOG).split(b"\n")
    except FileNotFoundError:
        return {}
    entered: dict[tuple[str, str], None] = {}
    for line in found:
        words = line.decode("ascii", "replace").split('"')
        if len(words) != _QUOTES + 1 or not is_agent_id(words[5]):
            continue
        entered.pop((words[3], words[5]), None)
        if words[1] == "+":
            entered[words[3], words[5]] = None
    return entered
