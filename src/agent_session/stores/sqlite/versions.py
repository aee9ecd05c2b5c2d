"""Which SQLite may keep a write-ahead log (WAL).

From 3.7.0 to 3.51.2 two connections that write or checkpoint at the same moment may lose
committed pages (https://sqlite.org/wal.html#walresetbug); 3.52.0 was withdrawn. There a
rollback journal is kept, which costs more a commit and is sound.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Version: TypeAlias = tuple[int, int, int]

# STRICT tables.
OLDEST: Version = (3, 37, 0)
_WITHDRAWN: Version = (3, 52, 0)
_FIXED: Version = (3, 51, 3)
# By the release that it was mended in as well, from which patch on.
_BACKPORTED = {(3, 44): 6, (3, 50): 7}


def may_keep_wal(version: Version) -> bool:
    """True where the SQLite of this *version* is free of the WAL-reset bug."""
    if version >= _FIXED:
        return version != _WITHDRAWN
    patch = _BACKPORTED.get(version[:2])
    return patch is not None and version[2] >= patch


def version_of(text: str) -> Version:
    """`3.40.1` as numbers."""
    major, minor, patch = (*map(int, text.split(".")[:3]), 0, 0)[:3]
    return major, minor, patch
