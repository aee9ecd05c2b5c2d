"""Google ADK, `DatabaseSessionService` on SQLite: a session is a state and its events."""

from __future__ import annotations

from typing import Any

from google.adk.events import Event, EventActions
from google.adk.sessions import DatabaseSessionService

_OF = {"app_name": "bench", "user_id": "someone"}


class Store:
    def __init__(self, folder: str) -> None:
        self.service: Any = DatabaseSessionService(f"sqlite+aiosqlite:///{folder}/sessions.db")
        self.open: dict[str, Any] = {}

    async def create(self, session_id: str, state: dict[str, Any]) -> str:
        await self.service.create_session(**_OF, session_id=session_id, state=state)
        return session_id

    async def pause(self, session_id: str) -> None:
        self.open[session_id] = await self._get(session_id)

    async def update(self, session_id: str, state: dict[str, Any]) -> None:
        """As a run does that holds the session."""
        await self.service.append_event(self.open[session_id], _event({"step": state["step"]}))

    async def decide(self, session_id: str) -> bool:
        return bool((await self._get(session_id)).state["phase"] == "approval")

    async def list_newest(self) -> int:
        """All: it has no part of a list."""
        return len((await self.service.list_sessions(**_OF)).sessions)

    make_old = create

    async def delete_old(self, session_ids: list[str]) -> None:
        for session_id in session_ids:
            await self.service.delete_session(**_OF, session_id=session_id)

    async def note(self, session_id: str, writer: str) -> None:
        session = await self._get(session_id)
        count = session.state.get(writer, 0) + 1
        await self.service.append_event(session, _event({writer: count}))

    async def noted(self, session_id: str) -> int:
        state = (await self._get(session_id)).state
        return sum(count for name, count in state.items() if name.startswith("writer-"))

    async def _get(self, session_id: str) -> Any:
        return await self.service.get_session(**_OF, session_id=session_id)


def _event(delta: dict[str, Any]) -> Any:
    return Event(invocation_id="bench", author="agent", actions=EventActions(state_delta=delta))
