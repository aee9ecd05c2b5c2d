"""Writers that are killed with -9 at any moment: what they were told is kept, and nothing else
is left behind.
"""

from __future__ import annotations

import os
import random
import select
import signal
import struct
import time
from typing import TYPE_CHECKING

import pytest

from agent_session.core.errors import SessionNotFoundError
from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.stores.files.store import FileStore
from tests.examples import minutes_later, updated
from tests.faults.ledger import note
from tests.faults.places import FILES
from tests.faults.processes import kill, start
from tests.faults.samples import FEW
from tests.stores.calls import add, always, change, ids
from tests.stores.folders import (
    THREE_FILES,
    SessionFolder,
    leave_session_of_the_first_implementation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NUMBER = struct.Struct("<q")
LONGEST_LIFE_SECONDS = 0.02
BATCH = 25


class Writer:
    """A process that does one thing after another, and tells the number of each it has done."""

    def __init__(self, act: Callable[[int], object], first: int) -> None:
        self._told, telling = os.pipe()

        def work() -> None:
            number = first
            while True:
                act(number)
                os.write(telling, NUMBER.pack(number))
                number += 1

        self._pid = start(work)
        os.close(telling)

    def end(self, chance: random.Random) -> Iterator[int]:
        """Kill it after a moment of work; the numbers of all that it was told is kept."""
        select.select([self._told], [], [])  # it has come to work
        time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))
        assert kill(self._pid) == -signal.SIGKILL
        with os.fdopen(self._told, "rb") as told:
            return (number for (number,) in NUMBER.iter_unpack(told.read()))


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "session")


def times(usual: int) -> pytest.MarkDecorator:
    """How many kills: some by default, ten times as many in the long form."""
    return pytest.mark.parametrize(
        "kills", [usual, pytest.param(10 * usual, marks=pytest.mark.long)], ids=[FEW, "many"]
    )


@times(150)
def test_a_writer_that_is_killed_loses_no_update(path: str, kills: int) -> None:
    chance = random.Random(1)
    for batch in range(kills // BATCH):
        kill_writers_of_one_session(path, f"a{batch}", chance)
    note(FILES, "killed writers", kills)


def kill_writers_of_one_session(path: str, agent_id: str, chance: random.Random) -> None:
    store, number = FileStore(path), 0
    add(store, agent_id, agent_name=agent_id, metadata={"n": 0})

    def update(n: int) -> None:
        steps = [updated(n, phase="planning"), updated(n, metadata={"n": n})]
        change(FileStore(path), agent_id, *steps[n % 3 == 0 :])

    for _ in range(BATCH):
        acknowledged = [number, *Writer(update, number + 1).end(chance)][-1]
        number = store.get(agent_id)["metadata"]["n"]
        assert number in (acknowledged, acknowledged + 1)
        assert ids(store, agent_name=agent_id, live=True) == [agent_id]
        number += 1
        update(number)  # by the next writer
        assert SessionFolder(path, agent_id).names() == THREE_FILES

    assert store.flaws(agent_id) == []
    assert numbers_entered(store, agent_id) == list(range(number + 1))


def numbers_entered(store: FileStore, agent_id: str) -> list[int]:
    data = [event["data"] for event in store.events(agent_id)]
    return [each["metadata"]["n"] for each in data if "metadata" in each]


@times(30)
def test_a_creator_that_is_killed_leaves_whole_sessions_or_none(path: str, kills: int) -> None:
    chance, number = random.Random(2), 0
    store = FileStore(path)

    for _ in range(kills):
        creator = Writer(lambda n: add(FileStore(path), f"s{n}", n, agent_name="x"), number + 1)
        for told in creator.end(chance):
            number = told
            assert store.get(f"s{told}")["revision"] == 1
        unreadable: list[object] = []
        found = {record["agent_id"] for record in store.scan(Query(), unreadable.append)}
        assert found - {f"s{number + 1}"} == {f"s{n}" for n in range(1, number + 1)}
        assert set(ids(store, agent_name="x", live=True)) == found
        assert unreadable == []
        if f"s{number + 1}" in found:
            number += 1


@times(15)
def test_an_import_that_is_killed_can_be_made_again(path: str, kills: int) -> None:
    chance = random.Random(3)

    def import_it(n: int) -> None:
        leave_session_of_the_first_implementation(path, f"s{n}")
        change(FileStore(path), f"s{n}", updated(n, phase="executing"))

    first = 1
    for _ in range(kills):
        last = [first, *Writer(import_it, first).end(chance)][-1]
        for n in range(first, last):
            assert FileStore(path).get(f"s{n}")["phase"] == "executing"
        first = last + 2
        for n in (last, last + 1):
            if os.path.exists(SessionFolder(path, f"s{n}").snapshot):
                assert_importable(path, f"s{n}")


def assert_importable(path: str, agent_id: str) -> None:
    if os.path.getsize(SessionFolder(path, agent_id).snapshot) == 0:
        return  # the test itself was killed while it left it
    assert FileStore(path).get(agent_id)["phase"] in ("approval", "executing")
    change(FileStore(path), agent_id, updated(phase="planning"))
    assert FileStore(path).flaws(agent_id) == []
    assert SessionFolder(path, agent_id).names() == THREE_FILES


@times(15)
def test_a_removal_that_is_killed_removes_all_or_nothing(path: str, kills: int) -> None:
    chance, first = random.Random(4), 1
    store = FileStore(path)

    def add_and_remove(n: int) -> None:
        add(FileStore(path), f"s{n}")
        FileStore(path).remove(f"s{n}", at(minutes_later(n)), always)

    for _ in range(kills):
        told = list(Writer(add_and_remove, first).end(chance))
        for n in told:
            with pytest.raises(SessionNotFoundError):
                store.get(f"s{n}")
        first = [first, *told][-1] + 2
        unreadable: list[object] = []
        for left in store.scan(Query(), unreadable.append):
            assert left["revision"] == 1
            assert store.flaws(left["agent_id"]) == []
        assert unreadable == []

    store.sweep()
    assert [name for name in os.listdir(path) if name.startswith(".gone-")] == []
