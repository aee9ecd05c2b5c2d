"""Which states a power cut may leave on the disk, after what was asked of it (as ALICE does).

Data that was not synced may be kept whole, cut, filled with zeros, empty, or be the old data. A
name that was made, moved or removed may be so or not, in any order, until its folder is synced.
What was synced is there.
"""

from __future__ import annotations

import itertools
import os
import random
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session.local import disk
from tests.faults.seam import Calls

if TYPE_CHECKING:
    from collections.abc import Iterator

Tree = dict[str, bytes | None]  # path -> content, None for a folder


class Deed(NamedTuple):
    """One thing that was asked of the disk; files and folders by number, the root being 0."""

    word: str
    inode: int = 0
    name: str = ""
    other: Any = None


class RecordingSeam(Calls):
    """Passes every call on, and notes what reaches the disk below the folder *root*."""

    def __init__(self, root: str) -> None:
        self.deeds: list[Deed] = []
        self.before: dict[int, bytes | None] = {}
        self._numbers: dict[tuple[int, int], int] = {}
        for folder, folders, files in os.walk(root):
            self._learn(folder, None)
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    self._learn(os.path.join(folder, name), file.read())
            folders.sort()
        self.names_before = {
            (self._number(folder), name): self._number(os.path.join(folder, name))
            for folder, folders, files in os.walk(root)
            for name in folders + files
        }

    def acknowledge(self, what: int) -> None:
        """From here on *what* must be there."""
        self.deeds.append(Deed("acknowledged", other=what))

    def _learn(self, path: str, content: bytes | None) -> None:
        status = os.lstat(path)
        number = self._numbers[status.st_dev, status.st_ino] = len(self._numbers)
        self.before[number] = content

    def _number(self, path: str | int, **named: Any) -> int:
        status = os.stat(path, follow_symlinks=isinstance(path, int), **named)
        return self._numbers.setdefault((status.st_dev, status.st_ino), len(self._numbers))

    def _new_number(self, path: str, folder: int | None) -> int:
        """The number of what was just made: the system uses those of removed files again."""
        status = os.stat(path, dir_fd=folder, follow_symlinks=False)
        number = self._numbers[status.st_dev, status.st_ino] = 10_000 + len(self.deeds)
        return number

    def _place(self, path: str, folder: int | None) -> tuple[int, str]:
        if folder is not None:
            return self._number(folder), path
        above, name = os.path.split(path)
        return self._number(above), name

    # --- the calls that change the disk -------------------------------------------------------

    def open(
        self, path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None
    ) -> int:
        is_new = flags & os.O_CREAT and not _is_there(path, dir_fd)
        descriptor: int = disk.SystemCalls.open(path, flags, mode, dir_fd=dir_fd)
        if is_new:
            number = self._new_number(path, dir_fd)
            self.deeds.append(Deed("make file", *self._place(path, dir_fd), number))
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        at = os.fstat(descriptor).st_size
        count = disk.SystemCalls.write(descriptor, data)
        self.deeds.append(Deed("write", self._number(descriptor), other=(at, data[:count])))
        return count

    def ftruncate(self, descriptor: int, length: int) -> None:
        disk.SystemCalls.ftruncate(descriptor, length)
        self.deeds.append(Deed("truncate", self._number(descriptor), other=length))

    def fdatasync(self, descriptor: int) -> None:
        self.deeds.append(Deed("sync file", self._number(descriptor)))

    def fsync(self, descriptor: int) -> None:
        self.deeds.append(Deed("sync folder", self._number(descriptor)))

    def mkdir(self, path: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        disk.SystemCalls.mkdir(path, mode, dir_fd=dir_fd)
        number = self._new_number(path, dir_fd)
        self.deeds.append(Deed("make folder", *self._place(path, dir_fd), number))

    def rename(self, old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        disk.SystemCalls.rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        self.deeds.append(Deed("rename", *self._place(old, src_dir_fd), new))

    def exchange(self, one: str, other: str, folder: int) -> bool:
        done = disk.SystemCalls.exchange(one, other, folder)
        if done:
            self.deeds.append(Deed("exchange", *self._place(one, folder), other))
        return done

    def link(
        self, old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int, **named: Any
    ) -> None:
        disk.SystemCalls.link(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, **named)
        number = self._number(new, dir_fd=dst_dir_fd)
        self.deeds.append(Deed("link", *self._place(new, dst_dir_fd), number))

    def unlink(self, path: str, *, dir_fd: int | None = None) -> None:
        disk.SystemCalls.unlink(path, dir_fd=dir_fd)
        self.deeds.append(Deed("remove", *self._place(path, dir_fd)))

    def rmdir(self, path: str, *, dir_fd: int | None = None) -> None:
        disk.SystemCalls.rmdir(path, dir_fd=dir_fd)
        self.deeds.append(Deed("remove", *self._place(path, dir_fd)))


def _is_there(path: str, folder: int | None) -> bool:
    try:
        os.stat(path, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


class Disk:
    """What the disk has for certain, and what it may or may not have besides."""

    def __init__(
        self, before: dict[int, bytes | None], names: dict[tuple[int, str], int]
    ) -> None:
        self.names = dict(names)
        self.pending: list[Deed] = []
        self.synced = dict(before)
        self.now = dict(before)
        self.certain = {
            number: len(data) for number, data in before.items() if data is not None
        }

    def do(self, deed: Deed) -> None:
        word, number = deed.word, deed.inode
        if word in {"make file", "make folder"}:
            self.now[deed.other] = b"" if word == "make file" else None
            self.synced[deed.other] = self.now[deed.other]
            self.certain[deed.other] = 0
        if word == "write":
            at, data = deed.other
            self.now[number] = (self.now[number] or b"").ljust(at, b"\0")[:at] + data
            self.certain[number] = min(self.certain[number], at)
        elif word == "truncate":
            self.now[number] = (self.now[number] or b"")[: deed.other]
            self.certain[number] = min(self.certain[number], deed.other)
        elif word == "sync file":
            self.synced[number] = self.now[number]
            self.certain[number] = len(self.now[number] or b"")
        elif word == "sync folder":
            self.names = self._names_with(each for each in self.pending if each.inode == number)
            self.pending = [each for each in self.pending if each.inode != number]
        elif word != "acknowledged":
            self.pending.append(deed)

    def _names_with(self, deeds: Any) -> dict[tuple[int, str], int]:
        """The names where *deeds* alone have reached the disk, too."""
        names = dict(self.names)
        numbers = self._numbers_of_pending()
        for deed in deeds:
            here, there = (deed.inode, deed.name), (deed.inode, deed.other)
            if deed.word == "remove":
                names.pop(here, None)
            elif deed.word == "rename":
                names.pop(here, None)
                names[there] = numbers[deed][0]
            elif deed.word == "exchange":
                names[here], names[there] = numbers[deed][1], numbers[deed][0]
            else:
                names[here] = deed.other
        return names

    def _numbers_of_pending(self) -> dict[Deed, tuple[int, int]]:
        """What each move has moved, as the running program saw it."""
        seen, moved = dict(self.names), dict[Deed, tuple[int, int]]()
        for deed in self.pending:
            here, there = (deed.inode, deed.name), (deed.inode, deed.other)
            if deed.word == "rename":
                moved[deed] = (seen[here], seen.get(there, -1))
                seen[there] = seen.pop(here)
            elif deed.word == "exchange":
                moved[deed] = (seen[here], seen[there])
                seen[here], seen[there] = seen[there], seen[here]
            elif deed.word == "remove":
                seen.pop(here, None)
            else:
                seen[here] = deed.other
        return moved

    def trees(self, samples: int, chance: random.Random) -> Iterator[Tree]:
        """Every legal state where they are few, else the extremes and *samples* others."""
        keeps = list(itertools.product((True, False), repeat=len(self.pending)))
        if len(keeps) > samples:
            keeps = [keeps[0], keeps[-1], *chance.sample(keeps, samples)]
        for keep in keeps:
            kept = [deed for deed, is_kept in zip(self.pending, keep, strict=True) if is_kept]
            tree = self._tree_of(self._names_with(kept))
            choices = [self._versions(number) for _, number in tree]
            for chosen in _chosen(choices, samples, chance):
                yield {path: data for (path, _), data in zip(tree, chosen, strict=True)}

    def _tree_of(self, names: dict[tuple[int, str], int]) -> list[tuple[str, int]]:
        """(path, number) of all that hangs on the root."""
        found, waiting = [], [("", 0)]
        while waiting:
            above, folder = waiting.pop()
            for (parent, name), number in sorted(names.items()):
                if parent == folder:
                    found.append((f"{above}{name}", number))
                    if self.now[number] is None:
                        waiting.append((f"{above}{name}/", number))
        return found

    def _versions(self, number: int) -> list[bytes | None]:
        """What may be left of a file: first all of it, last nothing that is not certain."""
        now, synced = self.now[number], self.synced[number]
        if now is None or synced is None or now == synced:
            return [now]
        sure, rest = now[: self.certain[number]], now[self.certain[number] :]
        cuts = sorted({*range(0, len(rest), 4096), *(len(rest) * n // 8 for n in range(9))})
        kept = [sure + rest[:cut] for cut in reversed(cuts)]
        zeros = [sure + rest[:cut] + b"\0" * (len(rest) - cut) for cut in cuts]
        holes = [sure + b"\0" * cut + rest[cut:] for cut in cuts]
        return list(dict.fromkeys([now, *kept, *zeros, *holes, synced, sure]))


def _chosen(
    choices: list[list[bytes | None]], samples: int, chance: random.Random
) -> Iterator[tuple[bytes | None, ...]]:
    total = 1
    for each in choices:
        total *= len(each)
    if total <= samples:
        yield from itertools.product(*choices)
        return
    yield tuple(each[0] for each in choices)
    yield tuple(each[-1] for each in choices)
    for _ in range(samples):
        yield tuple(chance.choice(each) for each in choices)


def states(
    recorded: RecordingSeam,
    *,
    without: frozenset[str] = frozenset(),
    samples: int,
    seed: int = 1,
) -> Iterator[tuple[int, Tree]]:
    """(what is acknowledged by then, the tree) of every point at which the power may be cut.

    Deeds whose word is in *without* are left out, as if the store had not done them.
    """
    machine, acknowledged = Disk(recorded.before, recorded.names_before), -1
    chance = random.Random(seed)
    seen: set[Any] = set()
    for deed in (Deed("acknowledged", other=-1), *recorded.deeds):
        if deed.word in without:
            continue
        machine.do(deed)
        acknowledged = deed.other if deed.word == "acknowledged" else acknowledged
        for tree in machine.trees(samples, chance):
            key = (acknowledged, tuple(sorted(tree.items())))
            if key not in seen:
                seen.add(key)
                yield acknowledged, tree


def build(tree: Tree, path: str) -> None:
    """Make *tree* in the folder *path*."""
    for name, data in tree.items():
        if data is None:
            os.makedirs(os.path.join(path, name), 0o700, exist_ok=True)
    for name, data in tree.items():
        if data is not None:
            with open(os.path.join(path, name), "wb") as file:
                file.write(data)
