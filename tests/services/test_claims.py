"""One resumer at a time, whatever is tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from agent_session.core.claims import NOBODY, Claimant
from agent_session.core.errors import StaleClaimError
from agent_session.core.instants import at
from tests.approvals import PLAN
from tests.examples import minutes_later
from tests.services.joined import Joined, at_once, code_of


@pytest.fixture
def joined() -> Joined:
    return Joined()


def token_of(record: Any) -> int:
    token: int = record["claim"]["token"]
    return token


def test_every_token_is_greater_than_all_before_it(joined: Joined):
    agent_id, tokens = joined.create(), []

    def claim(holder: str) -> int:
        tokens.append(token_of(joined.claims.claim(agent_id, holder)))
        return tokens[-1]

    joined.claims.release(agent_id, claim("a"))
    claim("lapses")
    joined.clock.set(31)
    joined.sessions.update(agent_id, "executing", who=Claimant(token=claim("is lost")))
    joined.clock.set(62)
    joined.claims.resolve(agent_id, "retry")
    joined.sessions.stop(agent_id, "completed", who=Claimant(token=claim("pauses")))
    joined.resumes.grant(agent_id, Claimant("is granted"))
    joined.clock.set(63)
    claim("last")

    assert tokens == [1, 2, 3, 4, 6]
    assert joined.sessions.finalize(agent_id, "completed")["fence"] == 6


def test_eight_at_once_get_one_claim(joined: Joined):
    agent_id = joined.create()
    codes = at_once(
        8, lambda number: code_of(lambda: joined.claims.claim(agent_id, f"h{number}"))
    )

    assert sorted(codes) == ["claimed"] * 7 + ["ok"]
    assert joined.sessions.get(agent_id)["fence"] == 1


def test_the_same_holder_eight_times_at_once_has_one_claim(joined: Joined):
    agent_id = joined.create()
    tokens = at_once(8, lambda _: token_of(joined.claims.claim(agent_id, "a")))

    assert tokens == [1] * 8


WRITES: dict[str, Callable[[Joined, str, Claimant], object]] = {
    "update": lambda it, agent_id, who: it.sessions.update(agent_id, "planning", who=who),
    "update, final": lambda it, agent_id, who: it.sessions.update(agent_id, "failed", who=who),
    "finalize": lambda it, agent_id, who: it.sessions.finalize(agent_id, "failed", who=who),
    "pause": lambda it, agent_id, who: it.sessions.stop(agent_id, "completed", who=who),
    "request": lambda it, agent_id, who: it.ask(agent_id, who=who),
    "use": lambda it, agent_id, who: it.approvals.use(granted(it, agent_id), PLAN, who=who),
}


def granted(joined: Joined, agent_id: str) -> str:
    approval_id: str = joined.sessions.get(agent_id)["approvals"][-1]["id"]
    return approval_id


def approved_session(joined: Joined) -> str:
    agent_id = joined.create()
    joined.approve(joined.ask(agent_id))
    return agent_id


@pytest.mark.parametrize("write", WRITES)
def test_a_write_with_a_stale_token_is_refused_and_changes_nothing(joined: Joined, write: str):
    agent_id = approved_session(joined)
    joined.claims.claim(agent_id, "a")
    joined.clock.set(30)
    joined.claims.claim(agent_id, "b")
    before = joined.sessions.get(agent_id)

    with pytest.raises(StaleClaimError):
        WRITES[write](joined, agent_id, Claimant(token=1))
    assert joined.sessions.get(agent_id) == before
    assert code_of(lambda: WRITES[write](joined, agent_id, Claimant(token=2))) == "ok"


@pytest.mark.parametrize("beat", ["heartbeat", "release"])
def test_a_stale_token_neither_beats_nor_releases(joined: Joined, beat: str):
    agent_id = joined.create()
    joined.claims.claim(agent_id, "a")
    joined.clock.set(30)
    before = joined.claims.claim(agent_id, "b")

    assert code_of(lambda: getattr(joined.claims, beat)(agent_id, 1)) == "stale_claim"
    assert joined.sessions.get(agent_id) == before


@pytest.mark.parametrize("write", sorted(WRITES.keys() - {"use"}))
def test_a_published_write_without_a_token_is_accepted(joined: Joined, write: str):
    agent_id = approved_session(joined)
    joined.claims.claim(agent_id, "a")

    assert code_of(lambda: WRITES[write](joined, agent_id, NOBODY)) == "ok"


@pytest.mark.parametrize("write", WRITES)
def test_no_write_without_a_token_is_accepted_where_one_is_required(write: str):
    joined = Joined(require_token=True)
    agent_id = approved_session(joined)
    joined.claims.claim(agent_id, "a")
    before = joined.sessions.get(agent_id)

    assert code_of(lambda: WRITES[write](joined, agent_id, NOBODY)) == "token_required"
    assert joined.sessions.get(agent_id) == before
    assert code_of(lambda: WRITES[write](joined, agent_id, Claimant(token=1))) == "ok"


def test_nobody_uses_what_another_has_claimed(joined: Joined):
    agent_id = approved_session(joined)
    joined.claims.claim(agent_id, "a")

    assert code_of(lambda: WRITES["use"](joined, agent_id, NOBODY)) == "claimed"
    assert code_of(lambda: WRITES["use"](joined, agent_id, Claimant("b"))) == "claimed"
    assert code_of(lambda: WRITES["use"](joined, agent_id, Claimant("a"))) == "ok"


@pytest.mark.parametrize(("holder", "minutes"), [("a", 30), (None, 40)])
def test_a_write_without_a_token_extends_only_an_unnamed_claim(
    joined: Joined, holder: str | None, minutes: float
):
    agent_id = joined.create()
    joined.claims.claim(agent_id, holder)
    joined.clock.set(10)
    record = joined.sessions.update(agent_id, metadata={"a": 1})

    assert record["claim"] is not None
    assert record["claim"]["until"] == at(minutes_later(minutes))


def test_a_token_of_the_environment_that_is_another_session_s_is_not_meant(joined: Joined):
    agent_id = joined.create()
    elsewhere = Claimant(token=3, is_ambient=True)

    assert joined.sessions.update(agent_id, "approval", who=elsewhere)["claim"] is None
    with pytest.raises(StaleClaimError):
        joined.sessions.update(agent_id, "approval", who=Claimant(token=3))


class TestALostAgent:
    @pytest.mark.parametrize("phase", ["executing", "validating"])
    def test_nothing_resumes_a_session_in_doubt(self, joined: Joined, phase: str):
        agent_id = approved_session(joined)
        joined.claims.claim(agent_id, "a")
        joined.sessions.update(agent_id, phase)
        joined.clock.set(30)

        for who in (NOBODY, Claimant("a"), Claimant("b")):
            assert joined.resumes.check_delegation("ta", None, agent_id, who).reason == (
                "in_doubt"
            )
            assert joined.resumes.check_delegation("ta", who=who).reason == "in_doubt"
            for write in ("use", "request"):
                assert code_of(partial(WRITES[write], joined, agent_id, who)) == "in_doubt"
        assert code_of(lambda: joined.claims.claim(agent_id, "a")) == "in_doubt"
        assert joined.sessions.cleanup(0).kept == 1

    def test_a_known_process_that_ended_is_noticed_at_once(self, joined: Joined):
        agent_id = joined.create("executing")
        joined.claims.claim(agent_id, "host", process={"pid": 7})

        assert joined.resumes.judge(agent_id).reason == "phase_not_resumable"
        joined.ended.add(7)
        assert joined.resumes.judge(agent_id).reason == "in_doubt"

    def test_a_known_process_that_runs_keeps_its_claim(self, joined: Joined):
        agent_id = joined.create("executing")
        joined.claims.claim(agent_id, "host", process={"pid": 7})
        joined.clock.set(600)

        assert code_of(lambda: joined.claims.claim(agent_id, "b")) == "claimed"
        assert joined.resumes.judge(agent_id).reason == "phase_not_resumable"

    @pytest.mark.parametrize(
        ("word", "phase"),
        [("completed", "completed"), ("failed", "failed"), ("retry", "planning")],
    )
    def test_a_person_resolves_it(self, joined: Joined, word: str, phase: str):
        agent_id = joined.create("executing")
        joined.claims.claim(agent_id, "a")

        assert code_of(lambda: joined.claims.resolve(agent_id, word)) == "not_in_doubt"
        joined.clock.set(30)
        record = joined.claims.resolve(agent_id, word)
        assert (record["phase"], record["claim"]) == (phase, None)
        assert code_of(lambda: joined.claims.resolve(agent_id, word)) == "not_in_doubt"

    def test_a_holder_that_wakes_up_late_goes_on_if_nobody_came(self, joined: Joined):
        agent_id = joined.create("executing")
        joined.claims.claim(agent_id, "a")
        joined.clock.set(99)

        assert joined.claims.heartbeat(agent_id, 1)["claim"]
        assert joined.resumes.judge(agent_id).reason == "phase_not_resumable"

    def test_a_claim_lost_while_it_waited_puts_nothing_in_doubt(self, joined: Joined):
        agent_id = joined.create()
        joined.claims.claim(agent_id, "a")
        joined.clock.set(31)
        record = joined.sessions.update(agent_id, "executing")

        assert record["claim"] is None
        assert joined.resumes.judge(agent_id).reason == "phase_not_resumable"


def test_a_lease_of_its_own_is_counted_from_every_beat(joined: Joined):
    agent_id = joined.create()
    joined.claims.claim(agent_id, "a", timedelta(minutes=5))
    joined.clock.set(4)
    beaten = joined.claims.heartbeat(agent_id, 1)["claim"]
    longer = joined.claims.heartbeat(agent_id, 1, timedelta(minutes=50))["claim"]

    assert beaten is not None
    assert longer is not None
    assert (beaten["until"], longer["until"]) == (at(minutes_later(9)), at(minutes_later(54)))
