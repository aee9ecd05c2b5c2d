"""The server's clock, by which all machines judge alike, however their own are set."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_FRESH_SECONDS = 5.0
_PROMPT_SECONDS = 0.1
_TRIES = 5
# Goes on while the machine sleeps, where there is such a one, and is never set.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class ServerClock:
    """The time as *ask* tells it, asked anew every few seconds; in between our own steady clock
    counts on.
    """

    def __init__(self, ask: Callable[[], datetime]) -> None:
        self._ask = ask
        self._told: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """StoreError where the server is not to be reached."""
        known = self._told
        if known is None or time.clock_gettime(_STEADY) - known[1] > _FRESH_SECONDS:
            known = self._told = self._asked()
        told, at = known
        return told + timedelta(seconds=max(0.0, time.clock_gettime(_STEADY) - at))

    def _asked(self) -> tuple[datetime, float]:
        """What the server tells, and when that was; once more where the answer was slow, for
        then nobody knows which moment it is of.
        """
        for _ in range(_TRIES):
            before = time.clock_gettime(_STEADY)
            told = self._ask().astimezone(UTC)
            after = time.clock_gettime(_STEADY)
            if after - before <= _PROMPT_SECONDS:
                break
        return told, before
