"""A team at work on one PostgreSQL: hosts whose agents ask, act and end, a person at the inbox,
and somebody who pulls plugs.

What a host does in the outside world is a line in a file that nobody else writes. A host is
known to the others by its name alone, as on a machine of its own.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from agent_session.core import approvals
from agent_session.core.actions import plan_action
from agent_session.core.claims import Claimant, is_in_doubt
from agent_session.core.errors import AgentSessionError, SessionExistsError, StoreError
from agent_session.core.store import Query
from agent_session.services.decisions import Person
from agent_session.wiring import wire
from tests.faults.processes import kill, start

if TYPE_CHECKING:
    from agent_session.core.state import Record
    from agent_session.wiring import Wiring
    from tests.servers.postgres import Postgres

HOSTS = 4
LEASE_SECONDS = 4.0
PERSON = Person("a person", approvals.WEB)


def plan_of(job: str) -> bytes:
    return f"terraform apply -target={job}".encode()


class Team:
    """*count* jobs, each a session that asks for a yes and then acts."""

    def __init__(self, server: Postgres, folder: str, count: int) -> None:
        self.server = server
        self.url = server.fresh()
        self.folder = folder
        self.jobs = [f"job-{number:04}" for number in range(count)]
        self.kills = self.crashes = 0
        self._chance = random.Random(count)
        self._hosts: dict[int, int] = {}

    def wired(self, name: str) -> Wiring:
        variables = {
            "AGENT_SESSION_CLAIMS_LEASE_MINUTES": str(LEASE_SECONDS / 60),
            "AGENT_SESSION_CLAIMS_GRANT_SECONDS": str(LEASE_SECONDS),
        }
        return wire(name, store=self.url, project=self.folder, variables=variables)

    # --- the processes ------------------------------------------------------------------------

    def work(self, seconds: float) -> None:
        """Until every job is done; AssertionError where that takes longer."""
        inbox = start(lambda: Inbox(self).answer())
        for number in range(HOSTS):
            self._start(number)
        try:
            self._disturb_until_done(time.monotonic() + seconds)
        finally:
            for pid in (inbox, *self._hosts.values()):
                kill(pid)

    def _start(self, number: int) -> None:
        chance = random.Random(self._chance.random())
        self._hosts[number] = start(lambda: Host(self, number, chance).work())

    def _disturb_until_done(self, end: float) -> None:
        wiring = self.wired("watching")
        while (done := self._count_done(wiring)) < len(self.jobs):
            assert time.monotonic() < end, f"{done} of {len(self.jobs)} are done"
            self._kill_a_host()
            if not self.crashes:
                self._crash_the_server()
            time.sleep(self._chance.uniform(0.05, 0.4))

    def _kill_a_host(self) -> None:
        number = self._chance.randrange(HOSTS)
        assert kill(self._hosts[number]) == -9, "a host ended by itself"
        self.kills += 1
        self._start(number)

    def _crash_the_server(self) -> None:
        self.crashes += 1
        self.server.crash()
        time.sleep(0.2)
        self.server.start()

    @staticmethod
    def _count_done(wiring: Wiring) -> int:
        return sum(1 for _ in wiring.store.scan(Query(phase="completed")))

    # --- the outside world --------------------------------------------------------------------

    @property
    def world(self) -> str:
        return f"{self.folder}/world"

    def act(self, job: str) -> None:
        descriptor = os.open(self.world, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, f"{job}\n".encode())
        finally:
            os.close(descriptor)

    def acted(self) -> Counter[str]:
        try:
            with open(self.world) as file:
                return Counter(file.read().split())
        except FileNotFoundError:
            return Counter()

    # --- what must have come of it ------------------------------------------------------------

    def flaws(self) -> list[str]:
        """What went wrong, as the sessions and the world tell."""
        wiring, acted = self.wired("auditing"), self.acted()
        found = [f"{job} was done {acted[job]} times" for job in self.jobs if acted[job] != 1]
        records = {each["agent_id"]: each for each in wiring.store.scan(Query())}
        found += [f"{job} is lost" for job in self.jobs if job not in records]
        for job in records:
            found += [f"{job}: {flaw}" for flaw in wiring.store.flaws(job)]
            found += _flaws_in(job, list(wiring.store.events(job)))
        return found


def _flaws_in(job: str, entered: list[Any]) -> list[str]:
    used = Counter(each["data"]["id"] for each in entered if each["kind"] == "approval_used")
    tokens = [each["data"]["token"] for each in entered if each["kind"] == "claimed"]
    found = [f"{job}: {approval} was used twice" for approval in used if used[approval] > 1]
    if not used:
        found.append(f"{job} was done without an approval")
    if len(tokens) != len(set(tokens)):
        found.append(f"{job}: a token was granted twice")
    return found


class Host:
    """One life of one host: it takes up any job that waits for somebody."""

    def __init__(self, team: Team, number: int, chance: random.Random) -> None:
        self.team = team
        self.wiring = team.wired(f"host-{number}")
        self.who = Claimant(f"host-{number}")
        self.chance = chance

    def work(self) -> None:
        left = list(self.team.jobs)
        while True:
            self.chance.shuffle(left)
            for job in list(left):
                try:
                    if self._is_done(job):
                        left.remove(job)
                except (StoreError, AgentSessionError):
                    continue  # refused, or the server is away: look again later
            time.sleep(0.02)

    def _is_done(self, job: str) -> bool:
        """True once nothing is left to be done for the job."""
        record = self._begun(job)
        if record["phase"] == "completed":
            return True
        if not record["approvals"] or _must_ask_again(record):
            self.wiring.approvals.request(job, plan_action(plan_of(job)), self.team.folder)
            return False
        found = self.wiring.resumes.grant(job, self.who)
        if found.is_resumable and found.decision == approvals.APPROVED and found.record:
            self._carry_out(job, found.record)
        return False

    def _begun(self, job: str) -> Record:
        try:
            return self.wiring.store.get(job)
        except AgentSessionError:
            pass
        try:
            return self.wiring.sessions.create("architect", agent_id=job)
        except SessionExistsError:
            return self.wiring.store.get(job)

    def _carry_out(self, job: str, record: Record) -> None:
        who = Claimant(self.who.holder, record["claim"]["token"])  # type: ignore[index]
        approval = record["approvals"][-1]["id"]
        self.wiring.approvals.use(approval, plan_of(job), agent_id=job, who=who)
        self.team.act(job)
        self.wiring.sessions.finalize(job, "completed", who=who)


def _must_ask_again(record: Record) -> bool:
    """After a retry: its approvals are over, and it is planned anew."""
    statuses = {each["status"] for each in record["approvals"]}
    return record["phase"] == "planning" and not statuses & {"pending", "approved"}


class Inbox:
    """One person, who says yes to everything, and looks what was done where it is in doubt."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.wiring = team.wired("inbox")

    def answer(self) -> None:
        while True:
            try:
                with self.wiring.store.watch(None) as watch:
                    while True:
                        self._look()
                        watch.wait(0.5)
            except StoreError:
                time.sleep(0.05)

    def _look(self) -> None:
        for asked in self.wiring.approvals.pending():
            try:
                self.wiring.decisions.approve(asked.approval, PERSON)
            except StoreError:
                raise
            except AgentSessionError:
                continue  # a second request has superseded it
        for record in self.wiring.store.scan(Query(live=True, phase="executing")):
            if is_in_doubt(record, self.wiring.now()):
                self._resolve(record["agent_id"])

    def _resolve(self, job: str) -> None:
        word = "completed" if self.team.acted()[job] else "retry"
        try:
            self.wiring.claims.resolve(job, word)
        except StoreError:
            raise
        except AgentSessionError:
            pass  # its host was only slow
