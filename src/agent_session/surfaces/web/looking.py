"""What has changed since each request, for everybody who looks at the page: looked at once for
all of them, and so cheaply that it can be done every moment.

An answer never goes by this: who decides looks for themselves, at all of it.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from agent_session.core import drift
from agent_session.core.redaction import redact_text
from agent_session.world.contents import Contents
from agent_session.world.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agent_session.core.approvals import Approval
    from agent_session.wiring import Wiring

_MOMENT_SECONDS = 0.5
_SLOW_SECONDS = 0.2
_RESTS = 5
_MOST_KEPT = 256
MOST_DIFFS = 20
MOST_LINES = 400
_OF_CONTENT = frozenset((drift.CHANGED, drift.MISSING, drift.NEW))


class Look:
    """What has changed: `changes` as `core.drift` has them, None where that cannot be told;
    and, of files whose content is still known, the lines that differ.
    """

    __slots__ = ("changes", "diffs")

    def __init__(
        self, changes: list[dict[str, Any]] | None, diffs: list[tuple[str, list[str]]]
    ) -> None:
        self.changes = changes
        self.diffs = diffs


class Looks:
    """The last look at each request of *wiring*'s store."""

    def __init__(self, wiring: Wiring) -> None:
        self._world = Watched(wiring.surroundings)
        self._approvals = wiring.approvals_in(self._world)
        self._contents = Contents()
        self._kept: dict[str, tuple[float, Look]] = {}
        self._lock = threading.Lock()

    def at(self, approval: Approval) -> Look:
        key = f"{approval['agent_id']} {approval['id']}"
        with self._lock:
            again_at, look = self._kept.pop(key, (0.0, None))
            begun = time.monotonic()
            if look is None or begun >= again_at:
                look = self._look(approval)
                again_at = _next_after(begun, time.monotonic())
            self._kept[key] = again_at, look
            while len(self._kept) > _MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            return look

    def _look(self, approval: Approval) -> Look:
        files, folder = approval["files"], approval["cwd"]
        try:
            now = self._world.files_again(files["globs"], folder)
            changes = drift.drift_of(files["found"], now)
            changes += self._approvals.git_drift(approval)
        except (ValueError, OSError):
            return Look(None, [])
        for each in now:
            self._contents.remember(each, folder)
        return Look(changes, list(self._diffs(approval, changes, now)))

    def _diffs(
        self,
        approval: Approval,
        changes: list[dict[str, Any]],
        now: list[dict[str, Any]],
    ) -> Iterator[tuple[str, list[str]]]:
        was_there = {each["path"]: each for each in approval["files"]["found"]}
        is_there = {each["path"]: each for each in now}
        for each in [each for each in changes if each["what"] in _OF_CONTENT][:MOST_DIFFS]:
            before, after = was_there.get(each["name"]), is_there.get(each["name"])
            lines = self._difference(approval, before, after)
            if lines:
                yield each["name"], lines

    def _difference(
        self,
        approval: Approval,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
    ) -> list[str]:
        if before is None and after is None:
            return []  # a change of git's
        commit = (approval["git"] or {}).get("head")
        was = self._contents.of(before, approval["cwd"], commit)
        is_now = self._contents.of(after, approval["cwd"], None)
        if was is None or is_now is None:
            return []
        found = drift.text_diff(redact_text(was), redact_text(is_now))[2:]
        more = [f"@@ and {len(found) - MOST_LINES} lines more @@"] * (len(found) > MOST_LINES)
        return found[:MOST_LINES] + more


def _next_after(begun: float, ended: float) -> float:
    """What takes long to look at is looked at the less often."""
    took = ended - begun
    return ended + (_RESTS * took if took > _SLOW_SECONDS else _MOMENT_SECONDS)
