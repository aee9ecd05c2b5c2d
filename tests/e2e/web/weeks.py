"""Three weeks of an agent's work, alike in every run, so that there is something to measure."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agent_session.core import approvals
from agent_session.core.actions import plan_action
from agent_session.services.decisions import Person

if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DAYS = 21
AGENT = "release-engineer"


def weeks_of_work(wiring: Wiring) -> int:
    """How many sessions there were: each asks, is resumed with the answer, and ends."""
    chance, count, usual = random.Random(7), 0, wiring.now
    for day in range(DAYS, 0, -1):
        for _ in range(chance.randint(1, 3)):
            begun = datetime.now(UTC) - timedelta(days=day, minutes=chance.randint(0, 300))
            _one(wiring, begun, chance)
            count += 1
    wiring.now = usual
    return count


def _one(wiring: Wiring, begun: datetime, chance: random.Random) -> None:
    clock = [begun]
    wiring.now = lambda: clock[0]

    def later(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)

    sessions, decisions = wiring.sessions, wiring.decisions
    decisions.agent_around = lambda: None
    agent_id = sessions.create(AGENT, "a release")["agent_id"]
    later(chance.uniform(5, 40))
    sessions.update(agent_id, "planning")
    later(chance.uniform(5, 60))
    asked = wiring.approvals.request(agent_id, plan_action(b"helm upgrade\n"), wiring.project)
    sessions.stop(agent_id, "completed")
    later(chance.lognormvariate(4.5, 0.8))
    decisions.approve(asked, Person("ada", approvals.WEB), None)
    later(5)
    found = wiring.resumes.check_delegation(AGENT, None, agent_id)
    if chance.random() < 0.4:
        wiring.resumes.check_delegation(AGENT)
    assert found.record is not None
    later(10)
    if chance.random() < 0.1:
        sessions.update(agent_id, error="the cluster did not answer")
    later(chance.uniform(10, 90))
    sessions.finalize(agent_id, "completed" if chance.random() < 0.9 else "failed")
