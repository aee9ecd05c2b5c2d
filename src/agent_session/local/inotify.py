"""The system's own word that something in a folder has changed: inotify, by way of ctypes.

A part of the seam in `disk`, which alone imports this, and only once somebody watches: ctypes
is slow to import. Elsewhere than on Linux every call is refused.
"""

from __future__ import annotations

import ctypes
import errno
import os
import posix

_MODIFIED = 0x2
_MOVED = 0x40 | 0x80
_MADE_OR_REMOVED = 0x100 | 0x200
_ITSELF_GONE = 0x400 | 0x800
_CHANGES = _MODIFIED | _MOVED | _MADE_OR_REMOVED | _ITSELF_GONE

_library = ctypes.CDLL(None, use_errno=True)


def begin() -> int:
    """A new descriptor that becomes readable with every change of what is watched; OSError."""
    return _call("inotify_init1", posix.O_NONBLOCK | posix.O_CLOEXEC)


def watch(descriptor: int, folder: int) -> None:
    """Let *descriptor* tell of changes in the open *folder*; OSError.

    Its name is not followed anew, so that a link which took its place is not watched.
    """
    path = f"/proc/self/fd/{folder}".encode()
    _call("inotify_add_watch", descriptor, path, _CHANGES)


def _call(name: str, *arguments: int | bytes) -> int:
    function = getattr(_library, name, None)
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    found: int = function(*arguments)
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return found
