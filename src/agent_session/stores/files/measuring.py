"""What a file store is measured by: its sessions one by one, the lines that removed ones have
left, and the delegation log.
"""

from __future__ import annotations

from functools import partial

from agent_session.core.codec import decode_object
from agent_session.core.errors import AgentSessionError, InvalidValueError
from agent_session.core.events import records_of
from agent_session.core.events import removal as line_of_removal
from agent_session.core.measures import (
    MeasuredApproval,
    MeasuredSession,
    Tallying,
    earliest_of,
    measured,
    tally_of,
)
from agent_session.core.store import Query

from .root import REMOVED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from agent_session.core.chain import Event
    from agent_session.core.measures import Measured, Tally
    from agent_session.core.state import Record

    from .store import FileStore


def earliest(store: FileStore) -> str | None:
    return earliest_of(_measured_in(store), store.notes())


def tally(
    store: FileStore, edges: Sequence[str], agent_name: str | None, now: str
) -> list[Tally]:
    return tally_of(_measured_in(store), store.notes(), Tallying(edges, agent_name, now))


def removal(record: Record, entered: Callable[[], Iterable[Event]], at: str) -> dict[str, Any]:
    """The line that a removed session leaves, with what is measured of it."""
    session, approvals = measured(record, lambda: _past(entered))
    return {
        **line_of_removal(record, at),
        "session": session.values(),
        "approvals": [each.values() for each in approvals],
    }


def _measured_in(store: FileStore) -> Iterator[Measured]:
    for line in store.root.lines(REMOVED):
        removed = _removed_in(line)
        if removed is not None:
            yield removed
    for record in store.scan(Query()):
        yield measured(record, partial(_past, partial(store.events, record["agent_id"])))


def _past(entered: Callable[[], Iterable[Event]]) -> list[Record]:
    """What a journal that can be read tells."""
    try:
        return list(records_of(entered()))
    except (AgentSessionError, AttributeError, KeyError, TypeError):
        return []


def _removed_in(line: bytes) -> Measured | None:
    """None for the line of an older version, or of nobody."""
    try:
        found: Mapping[str, Any] = decode_object(line)
        approvals = [MeasuredApproval(**each) for each in found["approvals"]]
        return MeasuredSession(**found["session"]), approvals
    except (InvalidValueError, KeyError, TypeError):
        return None
