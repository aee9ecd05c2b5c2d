"""Pages of a SQL store's sessions, newest first, each held against what it must have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from agent_session.core.pages import place_of
from agent_session.core.store import Query
from benchmarks.bulk import Crowd
from benchmarks.filling import agent

if TYPE_CHECKING:
    from agent_session.core.pages import Place
    from agent_session.core.store import Store

SIZE = 50
NEWEST = f"page of the {SIZE} newest"
MIDDLE = f"page of {SIZE} in the middle"
OF_ONE = f"page of {SIZE} of one agent"


class Pages:
    """What is asked of a *store* that *crowd* has filled, by the name of each question: the
    query, the place the page lies below, and the ids that it must have.
    """

    def __init__(self, store: Store, crowd: Crowd) -> None:
        live = [record["agent_id"] for record in store.scan(Query(live=True))]
        everybody = [*_live(live, crowd), *_finished(crowd)]
        name = everybody[len(live)][1]  # of the newest that is over
        middle = len(everybody) // 2
        below = place_of(store.get(everybody[middle - 1][0]))
        of_one = (agent_id for agent_id, of in everybody if of == name)
        self.store = store
        self.asked: dict[str, tuple[Query, Place | None, list[str]]] = {
            NEWEST: (Query(), None, live[:SIZE]),
            MIDDLE: (Query(), below, [each for each, _ in everybody[middle : middle + SIZE]]),
            OF_ONE: (Query(agent_name=name), None, list(islice(of_one, SIZE))),
        }

    def ids(self, what: str) -> list[str]:
        query, below, _ = self.asked[what]
        return [each["agent_id"] for each in self.store.page(query, SIZE, below).records]

    def expected(self, what: str) -> list[str]:
        return self.asked[what][2]


def _live(newest_first: list[str], crowd: Crowd) -> Iterator[tuple[str, str]]:
    """Each of them, and its agent."""
    names = {each: agent(turn % crowd.agents) for turn, each in enumerate(crowd.live_ids)}
    return ((each, names[each]) for each in newest_first)


def _finished(crowd: Crowd) -> Iterator[tuple[str, str]]:
    """The same of those that are over, the newest first."""
    live = set(crowd.live_ids)
    for number in range(crowd.size, 0, -1):
        agent_id = crowd.ids[number - 1]
        if agent_id not in live:
            yield agent_id, agent(number % crowd.agents)
