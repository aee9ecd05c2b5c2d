"""OpenAI Agents SDK, `SQLiteSession`: a session is a list of items that only grows."""

from __future__ import annotations

import json
from typing import Any

from agents import SQLiteSession


class Store:
    list_newest = None  # nothing in it lists sessions

    def __init__(self, folder: str) -> None:
        self.path = f"{folder}/sessions.db"
        self.open: dict[str, Any] = {}

    def _session(self, session_id: str) -> Any:
        """A process that works on a session keeps it open."""
        if session_id not in self.open:
            self.open[session_id] = SQLiteSession(session_id, self.path)
        return self.open[session_id]

    async def create(self, session_id: str, state: dict[str, Any]) -> str:
        session = SQLiteSession(session_id, self.path)
        await session.add_items([_item(state)])
        session.close()
        return session_id

    def pause(self, session_id: str) -> None:
        self._session(session_id)

    async def update(self, session_id: str, state: dict[str, Any]) -> None:
        await self._session(session_id).add_items([_item({"step": state["step"]})])

    async def decide(self, session_id: str) -> bool:
        session = SQLiteSession(session_id, self.path)
        items = await session.get_items()
        session.close()
        return bool(json.loads(items[0]["content"])["phase"] == "approval")

    make_old = create

    async def delete_old(self, session_ids: list[str]) -> None:
        for session_id in session_ids:
            session = SQLiteSession(session_id, self.path)
            await session.clear_session()
            session.close()

    async def note(self, session_id: str, writer: str) -> None:
        await self._session(session_id).add_items([_item({"writer": writer})])

    async def noted(self, session_id: str) -> int:
        items = await self._session(session_id).get_items()
        return sum("writer" in json.loads(item["content"]) for item in items)


def _item(content: dict[str, Any]) -> Any:
    return {"role": "user", "content": json.dumps(content)}
