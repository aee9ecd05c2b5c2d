"""Writers killed with -9 at random: what was acknowledged stays, and nothing is left behind.

A child updates in a tight loop and tells each acknowledged number through a pipe; it is killed
after a random time.  FAULTS=long tries ten times as many.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from agent_session import AgentSession
from agent_session.stores.files.store import FileStore
from tests.faults.processes import kill, start

KILLS = 3000 if os.environ.get("FAULTS") == "long" else 300
SHARES = 6
LONGEST_LIFE_SECONDS = 0.02
OURS = [".lock", "journal.jsonl", "state.json"]


def update_for_ever(folder: str, agent_id: str, told: int) -> None:
    """Count upwards in the session from where it is, telling every number once it is kept."""
    sessions = AgentSession(folder)
    number = count_in(sessions, agent_id)
    while True:
        number += 1
        assert sessions.update_state(agent_id, "planning", {"count": number})
        os.write(told, b"%d\n" % number)


def count_in(sessions: AgentSession, agent_id: str) -> int:
    record = sessions.get_session(agent_id)
    assert record is not None
    return int(record["metadata"]["count"])


def last_told(pipe: int) -> int:
    """The last whole number in *pipe*; 0 for none."""
    data = b""
    while part := os.read(pipe, 1 << 16):
        data += part
    lines = data.split(b"\n")[:-1]
    return int(lines[-1]) if lines else 0


def kill_one(folder: str, agent_id: str, chance: random.Random) -> int:
    """Let a writer live for a random time; the last number that it was told is kept."""
    told, tells = os.pipe()
    pid = start(lambda: update_for_ever(folder, agent_id, tells))
    os.close(tells)
    time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
    kill(pid)
    last = last_told(told)
    os.close(told)
    return last


@pytest.mark.parametrize("share", range(SHARES))
def test_what_was_acknowledged_outlives_every_kill(tmp_path: Path, share: int):
    folder, chance = str(tmp_path / "session"), random.Random(share)
    sessions = AgentSession(folder)
    agent_id = sessions.create_session("ta", "p", {"count": 0})
    assert agent_id is not None
    acknowledged = 0

    for _ in range(KILLS // SHARES):
        last = kill_one(folder, agent_id, chance)
        kept = count_in(sessions, agent_id)
        assert kept in {max(last, acknowledged), max(last, acknowledged) + 1}
        assert [each["agent_id"] for each in sessions.list_sessions(active_only=True)] == (
            [agent_id] if kept else []
        )
        acknowledged = kept

    assert acknowledged, "every writer was killed before its first update"
    assert sessions.update_state(agent_id, "approval")
    assert sorted(os.listdir(f"{folder}/{agent_id}")) == OURS
    assert FileStore(folder).flaws(agent_id) == []


@pytest.mark.parametrize("share", range(2))
def test_a_creator_that_is_killed_leaves_a_whole_session_or_none(tmp_path: Path, share: int):
    folder, chance = str(tmp_path / "session"), random.Random(share)

    def create_for_ever() -> None:
        sessions = AgentSession(folder)
        while True:
            assert sessions.create_session("ta", "p", {"task_id": "T001"})

    for _ in range(KILLS // 20):
        pid = start(create_for_ever)
        time.sleep(chance.random() * LONGEST_LIFE_SECONDS)
        kill(pid)

    store = FileStore(folder)
    ids = [name for name in os.listdir(folder) if not name.startswith(".")]
    assert ids
    for agent_id in ids:
        assert store.get(agent_id)["metadata"] == {"task_id": "T001"}
        assert store.flaws(agent_id) == []
