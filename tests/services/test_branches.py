"""Forking sessions and merging them back."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core.claims import Claimant
from agent_session.core.errors import (
    AgentSessionError,
    InvalidValueError,
    SessionExistsError,
    SessionFinalError,
    StaleClaimError,
)
from agent_session.core.merge_errors import MergeConflictError, UnrelatedError
from agent_session.core.resume import ResumePolicy
from agent_session.services.branches import OURS, THEIRS, Branches, Merge
from agent_session.services.history import History
from agent_session.services.sessions import Sessions
from agent_session.stores.memory import MemoryStore
from tests.examples import Clock, counted


class Repository:
    """A session `main`, forked as `try`, with `plan` 1 and `notes` a in what they share."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.sessions = Sessions(
            self.store, now=Clock(), randomness=counted(), policy=ResumePolicy(), actor="test"
        )
        self.branches = Branches(self.sessions, History(self.store))
        self.sessions.create("ta", metadata={"plan": 1, "notes": ["a"]}, agent_id="main")
        self.branches.fork("main", new_id="try")

    def learn(self, agent_id: str, **metadata: Any) -> None:
        self.sessions.update(agent_id, metadata=metadata)

    def merge(self, source: str, target: str, keep: str | None = None, **more: Any) -> Merge:
        return self.branches.merge(source, target, keep, **more)

    def metadata(self, agent_id: str) -> dict[str, Any]:
        return self.store.get(agent_id)["metadata"]

    def kinds(self, agent_id: str) -> list[str]:
        return [event["kind"] for event in self.store.events(agent_id)]


@pytest.fixture
def there() -> Repository:
    return Repository()


# --- forking ----------------------------------------------------------------------------------


def test_a_fork_gets_an_id_of_its_own_unless_one_is_given(there: Repository):
    assert there.branches.fork("main")["agent_id"].startswith("agent-20260108-180530-")
    with pytest.raises(SessionExistsError):
        there.branches.fork("main", new_id="try")


def test_a_fork_begins_at_any_event(there: Repository):
    there.learn("main", plan=2)

    early = there.branches.fork("main", 1)

    assert (early["metadata"]["plan"], early["parent"]) == (
        1,
        {"agent_id": "main", "revision": 1},
    )
    with pytest.raises(InvalidValueError):
        there.branches.fork("main", 3)


def test_what_is_over_can_be_tried_again(there: Repository):
    there.sessions.finalize("main", "failed")

    assert there.branches.fork("main")["phase"] == "planning"


# --- merging ----------------------------------------------------------------------------------


def test_a_merge_takes_what_either_has_learned_and_both_journals_say_so(there: Repository):
    there.learn("try", plan=2, notes=["a", "b"])
    there.learn("main", zone="eu", notes=["a", "c"])

    merge = there.merge("try", "main")

    assert there.metadata("main") == {"plan": 2, "notes": ["a", "c", "b"], "zone": "eu"}
    assert merge.as_json() == {
        "agent_id": "main",
        "merged": True,
        "base": {"agent_id": "main", "revision": 1},
        "conflicts": [],
        "metadata": there.metadata("main"),
    }
    merged, told = list(there.store.events("main"))[-1], list(there.store.events("try"))[-1]
    assert merged["data"]["source"] == {"agent_id": "try", "revision": 2}
    assert told["data"]["target"] == {"agent_id": "main", "revision": 3}
    assert there.metadata("try")["notes"] == ["a", "b"]


def test_a_conflict_is_refused_and_nothing_has_changed(there: Repository):
    there.learn("try", plan=2)
    there.learn("main", plan=3, zone="eu")

    with pytest.raises(MergeConflictError) as refused:
        there.merge("try", "main")

    assert [each.path for each in refused.value.conflicts] == ["/plan"]
    assert there.kinds("main") == ["created", "updated"]
    assert there.kinds("try") == ["forked", "updated"]


