"""One system, driven from outside: `python drive.py MODULE FOLDER`, in the system's own venv.

Reads a JSON object a line from stdin, does what it says, and answers with one a line. What is
timed is timed here, around the system's own call, so that neither the pipe nor JSON counts.
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

import asyncio
import importlib
import inspect
import json
import logging
import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.peers import forks
from benchmarks.peers.work import state

# Updates and reads go to so many of the sessions, chosen beforehand.
LIVE = 100


class Driver:
    """What the system is told to do, in this process."""

    def __init__(self, module: str, folder: str) -> None:
        self.make = importlib.import_module(f"benchmarks.peers.stores.{module}").Store
        self.folder = folder
        self.chance = random.Random(20260108)
        self.count = 0
        self.ids: list[str] = []
        self._store: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def store(self) -> Any:
        """Not before it is wanted: a process that forks others must have none open."""
        if self._store is None:
            self._store = self.make(self.folder)
        return self._store

    def call(self, action: Callable[..., Any], *given: Any) -> tuple[float, Any]:
        """The seconds that it took, and its answer."""
        if not inspect.iscoroutinefunction(action):
            start = perf_counter()
            answer = action(*given)
            return perf_counter() - start, answer

        async def timed() -> tuple[float, Any]:
            start = perf_counter()
            answer = await action(*given)
            return perf_counter() - start, answer

        if self._loop is None:  # one of its own in each process that is forked
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(timed())

    def next_state(self) -> tuple[str, dict[str, Any]]:
        self.count += 1
        return f"20260108-180530-{self.count:08x}", state(self.count)

    # --- what can be asked --------------------------------------------------------------------

    def fill(self, count: int) -> int:
        """So many sessions, of which some wait."""
        made = [self.call(self.store.create, *self.next_state())[1] for _ in range(count)]
        self.ids = self.chance.sample(made, min(LIVE, count))
        for each in self.ids:
            self.call(self.store.pause, each)
        return len(made)

    def create(self) -> float:
        return self.call(self.store.create, *self.next_state())[0]

    def update(self) -> float:
        _, changed = self.next_state()
        return self.call(self.store.update, self.chance.choice(self.ids), changed)[0]

    def decide(self) -> float:
        seconds, answer = self.call(self.store.decide, self.chance.choice(self.ids))
        if answer is not True:
            raise RuntimeError(f"it is said to wait: {answer}")
        return seconds

    def list_newest(self) -> float:
        seconds, found = self.call(self.store.list_newest)
        if found < LIVE:
            raise RuntimeError(f"a list of {found}")
        return seconds

    def delete_old(self, count: int) -> float:
        """The seconds for each of so many."""
        old = [self.call(self.store.make_old, *self.next_state())[1] for _ in range(count)]
        return self.call(self.store.delete_old, old)[0] / count

    def note(self, session_id: str, writer: str) -> None:
        self.call(self.store.note, session_id, writer)

    def noted(self, session_id: str) -> int:
        return int(self.call(self.store.noted, session_id)[1])

    # --- in processes of their own ------------------------------------------------------------

    def crowd(self, writers: int, times: int) -> dict[str, int]:
        """What *writers* did to one session at once: how many notes were acknowledged, how many
        refused with an error, and how many are there.
        """
        return forks.crowd(self, writers, times)

    def kills(self, count: int) -> dict[str, int]:
        """Of so many writers that are killed, how many leave what cannot be read, and how many
        notes that were acknowledged are gone.
        """
        return forks.kills(self, count)

    def wake(self) -> float:
        """From a decision to the moment in which the one that waits goes on."""
        return forks.wake(self)


def main(module: str, folder: str) -> None:
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a system prints is no answer
    driver = Driver(module, folder)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = getattr(driver, asked["do"])(*asked["with"])
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
