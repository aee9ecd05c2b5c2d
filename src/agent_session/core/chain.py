"""The chain of events: every change of a session is one, sealed onto the one before.

An event is `{seq, at, kind, actor, data, prev, state, hash}`: `hash` is sha256 over the
canonical JSON of the rest, `prev` the hash before it, `state` the sha256 of the `state.json`
it produced. An event that is not the last of its change says `more`. What the kinds mean is
not known here, but for one: a `compacted` event stands for all from number `first` to its own,
and what follows names the hash of the last of these, which is over all of them.
"""

from __future__ import annotations

from .codec import canonical, digest, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, NotRequired, TypedDict

    class Draft(TypedDict):
        kind: str
        at: str
        actor: str
        data: dict[str, Any]

    class Event(Draft):
        seq: int
        prev: str
        state: str
        hash: str
        more: NotRequired[bool]


NOTHING_BEFORE = "0" * 64
COMPACTED = "compacted"
_WORDS = ("kind", "at", "actor", "prev", "state", "hash")


def draft(kind: str, at: str, actor: str, **data: Any) -> Draft:
    return {"kind": kind, "at": at, "actor": actor, "data": data}


def seal(each: Draft, seq: int, prev: str, state: str, *, more: bool) -> tuple[Event, str]:
    rest: dict[str, Any] = {**each, "seq": seq, "prev": prev, "state": state}
    if more:
        rest["more"] = True
    rest["hash"] = hash_of(rest)
    # The order of keys is kept, so that the fold of what was read is the snapshot to the byte.
    return rest, encode(rest) + "\n"  # type: ignore[return-value]


def is_event(value: object) -> bool:
    """True for what has the shape of a sealed event."""
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(word), str) for word in _WORDS)
        and isinstance(value.get("seq"), int)
        and isinstance(value.get("data"), dict)
    )


def hash_of(event: Mapping[str, Any]) -> str:
    """The hash that *event* ought to carry."""
    return digest(
        canonical({key: value for key, value in event.items() if key != "hash"}).encode()
    )


def first_of(event: Mapping[str, Any]) -> int:
    """The number of the first event that *event* stands for: its own, unless it is compacted;
    0 for what cannot be.
    """
    first = event["data"].get("first") if event["kind"] == COMPACTED else event["seq"]
    return first if isinstance(first, int) and first <= event["seq"] else 0


def link_of(event: Mapping[str, Any]) -> str:
    """The hash that the event after *event* names."""
    named = event["data"].get("last_hash") if event["kind"] == COMPACTED else event["hash"]
    return named if isinstance(named, str) else NOTHING_BEFORE


def flaw_in(event: Mapping[str, Any], seq: int, prev: str) -> str | None:
    """Why *event* does not follow number *seq* with hash *prev*; None where it does."""
    if first_of(event) != seq + 1:
        return f"numbered {first_of(event)}, but {seq + 1} is due"
    if event["prev"] != prev:
        return "it does not name the hash of the event before it"
    if event["hash"] != hash_of(event):
        return "its content does not match its hash"
    return None


def first_flaw(events: Iterable[Event]) -> str | None:
    """Where the chain of *events*, from the first on, breaks."""
    seq, prev = 0, NOTHING_BEFORE
    for event in events:
        flaw = flaw_in(event, seq, prev)
        if flaw is not None:
            return f"event {seq + 1}: {flaw}"
        seq, prev = event["seq"], link_of(event)
    return None
