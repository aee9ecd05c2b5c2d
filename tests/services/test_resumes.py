"""Whether to resume: by id, and by what a delegation says."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.claims import Claimant
from agent_session.core.errors import StateCorruptedError, StoreUnavailableError
from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy
from agent_session.services.resumes import Resumes
from agent_session.stores.memory import MemoryStore
from tests.examples import created, minutes_later, updated
from tests.services.joined import ADA, Joined, at_once


def waiting(
    store: MemoryStore, agent_id: str, minutes: float, task_id: str | None = "T001"
) -> str:
    """A session of `ta` that has waited for approval since *minutes*."""
    metadata = {} if task_id is None else {"task_id": task_id}
    store.add(agent_id, [created(agent_id, agent_name="ta", metadata=metadata)])
    store.update(agent_id, lambda _: [updated(minutes, phase="approval")])
    return agent_id


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def resumes(store: MemoryStore) -> Resumes:
    return Resumes(store, now=lambda: minutes_later(20), policy=ResumePolicy())


def test_a_session_is_judged_by_its_id(store: MemoryStore, resumes: Resumes):
    found = resumes.judge(waiting(store, "one", 1))

    assert found.is_resumable
    assert found.record == store.get("one")


@pytest.mark.parametrize("agent_id", ["unknown", "../x", ""])
def test_an_id_that_names_nothing_is_not_found(resumes: Resumes, agent_id: str):
    assert resumes.judge(agent_id).reason == "session_not_found"


def test_the_newest_resumable_session_of_the_agent_matches(
    store: MemoryStore, resumes: Resumes
):
    waiting(store, "older", 1)
    waiting(store, "newer", 2)
    store.add("newest", [created("newest", 3, agent_name="ta")])

    assert resumes.match("ta", None).agent_id == "newer"


@pytest.mark.parametrize(
    ("asked", "kept", "matches"),
    [
        ("T001", "T001", True),
        ("T002", "T001", False),
        (None, "T001", True),
        ("T001", None, True),
    ],
)
def test_tasks_keep_apart_only_where_both_name_one(
    store: MemoryStore, resumes: Resumes, asked: str | None, kept: str | None, matches: bool
):
    waiting(store, "one", 1, kept)

    assert resumes.match("ta", asked).is_resumable is matches


def test_the_reason_is_that_of_the_newest_live_session(store: MemoryStore, resumes: Resumes):
    waiting(store, "one", -20)
    store.add("older", [created("older", -30, agent_name="ta")])

    found = resumes.match("ta", None)
    assert (found.agent_id, found.reason) == ("one", "timed_out")


def test_every_check_leaves_a_line(store: MemoryStore, resumes: Resumes):
    waiting(store, "one", 1)
    resumes.check_delegation("ta", "T001")
    resumes.check_delegation("other", "T001")
    resumes.check_delegation(None)
    resumes.check_delegation(None, None, "one")
    resumes.check_delegation(None, None, waiting(store, "two", 1))
    resumes.log_refusal("invalid_value")

    assert [
        (line["agent_name"], line["decision"], line["reason"]) for line in store.notes()
    ] == [
        ("ta", "resume", "session_resumable"),
        ("other", "new", "session_not_found"),
        (None, "new", "session_not_found"),
        (None, "new", "claimed"),
        (None, "resume", "session_resumable"),
        (None, "new", "invalid_value"),
    ]


def test_every_criterion_is_explained(store: MemoryStore, resumes: Resumes):
    findings = resumes.explain(waiting(store, "one", -20))

    assert [finding.reason for finding in findings if not finding.holds] == ["timed_out"]


class BrokenStore(MemoryStore):
    """A store whose disk is gone."""

    def get(self, agent_id: str) -> Any:
        raise StoreUnavailableError(5, "gone")

    def note(self, *delegations: Any) -> None:
        raise StoreUnavailableError(5, "gone")


def test_a_store_that_fails_is_a_no():
    resumes = Resumes(BrokenStore(), now=lambda: minutes_later(0), policy=ResumePolicy())

    assert resumes.check_delegation("ta", None, "one").reason == "store_failed"


class CorruptStore(MemoryStore):
    """A store whose sessions cannot be read."""

    def get(self, agent_id: str) -> Any:
        raise StateCorruptedError(agent_id, NOTHING_BEFORE)


def test_a_session_beyond_repair_is_a_no():
    resumes = Resumes(CorruptStore(), now=lambda: minutes_later(0), policy=ResumePolicy())

    assert resumes.judge("one").reason == "state_corrupted"


class TestTheClaim:
    """A delegation that is to resume a session has its claim in the same step."""

    @pytest.fixture
    def joined(self) -> Joined:
        return Joined()

    def test_a_yes_is_granted_for_a_minute(self, joined: Joined):
        agent_id = joined.create()
        found = joined.resumes.check_delegation("ta", who=Claimant("a"))

        assert found.record is not None
        claim = found.record["claim"]
        assert claim is not None
        assert (claim["token"], claim["holder"], claim["is_grant"]) == (1, "a", True)
        assert claim["until"] == at(minutes_later(1))
        assert joined.sessions.get(agent_id) == found.record

    def test_a_no_claims_nothing(self, joined: Joined):
        agent_id = joined.create("executing")
        joined.resumes.check_delegation("ta", agent_id=agent_id)

        assert joined.sessions.get(agent_id)["claim"] is None

    @pytest.mark.parametrize("by_name", [True, False])
    def test_of_eight_at_once_one_resumes_and_seven_are_told_who(
        self, joined: Joined, by_name: bool
    ):
        agent_id = joined.create()

        def check(number: int) -> Any:
            who = Claimant(f"host-{number}")
            return joined.resumes.check_delegation(
                "ta", None, None if by_name else agent_id, who
            )

        found = at_once(8, check)
        holders = {each.record["claim"]["holder"] for each in found}
        assert sorted(each.reason for each in found) == ["claimed"] * 7 + ["session_resumable"]
        assert len(holders) == 1
        assert joined.sessions.get(agent_id)["fence"] == 1

    def test_eight_without_a_name_are_eight(self, joined: Joined):
        joined.create()
        found = at_once(8, lambda _: joined.resumes.check_delegation("ta").reason)

        assert sorted(found) == ["claimed"] * 7 + ["session_resumable"]

    def test_who_loses_one_session_takes_the_next(self, joined: Joined):
        mine = {joined.create() for _ in range(3)}
        found = at_once(8, lambda _: joined.resumes.check_delegation("ta"))

        assert {each.agent_id for each in found if each.is_resumable} == mine
        assert sum(each.is_resumable for each in found) == 3
        assert {each.reason for each in found if not each.is_resumable} == {"claimed"}

    def test_who_asks_again_gets_its_own_back(self, joined: Joined):
        joined.create()
        who = Claimant("a")
        first = joined.resumes.check_delegation("ta", who=who).record
        again = joined.resumes.check_delegation("ta", who=who).record

        assert first is not None
        assert again is not None
        assert (first["fence"], again["fence"]) == (1, 1)

    def test_a_grant_that_nobody_takes_up_lapses(self, joined: Joined):
        agent_id = joined.create()
        joined.resumes.check_delegation("ta", who=Claimant("a", process={"pid": 7}))

        assert not joined.resumes.check_delegation("ta").is_resumable
        joined.clock.set(1)
        assert joined.resumes.check_delegation("ta").is_resumable
        assert joined.sessions.get(agent_id)["fence"] == 2

    def test_the_first_write_makes_it_a_full_lease(self, joined: Joined):
        agent_id = joined.create()
        joined.resumes.check_delegation("ta", who=Claimant("a"))
        joined.clock.set(0.5)
        joined.sessions.update(agent_id, metadata={"a": 1})

        joined.clock.set(30)
        assert joined.resumes.check_delegation("ta").reason == "claimed"
        joined.clock.set(30.5)
        assert joined.resumes.judge(agent_id).reason == "timed_out"

    @pytest.mark.parametrize("verdict", ["approved", "rejected"])
    def test_an_answered_session_is_told_with_its_answer(self, joined: Joined, verdict: str):
        agent_id = joined.create()
        request = joined.ask(agent_id)
        assert joined.resumes.judge(agent_id).decision is None

        if verdict == "approved":
            joined.approve(request)
        else:
            joined.decisions.reject(request, ADA, "too wide")
        found = joined.resumes.check_delegation("ta")
        assert (found.reason, found.decision) == ("session_resumable", verdict)
        assert found.approval is not None
        assert found.approval["id"] == request["id"]

    def test_a_session_decided_otherwise_meanwhile_is_no_yes(self, joined: Joined):
        agent_id = joined.create()
        found = joined.resumes.judge(agent_id)
        joined.sessions.finalize(agent_id, "failed")

        assert joined.resumes._granted(found, Claimant()).reason == "session_final"

    def test_a_session_that_went_meanwhile_is_not_found(self, joined: Joined):
        agent_id = joined.create()
        found = joined.resumes.judge(agent_id)
        joined.store.remove(agent_id, "now", lambda _: True)

        assert joined.resumes._granted(found, Claimant()).reason == "session_not_found"

    def test_a_delegation_that_begins_anew_is_a_line_of_the_log(self, joined: Joined):
        before = joined.sessions.get(joined.create())

        joined.resumes.log_new("ta")

        [line] = joined.store.notes()
        assert (line["agent_name"], line["decision"]) == ("ta", "new")
        assert (line["reason"], line["agent_id"]) == ("session_not_found", None)
        assert joined.sessions.get(before["agent_id"]) == before
