"""Agno, `SqliteDb`: a session is a row that is written whole."""

from __future__ import annotations

from typing import Any

from agno.db.base import SessionType
from agno.db.sqlite import SqliteDb
from agno.session import AgentSession

from benchmarks.peers.work import LISTED


class Store:
    def __init__(self, folder: str) -> None:
        self.db: Any = SqliteDb(db_file=f"{folder}/agno.db")

    def create(self, session_id: str, state: dict[str, Any]) -> str:
        self._write(session_id, state)
        return session_id

    def pause(self, session_id: str) -> None:
        pass

    def update(self, session_id: str, state: dict[str, Any]) -> None:
        self._write(session_id, state)

    def decide(self, session_id: str) -> bool:
        return bool(self._state(session_id)["phase"] == "approval")

    def list_newest(self) -> int:
        return len(self.db.get_sessions(SessionType.AGENT, limit=LISTED))

    make_old = create

    def delete_old(self, session_ids: list[str]) -> None:
        for session_id in session_ids:
            self.db.delete_session(session_id)

    def note(self, session_id: str, writer: str) -> None:
        state = self._state(session_id)
        self._write(session_id, {**state, writer: state.get(writer, 0) + 1})

    def noted(self, session_id: str) -> int:
        state = self._state(session_id)
        return sum(count for name, count in state.items() if name.startswith("writer-"))

    def _state(self, session_id: str) -> Any:
        return self.db.get_session(session_id, SessionType.AGENT).session_data["session_state"]

    def _write(self, session_id: str, state: dict[str, Any]) -> None:
        kept = self.db.upsert_session(
            AgentSession(
                session_id=session_id,
                agent_id="architect",
                session_data={"session_state": state},
            )
        )
        if kept is None:
            raise RuntimeError("the session was not written")
