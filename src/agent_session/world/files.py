"""What the files are that an approval names: kind, mode, size and sha256 of each.

A link counts as itself and as the plain file that it leads to; a pipe, a device or a socket is
never opened. No promise is made about what happens after the look.
"""

from __future__ import annotations

import os
import stat
import time

from agent_session.core import Late

from .globs import Walk
from .spelling import spelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    from agent_session.core import errors

    # A file's device, inode, size, and the times of its last changes.
    Stamp: TypeAlias = tuple[int, int, int, int, int]
    # By the stamp under which they were read: size and sha256.
    Known: TypeAlias = dict[Stamp, tuple[int, str]]
    # What was found, None where nothing is, and whether it stood still meanwhile.
    Glimpse: TypeAlias = tuple[dict[str, Any] | None, bool]
else:
    errors = Late("agent_session.core.errors")

MOST_FILES = 2000
LARGEST_FILE = 1 << 30
_CHUNK = 1 << 20
_SETTLED_SECONDS = 2.0
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_VANISHED: Glimpse = (None, False)


def look(
    globs: Sequence[str],
    folder: str,
    own: Sequence[str] = (),
    *,
    may_be_empty: bool = False,
    known: Known | None = None,
) -> list[dict[str, Any]]:
    """What stands under *globs*, sorted by path: `{path, kind, mode, size, sha256, target}`.

    *globs* are relative to *folder* or absolute, and `path` is as seen from it. Left out are
    *own*, the store's paths, and every `.git` folder. `kind` is "file", "link" or "other". A
    link has its `target`; mode, size and sha256 are those of the plain file it leads to, and
    sha256 is None where it leads to none. A file that stands as it did when its digest became
    *known* is not read again. InvalidValueError where a glob matches nothing and none
    *may_be_empty*, for too many or too large files, and for what cannot be read.
    """
    walk = Walk(os.path.abspath(folder), own)
    paths: set[str] = set()
    for glob in globs:
        found = walk.paths(glob)
        if not found and not may_be_empty:
            raise _nothing_under(glob)
        paths |= found
        _require_few(paths)
    seen = {walk.seen_from_folder(path): _look_at(path, known) for path in sorted(paths)}
    return [{"path": spelled(path), **each} for path, each in sorted(seen.items()) if each]


def _nothing_under(glob: str) -> errors.InvalidValueError:
    return errors.InvalidValueError(
        f"no file stands under {spelled(glob)}: give the path of a file, or FOLDER/** for all "
        "files in a folder (those in .git and of the store itself are left out)"
    )


def _require_few(paths: set[str]) -> None:
    if len(paths) > MOST_FILES:
        raise errors.InvalidValueError(
            f"more than {MOST_FILES} files stand under the globs: name fewer, those that the "
            "action depends on"
        )


def _look_at(path: str, known: Known | None) -> dict[str, Any] | None:
    """What stands at *path*; what changes during the look is looked at once more, and told as
    it is then found.
    """
    for _ in range(2):
        try:
            found, stood_still = _glimpse(path, known)
        except OSError as error:
            raise errors.InvalidValueError(
                f"{spelled(path)} cannot be read ({error.strerror}), so what is in it is not "
                "known: make it readable, or name other files"
            ) from error
        if stood_still:
            break
    return found


def _glimpse(path: str, known: Known | None) -> Glimpse:
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return _link(path, status, known)
    except (FileNotFoundError, NotADirectoryError):
        return _VANISHED
    if stat.S_ISREG(status.st_mode):
        return _file(path, known)
    if stat.S_ISDIR(status.st_mode):
        return _VANISHED
    return _seen("other", stat.S_IMODE(status.st_mode), 0), True


def _link(path: str, status: os.stat_result, known: Known | None) -> Glimpse:
    target = os.readlink(path)
    real = os.path.realpath(path)
    if not _is_plain(real):
        mode = stat.S_IMODE(status.st_mode)
        return _seen("link", mode, len(os.fsencode(target)), target=spelled(target)), True
    found, stood_still = _file(real, known)
    if found is not None:
        found |= {"kind": "link", "target": spelled(target)}
    return found, stood_still


def _is_plain(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _file(path: str, known: Known | None) -> Glimpse:
    """The plain file *path*; opening neither follows a link nor waits, should it have become
    something else.
    """
    try:
        descriptor = os.open(path, _READ)
    except OSError:
        if _is_plain(path):
            raise
        return _VANISHED
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return _VANISHED
        digested = (known or {}).get(_stamp(before)) or _digest(descriptor, path)
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    stood_still = _stamp(before) == _stamp(after)
    if known is not None and stood_still and _is_settled(after):
        known[_stamp(after)] = digested
    return _seen("file", stat.S_IMODE(after.st_mode), *digested), stood_still


def _stamp(status: os.stat_result) -> Stamp:
    times = status.st_mtime_ns, status.st_ctime_ns
    return status.st_dev, status.st_ino, status.st_size, *times


def _is_settled(status: os.stat_result) -> bool:
    """False for what has changed just now: another change might leave the same times."""
    return time.time() - status.st_ctime > _SETTLED_SECONDS


def _digest(descriptor: int, path: str) -> tuple[int, str]:
    import hashlib

    hashed, size = hashlib.sha256(), 0
    while chunk := os.read(descriptor, _CHUNK):
        size += len(chunk)
        if size > LARGEST_FILE or os.fstat(descriptor).st_size > LARGEST_FILE:
            raise errors.InvalidValueError(
                f"{spelled(path)} is larger than {LARGEST_FILE} bytes: name smaller files, or "
                "one that holds its digest"
            )
        hashed.update(chunk)
    return size, hashed.hexdigest()


def _seen(
    kind: str, mode: int, size: int, sha256: str | None = None, target: str | None = None
) -> dict[str, Any]:
    return {"kind": kind, "mode": mode, "size": size, "sha256": sha256, "target": target}
