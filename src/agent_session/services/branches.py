"""Trying another way: a session forked from another, and merged back into it."""

from __future__ import annotations

from agent_session.core import asking, branching, claiming
from agent_session.core.branching import MERGED_INTO, Point, last_merge, parted_at, point_of
from agent_session.core.claims import NOBODY
from agent_session.core.differences import ThreeWayMerge, is_same
from agent_session.core.errors import InvalidValueError, SessionNotFoundError
from agent_session.core.instants import at
from agent_session.core.merge_errors import MergeConflictError, UnrelatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from agent_session.core.chain import Draft, Event
    from agent_session.core.claims import Claimant
    from agent_session.core.differences import Conflict
    from agent_session.core.state import Record

    from .history import History
    from .sessions import Sessions

OURS = "ours"
THEIRS = "theirs"


class Merge:
    """What a merge has come to: the *base* that both were held against, the *conflicts* that
    there were, the target's *record* after it, and whether there *was any* to do: the source
    had learned nothing since the base, where there was not.
    """

    __slots__ = ("base", "conflicts", "record", "was_any")

    def __init__(
        self, base: Point, record: Record, conflicts: Sequence[Conflict], *, was_any: bool
    ) -> None:
        self.base = base
        self.record = record
        self.conflicts = conflicts
        self.was_any = was_any

    def as_json(self) -> dict[str, Any]:
        return {
            "agent_id": self.record["agent_id"],
            "merged": self.was_any,
            "base": self.base.name,
            "conflicts": [each.as_json() for each in self.conflicts],
            "metadata": self.record["metadata"],
        }


class Branches:
    """Forks and merges among *sessions*, whose past *history* tells."""

    def __init__(self, sessions: Sessions, history: History) -> None:
        self.sessions = sessions
        self.history = history
        self._store = sessions.store

    def fork(
        self, agent_id: str, seq: int | None = None, *, new_id: str | None = None
    ) -> Record:
        """A new session that knows what *agent_id* knew at event number *seq*, or knows now.

        It inherits agent name, purpose, metadata and limits, names its parent, and plans; no
        approval, claim, turn or host comes along. SessionNotFoundError, InvalidValueError for a
        number that is none, SessionExistsError.
        """
        parent = self._record(agent_id, seq)
        actor = self.sessions.actor
        return self.sessions.add(
            new_id,
            lambda chosen, now: [branching.fork(parent, chosen, at(now), actor)],
        )

    def _record(self, agent_id: str, seq: int | None) -> Record:
        if seq is None:
            return self._store.get(agent_id)
        return self.history.record_at(agent_id, seq)

    # --- merging ------------------------------------------------------------------------------

    def merge(
        self,
        source: str,
        target: str,
        keep: str | None = None,
        *,
        dry_run: bool = False,
        who: Claimant = NOBODY,
    ) -> Merge:
        """Bring what *source* has learned since the two parted, or were last merged, into the
        metadata of *target*. Where both have changed the same, *keep* says whose stands:
        OURS is the target's, THEIRS the source's.

        Both journals tell of it; the source may be over. MergeConflictError, UnrelatedError,
        SessionFinalError, StaleClaimError, TokenRequiredError.
        """
        if source == target:
            raise InvalidValueError("a session is not merged into itself")
        theirs = point_of(self._store.get(source))
        base = self._base(source, target)
        made: list[Merge] = []

        def change(record: Record) -> list[Draft]:
            asking.require_live(record)
            claiming.require_token(record, who, self.sessions.claim_policy)
            merge = _merge(base, record, theirs, keep)
            made.append(merge)
            if dry_run or not merge.was_any:
                return []
            metadata, now = merge.record["metadata"], at(self.sessions.now())
            return [branching.merge(metadata, theirs, now, self.sessions.actor)]

        record = self._store.update(target, change)
        if not dry_run:
            self._tell_source(source, target)
            made[-1].record = record
        return made[-1]

    def _base(self, source: str, target: str) -> Point:
        """What both have in common: the last merge of either into the other, else where their
        lines of descent have parted.
        """
        theirs = list(self._store.events(source))
        ours = list(self._store.events(target))
        into_us, into_them = last_merge(ours, source), last_merge(theirs, target)
        if into_us and into_them:
            # The later one has the earlier in it.
            is_ours = into_us["data"]["source"]["revision"] >= into_them["seq"]
            into_us, into_them = (into_us, None) if is_ours else (None, into_them)
        last = into_us or into_them
        if last is not None:
            merged = last["data"]["source"]
            return point_of(self.history.record_at(merged["agent_id"], merged["revision"]))
        base = parted_at(self._descent(source), self._descent(target))
        if base is None:
            raise UnrelatedError(source, target)
        return base

    def _descent(self, agent_id: str) -> Iterator[Point]:
        """The session as it is, its parent where it was forked, and so on; the fork itself has
        kept what its parent knew then, which may be gone.
        """
        yield point_of(self._store.get(agent_id))
        seen = {agent_id}
        while birth := self._fork_of(agent_id):
            parent = birth["data"]["parent"]
            agent_id = parent["agent_id"]
            if agent_id in seen:
                return
            seen.add(agent_id)
            yield Point(agent_id, parent["revision"], birth["data"]["metadata"])

    def _fork_of(self, agent_id: str) -> Any:
        try:
            birth = next(iter(self._store.events(agent_id)), None)
        except SessionNotFoundError:
            return None
        return birth if birth is not None and birth["kind"] == branching.FORKED else None

    def _tell_source(self, source: str, target: str) -> None:
        """The source's journal names the merge too, once; after a crash in between, the next
        merge brings it in.
        """
        merged = last_merge(list(self._store.events(target)), source)
        if merged is None:
            return
        name = {"agent_id": target, "revision": merged["seq"]}
        events = self._store.events(source)
        if any(each["data"] == {"target": name} for each in events if _is_told_of(each)):
            return
        now, actor = at(self.sessions.now()), self.sessions.actor
        self._store.update(source, lambda _: [branching.merge_into(name, now, actor)])


def _is_told_of(event: Event) -> bool:
    return event["kind"] == MERGED_INTO


def _merge(base: Point, record: Record, theirs: Point, keep: str | None) -> Merge:
    ours = record["metadata"]
    merged = ThreeWayMerge(base.metadata, ours, theirs.metadata, keeps_theirs=keep == THEIRS)
    if merged.conflicts and keep is None:
        raise MergeConflictError(theirs.agent_id, record["agent_id"], merged.conflicts)
    after: Record = {**record, "metadata": merged.value}
    was_any = not is_same(base.metadata, theirs.metadata)
    return Merge(base, after, merged.conflicts, was_any=was_any)
