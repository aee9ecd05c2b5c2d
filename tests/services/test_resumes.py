"""Whether to resume: by id, and by what a delegation says."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.errors import StateCorruptedError, StoreUnavailableError
from agent_session.core.resume import ResumePolicy
from agent_session.services.resumes import Resumes
from agent_session.stores.memory import MemoryStore
from tests.examples import created, minutes_later, updated


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
    resumes.log_refusal("invalid_value")

    assert [
        (line["agent_name"], line["decision"], line["reason"]) for line in store.notes()
    ] == [
        ("ta", "resume", "session_resumable"),
        ("other", "new", "session_not_found"),
        (None, "new", "session_not_found"),
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

    def note(self, delegation: Any) -> None:
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
