"""Stores filled fast, through the store's own writes, with the syncs left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agent_session import AgentSession
from agent_session.core.agent_ids import is_agent_id
from agent_session.local import disk
from agent_session.wiring import wire

WORDS = "aws_instance.web will be replaced; aws_db_instance.main will be updated in place; "


class _WithoutSyncs(disk.SystemCalls):
    @staticmethod
    def fdatasync(_: object) -> None:
        pass

    @staticmethod
    def fsync(_: object) -> None:
        pass


@contextmanager
def without_syncs() -> Iterator[None]:
    """Nothing is synced: a store that is filled to be measured need not outlive a power cut."""
    synced = disk.calls
    disk.calls = _WithoutSyncs()
    try:
        yield
    finally:
        disk.calls = synced


def metadata(number: int) -> dict[str, Any]:
    """Metadata that makes a record of about 1 KB, other in every session."""
    return {"task_id": f"T{number}", "plan": f"{number}: {WORDS * 4}"}


def agent(number: int) -> str:
    return f"terraform-architect-{number}"


def fill(folder: str, *, finished: int, live: int, agents: int = 1) -> list[str]:
    """The ids of the *live* sessions, oldest first, spread evenly among the *finished* ones."""
    sessions = wire("bench", store=f"files:{folder}").sessions
    total = finished + live
    found: list[str] = []
    with without_syncs():
        for number in range(total):
            is_live = _share(number, live, total) != _share(number + 1, live, total)
            name = agent((len(found) if is_live else number) % agents)
            agent_id = sessions.create(name, "approval_workflow", metadata(number))["agent_id"]
            if is_live:
                sessions.update(agent_id, "approval")
                found.append(agent_id)
            else:
                sessions.finalize(agent_id, "completed")
    _verify(folder, total, found)
    return found


def _share(number: int, live: int, total: int) -> int:
    return (number * live + total // 2) // total


def _verify(folder: str, total: int, live: list[str]) -> None:
    with os.scandir(folder) as entries:
        count = sum(1 for entry in entries if is_agent_id(entry.name))
    active = {row["agent_id"] for row in AgentSession(folder).list_sessions(active_only=True)}
    if count != total or active != set(live):
        raise RuntimeError(
            f"filled {count} sessions, {len(active)} live, not {total}, {len(live)}"
        )
