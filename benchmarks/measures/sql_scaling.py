"""What a question to a SQL store costs as it grows to a million sessions, what a cleanup of its
oldest tenth costs, and what a session takes in it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import count, pairwise
from statistics import median
from time import perf_counter, sleep
from typing import Any

from agent_session.core.actions import plan_action
from agent_session.core.claims import NOBODY
from agent_session.core.resume import ResumePolicy
from agent_session.core.store import Query
from agent_session.services.insights import Insights
from agent_session.services.measures import Measures
from agent_session.services.resumes import Resumes
from agent_session.services.sessions import Sessions
from benchmarks import paging, space
from benchmarks.bench import Bench
from benchmarks.bulk import LASTED, SPAN, Crowd
from benchmarks.databases import FILES, SQLITE, fill, kinds_of_store, warm, wired
from benchmarks.filling import WORDS, agent
from benchmarks.results import Curve, Measured, Row, Summary
from benchmarks.rounds import Samples, Subject, interleave, ratio, summary_of, timed, unrest

ACTIVE, PENDING, AGENTS = 200, 20, 20
SMALLEST, LARGEST = 1_000, 1_000_000
NEWEST = "newest resumable of an agent"
LIST = f"list of {ACTIVE} active"
WAITING = f"list of {PENDING} pending"
BY_ID = "resume check of any id"
SUGGEST = "suggestion for a request"
QUESTIONS = (
    NEWEST,
    LIST,
    WAITING,
    BY_ID,
    SUGGEST,
    paging.NEWEST,
    paging.MIDDLE,
    paging.OF_ONE,
)
MOST_STATS_SECONDS = 2.0
MOST_GROWTH = 1.5
MOST_CLEANUP_MICROSECONDS = 20.0
# A session that waits is not to time out while it is measured.
PATIENT = ResumePolicy(timedelta(days=1))
PLAN = b"aws_instance.web will be replaced"


class _Store:
    """*size* sessions, of which the active ones are spread evenly among the finished."""

    def __init__(self, bench: Bench, kind: str, url: str, size: int) -> None:
        self.kind, self.size, self.url = kind, size, url
        self.crowd = Crowd(size, ACTIVE, AGENTS)
        fill(url, self.crowd)
        self.wiring = wired(bench, url)
        self.store = self.wiring.store
        self.resumes = Resumes(self.store, now=self.wiring.now, policy=PATIENT)
        self.insights = Insights(self.store, self.resumes, now=self.wiring.now)
        sleep(ACTIVE / 1e3)  # past the times of all, so that who waits is newest
        for agent_id in self.crowd.live_ids[:PENDING]:  # the oldest of each agent
            self.wiring.approvals.request(agent_id, plan_action(PLAN), bench.place)
        self.pages = paging.Pages(self.store, self.crowd)
        self._turns, self._chance = count(), random.Random(size)

    def subjects(self) -> dict[str, Subject]:
        asked = zip(
            QUESTIONS,
            (
                *(self._newest, self._list_active, self._list_pending, self._check_any),
                self._suggest,
                *map(self._page, (paging.NEWEST, paging.MIDDLE, paging.OF_ONE)),
            ),
            strict=True,
        )
        return {named(self.kind, what, self.size): subject for what, subject in asked}

    def _newest(self) -> float:
        number = next(self._turns) % AGENTS
        return _checked(
            lambda: self._first_of(agent(number)), self.crowd.live_ids[number - AGENTS]
        )

    def _first_of(self, agent_name: str) -> str | None:
        judged = self.resumes.candidates(agent_name, None)
        return next((each.agent_id for each in judged if each.is_resumable), None)

    def _list_active(self) -> float:
        return _checked(lambda: self._count(Query(resume_ready=True)), ACTIVE)

    def _list_pending(self) -> float:
        return _checked(lambda: self._count(Query(pending=True)), PENDING)

    def _count(self, query: Query) -> int:
        return sum(1 for _ in self.store.scan(query))

    def _check_any(self) -> float:
        agent_id = self._chance.choice(self.crowd.ids)
        return timed(lambda: self.resumes.judge(agent_id))()

    def _suggest(self) -> float:
        """Of the ten that wait, the one whose task is named."""
        number = next(self._turns) % AGENTS
        sought = self.crowd.live_ids[number - AGENTS]
        task_id = str(self.store.get(sought)["metadata"]["task_id"])
        return _checked(lambda: self._first_suggested(agent(number), task_id), sought)

    def _first_suggested(self, agent_name: str, task_id: str) -> str:
        found = self.insights.suggest(agent_name, task_id, WORDS, who=NOBODY)
        return str(found[0].record["agent_id"])

    def stats_row(self) -> Row:
        """Of all that there is, five times."""
        measures = self.wiring.measures
        samples = [timed(lambda: self._count_all(measures))() for _ in range(5)]
        return Row(
            what=f"{self.kind}: stats over {self.size} sessions",
            value=median(samples),
            low=min(samples),
            high=max(samples),
            unit="s",
            aim=MOST_STATS_SECONDS if (self.kind, self.size) == (SQLITE, LARGEST) else None,
            n=len(samples),
        )

    def _count_all(self, measures: Measures) -> None:
        counted = measures.report()["counts"]["sessions"]
        if counted != self.size:
            raise RuntimeError(f"stats counted {counted} sessions of {self.size}")

    def _page(self, what: str) -> Subject:
        return lambda: _checked(lambda: self.pages.ids(what), self.pages.expected(what))

    def clean_up(self) -> _Cleanup:
        """Of the oldest tenth; the store is done with afterwards."""
        begun, now = self.crowd.now, self.wiring.now
        newest_to_go = begun - timedelta(days=1) - SPAN * 0.9 + LASTED
        sessions = Sessions(
            self.store, now=now, randomness=os.urandom, policy=PATIENT, actor="bench"
        )
        found = _Cleanup(self.size // 10)
        hours = (now() - newest_to_go) / timedelta(hours=1)
        start = perf_counter()
        swept = sessions.cleanup(hours, progress=found.watch)
        found.seconds = perf_counter() - start
        found.removed = len(swept.removed)
        if abs(found.removed - self.size // 10) > ACTIVE or swept.unreadable:
            raise RuntimeError(f"{found.removed} sessions of {self.size} went, not a tenth")
        return found


class _Cleanup:
    """How long it took, and each tenth of it."""

    def __init__(self, expected: int) -> None:
        self.seconds, self.removed = 0.0, 0
        self._step = max(1, expected // 10)
        self._marks = [perf_counter()]

    def watch(self, looked_at: Iterable[Any]) -> Iterator[Any]:
        for number, each in enumerate(looked_at, 1):
            yield each
            if number % self._step == 0:
                self._marks.append(perf_counter())

    def row(self, kind: str, size: int) -> Row:
        each = self.seconds / self.removed
        # A store of few sessions is done in fewer steps than ten.
        tenths = [
            (end - start) / self._step * 1e6
            for start, end in pairwise(self._marks)
            if size >= LARGEST / 10
        ]
        return Row(
            what=f"{kind}: cleanup of the oldest tenth of {size}, each",
            value=each * 1e6,
            low=min(tenths, default=None),
            high=max(tenths, default=None),
            unit="µs",
            aim=MOST_CLEANUP_MICROSECONDS if (kind, size) == (SQLITE, LARGEST) else None,
            n=self.removed,
        )


def _checked(ask: Callable[[], object], expected: object) -> float:
    start = perf_counter()
    answer = ask()
    seconds = perf_counter() - start
    if answer != expected:
        raise RuntimeError(f"asked for {expected}, got {answer}")
    return seconds


def named(kind: str, what: str, size: int) -> str:
    return f"{kind}: {what}, {size} sessions"


# --- the measure ------------------------------------------------------------------------------


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    sizes = [SMALLEST, 20_000] if bench.is_quick else [SMALLEST, 10_000, 100_000, LARGEST]
    with kinds_of_store(bench) as (kinds, notes):
        kinds.pop(FILES)
        stores = [_Store(bench, kind, kinds[kind](), size) for kind in kinds for size in sizes]
        bench.settle()
        for store in stores:
            warm(store.url)
        subjects: dict[str, Subject] = {}
        for store in stores:
            subjects |= store.subjects()
        samples = interleave(subjects, bench.pick(300, 60), seconds=2 * bench.seconds)
        large = [store for store in stores if store.size > SMALLEST]
        rows = [row for kind in kinds for row in _rows(samples, kind, sizes)]
        rows += [
            row for store in large for row in space.rows(store.kind, store.url, store.size)
        ]
        rows += [store.stats_row() for store in large]
        rows += [store.clean_up().row(store.kind, store.size) for store in large]
    times = {name: summary_of(each) for name, each in samples.items()}
    return Measured(
        rows=rows,
        times=times,
        curves=[_curve(times, kind, what, sizes) for kind in kinds for what in QUESTIONS],
        notes=[_SHAPE, *notes, space.NOTE],
        unrest=unrest(samples),
    )


def _rows(samples: Samples, kind: str, sizes: list[int]) -> list[Row]:
    """The largest store is held to the aim, and so is whichever costs most."""
    return [row for what in QUESTIONS for row in _rows_of(samples, kind, what, sizes)]


def _rows_of(samples: Samples, kind: str, what: str, sizes: list[int]) -> list[Row]:
    costs = {size: median(samples[named(kind, what, size)]) for size in sizes}
    aimed = {sizes[-1], max(costs, key=lambda size: costs[size])}
    return [
        ratio(
            samples,
            f"{kind}: {what}, at {size}",
            named(kind, what, size),
            named(kind, what, SMALLEST),
            MOST_GROWTH if size in aimed else None,
        )
        for size in sizes[1:]
    ]


def _curve(times: dict[str, Summary], kind: str, what: str, sizes: list[int]) -> Curve:
    points = [(size, times[named(kind, what, size)].median) for size in sizes]
    return Curve(what=what, aim=MOST_GROWTH, points=points, store=kind)


_SHAPE = (
    f"Each store holds {ACTIVE} live sessions of {AGENTS} agents, spread evenly among finished "
    f"ones, and {PENDING} of them wait for a person; all are asked in turn, in process, and "
    f"each answer is checked. The floor of each question is the same at {SMALLEST} sessions. "
    "Each store is read once as a whole before, so that its pages are in the system's memory, "
    "where that has room for them. "
    "The stores are filled by rows made from a sample, and a part of them is held against the "
    "store's own check."
)
