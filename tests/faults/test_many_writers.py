"""Many processes on one session and one store: nothing lost, nothing torn, nothing refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_session import AgentSession
from agent_session.core.store import Query
from agent_session.stores.files.store import FileStore
from tests.faults.processes import end_of, kill, run_all, start

WRITERS = 8
UPDATES = 2000 if os.environ.get("FAULTS") == "long" else 200


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "session")


def a_session(folder: str, agent_id: str = "one") -> AgentSession:
    sessions = AgentSession(folder)
    assert sessions.create_session("ta", "p", agent_id=agent_id) == agent_id
    return sessions


def updates_by(folder: str, writer: int, agent_id: str = "one") -> Callable[[], None]:
    """A writer that enters a number of its own in every update."""

    def update() -> None:
        sessions = AgentSession(folder)
        for number in range(UPDATES):
            assert sessions.update_state(agent_id, metadata={f"{writer}.{number % 4}": number})

    return update


def test_of_eight_writers_with_two_hundred_updates_each_none_is_lost(folder: str):
    sessions = a_session(folder)

    assert run_all(*(updates_by(folder, writer) for writer in range(WRITERS))) == [0] * WRITERS

    record = sessions.get_session("one")
    assert record is not None
    assert record["revision"] == 1 + WRITERS * UPDATES
    assert record["metadata"] == {
        f"{writer}.{number % 4}": number
        for writer in range(WRITERS)
        for number in range(UPDATES - 4, UPDATES)
    }
    assert FileStore(folder).flaws("one") == []
    assert sorted(os.listdir(f"{folder}/one")) == [".lock", "journal.jsonl", "state.json"]


def test_a_reader_beside_a_writer_sees_every_state_in_its_order_and_none_torn(folder: str):
    sessions = a_session(folder)
    writer = start(updates_by(folder, 0))
    seen = 0

    while os.waitpid(writer, os.WNOHANG)[0] == 0:
        record = sessions.get_session("one")
        assert record is not None
        assert record["revision"] >= seen
        seen = record["revision"]
        assert len(record["metadata"]) == min(4, seen - 1)

    assert seen > 1


def test_of_eight_creators_of_one_id_one_wins(folder: str):
    def create() -> None:
        assert AgentSession(folder).create_session("ta", "p", {"pid": os.getpid()}, "one")

    for _ in range(20):
        statuses = run_all(*[create] * WRITERS)
        assert sorted(statuses) == [0] + [1] * (WRITERS - 1)
        assert FileStore(folder).flaws("one") == []
        assert FileStore(folder).remove("one", "2026-01-08T18:05:30.000000Z", lambda _: True)


def test_cleanup_beside_writers_takes_only_what_is_over(folder: str):
    def live_and_end() -> None:
        sessions = AgentSession(folder)
        for _ in range(30):
            agent_id = sessions.create_session("ta")
            assert agent_id is not None
            for phase in ("planning", "approval", "executing", "completed"):
                assert sessions.update_state(agent_id, phase)

    def clean() -> None:
        while True:
            AgentSession(folder).cleanup_old_sessions(0)

    cleaner = start(clean)
    assert run_all(*[live_and_end] * 4) == [0] * 4
    kill(cleaner)
    AgentSession(folder).cleanup_old_sessions(0)
    assert AgentSession(folder).list_sessions() == []


def test_the_index_rebuilt_beside_writers_loses_no_live_session(folder: str):
    a_session(folder, "first")

    def begin(writer: int) -> Callable[[], None]:
        def create() -> None:
            for number in range(30):
                a_session(folder, f"w{writer}-{number}")

        return create

    def rebuild() -> None:
        while True:
            FileStore(folder).repair(None)

    rebuilder = start(rebuild)
    writers = [start(begin(writer)) for writer in range(4)]
    assert [end_of(pid) for pid in writers] == [0] * 4
    kill(rebuilder)
    live = [record["agent_id"] for record in FileStore(folder).scan(Query(live=True))]
    assert len(live) == len(set(live)) == 1 + 4 * 30
