"""What random lives leave behind: branches, replays, shorter journals and measures.

A part of the machine that leads two stores alike.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from agent_session.core.instants import at
from agent_session.core.store import Query
from agent_session.services.branches import OURS, THEIRS
from tests.e2e.record_schema import complaints
from tests.examples import minutes_later
from tests.stores.recount import recounted

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.state import Record
    from tests.stores.served import Service, SharedClock

AGENT_IDS = st.sampled_from(["a", "b", "c", "d.e-f_1", "../a", "nobody"])
AGENT_NAMES = st.sampled_from(["x", "y", "", "名前\n"])
MINUTES = st.none() | st.sampled_from([0, 1, 60, 60 * 24 * 4])


def _moment_of(record: Record) -> tuple[str, str, int]:
    """Which session at which of its events; an id may be taken anew."""
    return record["agent_id"], record["created_at"], record["revision"]


class Pasts:
    """Inherited by the machine, which says how to do a thing in both stores."""

    clock: SharedClock
    memory: Service
    stood: dict[tuple[str, str, int], Record]

    def both(self, act: Callable[[Service], Any]) -> Any:
        raise NotImplementedError

    @rule(agent_id=AGENT_IDS, seq=st.none() | st.integers(1, 6), new_id=st.none() | AGENT_IDS)
    def fork(self, agent_id: str, seq: int | None, new_id: str | None) -> None:
        self.both(lambda service: service.branches.fork(agent_id, seq, new_id=new_id))

    @rule(source=AGENT_IDS, into=AGENT_IDS, keep=st.sampled_from([None, OURS, THEIRS]))
    def merge(self, source: str, into: str, keep: str | None) -> None:
        def merge(service: Service) -> Any:
            return service.branches.merge(source, into, keep).as_json()

        self.both(merge)

    @rule(agent_id=AGENT_IDS, turns=st.integers(0, 3))
    def prune(self, agent_id: str, turns: int) -> None:
        self.both(lambda service: service.pruning.prune(agent_id, turns))

    @rule(minutes=st.sampled_from([0, 30]))
    def compact(self, minutes: float) -> None:
        """What a person has edited and no write has entered stays as it is, on files alone."""
        age = timedelta(minutes=minutes)
        self.both(lambda service: service.pruning.compact_old(age).events)

    @rule(agent_id=AGENT_IDS)
    def replay(self, agent_id: str) -> None:
        """Every step leads to the record that stood then."""

        def records(service: Service) -> Any:
            return [step.record for step in service.history.steps(agent_id)]

        found = self.both(records)
        for record in found if isinstance(found, list) else []:
            assert record == self.stood.get(_moment_of(record), record)

    @invariant()
    def what_stands_is_remembered(self) -> None:
        for record in self.memory.store.scan(Query()):
            if self.stood.get(_moment_of(record)) != record:
                assert complaints(record) == []
            self.stood[_moment_of(record)] = record

    @rule(since=MINUTES, until=MINUTES, agent_name=st.none() | AGENT_NAMES)
    def measure(self, since: int | None, until: int | None, agent_name: str | None) -> None:
        """As a straightforward recount of all that ever stood has it."""
        begin, end = (
            None if each is None else at(minutes_later(each)) for each in (since, until)
        )

        def report(service: Service) -> Any:
            found = service.measures.report(begin, end, agent_name)
            assert found.pop("storage_bytes") >= 0
            return {**found, "targets": None}

        found = self.both(report)
        now = at(self.clock.now)
        notes = list(self.memory.store.notes())
        assert found | recounted(self.stood, notes, begin, end, agent_name, now) == found
        for word in ("sessions", "approvals_decided", "sessions_with_errors"):
            parts = [each["counts"][word] for each in found["trends"]["periods"]]
            assert sum(parts) == found["counts"][word]
