"""A shorter journal of a session that is over: a run of events that nobody will ask for again
becomes one, which says what they have come to and lets the chain go on.

The first event stays, the last, every one that changed an approval, and every merge.
"""

from __future__ import annotations

from . import Late
from .chain import COMPACTED, hash_of, link_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from . import errors
    from .chain import Event
    from .state import Record
else:
    errors = Late("agent_session.core.errors")

# Other journals name these.
_NAMED = frozenset(("merged", "merged_into"))
_SHORTEST_RUN = 2


def _compacted(record: Record, event: Mapping[str, Any]) -> Record:
    fields = event["data"]["fields"]
    if "approvals" in fields:
        raise errors.InvalidValueError("an approval is changed by events of its own alone")
    return {**record, **fields}


CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {COMPACTED: _compacted}


def compact(
    events: Sequence[Event], records: Sequence[Record], at: str, actor: str
) -> list[Event]:
    """*events*, the whole journal, with every run that can go in one event; *records* are what
    each of them has made.
    """
    shorter: list[Event] = []
    for first, after in _runs(events, records):
        if after - first < _SHORTEST_RUN:
            shorter += events[first:after]
            continue
        before, last = records[first - 1], events[after - 1]
        data = {
            "first": events[first]["seq"],
            "begun": events[first]["at"],
            "fields": _changed(before, records[after - 1]),
            "last_hash": link_of(last),
            "compacted_at": at,
        }
        shorter.append(_event(data, last, link_of(events[first - 1]), actor))
    return shorter


def _runs(events: Sequence[Event], records: Sequence[Record]) -> Iterator[tuple[int, int]]:
    """From where to where: each that stays by itself, and between them all that can go."""
    begun = 0
    for number in range(len(events)):
        if _stays(number, events, records):
            if begun < number:
                yield begun, number
            yield number, number + 1
            begun = number + 1


def _stays(number: int, events: Sequence[Event], records: Sequence[Record]) -> bool:
    if number in (0, len(events) - 1) or events[number]["kind"] in _NAMED:
        return True
    before, after = records[number - 1], records[number]
    return before["approvals"] != after["approvals"]


def _changed(before: Record, after: Record) -> dict[str, Any]:
    return {
        field: value
        for field, value in after.items()
        if field != "revision" and before.get(field) != value
    }


def _event(data: dict[str, Any], last: Event, prev: str, actor: str) -> Event:
    rest: Any = {
        "kind": COMPACTED,
        "at": last["at"],
        "actor": actor,
        "data": data,
        "seq": last["seq"],
        "prev": prev,
        "state": last["state"],
    }
    rest["hash"] = hash_of(rest)
    made: Event = rest
    return made
