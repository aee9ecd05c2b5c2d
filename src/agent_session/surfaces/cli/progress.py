"""Progress of long work, on stderr, and only where that is a terminal: rich's bar if it is
installed, else a counter.
"""

from __future__ import annotations

import sys
import time

from .render import is_terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    Item = TypeVar("Item")

# Short work shows nothing: a line that comes and goes is a flicker.
PATIENCE_SECONDS = 0.5
_SECONDS_BETWEEN = 0.1
_ERASE_LINE = "\r\x1b[K"


def watched(doing: str, total: int | None = None) -> Callable[[Iterable[Item]], Iterable[Item]]:
    """What lets items through as they come, and tells the person how many: `Verifying 1200`, or
    of how many where the *total* is known.
    """
    if not is_terminal(sys.stderr):
        return iter
    return lambda items: _watch(doing, total, items)


def _watch(doing: str, total: int | None, items: Iterable[Item]) -> Iterator[Item]:
    started = time.monotonic()
    meter: Meter | None = None
    try:
        for count, item in enumerate(items, 1):
            yield item
            if meter is None and time.monotonic() - started >= PATIENCE_SECONDS:
                meter = _meter(doing, total)
            if meter is not None:
                meter.show(count)
    finally:
        if meter is not None:
            meter.close()


class Counter:
    """`Verifying 1200` on a line of its own that is gone once the work is done."""

    def __init__(self, doing: str, total: int | None) -> None:
        self.doing = doing
        self.of_total = "" if total is None else f" of {total}"
        self._shown = 0.0

    def show(self, count: int) -> None:
        now = time.monotonic()
        if now - self._shown >= _SECONDS_BETWEEN:
            self._shown = now
            sys.stderr.write(f"{_ERASE_LINE}{self.doing} {count}{self.of_total}")
            sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write(_ERASE_LINE)
        sys.stderr.flush()


class Bar:
    """The same with rich; where it is not known how many there will be, the bar pulses."""

    def __init__(self, doing: str, total: int | None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn(
                "{task.completed}" if total is None else "{task.completed} of {task.total}"
            ),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(doing, total=total)
        self._progress.start()

    def show(self, count: int) -> None:
        self._progress.update(self._task, completed=count)

    def close(self) -> None:
        self._progress.stop()


Meter = Counter | Bar


def _meter(doing: str, total: int | None) -> Meter:
    try:
        return Bar(doing, total)
    except ImportError:
        return Counter(doing, total)
