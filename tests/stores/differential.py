"""Random lives of sessions, led in two stores alike: one is kept in memory, the other is any.

A machine for tests: who inherits TwoStores says how the other one is opened, and what may be
done to what it keeps.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent_session.core import approvals, hosts, phases
from agent_session.core.instants import at
from agent_session.core.pages import place_of
from agent_session.core.store import Query
from agent_session.stores.memory import MemoryStore
from tests.examples import minutes_later
from tests.stores.approvals import approval_id, asked, claimed, decided, used
from tests.stores.contract_of_hosts import KIND, a_host, hosted
from tests.stores.pasts import AGENT_IDS, AGENT_NAMES, Pasts
from tests.stores.served import Service, SharedClock, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.chain import Draft
    from agent_session.core.pages import Place
    from agent_session.core.state import Record
    from agent_session.core.store import Store

TASK_IDS = st.sampled_from(["T1", "T2", None])
PHASES = st.sampled_from([*phases.LIVE, *phases.RESUMABLE, *phases.FINAL, "thinking"])
OUTCOMES = st.sampled_from([*phases.FINAL, "approval"])
APPROVALS = st.integers(0, 3)
HOST_IDS = st.sampled_from(["1", "2", "é\u2028", "x" * 300])
HOSTS = st.builds(a_host, st.none() | HOST_IDS, HOST_IDS)
KEYS = st.builds(
    lambda make, each: make(KIND, each),
    st.sampled_from([hosts.agent_key, hosts.conversation_key, hosts.main_key]),
    HOST_IDS,
)
VERDICTS = st.sampled_from(["approved", "rejected"])
TEXTS = st.sampled_from(["", "done", "é\u2028\n", "x" * 300])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
METADATA = st.dictionaries(st.sampled_from(["n", "plan", "task_id"]), JSON, max_size=2)


class TwoStores(Pasts, RuleBasedStateMachine):
    """Whatever is done to the one is done to the other, and must come to the same."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SharedClock()
        self.memory = Service(MemoryStore(), self.clock)
        self.stood = {}
        self.begin()
        self.reopen()

    def begin(self) -> None:
        """Let the other store be empty."""

    def opened(self) -> Store:
        """The other store, as by the next process."""
        raise NotImplementedError

    def meddle(self, agent_id: str) -> None:
        """Spoil what the other store has derived from the events, and heals itself."""

    def doing(self) -> AbstractContextManager[None]:
        """What surrounds each use of the other store."""
        return nullcontext()

    def both(self, act: Callable[[Service], Any]) -> Any:
        self.clock.now += timedelta(milliseconds=1)
        with self.doing():
            there = outcome_of(lambda: act(self.other))
        in_memory = outcome_of(lambda: act(self.memory))
        assert there == in_memory
        return there

    @initialize()
    def begin_with_one(self) -> None:
        self.both(lambda service: service.sessions.create("x", agent_id="a"))

    # --- writing ------------------------------------------------------------------------------

    @rule(
        agent_id=st.none() | AGENT_IDS,
        agent_name=AGENT_NAMES,
        metadata=METADATA,
        host=st.none() | HOSTS,
    )
    def create(self, agent_id: str | None, agent_name: str, **more: Any) -> None:
        self.both(
            lambda service: service.sessions.create(
                agent_name, agent_id=agent_id, limits={"history": 3}, **more
            )
        )

    @rule(
        agent_id=AGENT_IDS,
        phase=st.none() | PHASES,
        metadata=st.none() | METADATA,
        error=st.none() | TEXTS,
    )
    def update(
        self,
        agent_id: str,
        phase: str | None,
        metadata: dict[str, Any] | None,
        error: str | None,
    ) -> None:
        self.both(lambda service: service.sessions.update(agent_id, phase, metadata, error))

    @rule(agent_id=AGENT_IDS, outcome=OUTCOMES, summary=st.none() | TEXTS)
    def finalize(self, agent_id: str, outcome: str, summary: str | None) -> None:
        self.both(lambda service: service.sessions.finalize(agent_id, outcome, summary))

    @rule(
        hours=st.sampled_from([0, 0.4, 1, 24, -1]), force=st.booleans(), dry_run=st.booleans()
    )
    def clean_up(self, hours: float, force: bool, dry_run: bool) -> None:
        def clean_up(service: Service) -> Any:
            swept = service.sessions.cleanup(hours, force=force, dry_run=dry_run)
            return sorted(swept.removed), sorted(swept.abandoned), swept.kept

        self.both(clean_up)

    @rule(agent_id=AGENT_IDS)
    def remove(self, agent_id: str) -> None:
        self.both(
            lambda service: service.store.remove(agent_id, at(self.clock.now), lambda _: True)
        )

    # --- hosts --------------------------------------------------------------------------------

    @rule(agent_id=AGENT_IDS, now=HOSTS, keeps=st.booleans())
    def go_on_elsewhere(self, agent_id: str, now: dict[str, Any], keeps: bool) -> None:
        before = self.host_of(agent_id)
        host = hosts.moved(before, now) if before and keeps else now
        self.enter(agent_id, lambda minutes: hosted(host, minutes))

    @rule(agent_id=AGENT_IDS, session_id=HOST_IDS, is_over=st.booleans())
    def expect_an_agent(self, agent_id: str, session_id: str, is_over: bool) -> None:
        if before := self.host_of(agent_id):
            expecting = hosts.expecting(before, session_id, "call", 1)
            host = hosts.not_expecting(before) if is_over else expecting
            self.enter(agent_id, lambda minutes: hosted(host, minutes))

    def host_of(self, agent_id: str) -> dict[str, Any] | None:
        known = {each["agent_id"]: each["host"] for each in self.memory.store.scan(Query())}
        return known.get(agent_id)

    # --- approvals ----------------------------------------------------------------------------

    @rule(agent_id=AGENT_IDS, number=APPROVALS, cancels=st.sets(APPROVALS, max_size=2))
    def ask(self, agent_id: str, number: int, cancels: set[int]) -> None:
        self.enter(agent_id, lambda minutes: asked(number, minutes, cancels), number, None)

    @rule(agent_id=AGENT_IDS, number=APPROVALS, verdict=VERDICTS)
    def decide(self, agent_id: str, number: int, verdict: str) -> None:
        event = partial(decided, number, verdict=verdict)
        self.enter(agent_id, event, number, approvals.PENDING)

    @rule(agent_id=AGENT_IDS, number=APPROVALS)
    def use(self, agent_id: str, number: int) -> None:
        self.enter(agent_id, partial(used, number), number, approvals.APPROVED)

    @rule(agent_id=AGENT_IDS)
    def claim(self, agent_id: str) -> None:
        self.enter(agent_id, claimed)

    def enter(
        self,
        agent_id: str,
        event: Callable[[float], Draft],
        number: int = -1,
        status: str | None = None,
    ) -> None:
        """Into a live session only, and where the approval of that *number* has this *status*
        (None: where there is none), as the rules have it.
        """

        def change(record: Record) -> list[Draft]:
            found = approvals.find(record, approval_id(number))
            is_due = status == (found and found["status"])
            minutes = (self.clock.now - minutes_later(0)).total_seconds() / 60
            return [event(minutes)] if is_due and not phases.is_final(record["phase"]) else []

        self.both(lambda service: service.store.update(agent_id, change))

    @rule(minutes=st.sampled_from([0.5, 29, 31, 60 * 25]))
    def let_time_pass(self, minutes: float) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @rule()
    def reopen(self) -> None:
        """As by the next process."""
        made = getattr(self, "other", self.memory)._made
        self.other = Service(self.opened(), self.clock)
        self.other._made = made

    @rule(choice=st.integers(0, 9))
    def spoil(self, choice: int) -> None:
        known = [record["agent_id"] for record in self.memory.store.scan(Query())]
        if known:
            self.meddle(known[choice % len(known)])

    @rule()
    def repair(self) -> None:
        self.both(lambda service: service.reports.repair())

    # --- asking -------------------------------------------------------------------------------

    @rule(agent_id=AGENT_IDS)
    def judge(self, agent_id: str) -> None:
        self.both(lambda service: service.resumes.judge(agent_id).reason)
        self.both(
            lambda service: [
                (finding.reason, finding.holds, finding.value)
                for finding in service.resumes.explain(agent_id)
            ]
        )

    @rule(agent_name=AGENT_NAMES, task_id=TASK_IDS)
    def match(self, agent_name: str, task_id: str | None) -> None:
        def match(service: Service) -> Any:
            found = service.resumes.match(agent_name, task_id)
            return found.reason, found.agent_id

        self.both(match)

    @rule(agent_name=AGENT_NAMES, task_id=TASK_IDS, agent_id=st.none() | AGENT_IDS)
    def check_a_delegation(
        self, agent_name: str, task_id: str | None, agent_id: str | None
    ) -> None:
        self.both(
            lambda service: (
                service.resumes.check_delegation(agent_name, task_id, agent_id).reason
            )
        )
        self.both(lambda service: list(service.store.notes()))

    @rule(
        agent_name=st.none() | AGENT_NAMES,
        phase=st.none() | PHASES,
        live=st.booleans(),
        resume_ready=st.booleans(),
        task_id=TASK_IDS,
    )
    def ask_for_a_list(self, **conditions: Any) -> None:
        self.both(lambda service: service.sessions.list(Query(**conditions)))

    @rule(
        size=st.integers(1, 3),
        agent_name=st.none() | AGENT_NAMES,
        phase=st.none() | PHASES,
        live=st.booleans(),
        task_id=TASK_IDS,
        text=st.none() | TEXTS,
    )
    def page_through(self, size: int, **conditions: Any) -> None:
        """To its end, which a store itself need not know at once."""
        query, below, follows = Query(**conditions), None, True
        left = {record["agent_id"] for record in self.memory.store.scan(query)}
        while follows:
            places, follows = self.both(partial(paged, query, size, below))
            left.difference_update(agent_id for _, agent_id in places)
            below = places[-1] if places else None
        assert left == set()

    @rule(number=APPROVALS, agent_name=st.none() | AGENT_NAMES, pending=st.booleans())
    def ask_who_holds_an_approval(self, number: int, **conditions: Any) -> None:
        query = Query(approval_id=approval_id(number), **conditions)
        self.both(
            lambda service: sorted(record["agent_id"] for record in service.store.scan(query))
        )

    @rule(
        key=KEYS, agent_name=st.none() | AGENT_NAMES, live=st.booleans(), pending=st.booleans()
    )
    def ask_whom_a_key_leads_to(self, key: str, **conditions: Any) -> None:
        query = Query(host=key, **conditions)
        self.both(
            lambda service: sorted(record["agent_id"] for record in service.store.scan(query))
        )

    # --- what always holds --------------------------------------------------------------------

    def ids_of_live(self) -> list[str]:
        return [record["agent_id"] for record in self.memory.store.scan(Query(live=True))]

    @invariant()
    def both_keep_the_same(self) -> None:
        for record in self.both(lambda service: service.sessions.list()):
            agent_id = record["agent_id"]
            self.both(lambda service, agent_id=agent_id: service.store.get(agent_id))  # type: ignore[misc]
            assert list(map(comparable, self.other.store.events(agent_id))) == list(
                map(comparable, self.memory.store.events(agent_id))
            )
            assert self.other.store.flaws(agent_id) == self.memory.store.flaws(agent_id) == []

    @invariant()
    def the_newest_live_ones_come_first(self) -> None:
        self.both(lambda service: list(service.store.scan(Query(live=True))))

    @invariant()
    def whom_a_host_knows_is_found(self) -> None:
        for record in self.memory.store.scan(Query()):
            for key in hosts.keys_of(record):
                assert record in list(self.other.store.scan(Query(host=key)))

    @invariant()
    def what_waits_is_found(self) -> None:
        self.both(lambda service: list(service.store.scan(Query(pending=True))))


def paged(query: Query, size: int, below: Place | None, service: Service) -> Any:
    """The places on a page, and whether older ones follow."""
    page, shown = (
        service.store.page(query, size, below),
        service.reports.page(query, size, below),
    )
    assert (page.records, page.places) == (shown.records, shown.places)
    assert list(map(place_of, page.records)) == page.places
    return page.places, shown.below is not None


def comparable(event: Any) -> Any:
    """All of an event but the digest of a person's own file, and the hashes over that."""
    data = {name: value for name, value in event["data"].items() if name != "snapshot"}
    rest = {
        name: value for name, value in event.items() if name not in {"prev", "hash", "more"}
    }
    return {**rest, "data": data}
