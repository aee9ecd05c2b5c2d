"""Whether a session mentions a text, however its letters are cased."""

from __future__ import annotations

from .codec import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .state import Record


def mentions(record: Record, text: str) -> bool:
    """True where *text* stands in what the session is called or was for, in what it says of
    itself, or in what was asked of a person.
    """
    sought = text.casefold()
    return any(sought in each.casefold() for each in texts_of(record))


def texts_of(record: Record) -> Iterator[str]:
    """Every text in what a session is called or was for, says of itself, or has asked."""
    return _texts_in(_told_by(record))


def _told_by(record: Record) -> Iterator[Any]:
    for field in ("agent_id", "agent_name", "purpose", "summary", "metadata"):
        yield record[field]
    if record["last_error"]:
        yield record["last_error"]["message"]
    for approval in record["approvals"]:
        yield approval.get("summary")
        yield (approval.get("action") or {}).get("shown")


def _texts_in(values: Iterable[Any]) -> Iterator[str]:
    """Each text within for itself: as JSON, what has a quotation mark or a second line would be
    spelt otherwise.
    """
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value
            yield from _texts_in(value.values())
        elif isinstance(value, list):
            yield from _texts_in(value)
        elif value is not None:
            yield encode(value)
