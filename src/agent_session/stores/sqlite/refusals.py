"""What SQLite says is wrong, as one of our errors."""

from __future__ import annotations

import errno
from _sqlite3 import Error

from agent_session.core.errors import StoreBusyError, StoreError, StoreUnavailableError

# SQLite's primary result codes: the lower byte of an extended one.
_BUSY, _LOCKED = 5, 6
_BUSY_CODES = frozenset((_BUSY, _LOCKED))
_SYSTEM = {
    3: errno.EACCES,  # PERM
    8: errno.EROFS,  # READONLY
    10: errno.EIO,  # IOERR
    13: errno.ENOSPC,  # FULL
    14: errno.EACCES,  # CANTOPEN
    15: errno.EBUSY,  # PROTOCOL
    23: errno.EACCES,  # AUTH
}
_DAMAGED = {11: "is damaged", 26: "is no SQLite database"}


def code_of(error: Error) -> int:
    """SQLite's primary result code; 0 where there is none."""
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF


def is_busy(error: Error) -> bool:
    return code_of(error) in _BUSY_CODES


def is_damaged(error: Error) -> bool:
    return code_of(error) in _DAMAGED


def refused(error: Error, path: str) -> StoreError:
    """*error* of the database at *path* as ours; nothing of what was asked was done."""
    code = code_of(error)
    if code in _BUSY_CODES:
        return StoreBusyError(f"another process kept {path!r} locked for too long; try again")
    if code in _DAMAGED:
        return StoreUnavailableError(
            errno.EIO, f"{path!r} {_DAMAGED[code]} ({error}): restore it from a backup"
        )
    return StoreUnavailableError(_SYSTEM.get(code, errno.EIO), f"cannot use {path!r}: {error}")


def as_ours(error: BaseException, path: str) -> BaseException:
    """The same for what SQLite says; what anything else does as it is."""
    return refused(error, path) if isinstance(error, Error) else error
