"""A server that stops at once, as at a loss of power, under load: what it has confirmed is
there, nothing is there twice, and its clients go on by themselves.
"""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.store import Query
from tests.examples import updated
from tests.faults.ledger import note
from tests.faults.places import POSTGRES, opened
from tests.faults.processes import end_of, start
from tests.faults.samples import times
from tests.servers.postgres import EXISTING, running_postgres, why_none
from tests.stores.calls import add
from tests.stores.folders import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.postgres import Postgres

WRITERS = 4
# Between two crashes, from each writer.
UPDATES = 5
PATIENCE_SECONDS = 60


@pytest.fixture
def server() -> Iterator[Postgres]:
    if reason := why_none():
        pytest.skip(reason)
    if os.environ.get(EXISTING):
        pytest.skip(f"the server of {EXISTING} is not ours to stop")
    with running_postgres(durable=True) as server:
        yield server


class Load:
    """Writers that count, in one session that they share and in one of their own each."""

    def __init__(self, url: str, folder: str) -> None:
        self._url = url
        self._folder = folder
        store = opened(url)
        for agent_id in ("shared", *map(own, range(WRITERS))):
            add(store, agent_id, metadata={})
        self._pids = [start(partial(self._count, writer)) for writer in range(WRITERS)]

    def _count(self, writer: int) -> None:
        store, number = opened(self._url, PATIENCE_SECONDS), 0
        while not os.path.exists(f"{self._folder}/stop"):
            number += 1
            for agent_id in ("shared", own(writer)):
                store.update(agent_id, partial(one_more, writer))
            add(store, f"made-{writer}-{number}")
            write(f"{self._folder}/told-{writer}", str(number).encode())

    def told(self, writer: int) -> int:
        """How many rounds *writer* was told to be kept."""
        try:
            with open(f"{self._folder}/told-{writer}", encoding="ascii") as file:
                return int(file.read() or 0)
        except FileNotFoundError:
            return 0

    def await_progress(self) -> None:
        due = [self.told(writer) + UPDATES for writer in range(WRITERS)]
        while any(self.told(writer) < due[writer] for writer in range(WRITERS)):
            self.assert_going_on()
            time.sleep(0.01)

    def assert_going_on(self) -> None:
        """No writer has met an error."""
        assert all(os.waitpid(pid, os.WNOHANG)[0] == 0 for pid in self._pids)

    def stop(self) -> None:
        write(f"{self._folder}/stop", b"")
        assert [end_of(pid) for pid in self._pids] == [0] * WRITERS


def own(writer: int) -> str:
    return f"of-{writer}"


def one_more(writer: int, record: Any) -> Any:
    mine = f"writer {writer}"
    count = record["metadata"].get(mine, 0) + 1
    return [updated(record["revision"], metadata={mine: count})]


@times(2, 20, 200)
def test_a_server_that_stops_at_once_loses_and_doubles_nothing(
    server: Postgres, scratch: str, times: int
) -> None:
    url = server.fresh()
    load = Load(url, scratch)
    for _ in range(times):
        load.await_progress()
        server.crash()
        server.start()
    load.await_progress()
    load.stop()

    flaws = flaws_after(url, load)
    note(POSTGRES, "server crashes", times, len(flaws))
    assert flaws == []


def flaws_after(url: str, load: Load) -> list[str]:
    store = opened(url)
    shared = store.get("shared")["metadata"]
    flaws = []
    for writer in range(WRITERS):
        mine, told = f"writer {writer}", load.told(writer)
        kept = (shared[mine], store.get(own(writer))["metadata"][mine])
        made = [each for each in ids_of(store) if each.startswith(f"made-{writer}-")]
        if kept != (told, told) or len(made) != told:
            flaws.append(f"{told} were told to be kept, {kept} and {len(made)} are")
    return flaws + [flaw for agent_id in ids_of(store) for flaw in store.flaws(agent_id)]


def ids_of(store: Any) -> list[str]:
    return [record["agent_id"] for record in store.scan(Query())]
