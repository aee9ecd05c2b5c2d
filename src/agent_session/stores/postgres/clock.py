"""The server's clock, by which all machines judge alike, however their own are set."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_FRESH_SECONDS = 5.0
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
        steady = time.clock_gettime(_STEADY)
        if self._told is None or steady - self._told[1] > _FRESH_SECONDS:
            self._told = self._ask().astimezone(UTC), time.clock_gettime(_STEADY)
        told, at = self._told
        return told + timedelta(seconds=max(0.0, time.clock_gettime(_STEADY) - at))
