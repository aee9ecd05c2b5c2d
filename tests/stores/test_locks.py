"""How long a writer waits for the writer before it."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from agent_session.core.errors import StoreBusyError
from agent_session.local import disk, writes


class SlowLock(disk.SystemCalls):
    """A lock that is free at the try number *free_at*, and a clock that each pause moves."""

    def __init__(self, free_at: int) -> None:
        self.free_at = free_at
        self.tries = 0
        self.now = 0.0

    def flock(self, descriptor: int, *, shared: bool) -> None:  # type: ignore[override]
        self.tries += 1
        if self.tries < self.free_at:
            raise BlockingIOError

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:  # type: ignore[override]
        self.now += 1.0


def test_a_writer_who_gets_on_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowLock(free_at=100)
    monkeypatch.setattr(disk, "calls", slow)

    writes.lock(-1, patience_seconds=5, sign_of_life=lambda: slow.tries // 3)

    assert slow.tries == 100


def test_a_writer_who_does_not_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = SlowLock(free_at=100)
    monkeypatch.setattr(disk, "calls", slow)

    with pytest.raises(StoreBusyError, match="kept the lock for 5 s"):
        writes.lock(-1, patience_seconds=5)
    assert slow.tries < 10


def test_a_lock_that_another_holds_is_really_waited_for(tmp_path: Path) -> None:
    with open(tmp_path / "lock", "w") as one, open(tmp_path / "lock", "w") as other:
        fcntl.flock(one, fcntl.LOCK_EX)

        with pytest.raises(StoreBusyError):
            writes.lock(other.fileno(), patience_seconds=0.01)
        fcntl.flock(one, fcntl.LOCK_UN)
        writes.lock(other.fileno(), patience_seconds=0.01)
        with pytest.raises(BlockingIOError):
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
