"""Keeping less: of a record the last turns, of the journal of what is over its landmarks."""

from __future__ import annotations

from agent_session.core import branching, claiming, compacting, phases
from agent_session.core.chain import first_flaw
from agent_session.core.claims import NOBODY, ClaimPolicy
from agent_session.core.errors import (
    InvalidValueError,
    SessionNotFoundError,
    StateCorruptedError,
)
from agent_session.core.instants import at, timedelta
from agent_session.core.store import Query

from .history import steps_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agent_session.core.chain import Draft, Event
    from agent_session.core.claims import Claimant
    from agent_session.core.instants import datetime
    from agent_session.core.state import Record
    from agent_session.core.store import Shorten, Store


class Compacted:
    """What a compaction did: how many sessions were looked at, and of each whose journal became
    shorter how many events it had and has.
    """

    __slots__ = ("count", "events", "unreadable")

    def __init__(self) -> None:
        self.count = 0
        self.events: dict[str, tuple[int, int]] = {}
        self.unreadable: list[StateCorruptedError] = []


class Pruning:
    """Making *store* smaller without losing what anybody goes by."""

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime],
        actor: str,
        claim_policy: ClaimPolicy | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.actor = actor
        self.claim_policy = claim_policy or ClaimPolicy()

    def prune(self, agent_id: str, turns: int, *, who: Claimant = NOBODY) -> Record:
        """Keep the last *turns* of the record, from 1; the journal keeps all. StaleClaimError,
        TokenRequiredError.
        """
        if turns < 1:
            raise InvalidValueError(f"a record keeps one turn at least, not {turns}")

        def change(record: Record) -> Sequence[Draft]:
            claiming.require_token(record, who, self.claim_policy)
            if len(record["turns"]) <= turns:
                return []
            return [branching.prune(turns, at(self.now()), self.actor)]

        return self.store.update(agent_id, change)

    # --- compacting ---------------------------------------------------------------------------

    def compact(self, agent_id: str, *, dry_run: bool = False) -> Compacted:
        """Shorten the journal of one session that is over; InvalidValueError for a live one,
        StateCorruptedError where the journal is not sound.
        """
        found = Compacted()
        self._compact(agent_id, found, dry_run=dry_run)
        return found

    def compact_old(
        self,
        age: timedelta,
        *,
        dry_run: bool = False,
        progress: Callable[[Iterable[Record]], Iterable[Record]] = iter,
    ) -> Compacted:
        """The same for all that are over and had no activity for *age*; what is not sound stays
        as it is, and is told.
        """
        found = Compacted()
        old = Query(until=at(self.now() - age))
        for record in progress(self.store.scan(old, found.unreadable.append)):
            if not phases.is_final(record["phase"]):
                continue
            try:
                self._compact(record["agent_id"], found, dry_run=dry_run)
            except SessionNotFoundError:
                continue  # cleaned up meanwhile
            except StateCorruptedError as error:
                found.unreadable.append(error)
        return found

    def _compact(self, agent_id: str, found: Compacted, *, dry_run: bool) -> None:
        lengths = (0, 0)

        def shorten(record: Record, events: Sequence[Event]) -> Sequence[Event]:
            nonlocal lengths
            shorter = self._shorter(record, events)
            lengths = (len(events), len(shorter))
            return shorter

        if dry_run:
            shorten(self.store.get(agent_id), list(self.store.events(agent_id)))
        else:
            self.store.compact(agent_id, shorten)
        found.count += 1
        if lengths[1] < lengths[0]:
            found.events[agent_id] = lengths

    @property
    def _shorter(self) -> Shorten:
        now, actor = at(self.now()), self.actor

        def shorter(record: Record, events: Sequence[Event]) -> Sequence[Event]:
            agent_id, phase = record["agent_id"], record["phase"]
            if not phases.is_final(phase):
                raise InvalidValueError(
                    f"session {agent_id} is {phase}: only what is over is compacted"
                )
            flaw = first_flaw(events)
            if flaw is not None:
                raise StateCorruptedError(agent_id, flaw)
            records = [step.record for step in steps_of(events)]
            return compacting.compact(events, records, now, actor)

        return shorter
