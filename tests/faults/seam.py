"""Stand-ins for `disk.calls`, the file store's one seam to the system."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agent_session.local import disk, writes

if TYPE_CHECKING:
    from collections.abc import Iterator

# These ask for time, and cannot fail.
CLOCKS = frozenset(("wall_clock", "monotonic", "sleep"))


class Calls:
    """The system's own calls; a stand-in overrides what it wants to be otherwise."""

    def __getattr__(self, name: str) -> Any:
        return getattr(disk.SystemCalls, name)


class Unsynced(Calls):
    """Nothing waits for the platter, for tests that do not ask what a power cut leaves."""

    def fdatasync(self, descriptor: int) -> None:
        pass

    def fsync(self, descriptor: int) -> None:
        pass


@contextmanager
def standing_in(calls: Any) -> Iterator[None]:
    """Let *calls* take the place of the seam."""
    before, disk.calls = disk.calls, calls
    try:
        yield
    finally:
        disk.calls = before


@contextmanager
def exchanging(wanted: bool) -> Iterator[None]:
    """Put files in place by exchanging two names, as a long process does, or by a rename."""
    before = writes._placed, writes._can_exchange
    writes._placed = writes._FEW
    writes._can_exchange = wanted and disk.load_exchange()
    try:
        yield
    finally:
        writes._placed, writes._can_exchange = before
