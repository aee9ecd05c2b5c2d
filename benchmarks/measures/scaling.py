"""What a question costs as the store grows: the newest of an agent, the list of the active."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median

from agent_session import AgentSession
from agent_session.core.claims import NOBODY
from agent_session.services.resumes import Judgement
from agent_session.wiring import wire
from benchmarks.bench import Bench
from benchmarks.filling import WORDS, agent, fill
from benchmarks.results import Curve, Measured, Row
from benchmarks.rounds import Samples, Subject, interleave, ratio, summary_of, timed, unrest

ACTIVE = 200
AGENTS = 20
SMALLEST = 1_000
NEWEST = "newest resumable of an agent"
LIST = f"list of {ACTIVE} active"
BY_ID = "resume check of any id"
SUGGEST = "suggestion for a request"
AIMS: dict[str, float | None] = {NEWEST: 1.5, LIST: 1.5, SUGGEST: 1.5, BY_ID: None}


class _Store:
    """*size* sessions of twenty agents, *ACTIVE* of them live, the others finished."""

    def __init__(self, bench: Bench, size: int) -> None:
        folder = bench.folder(f"store-{size}")
        self.size = size
        self.live = fill(folder, finished=size - ACTIVE, live=ACTIVE, agents=AGENTS)
        self.api = AgentSession(folder)
        wiring = wire("bench", store=f"files:{folder}")
        self.resumes = wiring.resumes
        self.insights = wiring.insights
        self.ids = sorted(wiring.store.root.ids())  # type: ignore[attr-defined]
        self._turns, self._chance = count(), random.Random(size)

    def subjects(self) -> dict[str, Subject]:
        asked = {
            NEWEST: self.newest,
            LIST: self.list_active,
            SUGGEST: self.suggest,
            BY_ID: self.check_any,
        }
        return {named(what, self.size): subject for what, subject in asked.items()}

    def newest(self) -> float:
        number = next(self._turns) % AGENTS
        return self._checked(
            lambda: self._found(self.resumes.candidates(agent(number), None)),
            self._newest_of(number),
        )

    def _found(self, judged: Iterator[Judgement]) -> str | None:
        return next(each.agent_id for each in judged if each.is_resumable)

    def _newest_of(self, number: int) -> str:
        return self.live[ACTIVE - AGENTS + number]

    def list_active(self) -> float:
        return self._checked(lambda: len(self.api.list_sessions(active_only=True)), ACTIVE)

    def suggest(self) -> float:
        number = next(self._turns) % AGENTS
        return self._checked(
            lambda: self._first_suggested(agent(number)), self._newest_of(number)
        )

    def _first_suggested(self, agent_name: str) -> str:
        found = self.insights.suggest(agent_name, None, WORDS, who=NOBODY)
        return str(found[0].record["agent_id"])

    def check_any(self) -> float:
        agent_id = self._chance.choice(self.ids)
        return timed(lambda: self.api.should_resume(agent_id))()

    def _checked(self, ask: Callable[[], object], expected: object) -> float:
        answers: list[object] = []
        seconds = timed(lambda: answers.append(ask()))()
        if answers != [expected]:
            raise RuntimeError(f"asked for {expected}, got {answers}")
        return seconds


def named(what: str, size: int) -> str:
    return f"{what}, {size} sessions"


def measure(bench: Bench) -> Measured:
    sizes = [1_000, 10_000] if bench.is_quick else [1_000, 3_000, 10_000, 30_000, 100_000]
    stores = [_Store(bench, size) for size in sizes]
    bench.settle()
    subjects: dict[str, Subject] = {}
    for store in stores:
        subjects |= store.subjects()
    samples = interleave(subjects, bench.pick(200, 60), seconds=bench.seconds)
    times = {name: summary_of(each) for name, each in samples.items()}
    curves = [
        Curve(
            what=what,
            aim=aim,
            points=[(size, times[named(what, size)].median) for size in sizes],
        )
        for what, aim in AIMS.items()
    ]
    return Measured(
        rows=_rows(samples, sizes),
        times=times,
        curves=curves,
        notes=[_SHAPE],
        unrest=unrest(samples),
    )


def _rows(samples: Samples, sizes: list[int]) -> list[Row]:
    return [row for what in AIMS for row in _rows_of(samples, what, sizes)]


def _rows_of(samples: Samples, what: str, sizes: list[int]) -> list[Row]:
    """The largest store is held to the aim, and so is whichever costs most."""
    costs = {size: median(samples[named(what, size)]) for size in sizes}
    aimed = {sizes[-1], max(costs, key=lambda size: costs[size])}
    return [
        ratio(
            samples,
            f"{what}, {size} sessions against {SMALLEST}",
            named(what, size),
            named(what, SMALLEST),
            AIMS[what] if size in aimed else None,
        )
        for size in sizes[1:]
    ]


_SHAPE = (
    f"Each store holds {ACTIVE} live sessions of {AGENTS} agents, spread evenly among finished "
    "ones; all are asked in turn, in process, and each answer is checked."
)
