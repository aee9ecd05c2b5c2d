"""A stretch of time in parts that a trend can be seen by: hours, days, months or years."""

from __future__ import annotations

from .instants import at, moment, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .instants import datetime

HOUR = "hour"
DAY = "day"
MONTH = "month"
YEAR = "year"
_LONGEST = (
    (HOUR, timedelta(days=2)),
    (DAY, timedelta(days=120)),
    (MONTH, timedelta(days=3660)),
)
# Before and after every moment that a record can tell.
EARLIEST = ""
LATEST = "~"


class Periods:
    """The parts: their *unit*, when each begins, and the *edges* between which all of them lie;
    those at both ends are open where nothing bounds them.
    """

    __slots__ = ("edges", "starts", "unit")

    def __init__(self, first: str, last: str, since: str | None, until: str | None) -> None:
        begin, end = moment(first), moment(last)
        self.unit = next((unit for unit, longest in _LONGEST if end - begin <= longest), YEAR)
        self.starts = [at(each) for each in _starts(begin, max(begin, end), self.unit)]
        lowest = EARLIEST if since is None else since
        self.edges = [lowest, *self.starts[1:], LATEST if until is None else until]


def _starts(begin: datetime, end: datetime, unit: str) -> Iterator[datetime]:
    start = _beginning(begin, unit)
    while start <= end:
        yield start
        try:
            start = _beginning(start + _STEPS[unit], unit)
        except OverflowError:
            return


_STEPS = {
    HOUR: timedelta(hours=1),
    DAY: timedelta(days=1),
    MONTH: timedelta(days=32),
    YEAR: timedelta(days=366),
}


def _beginning(when: datetime, unit: str) -> datetime:
    start = when.replace(minute=0, second=0, microsecond=0)
    if unit != HOUR:
        start = start.replace(hour=0)
    if unit in {MONTH, YEAR}:
        start = start.replace(day=1)
    return start.replace(month=1) if unit == YEAR else start
