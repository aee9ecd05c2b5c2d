"""A process that forks gives its child no connection.

SQLite's are of no use to a child: it holds none of their locks though its library counts them,
and closing one undoes what the parent is about to commit. So a fork waits until no connection
is in use, for as long as a commit takes, and closes them; whoever needs one opens another.
"""

from __future__ import annotations

import errno
import posix
import time
from _thread import RLock

from agent_session.core import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _weakref import ReferenceType
    from sqlite3 import Connection

    from agent_session.core import errors

    from .connections import Opened
else:
    errors = Late("agent_session.core.errors")

_PATIENCE_SECONDS = 10.0
# Those of this process, by their number.
known: dict[int, ReferenceType[Opened]] = {}
# What a child was given all the same: it neither uses nor closes them.
inherited: list[Connection] = []
# Held while a connection is opened, and by a fork.
forking = RLock()
_taken: list[RLock] = []


def require_none_inherited() -> None:
    """StoreUnavailableError in a child that was forked while its parent wrote: with what it has
    of that, it could harm the store.
    """
    if inherited:
        raise errors.StoreUnavailableError(
            errno.EDEADLK,
            "this process was forked in the middle of a change; start a new one instead",
        )


def _before() -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    _take(forking, end)
    for each in list(known.values()):
        opened = each()
        if opened and _take(opened.in_use, end) and not opened.is_changing():
            opened.close()


def _take(lock: RLock, end: float) -> bool:
    is_taken = lock.acquire(timeout=max(0.0, end - time.monotonic()))
    if is_taken:
        _taken.append(lock)
    return is_taken


def _after() -> None:
    while _taken:
        _taken.pop().release()


def _after_in_child() -> None:
    for each in list(known.values()):
        opened = each()
        if opened and opened.is_open:
            inherited.append(opened.connection)
    known.clear()
    _after()


posix.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after_in_child)
