"""agent-session itself, in the store that a URL names."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from agent_session.core.store import Query
from agent_session.wiring import wire
from benchmarks.peers.work import LISTED

_LONG_AGO = timedelta(days=3)


class Store:
    def __init__(self, place: str) -> None:
        self.wiring = wire("bench", store=place, project=os.getcwd())
        self.sessions = self.wiring.sessions

    def create(self, session_id: str, state: dict[str, Any]) -> str:
        agent_id = f"agent-{session_id}"
        return self.sessions.create("architect", "bench", state, agent_id=agent_id)["agent_id"]

    def pause(self, session_id: str) -> None:
        self.sessions.update(session_id, "approval")

    def update(self, session_id: str, state: dict[str, Any]) -> None:
        self.sessions.update(session_id, metadata={"step": state["step"]})

    def decide(self, session_id: str) -> bool:
        return self.wiring.resumes.judge(session_id).is_resumable

    def list_newest(self) -> int:
        return len(self.wiring.store.page(Query(), LISTED).records)

    def make_old(self, session_id: str, state: dict[str, Any]) -> str:
        """As it was left three days ago."""
        then, usual = datetime.now(UTC) - _LONG_AGO, self.wiring.now
        self.wiring.now = lambda: then
        try:
            agent_id = self.create(session_id, state)
            self.sessions.finalize(agent_id, "completed")
        finally:
            self.wiring.now = usual
        return agent_id

    def delete_old(self, session_ids: list[str]) -> None:
        removed = self.sessions.cleanup(24).removed
        if len(removed) != len(session_ids):
            raise RuntimeError(f"{len(removed)} went, not {len(session_ids)}")

    def note(self, session_id: str, writer: str) -> None:
        count = self.sessions.get(session_id)["metadata"].get(writer, 0)
        self.sessions.update(session_id, metadata={writer: count + 1})

    def noted(self, session_id: str) -> int:
        metadata = self.sessions.get(session_id)["metadata"]
        return sum(count for name, count in metadata.items() if name.startswith("writer-"))
