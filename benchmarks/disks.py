"""Where to measure: a sync on a memory file system costs nothing, and says nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

_SECTOR = 512
MEMORY = {"tmpfs", "ramfs", "devtmpfs"}


class FileSystem(NamedTuple):
    kind: str
    options: str = ""
    source: str = ""

    @property
    def is_memory(self) -> bool:
        return self.kind in MEMORY


def file_system_of(path: str) -> FileSystem:
    """What *path* lies on, as Linux tells it; `unknown` elsewhere."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8") as table:
            lines = table.read().splitlines()
    except OSError:
        return FileSystem("unknown")
    mounts = [_mount(line) for line in lines]
    real = os.path.realpath(path)
    holding = [mount for mount in mounts if _is_below(real, mount[0])]
    return (
        max(holding, key=lambda mount: len(mount[0]))[1] if holding else FileSystem("unknown")
    )


def has_journal(held: FileSystem) -> bool:
    """False for an ext4 without one, which syncs a file by writing that file alone."""
    try:
        device = os.path.basename(os.path.realpath(held.source))
        with open(f"/proc/fs/{held.kind}/{device}/options", encoding="utf-8") as options:
            return held.kind != "ext4" or "data=" in options.read()
    except OSError:
        return True


def _mount(line: str) -> tuple[str, FileSystem]:
    fields = line.split(" ")
    dash = fields.index("-")
    return fields[4].replace(r"\040", " "), FileSystem(
        fields[dash + 1], fields[5], fields[dash + 2]
    )


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def real_disk(*others: str) -> str:
    """The first of the folders for temporary files, and of *others*, that is no memory."""
    usual = (tempfile.gettempdir(), "/var/tmp", *others)
    found = (path for path in usual if os.access(path, os.W_OK) and not _is_memory(path))
    return next(found, usual[0])


def _is_memory(path: str) -> bool:
    return file_system_of(path).is_memory


@contextmanager
def workplace(parent: str) -> Iterator[str]:
    """A folder of its own below *parent*, gone afterwards."""
    os.makedirs(parent, exist_ok=True)
    place = os.path.realpath(tempfile.mkdtemp(prefix="agent-session-bench-", dir=parent))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def total(folder: str, size: Callable[[os.stat_result], int]) -> int:
    """The *size* of *folder* and of all below it, added up."""
    found = size(os.stat(folder))
    for parent, folders, files in os.walk(folder):
        found += sum(size(os.lstat(f"{parent}/{name}")) for name in (*folders, *files))
    return found


def occupied(status: os.stat_result) -> int:
    """What it takes on the disk, in bytes."""
    return status.st_blocks * _SECTOR
