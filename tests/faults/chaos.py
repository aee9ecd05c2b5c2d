"""Workers that compete for one session while they are killed and paused at random, and what
their logs say happened.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.faults.lincheck import NEVER, UNKNOWN, Call
from tests.faults.places import POSTGRES, kind_of
from tests.faults.processes import kill, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # What one worker does, over and over, with a log of it; its number, and its own chance.
    Deed = Callable[["Log", int, random.Random], None]

WORKERS = 8
# Between two disturbances at most; who connects to a server first needs longer to get anywhere.
REST_SECONDS = 0.02
REST_OF_CLIENTS_SECONDS = 0.15


def rest_seconds_on(url: str) -> float:
    return REST_OF_CLIENTS_SECONDS if kind_of(url) == POSTGRES else REST_SECONDS


class Log:
    """The calls of one worker, each written down before and after."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def call(self, asked: tuple[Any, ...], act: Callable[[], Any]) -> Any:
        self._write("asked", asked)
        answer = act()
        self._write("answered", answer)
        return answer

    def _write(self, word: str, value: Any) -> None:
        line = json.dumps([word, time.monotonic_ns(), value]) + "\n"
        os.write(self._descriptor, line.encode())


class Chaos:
    """Eight workers doing *deed* in *folder*; who is killed begins another life."""

    def __init__(
        self,
        folder: str,
        deed: Deed,
        pause_seconds: float,
        seed: int,
        *,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self.folder = folder
        self.deed = deed
        self.pause_seconds = pause_seconds
        self.rest_seconds = rest_seconds
        self.kills = self.pauses = self.ended = 0
        self._chance = random.Random(seed)
        self._lives = 0
        self._pids: dict[int, int] = {}
        self._paused: dict[int, float] = {}

    def run(self, seconds: float) -> list[Call]:
        """The whole history, once everybody is dead."""
        for worker in range(WORKERS):
            self._start(worker)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._chance.random() * self.rest_seconds)
            self._disturb(self._chance.randrange(WORKERS))
            self._wake_up()
        self.ended += sum(kill(pid) != -signal.SIGKILL for pid in self._pids.values())
        return list(history_in(self.folder))

    def _start(self, worker: int) -> None:
        self._lives += 1
        chance = random.Random(self._chance.random())
        path = f"{self.folder}/log-{worker}-{self._lives}"

        def live() -> None:
            log = Log(path)
            while True:
                self.deed(log, worker, chance)

        self._pids[worker] = start(live)

    def _disturb(self, worker: int) -> None:
        if os.waitpid(self._pids[worker], os.WNOHANG)[0]:
            self.ended += 1  # of an error that it did not foresee
            self._start(worker)
        elif self._chance.random() < 0.5:
            kill(self._pids[worker])
            self.kills += 1
            self._paused.pop(worker, None)
            self._start(worker)
        elif worker not in self._paused:
            os.kill(self._pids[worker], signal.SIGSTOP)
            self._paused[worker] = time.monotonic()
            self.pauses += 1

    def _wake_up(self) -> None:
        for worker, since in list(self._paused.items()):
            if time.monotonic() - since > self.pause_seconds:
                os.kill(self._pids[worker], signal.SIGCONT)
                del self._paused[worker]


def history_in(folder: str) -> Iterator[Call]:
    for name in sorted(os.listdir(folder)):
        if name.startswith("log-"):
            yield from _calls_in(f"{folder}/{name}")


def _calls_in(path: str) -> Iterator[Call]:
    asked: tuple[int, tuple[Any, ...]] | None = None
    with open(path) as file:
        for line in file:
            with suppress(json.JSONDecodeError):  # cut off by a kill
                word, at, value = json.loads(line)
                if word == "asked":
                    asked = at, tuple(value)
                elif asked is not None:
                    yield Call(asked[0], at, asked[1], value)
                    asked = None
    if asked is not None:
        yield Call(asked[0], NEVER, asked[1], UNKNOWN)
