"""The world for who looks at it again and again: a file is read only when it may have changed,
and git is asked every few seconds.
"""

from __future__ import annotations

import time

from . import files
from .surroundings import Surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from .files import Known

GIT_SECONDS = 3.0
_MOST_KNOWN = 20_000


class Watched:
    """The *world*, as it was a moment ago; a clock in seconds says what a moment is."""

    def __init__(self, world: Surroundings, now: Callable[[], float] = time.monotonic) -> None:
        self._world = world
        self._now = now
        self._known: Known = {}
        self._git: dict[str, tuple[float, dict[str, Any] | None]] = {}

    def files(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        return files.look(globs, folder, self._world.own, known=self._known)

    def files_again(self, globs: Sequence[str], folder: str) -> list[dict[str, Any]]:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        own = self._world.own
        return files.look(globs, folder, own, may_be_empty=True, known=self._known)

    def git(self, folder: str) -> dict[str, Any] | None:
        asked_at, found = self._git.get(folder, (0.0, None))
        now = self._now()
        if folder not in self._git or now - asked_at >= GIT_SECONDS:
            found = self._world.git(folder)
            self._git[folder] = now, found
        return found
