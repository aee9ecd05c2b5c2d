"""LangGraph, `SqliteSaver`: a thread is a chain of checkpoints, each of the whole state."""

from __future__ import annotations

import sqlite3
from typing import Any

from langgraph.checkpoint.base import copy_checkpoint, empty_checkpoint
from langgraph.checkpoint.base.id import uuid6
from langgraph.checkpoint.sqlite import SqliteSaver

from benchmarks.peers.work import LISTED

_METADATA: Any = {"source": "loop", "step": 1, "parents": {}}


class Store:
    def __init__(self, folder: str) -> None:
        self.saver = SqliteSaver(
            sqlite3.connect(f"{folder}/checkpoints.db", check_same_thread=False)
        )
        self.saver.setup()
        self.last: dict[str, Any] = {}

    def create(self, session_id: str, state: dict[str, Any]) -> str:
        config = {"configurable": {"thread_id": session_id, "checkpoint_ns": ""}}
        checkpoint = empty_checkpoint()
        checkpoint["channel_values"] = state
        self.last[session_id] = self._put(config, checkpoint), checkpoint
        return session_id

    def pause(self, session_id: str) -> None:
        pass

    def update(self, session_id: str, state: dict[str, Any]) -> None:
        """As a run does that holds the thread: a new checkpoint after its last one."""
        config, checkpoint = self.last[session_id]
        self.last[session_id] = self._next(config, checkpoint, state)

    def decide(self, session_id: str) -> bool:
        found = self.saver.get_tuple(_latest(session_id))
        return bool(found and found.checkpoint["channel_values"]["phase"] == "approval")

    def list_newest(self) -> int:
        return sum(1 for _ in self.saver.list(None, limit=LISTED))

    make_old = create

    def delete_old(self, session_ids: list[str]) -> None:
        for session_id in session_ids:
            self.saver.delete_thread(session_id)

    def note(self, session_id: str, writer: str) -> None:
        found = self.saver.get_tuple(_latest(session_id))
        assert found is not None
        state = dict(found.checkpoint["channel_values"])
        state[writer] = state.get(writer, 0) + 1
        self._next(found.config, found.checkpoint, state)

    def noted(self, session_id: str) -> int:
        found = self.saver.get_tuple(_latest(session_id))
        assert found is not None
        state = found.checkpoint["channel_values"]
        return sum(count for name, count in state.items() if name.startswith("writer-"))

    def _next(self, config: Any, checkpoint: Any, state: dict[str, Any]) -> Any:
        checkpoint = copy_checkpoint(checkpoint)
        checkpoint["id"] = str(uuid6(clock_seq=-2))
        checkpoint["channel_values"] = state
        return self._put(config, checkpoint), checkpoint

    def _put(self, config: Any, checkpoint: Any) -> Any:
        return self.saver.put(config, checkpoint, _METADATA, {})


def _latest(session_id: str) -> Any:
    return {"configurable": {"thread_id": session_id, "checkpoint_ns": ""}}
