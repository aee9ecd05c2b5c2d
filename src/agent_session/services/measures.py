"""Whether resuming works: the measures of a store over a time, and how they went."""

from __future__ import annotations

from agent_session.core.figures import figures, targets_of
from agent_session.core.instants import at
from agent_session.core.measures import Tally
from agent_session.core.periods import Periods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from agent_session.core.instants import datetime
    from agent_session.core.store import Store


class Measures:
    """The figures of *store*, computed where it keeps them."""

    def __init__(self, store: Store, *, now: Callable[[], datetime]) -> None:
        self.store = store
        self.now = now

    def report(
        self,
        since: str | None = None,
        until: str | None = None,
        agent_name: str | None = None,
    ) -> dict[str, Any]:
        """The figures of what was created, asked for or checked from *since* on and before
        *until*, moments as records spell them; with their `targets`, and the `trends`: the same
        for each `hour`, `day`, `month` or `year` (their `unit`) in its `periods`.

        `storage_bytes` is of the whole store, whatever was asked for.
        """
        now = at(self.now())
        first = since or self.store.earliest() or now
        last = now if until is None else until
        periods = Periods(first, max(first, last), since, until)
        tallies = self.store.tally(periods.edges, agent_name, now)
        total = Tally()
        for each in tallies:
            total.add(each)
        found = {**figures(total), "storage_bytes": self.store.size()}
        return {
            "since": since,
            "until": until,
            "agent": agent_name,
            **found,
            "targets": targets_of(found),
            "trends": {
                "unit": periods.unit,
                "periods": [
                    {"start": start, **figures(each)}
                    for start, each in zip(periods.starts, tallies, strict=True)
                ],
            },
        }
