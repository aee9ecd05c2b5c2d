"""What files held when they were asked about, as far as it is still known: what this process
has read then, and what git keeps of it.

An approval keeps digests only, so content counts where its digest is the one that was recorded.
"""

from __future__ import annotations

import hashlib
import os
import stat

from . import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LARGEST = 256 << 10
_MOST_KEPT = 32 << 20
_MOST_ASKED = 20_000
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Contents:
    """Contents by their sha256, the oldest given up first; used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._size = 0
        self._not_in_git: dict[tuple[str, ...], None] = {}

    def remember(self, seen: Mapping[str, Any], folder: str) -> None:
        """Read the file that was *seen* from *folder*, if it is small and still the same."""
        sha256 = seen["sha256"]
        if sha256 is None or sha256 in self._kept or seen["size"] > LARGEST:
            return
        content = _content(os.path.join(folder, seen["path"]))
        if content is not None and _digest(content) == sha256:
            self._keep(sha256, content)

    def of(self, seen: Mapping[str, Any] | None, folder: str, commit: str | None) -> str | None:
        """The text that was *seen* in *folder* when git was at *commit*: nothing where there
        was no file; None where it is not known, or is no text.
        """
        if seen is None:
            return ""
        if seen["sha256"] is None or seen["kind"] != "file" or seen["size"] > LARGEST:
            return None
        content = self._kept.get(seen["sha256"])
        if content is None and commit is not None:
            content = self._from_git(seen, folder, commit)
        return None if content is None else _text(content)

    def _from_git(self, seen: Mapping[str, Any], folder: str, commit: str) -> bytes | None:
        asked = (commit, folder, seen["path"], seen["sha256"])
        if asked in self._not_in_git:
            return None
        content = git.content_at(commit, seen["path"], folder, LARGEST)
        if content is not None and _digest(content) == seen["sha256"]:
            self._keep(seen["sha256"], content)
            return content
        self._not_in_git[asked] = None
        if len(self._not_in_git) > _MOST_ASKED:
            self._not_in_git.clear()
        return None

    def _keep(self, sha256: str, content: bytes) -> None:
        self._kept[sha256] = content
        self._size += len(content)
        while self._size > _MOST_KEPT:
            self._size -= len(self._kept.pop(next(iter(self._kept))))


def _text(content: bytes) -> str | None:
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(path: str) -> bytes | None:
    """None for what is no plain file, and for what is too large."""
    try:
        descriptor = os.open(path, _READ)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) <= LARGEST else None
