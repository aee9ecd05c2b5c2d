"""The use cases over one store, with nothing left to chance: what two stores are held by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_session.core.errors import AgentSessionError
from agent_session.core.resume import ResumePolicy
from agent_session.services.branches import Branches
from agent_session.services.history import History
from agent_session.services.measures import Measures
from agent_session.services.pruning import Pruning
from agent_session.services.reports import Reports
from agent_session.services.resumes import Resumes
from agent_session.services.sessions import Sessions
from tests.examples import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.store import Store


class SharedClock:
    """One time for both stores, which moves on with every rule."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


class Service:
    """The use cases over one store, with nothing left to chance."""

    def __init__(self, store: Store, clock: SharedClock) -> None:
        policy = ResumePolicy()
        self.store = store
        self.sessions = Sessions(
            store, now=clock, randomness=self._counted, policy=policy, actor="test"
        )
        self.resumes = Resumes(store, now=clock, policy=policy)
        self.reports = Reports(store)
        self.history = History(store)
        self.branches = Branches(self.sessions, self.history)
        self.measures = Measures(store, now=clock)
        self.pruning = Pruning(store, now=clock, actor="test")
        self._made = 0

    def _counted(self, length: int) -> bytes:
        self._made += 1
        return self._made.to_bytes(length, "big")


def outcome_of(act: Callable[[], Any]) -> Any:
    """What *act* answers, or the refusal in its words."""
    try:
        return act()
    except AgentSessionError as error:
        return (error.code, str(error))
