"""Pages of sessions: a part at a time, the newest activity first.

A page goes on below a place, not after a number of sessions: what is active meanwhile moves to
the top, and neither hides nor repeats what follows.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from .state import Record

    # When a session was active last, and its id; the second keeps apart those of one moment.
    Place: TypeAlias = tuple[str, str]

# How far a store goes for one page that would have to read all of it: so many sessions are
# looked at, and the records of so many of them read.
MOST_LOOKED = 50_000
MOST_READ = 10_000


class Page:
    """Sessions as they were *found*, the newest activity first: their *records*, and the
    *places* where they were.

    What is older lies *below* a place; None where surely nothing does. The page *is_cut* where
    the search for so many was given up there.
    """

    __slots__ = ("below", "is_cut", "places", "records")

    def __init__(
        self,
        found: Sequence[tuple[Place, Record]],
        below: Place | None,
        *,
        is_cut: bool = False,
    ) -> None:
        self.places = [place for place, _ in found]
        self.records = [record for _, record in found]
        self.below = below
        self.is_cut = is_cut

    def first(self, size: int) -> Page:
        """The page that has no more than *size* of them, one at least."""
        if len(self.records) < size:
            return self
        found = list(zip(self.places, self.records, strict=True))[:size]
        return Page(found, self.below if len(self.records) == size else found[-1][0])


def page_of(found: Iterable[Record], size: int, below: Place | None) -> Page:
    """The page of *size* of all that was *found*, in whatever order; it is never cut."""
    if size < 1:
        return Page([], below)
    newest: list[Record] = []
    for record in found:
        if below is None or place_of(record) < below:
            newest.append(record)
        if len(newest) > 2 * size:  # not all of them at once: a store may hold a million
            newest = _newest(newest, size + 1)
    newest = _newest(newest, size + 1)
    return Page([(place_of(record), record) for record in newest], None).first(size)


def place_of(record: Record) -> Place:
    return record["last_updated"], record["agent_id"]


def _newest(records: list[Record], count: int) -> list[Record]:
    return sorted(records, key=place_of, reverse=True)[:count]
