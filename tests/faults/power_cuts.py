"""A life, and the power cut at every point of it: what is found when the machine is back."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from agent_session.core.errors import AgentSessionError, SessionNotFoundError
from agent_session.local import disk
from agent_session.stores.files.store import FileStore
from tests.examples import finalized, updated
from tests.faults import operations
from tests.faults.disk_states import RecordingSeam, build, states
from tests.faults.seam import Unsynced, exchanging, standing_in
from tests.faults.sweeps import tree_of, why_hidden, why_unusable
from tests.stores.approvals import asked, decided
from tests.stores.calls import change

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.state import Record


class Life(NamedTuple):
    """What is there before, and the steps that are taken; each answers with the record then."""

    prepare: Callable[[str], None]
    agent_id: str
    steps: tuple[Callable[[FileStore], Record], ...]


def _update(minutes: int, **data: Any) -> Callable[[FileStore], Record]:
    return lambda store: change(store, "a", updated(minutes, **data))


def _compact(store: FileStore) -> Record:
    operations.compact_a(store)
    return store.get("a")


UPDATES = (
    _update(10, phase="executing"),
    _update(11, metadata={"text": "x" * 9000}),
    _update(12, error="no"),
)
LIVES: dict[str, Life] = {
    "create in a new store": Life(operations.nothing, "d", (operations.add_d,)),
    "create": Life(operations.three_sessions, "d", (operations.add_d,)),
    "create and update": Life(
        operations.three_sessions,
        "a",
        (
            *UPDATES,
            lambda store: change(store, "a", updated(13, phase="planning"), updated(13)),
            lambda store: change(store, "a", finalized(minutes=14)),
        ),
    ),
    "ask and decide": Life(
        operations.three_sessions,
        "a",
        (
            lambda store: change(store, "a", asked(1, 10)),
            lambda store: change(store, "a", decided(1, 11)),
        ),
    ),
    "compact": Life(
        operations.one_that_is_over,
        "a",
        (_compact, _update(20, metadata={"n": 2})),
    ),
    "compact a stale one": Life(
        operations.a_stale_one_that_is_over, "a", (_compact, _update(20, metadata={"n": 2}))
    ),
    "update after a crash": Life(operations.a_torn_tail, "a", UPDATES),
    "update a stale one": Life(operations.a_stale_snapshot, "a", UPDATES),
    "update an edited one": Life(operations.an_edit_by_hand, "a", UPDATES),
    "import": Life(operations.one_of_the_first_implementation, "a", UPDATES),
    "import the first of three": Life(
        operations.all_of_the_first_implementation, "a", UPDATES[:1]
    ),
}


class Cuts:
    """The power is cut at every point of *life*; *wrong* says the first that may not be."""

    def __init__(self, life: Life, folder: str, *, by_exchange: bool = False) -> None:
        self.life = life
        self.count = 0
        self.wrong: list[str] = []
        self._judged: dict[Any, str | None] = {}
        self._back = os.path.join(folder, "back")
        world = os.path.join(folder, "world")
        os.makedirs(world)
        path = os.path.join(world, "project", "session")
        if life.prepare is not operations.nothing:
            with standing_in(Unsynced()):
                life.prepare(path)
        self.records: list[Any] = [self._read(path)]
        self.recorded = RecordingSeam(world)
        store = FileStore(path)
        with exchanging(by_exchange), standing_in(self.recorded):
            for number, step in enumerate(life.steps, 1):
                self.records.append(step(store))
                self.recorded.acknowledge(number)

    def run(self, *, without: frozenset[str] = frozenset(), samples: int = 40) -> list[str]:
        """Go through the states, as if the deeds in *without* had not been done."""
        booted, disk._boot = disk._boot, "after the power cut"
        try:
            for acknowledged, tree in states(self.recorded, without=without, samples=samples):
                if self.wrong:
                    break
                self.count += 1
                shutil.rmtree(self._back, ignore_errors=True)
                os.makedirs(self._back)
                build(tree, self._back)
                self._look(max(acknowledged, 0), os.path.join(self._back, "project", "session"))
        finally:
            disk._boot = booted
        return self.wrong

    def _look(self, acknowledged: int, path: str) -> None:
        with standing_in(Unsynced()):
            found = self._read(path)
            if found not in self.records[acknowledged:]:
                word = "lost" if found in self.records else "corrupt"
                self.wrong.append(f"{word}: {found}, after {acknowledged} acknowledged steps")
                return
            session = tree_of(f"{path}/{self.life.agent_id}")
            flaw = why_hidden(path)
            if session not in self._judged:
                self._judged[session] = why_unusable(path)
            flaw = flaw or self._judged[session]
            if flaw:
                self.wrong.append(f"{flaw}, after {acknowledged} acknowledged steps")

    def _read(self, path: str) -> Any:
        try:
            return FileStore(path).get(self.life.agent_id)
        except SessionNotFoundError:
            return None
        except AgentSessionError as error:
            return error
