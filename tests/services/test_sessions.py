"""The life of a session, whatever the store."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from agent_session.core import phases
from agent_session.core.claims import NOBODY, Claimant, ClaimPolicy
from agent_session.core.errors import (
    AgentSessionError,
    InvalidAgentIdError,
    InvalidJSONError,
    InvalidValueError,
    NothingToDoError,
    SessionExistsError,
    SessionFinalError,
    SessionNotFoundError,
    UnknownWordError,
)
from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy
from agent_session.core.store import Query
from agent_session.services.sessions import Sessions
from agent_session.stores.memory import MemoryStore
from tests.examples import Clock, a_claim, counted, minutes_later


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sessions_at(clock: Clock, randomness: Any = None, **more: Any) -> Sessions:
    return Sessions(
        MemoryStore(),
        now=clock,
        randomness=randomness or counted(),
        policy=ResumePolicy(),
        actor="test",
        **more,
    )


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return sessions_at(clock)


@pytest.fixture
def agent_id(sessions: Sessions) -> str:
    return sessions.create("terraform-architect", "approval_workflow", {"task_id": "T001"})[
        "agent_id"
    ]


def test_a_session_gets_an_id_of_the_time_and_of_chance(agent_id: str):
    assert agent_id == "agent-20260108-180530-00000001"


def test_a_session_may_be_born_with_its_host_its_parent_and_its_claim(sessions: Sessions):
    host, parent = {"kind": "x", "session_id": "s1"}, {"agent_id": "before", "revision": 7}
    who = Claimant("s1", None, MappingProxyType({"pid": 7}))
    record = sessions.create("ta", host=host, parent=MappingProxyType(parent), who=who)

    assert (record["host"], record["parent"]) == (host, parent)
    assert (record["fence"], len(record["turns"])) == (1, 1)
    assert record["claim"] == a_claim(1, "s1", process={"pid": 7})
    assert [event["kind"] for event in sessions.store.events(record["agent_id"])] == [
        "created",
        "claimed",
    ]


@pytest.mark.parametrize("who", [NOBODY, Claimant(token=1), Claimant(process={"pid": 7})])
def test_who_has_no_name_has_no_claim_from_the_start(sessions: Sessions, who: Claimant):
    record = sessions.create("ta", who=who)

    assert (record["claim"], record["fence"], record["revision"]) == (None, 0, 1)
    assert (record["host"], record["parent"]) == (None, None)


@pytest.mark.parametrize("field", ["host", "parent"])
@pytest.mark.parametrize("value", ["x", 7, ["x"], {"n": float("nan")}, {1: 2}])
def test_a_host_and_a_parent_are_objects(sessions: Sessions, field: str, value: Any):
    with pytest.raises(InvalidValueError):
        sessions.create("ta", **{field: value})

    assert sessions.list() == []


def test_the_lease_of_a_first_claim_is_that_of_the_settings(clock: Clock):
    policy = ClaimPolicy(timedelta(minutes=5), timedelta(seconds=1))
    claim = sessions_at(clock, claim_policy=policy).create(who=Claimant("a"))["claim"]

    assert claim is not None
    assert (claim["until"], claim["lease_seconds"]) == (at(minutes_later(5)), 300.0)


def test_what_is_not_named_has_the_published_names(sessions: Sessions):
    record = sessions.create()

    assert (record["agent_name"], record["purpose"], record["metadata"]) == (
        "unknown",
        "general",
        {},
    )


def test_an_id_of_ones_own_is_taken_once(sessions: Sessions):
    assert sessions.create(agent_id="mine")["agent_id"] == "mine"
    with pytest.raises(SessionExistsError, match="mine"):
        sessions.create(agent_id="mine")


def test_an_id_that_chance_repeats_is_drawn_again(clock: Clock):
    draws = iter([b"aaaa", b"aaaa", b"bbbb"])
    sessions = sessions_at(clock, lambda count: next(draws))

    assert sessions.create()["agent_id"] != sessions.create()["agent_id"]


def test_chance_that_always_repeats_is_told(clock: Clock):
    sessions = sessions_at(clock, lambda count: b"aaaa")
    sessions.create()

    with pytest.raises(SessionExistsError):
        sessions.create()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"agent_id": "../x"}, InvalidAgentIdError),
        ({"agent_name": 7}, InvalidValueError),
        ({"purpose": ["p"]}, InvalidValueError),
        ({"metadata": {"a": {1}}}, InvalidJSONError),
        ({"metadata": "x"}, InvalidValueError),
        ({"metadata": {"a": float("nan")}}, InvalidJSONError),
        ({"limits": {"idle_seconds": "1"}}, InvalidValueError),
        ({"limits": {"colour": 1}}, InvalidValueError),
    ],
)
def test_a_request_that_is_not_right_makes_no_session(
    sessions: Sessions, given: dict[str, Any], error: type[AgentSessionError]
):
    with pytest.raises(error):
        sessions.create(**given)

    assert sessions.list() == []


def test_a_session_may_have_limits_of_its_own(sessions: Sessions):
    assert sessions.create(limits={"max_errors": 9})["limits"] == {"max_errors": 9}


def test_the_settings_history_is_a_limit_of_every_new_session(clock: Clock):
    sessions = sessions_at(clock, limits={"history": 2})

    assert sessions.create()["limits"] == {"history": 2}
    assert sessions.create(limits={"history": 7})["limits"] == {"history": 7}


def test_an_update_keeps_what_it_does_not_name(sessions: Sessions, agent_id: str, clock: Clock):
    clock.set(3)
    record = sessions.update(agent_id, phase="planning")

    assert record["metadata"] == {"task_id": "T001"}
    assert record["last_updated"] == "2026-01-08T18:08:30.000000Z"
    assert record == sessions.get(agent_id)


def test_secrets_are_redacted_wherever_text_comes_in(sessions: Sessions, agent_id: str):
    sessions.update(
        agent_id, metadata={"password": "hunter2"}, error="password=hunter2 refused"
    )
    record = sessions.finalize(agent_id, "failed", "with --password hunter2")

    assert "hunter2" not in str(record)
    assert "hunter2" not in str(sessions.store.events(agent_id))


@pytest.mark.parametrize("outcome", phases.FINAL)
def test_nothing_follows_a_final_phase(sessions: Sessions, agent_id: str, outcome: str):
    before = sessions.finalize(agent_id, outcome)

    for change in [{"phase": "planning"}, {"metadata": {"a": 1}}, {"error": "x"}]:
        with pytest.raises(SessionFinalError, match=outcome):
            sessions.update(agent_id, **change)  # type: ignore[arg-type]
    assert sessions.get(agent_id) == before


def test_the_same_outcome_again_changes_nothing(sessions: Sessions, agent_id: str):
    before = sessions.finalize(agent_id, "completed", "done")

    assert sessions.finalize(agent_id, "completed", "again") == before
    with pytest.raises(SessionFinalError):
        sessions.finalize(agent_id, "failed")


def test_a_final_phase_set_by_an_update_finalizes(sessions: Sessions, agent_id: str):
    record = sessions.update(agent_id, "failed", {"a": 1}, "broke")

    assert record["finalized_at"]
    assert record["metadata"]["a"] == 1
    assert record["error_count"] == 1
    assert [event["kind"] for event in sessions.store.events(agent_id)] == [
        "created",
        "finalized",
    ]


REFUSED: dict[str, tuple[Any, type[AgentSessionError]]] = {
    "an unknown phase": (
        lambda it, agent_id: it.update(agent_id, "sleeping"),
        UnknownWordError,
    ),
    "a phase that is no word": (lambda it, agent_id: it.update(agent_id, 7), UnknownWordError),
    "nothing": (lambda it, agent_id: it.update(agent_id), NothingToDoError),
    "an error that is no text": (
        lambda it, agent_id: it.update(agent_id, error=7),
        InvalidValueError,
    ),
    "another session": (
        lambda it, agent_id: it.update("other", "planning"),
        SessionNotFoundError,
    ),
    "a live outcome": (
        lambda it, agent_id: it.finalize(agent_id, "planning"),
        UnknownWordError,
    ),
    "a summary that is no text": (
        lambda it, agent_id: it.finalize(agent_id, "failed", 7),
        InvalidValueError,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_change_that_is_refused_changes_nothing(sessions: Sessions, agent_id: str, what: str):
    call, error = REFUSED[what]
    before = sessions.get(agent_id)

    with pytest.raises(error):
        call(sessions, agent_id)
    assert sessions.get(agent_id) == before


def test_a_list_begins_with_the_newest_activity(
    sessions: Sessions, agent_id: str, clock: Clock
):
    clock.set(1)
    newer = sessions.create("gitops-operator")["agent_id"]
    clock.set(2)
    sessions.update(agent_id, "approval")

    assert [record["agent_id"] for record in sessions.list()] == [agent_id, newer]
    assert [record["agent_id"] for record in sessions.list(Query(resume_ready=True))] == [
        agent_id
    ]


class TestCleanup:
    def test_what_was_idle_for_the_hours_goes(
        self, sessions: Sessions, agent_id: str, clock: Clock
    ):
        sessions.finalize(agent_id, "completed")
        clock.set(24 * 60)
        swept = sessions.cleanup(24)

        assert swept.removed == [agent_id]
        assert sessions.list() == []

    def test_a_pause_that_timed_out_is_given_up_first(
        self, sessions: Sessions, agent_id: str, clock: Clock
    ):
        sessions.update(agent_id, "approval")
        clock.set(31)
        swept = sessions.cleanup(24)

        assert (swept.abandoned, swept.removed) == ([agent_id], [])
        assert sessions.get(agent_id)["phase"] == "abandoned"

    def test_a_dry_run_changes_nothing(self, sessions: Sessions, agent_id: str, clock: Clock):
        sessions.update(agent_id, "approval")
        before = sessions.get(agent_id)
        clock.set(31)

        assert sessions.cleanup(24, dry_run=True).abandoned == [agent_id]
        assert sessions.cleanup(0, dry_run=True).removed == [agent_id]
        assert sessions.get(agent_id) == before

    def test_what_is_in_use_stays_unless_forced(self, sessions: Sessions, agent_id: str):
        assert sessions.cleanup(0).kept == 1
        assert sessions.cleanup(0, force=True).removed == [agent_id]

    def test_a_session_used_meanwhile_is_looked_at_again_and_stays(
        self, sessions: Sessions, agent_id: str, clock: Clock
    ):
        sessions.update(agent_id, "approval")
        clock.set(31)

        def used_meanwhile(records: Any) -> Any:
            for record in records:
                sessions.update(record["agent_id"], "approval")
                yield record

        assert sessions.cleanup(24, progress=used_meanwhile).kept == 1
        assert sessions.get(agent_id)["phase"] == "approval"

    def test_a_session_removed_meanwhile_is_nobodys_trouble(
        self, sessions: Sessions, agent_id: str, clock: Clock
    ):
        sessions.update(agent_id, "approval")
        clock.set(31)

        def removed_meanwhile(records: Any) -> Any:
            for record in records:
                sessions.store.remove(record["agent_id"], "now", lambda _: True)
                yield record

        assert sessions.cleanup(24, progress=removed_meanwhile).abandoned == []

    @pytest.mark.parametrize("hours", [-1, float("nan"), "24"])
    def test_hours_that_are_none_remove_nothing(
        self, sessions: Sessions, agent_id: str, hours: Any
    ):
        with pytest.raises(InvalidValueError):
            sessions.cleanup(hours, force=True)

        assert sessions.get(agent_id)
