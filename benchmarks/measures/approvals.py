"""What an approval costs: to ask, to decide, to use it once; a claim; the inbox as the store
grows; and how soon a waiting process wakes up.

All is called in a process that stays, as the command line and the hooks call it. The floor of a
write is an append of 400 bytes and one fdatasync, on a descriptor kept open.
"""

from __future__ import annotations

import os
import time
from itertools import count
from statistics import median

from agent_session.core.actions import plan_action
from agent_session.core.approvals import WEB
from agent_session.services.decisions import Person
from agent_session.wiring import Wiring, wire
from benchmarks.bare_writes import fdatasync
from benchmarks.bench import Bench
from benchmarks.databases import FILES, POSTGRES, SQLITE, kinds_of_store
from benchmarks.filling import agent, fill, without_syncs
from benchmarks.results import Measured, Row
from benchmarks.rounds import Samples, Subject, interleave, ratio, summary_of, timed, unrest

LINE = b"x" * 400
FLOOR = "append + fdatasync of 400 bytes"
REQUEST, DECIDE, USE, CLAIM = "request", "decide", "use", "claim"
PLAN = b"aws_instance.web will be replaced; aws_db_instance.main updated in place\n" * 12
PERSON = Person("bench", WEB)
MOST_WAKE_UP_MS = {FILES: 50.0, SQLITE: 50.0, POSTGRES: 20.0}


class Lives:
    """Each write on a session of its own, made ready before the clock starts."""

    def __init__(self, folder: str, url: str | None = None) -> None:
        self.wiring = opened(folder, url)
        self.folder, self.url = folder, url
        self._numbers = count()

    def session(self) -> str:
        name = agent(next(self._numbers))
        return self.wiring.sessions.create(name, "approval_workflow")["agent_id"]

    def asked(self) -> str:
        return ask(self.wiring, self.session(), self.folder)

    def approved(self) -> str:
        approval_id = self.asked()
        decide(self.wiring, approval_id)
        return approval_id

    def request(self) -> float:
        agent_id = self.session()
        return timed(lambda: ask(self.wiring, agent_id, self.folder))()

    def decide(self) -> float:
        approval_id = self.asked()
        return timed(lambda: decide(self.wiring, approval_id))()

    def use(self) -> float:
        approval_id = self.approved()
        return timed(lambda: self.wiring.approvals.use(approval_id, PLAN))()

    def claim(self) -> float:
        agent_id = self.session()
        return timed(lambda: self.wiring.claims.claim(agent_id, "bench"))()


def opened(folder: str, url: str | None = None) -> Wiring:
    """Over the store at *url*, else that of files in *folder*."""
    return wire("bench", store=url or f"files:{folder}", project=folder, variables={})


def ask(wiring: Wiring, agent_id: str, folder: str) -> str:
    return str(wiring.approvals.request(agent_id, plan_action(PLAN), folder)["id"])


def decide(wiring: Wiring, approval_id: str) -> None:
    wiring.decisions.approve(wiring.approvals.get(approval_id).approval, PERSON)


def measure(bench: Bench) -> Measured:
    bench.require_real_disk()
    lives = Lives(bench.folder("approvals"))
    writes = interleave(
        _writes(lives, bench.folder("approval-floor")),
        bench.pick(200, 20),
        seconds=bench.seconds,
    )
    inboxes = [Inbox(bench, size) for size in (1_000, bench.pick(100_000, 10_000))]
    bench.settle()
    listed = interleave(
        {inbox.name: inbox.look for inbox in inboxes}, bench.pick(60, 20), seconds=bench.seconds
    )
    with kinds_of_store(bench) as (kinds, notes):
        asleep = {FILES: lives} | {
            kind: Lives(bench.folder("asleep"), new_url())
            for kind, new_url in kinds.items()
            if kind != FILES
        }
        woken: Samples = {kind: [] for kind in asleep}
        for _ in range(bench.pick(100, 10)):
            for kind, each in asleep.items():
                woken[kind].append(wake_up_seconds(each))
    samples = writes | listed | {f"{kind}: {WAKE_UP}": each for kind, each in woken.items()}
    return Measured(
        rows=[
            *_write_rows(writes),
            _inbox_row(listed, inboxes),
            *(_wake_up_row(kind, seconds) for kind, seconds in woken.items()),
        ],
        times={name: summary_of(each) for name, each in samples.items()},
        notes=[_NOTE, *notes],
        unrest=unrest(writes),
    )


