"""Sessions that come from sessions: a fork, a merge back, and where two have parted."""

from __future__ import annotations

from . import phases
from .chain import draft
from .state import blank_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from .chain import Draft, Event
    from .state import Record

FORKED = "forked"
MERGED = "merged"
MERGED_INTO = "merged_into"


class Point:
    """A session as it was at one of its events: its id, the *revision*, and its metadata."""

    __slots__ = ("agent_id", "metadata", "revision")

    def __init__(self, agent_id: str, revision: int, metadata: dict[str, Any]) -> None:
        self.agent_id = agent_id
        self.revision = revision
        self.metadata = metadata

    @property
    def name(self) -> dict[str, Any]:
        """As events and records name it."""
        return {"agent_id": self.agent_id, "revision": self.revision}


def point_of(record: Record) -> Point:
    return Point(record["agent_id"], record["revision"], record["metadata"])


# --- the drafts -------------------------------------------------------------------------------


def fork(record: Record, agent_id: str, at: str, actor: str) -> Draft:
    """The birth of *agent_id* from what *record* is: what it knows and its limits, and nothing
    of its approvals, claims, turns, errors or host.
    """
    return draft(
        FORKED,
        at,
        actor,
        agent_id=agent_id,
        agent_name=record["agent_name"],
        purpose=record["purpose"],
        metadata=record["metadata"],
        limits=record["limits"],
        phase=phases.phase_of_fork(record["phase"]),
        parent=point_of(record).name,
    )


def merge(metadata: dict[str, Any], source: Point, at: str, actor: str) -> Draft:
    return draft(MERGED, at, actor, metadata=metadata, source=source.name)


def merge_into(target: Mapping[str, Any], at: str, actor: str) -> Draft:
    return draft(MERGED_INTO, at, actor, target=dict(target))


def prune(turns: int, at: str, actor: str) -> Draft:
    return draft("pruned", at, actor, turns=turns)


# --- the fold ---------------------------------------------------------------------------------


def _forked(event: Mapping[str, Any]) -> Record:
    data = event["data"]
    named = ("agent_name", "purpose", "metadata", "limits", "phase", "parent")
    return {
        **blank_record(data["agent_id"], event["at"]),
        **{field: data[field] for field in named},  # type: ignore[typeddict-item]
        "resume_ready": phases.is_resumable(data["phase"]),
    }


def _merged(record: Record, event: Mapping[str, Any]) -> Record:
    return {**record, "last_updated": event["at"], "metadata": event["data"]["metadata"]}


def _merged_into(record: Record, _: Mapping[str, Any]) -> Record:
    """It stands in the journal, and is no activity: a session that is over may be told too."""
    return record


def _pruned(record: Record, event: Mapping[str, Any]) -> Record:
    return {**record, "turns": record["turns"][-event["data"]["turns"] :]}


BIRTHS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {FORKED: _forked}
CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {
    MERGED: _merged,
    MERGED_INTO: _merged_into,
    "pruned": _pruned,
}


# --- where two have parted --------------------------------------------------------------------


def parted_at(one: Iterable[Point], other: Iterable[Point]) -> Point | None:
    """The last point that both lines of descent have gone through, each from its session as it
    is back to where it began.
    """
    ancestors = {each.agent_id: each for each in one}
    for theirs in other:
        ours = ancestors.get(theirs.agent_id)
        if ours is not None:
            return min(ours, theirs, key=lambda each: each.revision)
    return None


def last_merge(events: Sequence[Event], source: str) -> Event | None:
    """The last event by which a session with these *events* has taken in *source*."""
    merges = (each for each in reversed(events) if each["kind"] == MERGED)
    return next((each for each in merges if each["data"]["source"]["agent_id"] == source), None)
