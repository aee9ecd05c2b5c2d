"""The conditions of a run, the same for every measure."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.results import NotMeasuredError

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """*place* is a folder to work in, *tree* a copy of the sources, edited by nobody."""

    place: str
    tree: str
    python: str
    is_quick: bool
    syncs_count: bool

    def pick(self, full: int, quick: int) -> int:
        return quick if self.is_quick else full

    @property
    def seconds(self) -> float:
        """How long one measure may take turns."""
        return float(self.pick(50, 10))

    def folder(self, name: str) -> str:
        """A new folder for this measure."""
        for number in range(1000):
            path = f"{self.place}/{name}-{number}"
            if not os.path.exists(path):
                os.mkdir(path)
                return path
        raise FileExistsError(name)

    def require_real_disk(self) -> None:
        if not self.syncs_count:
            raise NotMeasuredError(
                "only memory to write to, where a sync costs nothing: name a --dir"
            )

    def wait_until(self, is_calm: Callable[[], bool]) -> bool:
        """False where it never was, for as long as there is patience."""
        end = time.monotonic() + self.pick(300, 5)
        while not (calm := is_calm()) and time.monotonic() < end:
            time.sleep(1)
        return calm

    def settle(self) -> None:
        """Let what was written so far reach the disk, so that no later sync pays for it."""
        os.sync()
        time.sleep(self.pick(2, 1))