# --- writes -----------------------------------------------------------------------------------


def _writes(lives: Lives, bare: str) -> dict[str, Subject]:
    descriptor = os.open(f"{bare}/lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append() -> None:
        os.write(descriptor, LINE)
        fdatasync(descriptor)

    return {
        FLOOR: timed(append),
        REQUEST: lives.request,
        DECIDE: lives.decide,
        USE: lives.use,
        CLAIM: lives.claim,
    }


def _write_rows(samples: Samples) -> list[Row]:
    return [ratio(samples, what, what, FLOOR) for what in (REQUEST, DECIDE, USE, CLAIM)]


# --- the inbox --------------------------------------------------------------------------------


class Inbox:
    """A store of *size* sessions, of which one in a hundred, or in ten, waits for a person."""

    def __init__(self, bench: Bench, size: int) -> None:
        self.pending = 100 if size == 1_000 else 1_000
        self.name = f"pending: {self.pending} among {size} sessions"
        folder = bench.folder(f"inbox-{size}")
        waiting = fill(folder, finished=size - self.pending, live=self.pending, agents=20)
        self.approvals = opened(folder).approvals
        with without_syncs():
            for agent_id in waiting:
                ask(opened(folder), agent_id, folder)

    def look(self) -> float:
        found: list[int] = []
        seconds = timed(lambda: found.append(len(self.approvals.pending())))()
        if found != [self.pending]:
            raise RuntimeError(f"{self.pending} are pending, found {found}")
        return seconds


def _inbox_row(samples: Samples, inboxes: list[Inbox]) -> Row:
    small, large = (inbox.name for inbox in inboxes)
    return ratio(samples, "pending: ten times as many, in the larger store", large, small, 12.0)


# --- waking up --------------------------------------------------------------------------------

WAKE_UP = "a waiting process, from the decision's call to its return"


def wake_up_seconds(lives: Lives) -> float:
    """From the moment that a person's answer is handed in to that in which the asker, another
    process, has it; the durable write of the answer is part of it.
    """
    approval_id = lives.asked()
    ready, told = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        _wait_and_tell(lives, approval_id, ready[1], told[1])
    os.read(ready[0], 1)
    time.sleep(0.02)  # it is asleep by now
    start = time.monotonic()
    decide(lives.wiring, approval_id)
    end = float(os.read(told[0], 64))
    os.waitpid(child, 0)
    for descriptor in (*ready, *told):
        os.close(descriptor)
    return end - start


def _wait_and_tell(lives: Lives, approval_id: str, ready: int, told: int) -> None:
    try:
        approvals = opened(lives.folder, lives.url).approvals
        approvals.wait_for_decision(approval_id, 0.01)  # what a first wait imports
        os.write(ready, b"!")
        approvals.wait_for_decision(approval_id, 30)
        os.write(told, repr(time.monotonic()).encode())
    finally:
        os._exit(0)


def _wake_up_row(kind: str, seconds: list[float]) -> Row:
    return Row(
        what=f"{kind}: a waiting process wakes up after a decision",
        value=median(seconds) * 1e3,
        unit="ms",
        aim=MOST_WAKE_UP_MS[kind],
        ours=f"{kind}: {WAKE_UP}",
        n=len(seconds),
        note=f"the slowest {max(seconds) * 1e3:.1f} ms",
    )


_NOTE = (
    "A request, a decision and a use are each one durable change of the session; a use reads "
    "the whole journal first, since the chain has to vouch for what it uses up."
)