@pytest.mark.parametrize(("keep", "plan"), [(OURS, 3), (THEIRS, 2)])
def test_a_conflict_is_settled_for_good_by_whose_stands(
    there: Repository, keep: str, plan: int
):
    there.learn("try", plan=2)
    there.learn("main", plan=3)
    there.merge("try", "main", keep)

    again = there.merge("try", "main")

    assert there.metadata("main")["plan"] == plan
    assert not again.was_any
    assert there.kinds("main").count("merged") == there.kinds("try").count("merged_into") == 1


def test_the_next_merge_is_held_against_the_last(there: Repository):
    there.learn("try", plan=2)
    there.merge("try", "main")
    there.learn("main", plan=3)
    there.learn("try", zone="eu")

    there.merge("try", "main")

    assert there.metadata("main") == {"plan": 3, "notes": ["a"], "zone": "eu"}


def test_a_merge_back_is_held_against_the_merge_there(there: Repository):
    there.learn("try", plan=2)
    there.merge("try", "main")
    there.learn("main", plan=3)
    there.merge("main", "try")
    there.learn("try", plan=4)

    there.merge("try", "main")
    there.learn("main", plan=5)
    there.merge("main", "try")

    assert there.metadata("main") == there.metadata("try") == {"plan": 5, "notes": ["a"]}


def test_two_forks_of_one_are_held_against_where_the_first_began(there: Repository):
    there.learn("main", plan=2)
    there.branches.fork("main", new_id="other")
    there.store.remove("main", "now", lambda _: True)
    there.learn("other", zone="eu")

    merge = there.merge("other", "try")

    assert merge.base.name == {"agent_id": "main", "revision": 1}
    assert there.metadata("try") == {"plan": 2, "notes": ["a"], "zone": "eu"}


def test_a_fork_of_a_fork_is_related_to_both(there: Repository):
    there.branches.fork("try", new_id="deeper")
    there.learn("deeper", plan=9)

    there.merge("deeper", "main")

    assert there.metadata("main")["plan"] == 9


def test_strangers_are_not_merged(there: Repository):
    there.sessions.create(agent_id="stranger")

    for source, target in (("stranger", "main"), ("main", "stranger")):
        with pytest.raises(UnrelatedError):
            there.merge(source, target)
    with pytest.raises(InvalidValueError, match="into itself"):
        there.merge("main", "main")


def test_an_id_that_is_its_own_ancestor_is_no_endless_search(there: Repository):
    there.store.remove("main", "now", lambda _: True)
    there.branches.fork("try", new_id="main")
    there.sessions.create(agent_id="stranger")

    with pytest.raises(UnrelatedError):
        there.merge("stranger", "try")


def test_the_source_may_be_over_and_the_target_not(there: Repository):
    there.learn("try", plan=2)
    there.sessions.finalize("try", "completed")
    ended = there.store.get("try")

    there.merge("try", "main")

    assert {**there.store.get("try"), "revision": ended["revision"]} == ended
    with pytest.raises(SessionFinalError):
        there.merge("main", "try")


def test_a_stale_token_merges_nothing(there: Repository):
    there.learn("try", plan=2)

    with pytest.raises(StaleClaimError):
        there.merge("try", "main", who=Claimant("a", 7))


def test_a_dry_run_says_what_would_come_of_it(there: Repository):
    there.learn("try", plan=2)

    merge = there.merge("try", "main", dry_run=True)

    assert (merge.record["metadata"]["plan"], there.metadata("main")["plan"]) == (2, 1)
    assert "merged_into" not in there.kinds("try")


def test_what_a_crash_has_kept_from_the_source_s_journal_the_next_merge_enters(
    there: Repository, monkeypatch: pytest.MonkeyPatch
):
    there.learn("try", plan=2)
    with monkeypatch.context() as crash:
        crash.setattr(Branches, "_tell_source", _fail)
        with pytest.raises(AgentSessionError):
            there.merge("try", "main")

    assert not there.merge("try", "main").was_any
    assert there.kinds("try")[-1] == "merged_into"


def _fail(*_: Any) -> None:
    raise AgentSessionError("lost")
