"""The brief of a resumed session: what its agent is told before it goes on."""

from __future__ import annotations

from agent_session.core import Late, approvals
from agent_session.core.brief import brief_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agent_session.core import drift, errors
    from agent_session.core.instants import datetime
    from agent_session.core.state import Record

    from .approvals import World
else:
    drift = Late("agent_session.core.drift")
    errors = Late("agent_session.core.errors")

# More than this is not read again for a brief: `use` looks at all of it in any case.
MOST_BYTES_LOOKED_AT = 32 << 20


class Briefs:
    """Briefs that look at the *world* as it is now, where a request has named files."""

    def __init__(
        self,
        world: Callable[[], World],
        *,
        now: Callable[[], datetime],
        randomness: Callable[[int], bytes],
    ) -> None:
        self.world = world
        self.now = now
        self._randomness = randomness

    def of(self, record: Record) -> str:
        """At most 8 KiB; see `core.brief`."""
        return brief_of(record, self.now(), self._randomness(16).hex(), self._drift(record))

    def _drift(self, record: Record) -> list[dict[str, Any]] | None:
        """What has changed in the files of the newest request; None where that is too much to
        look at, or cannot be looked at.
        """
        newest = approvals.newest(record)
        if newest is None or not newest["files"]["globs"]:
            return None
        before = newest["files"]["found"]
        if sum(each["size"] for each in before) > MOST_BYTES_LOOKED_AT:
            return None
        try:
            now = self.world().files_again(newest["files"]["globs"], newest["cwd"])
        except (errors.InvalidValueError, OSError):
            return None
        found: list[dict[str, Any]] = drift.drift_of(before, now)
        return found
