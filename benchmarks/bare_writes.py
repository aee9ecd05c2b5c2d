"""What a durable write costs by bare system calls, with the bytes of real updates."""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable
from itertools import count
from statistics import median
from time import perf_counter

fdatasync = getattr(os, "fdatasync", os.fsync)
_renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
_EXCHANGE = 2
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_MADE = os.O_WRONLY


def creating_beside_opening(folder: str) -> float:
    """How many times the cost of opening a file that of making one is; five is usual.

    An ext4 without a journal passes over every inode that was freed in the last minutes, so
    that making a file costs fifty times as much after many were removed.
    """
    path = f"{folder}/made"
    made, opened = (
        [_seconds_to_open(path, flags) for _ in range(25)] for flags in (_NEW, _MADE)
    )
    os.unlink(path)
    return median(made) / median(opened)


def _seconds_to_open(path: str, flags: int) -> float:
    if flags == _NEW and os.path.exists(path):
        os.unlink(path)
    start = perf_counter()
    descriptor = os.open(path, flags, 0o600)
    seconds = perf_counter() - start
    os.close(descriptor)
    return seconds


class Written:
    """The journal lines and the snapshot that a session's last updates wrote."""

    def __init__(self, session_folder: str, kept: int) -> None:
        self.lines: deque[bytes] = deque([b"\n"], kept)
        self.snapshot = b""
        self._folder = session_folder

    def look(self) -> None:
        with open(f"{self._folder}/journal.jsonl", "rb") as journal:
            size = os.fstat(journal.fileno()).st_size
            journal.seek(max(0, size - 4096))
            self.lines.append(journal.read().splitlines(keepends=True)[-1])
        with open(f"{self._folder}/state.json", "rb") as snapshot:
            self.snapshot = snapshot.read()

    def a_line(self) -> bytes:
        """One of the newest lines, another each time."""
        self.lines.rotate(1)
        return self.lines[0]


class BareWrites:
    """The bytes of *written*, put into *folder* with nothing checked, locked or remembered."""

    def __init__(self, folder: str, written: Written) -> None:
        self._written = written
        self._folder = os.open(folder, os.O_RDONLY)
        self._log = os.open(f"{folder}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._numbers = count(1)

    def append_line(self) -> float:
        return self._append(self._written.a_line())

    def append_line_and_snapshot(self) -> float:
        return self._append(self._written.a_line() + self._written.snapshot)

    def _append(self, data: bytes) -> float:
        start = perf_counter()
        os.write(self._log, data)
        fdatasync(self._log)
        return perf_counter() - start

    def replace_snapshot(self) -> float:
        """Atomic and durable, as an editor saves a file."""
        data = self._new_snapshot()
        start = perf_counter()
        self._write("aside", data, _sync)
        os.rename("aside", "state", src_dir_fd=self._folder, dst_dir_fd=self._folder)
        os.fsync(self._folder)
        return perf_counter() - start

    def append_line_and_rename(self) -> float:
        data, start = self._new_snapshot(), perf_counter()
        self._append(self._written.a_line())
        self._write("aside", data)
        os.rename("aside", "renamed", src_dir_fd=self._folder, dst_dir_fd=self._folder)
        return perf_counter() - start

    def append_line_and_exchange(self) -> float:
        """As the store does it: the snapshot aside, swapped with the old one, which goes."""
        data, start = self._new_snapshot(), perf_counter()
        self._append(self._written.a_line())
        self._write("aside", data)
        self._exchange(b"aside", b"exchanged")
        os.unlink("aside", dir_fd=self._folder)
        return perf_counter() - start

    def can_exchange(self) -> bool:
        for name in ("aside", "exchanged"):
            self._write(name, b"")
        try:
            self._exchange(b"aside", b"exchanged")
        except OSError:
            return False
        finally:
            os.unlink("aside", dir_fd=self._folder)
        return True

    def _exchange(self, one: bytes, other: bytes) -> None:
        if _renameat2 is None or _renameat2(self._folder, one, self._folder, other, _EXCHANGE):
            raise OSError("two names cannot be exchanged here")

    def create(self) -> float:
        """A folder with two files that appears whole, to stay."""
        name, start = f"made-{next(self._numbers)}", perf_counter()
        os.mkdir("new", 0o700, dir_fd=self._folder)
        inner = os.open("new", os.O_RDONLY, dir_fd=self._folder)
        self._write("journal.jsonl", self._written.a_line(), fdatasync, inner)
        self._write("state.json", self._written.snapshot, fdatasync, inner)
        os.fsync(inner)
        os.close(inner)
        os.rename("new", name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        os.fsync(self._folder)
        return perf_counter() - start

    def _new_snapshot(self) -> bytes:
        return b"%d\n" % next(self._numbers) + self._written.snapshot

    def _write(
        self,
        name: str,
        data: bytes,
        sync: Callable[[int], None] | None = None,
        folder: int | None = None,
    ) -> None:
        descriptor = os.open(
            name, _NEW, 0o600, dir_fd=self._folder if folder is None else folder
        )
        os.write(descriptor, data)
        if sync is not None:
            sync(descriptor)
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    os.fsync(descriptor)
