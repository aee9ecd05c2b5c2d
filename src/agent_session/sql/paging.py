"""A page of sessions: rows are looked at from the newest down, by the indexes that keep their
order, until enough of them match or too many were looked at.
"""

from __future__ import annotations

from agent_session.core.errors import StateCorruptedError
from agent_session.core.pages import MOST_LOOKED, MOST_READ, Page
from agent_session.core.phases import is_final

from . import rows
from .columns import conditions_of, is_told, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core.pages import Place
    from agent_session.core.state import Record
    from agent_session.core.store import Query

    from .database import Database

_LARGEST_LOOK = 4096
_LARGEST_READ = 512


def page(
    database: Database,
    query: Query,
    size: int,
    below: Place | None,
    unreadable: Callable[[StateCorruptedError], None],
    most_looked: int = MOST_LOOKED,
    most_read: int = MOST_READ,
) -> Page:
    """The page of *size*, for which no more than *most_looked* rows are looked at, and no more
    than *most_read* records read.
    """
    search = _Search(database, query, below, unreadable, most_looked, most_read)
    while len(search.found) < size and search.goes_on(size):
        search.read(size - len(search.found))
    return search.page(size)


class _Search:
    """How far a search has come: what it has *found*, and the rows *ahead*, which are looked at
    and not yet judged.
    """

    def __init__(
        self,
        database: Database,
        query: Query,
        below: Place | None,
        unreadable: Callable[[StateCorruptedError], None],
        most_looked: int,
        most_read: int,
    ) -> None:
        self.found: list[tuple[Place, Record]] = []
        self.ahead: Sequence[Any] = ()
        self._database = database
        self._query = query
        self._below = below
        self._unreadable = unreadable
        self._to_look = most_looked
        self._to_read = most_read
        self._read_in_vain = 0
        self._look = 0
        self._is_at_end = False

    def goes_on(self, size: int) -> bool:
        """True where rows are ahead, if need be those of the next look: the first is for a page
        on which every row is, and each is larger than the one before.
        """
        if not self.ahead and not self._is_at_end and self._to_look > 0:
            self._look = min(self._look * 4 or size, _LARGEST_LOOK, self._to_look)
            self._to_look -= self._look
            self.ahead = _rows_below(self._database, self._query, self._below, self._look)
            self._is_at_end = len(self.ahead) < self._look
        return bool(self.ahead) and self._to_read > 0

    def read(self, missing: int) -> None:
        """Judge some of the rows ahead: as many as are *missing*, and more where most of them
        were no match.
        """
        most = min(missing + self._read_in_vain, _LARGEST_READ, self._to_read)
        fitting = [at for at, row in enumerate(self.ahead) if row[3]][:most]
        taken = len(self.ahead) if len(fitting) < most else fitting[-1] + 1
        records = self._records_in([self.ahead[at][0] for at in fitting])
        self._to_read -= len(fitting)
        self._read_in_vain += len(fitting) - min(missing, len(records))
        self._pass(taken, records, missing)

    def _pass(self, taken: int, records: Mapping[int, Record], missing: int) -> None:
        """Go below the first rows ahead, or the one with which nothing is missing."""
        for at, (number, last_updated, agent_id, _) in enumerate(self.ahead[:taken], 1):
            self._below = last_updated, agent_id
            if number in records:
                self.found.append((self._below, records[number]))
                missing -= 1
            if not missing:
                taken = at
                break
        self.ahead = self.ahead[taken:]

    def _records_in(self, numbers: Sequence[int]) -> dict[int, Record]:
        """The records that match, by the numbers of their rows; one may have gone meanwhile."""
        if not numbers:
            return {}
        asked = self._database.array(numbers)
        return dict(self._matching(self._database.rows("sessions_numbered", numbers=asked)))

    def _matching(self, found: Sequence[Any]) -> Iterator[tuple[int, Record]]:
        for row in found:
            try:
                kept = rows.kept_in(self._database, row)
            except StateCorruptedError as error:
                self._unreadable(error)
                continue
            if self._query.matches(kept.record):
                yield kept.number, kept.record

    def page(self, size: int) -> Page:
        is_over = self._is_at_end and not any(row[3] for row in self.ahead)
        below = None if is_over else self._below
        return Page(self.found, below, is_cut=len(self.found) < size and not is_over)


# --- looking ----------------------------------------------------------------------------------

_ORDER = "ORDER BY last_updated DESC, agent_id DESC LIMIT :look"
# Its first half is what an index of times can be asked for.
_BELOW = "last_updated <= :at AND (last_updated < :at OR agent_id < :id)"
_ALWAYS = "1 = 1"
# What only a look at the row tells, where all that are finished come in their order.
_OF_THE_ROW = ("agent_name", "task_id", "phase")


def _rows_below(
    database: Database, query: Query, below: Place | None, look: int
) -> Sequence[Any]:
    """The next rows, at most *look*: number, time and id, and whether *query* may mean it."""
    if below is not None:
        below = _plain(below[0]), _plain(below[1])
    at, agent_id = below or ("", "")
    sql = _statement(query, below)
    return database.select(sql, at=at, id=agent_id, look=look, **values_of(query))


def _statement(query: Query, below: Place | None) -> str:
    each = (
        f"SELECT * FROM (SELECT number, last_updated, agent_id, {fits} AS fits "
        f"FROM sessions WHERE {where} {_ORDER}) AS {name}"
        for name, (where, fits) in _branches(query, below).items()
    )
    return f"{' UNION ALL '.join(each)} {_ORDER}"


def _branches(query: Query, below: Place | None) -> Mapping[str, tuple[str, str]]:
    """Which rows come, and whether one fits: of the finished, there are too many for all to be
    held against the conditions before they are put in order.
    """
    every = f"{conditions_of(query)} AND {_BELOW if below else _ALWAYS}"
    living = {"living": (_newest_of(f"live = 1 AND {every}"), _ALWAYS)}
    finished = {
        "finished": (
            f"live = 0 AND {_period(query, below)}",
            f"({conditions_of(query, _OF_THE_ROW)})",
        )
    }
    if query.live:
        return living
    if query.host or query.approval_id:
        return {"holders": (every, _ALWAYS)}
    if query.phase is None:
        return {**living, **finished}
    return finished if is_final(query.phase) else living


def _newest_of(where: str) -> str:
    """As many as are looked at, and all of the moment of the last: an index tells the times of
    all that live, but only a look at the row tells the id, and rows lie far apart.
    """
    last = (
        f"SELECT last_updated FROM sessions WHERE {where} "
        "ORDER BY last_updated DESC LIMIT 1 OFFSET :look - 1"
    )
    return f"{where} AND last_updated >= coalesce(({last}), '')"


def _period(query: Query, below: Place | None) -> str:
    """With one upper bound, the lower of two: an index is asked for no more than one."""
    until = query.until
    if below is None or (until and is_told(query, "until") and until < below[0]):
        return conditions_of(query, ("since", "until"))
    return f"{conditions_of(query, ('since',))} AND {_BELOW}"


def _plain(text: str) -> str:
    """What compares with all that stands in a column as *text* does, and that any database can
    be asked for.
    """
    for at, letter in enumerate(text):
        if not " " <= letter <= "~":
            return text[:at] + ("\x01" if letter < " " else "\x7f")
    return text
