"""Strands Agents, `FileSessionManager`: a session is a folder of JSON files, never synced."""

from __future__ import annotations

from typing import Any

from strands.session.file_session_manager import FileSessionManager
from strands.types.session import SessionAgent, SessionMessage

_AGENT = "architect"


class Store:
    list_newest = None  # nothing in it lists sessions

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.open: dict[str, Any] = {}

    def _manager(self, session_id: str) -> Any:
        return FileSessionManager(session_id, storage_dir=self.folder)

    def create(self, session_id: str, state: dict[str, Any]) -> str:
        manager = self._manager(session_id)
        manager.create_agent(session_id, _agent(state))
        message: Any = {"role": "user", "content": [{"text": state["task_id"]}]}
        manager.create_message(session_id, _AGENT, SessionMessage.from_message(message, 0))
        return session_id

    def pause(self, session_id: str) -> None:
        self.open[session_id] = self._manager(session_id)

    def update(self, session_id: str, state: dict[str, Any]) -> None:
        self.open[session_id].update_agent(session_id, _agent(state))

    def decide(self, session_id: str) -> bool:
        found = self._manager(session_id).read_agent(session_id, _AGENT)
        return bool(found.state["phase"] == "approval")

    make_old = create

    def delete_old(self, session_ids: list[str]) -> None:
        manager = self._manager(session_ids[0])
        for session_id in session_ids:
            manager.delete_session(session_id)

    def note(self, session_id: str, writer: str) -> None:
        manager = self._manager(session_id)
        state = manager.read_agent(session_id, _AGENT).state
        state[writer] = state.get(writer, 0) + 1
        manager.update_agent(session_id, _agent(state))

    def noted(self, session_id: str) -> int:
        state = self._manager(session_id).read_agent(session_id, _AGENT).state
        return sum(count for name, count in state.items() if name.startswith("writer-"))


def _agent(state: dict[str, Any]) -> Any:
    return SessionAgent(agent_id=_AGENT, state=state, conversation_manager_state={})
