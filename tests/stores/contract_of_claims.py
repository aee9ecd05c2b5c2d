"""What claims and approvals promise on any store, called as people and agents call them, many
at once: a part of the contract.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.actions import plan_action
from agent_session.core.approvals import WEB
from agent_session.core.claims import Claimant
from agent_session.core.errors import AgentSessionError, DriftedError, StaleClaimError
from agent_session.services.decisions import Person
from agent_session.wiring import Wiring, utc_now, wire
from tests.examples import minutes_later, updated
from tests.stores.calls import add, change

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agent_session.core.store import Store

MANY = 8
PLAN = b"terraform apply"
PERSON = Person("ana", WEB)


class ContractOfClaims:
    """Inherited by StoreContract, which has the fixture."""

    @pytest.fixture
    def joined(self, store: Store, tmp_path: Path) -> Wiring:
        """Everything a surface has, on the store under test, with a clock that stands still."""
        (tmp_path / "main.tf").write_text("one")
        wiring = wire("test", store="memory:", project=str(tmp_path), variables={})
        wiring._store = store
        wiring.now = lambda: minutes_later(1)
        add(store, "a", agent_name="x")
        return wiring

    def test_of_many_that_claim_at_once_one_has_the_token(self, joined: Wiring) -> None:
        names = [f"holder {number}" for number in range(MANY)]
        claimers = [partial(joined.claims.claim, "a", name) for name in names]

        answers = at_once(claimers)

        won = [answer["claim"] for answer in answers if not isinstance(answer, str)]
        assert len(won) == 1
        assert sorted(map(str, answers)).count("claimed") == MANY - 1
        assert joined.store.get("a")["claim"] == won[0]
        assert joined.store.get("a")["fence"] == won[0]["token"] == 1

    def test_of_many_hooks_at_once_one_is_told_to_resume(
        self, joined: Wiring, store: Store
    ) -> None:
        change(store, "a", updated(phase="planning"))
        ask = joined.resumes.check_delegation
        askers = [partial(ask, "x", who=Claimant(f"host {n}")) for n in range(MANY)]

        reasons = [answer.reason for answer in at_once(askers)]

        assert sorted(reasons) == ["claimed"] * (MANY - 1) + ["session_resumable"]

    def test_a_token_is_stale_once_a_newer_one_was_granted(self, joined: Wiring) -> None:
        first = joined.claims.claim("a", "one", timedelta(minutes=1))["fence"]
        joined.now = lambda: minutes_later(3)
        second = joined.claims.claim("a", "two")["fence"]
        write = partial(joined.sessions.update, "a", metadata={"n": 1})

        with pytest.raises(StaleClaimError):
            write(who=Claimant(token=first))

        assert write(who=Claimant(token=second))["metadata"] == {"n": 1}
        assert second == first + 1

    def test_a_lost_claim_of_an_acting_session_is_resolved_by_a_person_alone(
        self, joined: Wiring
    ) -> None:
        joined.claims.claim("a", "one", timedelta(minutes=1))
        joined.sessions.update("a", "executing")
        joined.now = lambda: minutes_later(3)

        assert joined.resumes.judge("a").reason == "in_doubt"
        assert refusal_of(lambda: joined.claims.claim("a", "two")) == "in_doubt"
        assert joined.claims.resolve("a", "retry")["phase"] == "planning"
        assert joined.resumes.judge("a").reason == "session_resumable"

    def test_of_two_that_decide_at_once_one_does_and_the_other_is_told(
        self, joined: Wiring
    ) -> None:
        approval = self.asked(joined)
        yes = partial(joined.decisions.approve, approval, PERSON)
        no = partial(joined.decisions.reject, approval, PERSON, "no")

        answers = at_once([yes, no] * (MANY // 2))

        assert answers.count("already_decided") == MANY - 1
        (won,) = (answer for answer in answers if not isinstance(answer, str))
        assert joined.approvals.get(approval["id"]).approval == won

    def test_of_many_that_use_an_approval_at_once_one_may_act(self, joined: Wiring) -> None:
        approval = self.asked(joined)
        joined.decisions.approve(approval, PERSON)

        answers = at_once([partial(joined.approvals.use, approval["id"], PLAN)] * MANY)

        assert answers.count("approval_used") == MANY - 1
        record = joined.store.get("a")
        assert record["approvals"][0]["status"] == "used"
        assert (record["phase"], record["claim"] is not None) == ("executing", True)

    def test_a_drift_is_written_down_and_the_approval_is_over(
        self, joined: Wiring, tmp_path: Path
    ) -> None:
        approval = self.asked(joined)
        joined.decisions.approve(approval, PERSON)
        (tmp_path / "main.tf").write_text("two")

        with pytest.raises(DriftedError):
            joined.approvals.use(approval["id"], PLAN)

        (tmp_path / "main.tf").write_text("one")
        again = refusal_of(lambda: joined.approvals.use(approval["id"], PLAN))
        assert again == "approval_drifted"

    def test_whoever_waits_is_told_of_the_answer(self, joined: Wiring) -> None:
        joined.now = utc_now
        approval = self.asked(joined)
        wait = partial(joined.approvals.wait_for_decision, approval["id"], 30)

        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(wait)
            joined.decisions.approve(approval, PERSON)

            assert waiting.result()["status"] == "approved"

    def test_what_waits_stands_in_the_inbox_oldest_first(self, joined: Wiring) -> None:
        asked = []
        for number in range(3):
            joined.now = partial(minutes_later, 3 - number)
            asked.append(self.asked(joined, beside=True)["id"])
        joined.now = lambda: minutes_later(4)

        found = [each.approval["id"] for each in joined.approvals.pending()]

        assert found == asked[::-1]

    def asked(self, joined: Wiring, **more: Any) -> Any:
        folder = joined.project
        return joined.approvals.request("a", plan_action(PLAN), folder, globs=["*.tf"], **more)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each answered, or the word of its refusal; they begin together."""
    ready = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        ready.wait()
        try:
            return call()
        except AgentSessionError as error:
            return error.code

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def refusal_of(call: Callable[[], object]) -> str:
    with pytest.raises(AgentSessionError) as refused:
        call()
    return refused.value.code
