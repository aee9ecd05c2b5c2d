"""Whose sessions are whose: the ids by which hosts know them, one more hint in `.index/`.

A key may be long and hold anything, so its digest stands for it; the logs are many and small,
told apart by the digest's first digits, for a store gathers sessions for years.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.hosts import birth_key, is_same_agent, keys_of
from agent_session.core.store import Query
from agent_session.local import disk

from . import index, pairs
from .glance import OWNERS, digest_of_key, log_of_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agent_session.core import errors
    from agent_session.core.state import Record
    from agent_session.local import writes
else:
    errors = Late("agent_session.core.errors")
    writes = Late("agent_session.local.writes")

_BIRTHS = "births"


def sessions_of(root: str, key: str) -> list[str] | None:
    """The sessions that *key* may lead to; None where the index is not to be trusted."""
    known_by = digest_of_key(key)
    return index.ask(
        root, lambda folder: pairs.sessions_of(known_by, log_of_key(known_by), folder)
    )


def lock_births(root: str) -> int:
    """Held, as a descriptor, while a host's session is looked for and begun: two hooks that
    start at once must not begin two.
    """
    folder = index.open_to_write(root)
    try:
        lock = _lock_file(folder)
    finally:
        disk.close(folder)
    try:
        writes.lock(lock)
    except BaseException:
        disk.close(lock)
        raise
    return lock


def _lock_file(folder: int) -> int:
    try:
        return writes.open_lock(_BIRTHS, folder)
    except FileNotFoundError:
        return writes.make_lock(_BIRTHS, folder)


def require_sole_birth(record: Record, scan: Callable[[Query], Iterable[Record]]) -> None:
    """HostTakenError where a live session has the host's agent of *record* already."""
    for other in scan(Query(host=birth_key(record), live=True)):
        if is_same_agent(record, other):
            raise errors.HostTakenError(other["agent_id"])


def announce(root: str, before: Record | None, after: Record) -> None:
    """Enter the keys that a change brings, before it is made."""
    _append(root, "+", after["agent_id"], _without(after, before))


def settle(root: str, before: Record | None, after: Record | None) -> None:
    """Enter the keys that a change has taken away, once it is made."""
    if before is not None:
        _append(root, "-", before["agent_id"], _without(before, after))


def _without(some: Record, others: Record | None) -> list[str]:
    had = keys_of(others) if others else []
    return [digest_of_key(key) for key in keys_of(some) if key not in had]


def _append(root: str, mark: str, agent_id: str, keys: Iterable[str]) -> None:
    by_log: dict[str, bytes] = {}
    for key in keys:
        log = log_of_key(key)
        by_log[log] = by_log.get(log, b"") + pairs.lines(mark, agent_id, (key,))
    if not by_log:
        return
    folder = index.open_to_write(root)
    try:
        for log, size in index.append(folder, by_log).items():
            if index.is_due(size, len(by_log[log])):
                pairs.compact(log, folder)
    finally:
        disk.close(folder)


class Entries:
    """What a rebuild of the index enters here; whatever was entered before stays, for a writer
    may be about to make it true.
    """

    __slots__ = ("_by_log", "_folder")

    def __init__(self, folder: int) -> None:
        self._folder = folder
        logs = [name for name in disk.names_in(folder) if name.startswith(OWNERS)]
        self._by_log = {log: pairs.known_in(log, folder) for log in logs}

    def add(self, record: Record) -> None:
        for key in map(digest_of_key, keys_of(record)):
            self._by_log.setdefault(log_of_key(key), {})[key, record["agent_id"]] = None

    def write(self) -> None:
        for log, entered in self._by_log.items():
            pairs.write(log, self._folder, entered)
