"""A stand-in for the seam that strikes at one call: an error, a short write, or the end."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faults.seam import CLOCKS, Unsynced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EMFILE)
TEN_ERRORS = (
    *ERRORS, errno.EDQUOT, errno.ENOMEM, errno.EINTR, errno.EPERM, errno.ENOLCK,
)  # fmt: skip

ONCE = "once"
FOR_EVER = "for ever"
KILLED_BEFORE = "killed before"
KILLED_AFTER = "killed after"
SHORT_WRITE = "short write"
TORN_WRITE = "torn write, then killed"
LAST_BYTE_TORN = "write without its last byte, then killed"


class Strike(NamedTuple):
    """What happens at call number *at*, counted from 1; and *later* at another."""

    at: int
    kind: str
    error: int = 0
    later: Strike | None = None

    def __str__(self) -> str:
        then = f", then {self.later}" if self.later else ""
        return f"{self.kind} {errno.errorcode.get(self.error, '')} at call {self.at}{then}"


class KilledError(BaseException):
    """The process has ended here: nothing that it would do afterwards reaches the disk."""


class Repeatable(Unsynced):
    """Chance is the same in every run, so that equal ends are known to be equal; and what is
    open is known.
    """

    def __init__(self) -> None:
        self._asked = 0
        self.opened: set[int] = set()

    def urandom(self, length: int) -> bytes:
        self._asked += 1
        return self._asked.to_bytes(length, "big")

    def open(self, *given: Any, **named: Any) -> int:
        descriptor = os.open(*given, **named)
        self.opened.add(descriptor)
        return descriptor

    def close(self, descriptor: int) -> None:
        self.opened.discard(descriptor)
        os.close(descriptor)


class StrikingSeam:
    """Counts the calls, and strikes at one of them."""

    def __init__(self, strike: Strike | None = None) -> None:
        self.strike = self._due = strike or Strike(0, ONCE)
        self.names: list[str] = []
        self._is_dead = False
        self._system = Repeatable()

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._system, name)
        if name in CLOCKS:
            return real
        return lambda *given, **named: self._call(name, real, given, named)

    def _call(
        self, name: str, real: Callable[..., Any], given: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        if self._is_dead:
            return self._afterlife(name, given)
        self.names.append(name)
        strike = self._due
        if len(self.names) == strike.at or (
            strike.kind == FOR_EVER and 0 < strike.at < len(self.names)
        ):
            return self._hit(name, real, given, named)
        return real(*given, **named)

    def _hit(
        self, name: str, real: Callable[..., Any], given: Sequence[Any], named: dict[str, Any]
    ) -> Any:
        kind, error = self._due.kind, self._due.error
        self._due = self._due.later or self._due
        if kind in {ONCE, FOR_EVER}:
            return self._fail(name, given, error)
        if kind == SHORT_WRITE:
            return real(given[0], given[1][: max(1, len(given[1]) // 3)])
        if kind == TORN_WRITE:
            real(given[0], given[1][: len(given[1]) // 2])
        if kind == LAST_BYTE_TORN:
            real(given[0], given[1][:-1])
        if kind == KILLED_AFTER:
            real(*given, **named)
        self._is_dead = True
        return self._afterlife(name, given)

    def _fail(self, name: str, given: Sequence[Any], error: int) -> bool:
        if name == "exchange":
            return False  # its way to say no
        if name == "close":
            self._system.close(given[0])  # the descriptor is gone even where close fails
        raise OSError(error, os.strerror(error))

    def _afterlife(self, name: str, given: Sequence[Any]) -> None:
        """What the kernel does for the dead: their descriptors are closed, their locks free."""
        if name != "close":
            raise KilledError
        with suppress(OSError):
            self._system.close(given[0])

    def bury(self) -> None:
        """Close what the dead have left open, as the kernel does."""
        if self._is_dead:
            for descriptor in list(self._system.opened):
                self._system.close(descriptor)

    @property
    def name_struck(self) -> str:
        """The call that was struck; nothing where it was not come to."""
        return self.names[self.strike.at - 1] if self.strike.at <= len(self.names) else ""


def errors_at(calls: int, errors: Sequence[int] = ERRORS) -> Iterator[Strike]:
    """Every error at every call, once and from there on."""
    for at in range(1, calls + 1):
        for error in errors:
            yield Strike(at, ONCE, error)
            yield Strike(at, FOR_EVER, error)


def ends_at(names: Sequence[str]) -> Iterator[Strike]:
    """Every way to end at every call, and to write less than was asked for."""
    for at, name in enumerate(names, 1):
        yield Strike(at, KILLED_BEFORE)
        yield Strike(at, KILLED_AFTER)
        if name == "write":
            yield Strike(at, SHORT_WRITE)
            yield Strike(at, TORN_WRITE)
            yield Strike(at, LAST_BYTE_TORN)


def pairs_at(calls: int) -> Iterator[Strike]:
    """An error at every call, and at any later one another error, or the end."""
    for at in range(1, calls):
        for later in range(at + 1, calls + 1):
            for second in (Strike(later, ONCE, errno.EIO), Strike(later, KILLED_BEFORE)):
                yield Strike(at, ONCE, errno.ENOSPC, second)
