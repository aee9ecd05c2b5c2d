"""How much room files take."""

from __future__ import annotations

import stat

from agent_session.core.errors import StoreError

from . import disk

_BLOCK = 512


def bytes_in(folder: int) -> int:
    """The bytes that all plain files in the open *folder* and below it take on the disk; links
    are not followed, and what goes meanwhile counts for nothing.
    """
    return sum(_bytes_of(name, folder) for name in disk.names_in(folder))


def _bytes_of(name: str, folder: int) -> int:
    status = disk.status_of(name, folder)
    if status is None:
        return 0
    if not stat.S_ISDIR(status.st_mode):
        return status.st_blocks * _BLOCK if stat.S_ISREG(status.st_mode) else 0
    try:
        below = disk.open_folder(name, folder)
    except (FileNotFoundError, StoreError):
        return 0
    try:
        return bytes_in(below)
    finally:
        disk.close(below)
