"""What a query looks for."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import Late
from agent_session.core.delegations import delegation
from agent_session.core.errors import StateCorruptedError
from agent_session.core.store import Query, ignore
from tests.examples import a_record


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({}, True),
        ({"agent_name": "ta"}, True),
        ({"agent_name": "gitops"}, False),
        ({"phase": "approval"}, True),
        ({"phase": "planning"}, False),
        ({"live": True}, True),
        ({"resume_ready": True}, True),
        ({"task_id": "7"}, True),
        ({"task_id": "T002"}, False),
        (
            {"since": "2026-01-08T18:05:30.000000Z", "until": "2026-01-08T18:05:30.000000Z"},
            True,
        ),
        ({"since": "2026-01-08T18:05:30.000001Z"}, False),
        ({"until": "2026-01-08T18:05:29.999999Z"}, False),
    ],
)
def test_every_condition_that_is_given_must_hold(conditions: dict[str, Any], matches: bool):
    record = a_record(agent_name="ta", metadata={"task_id": 7})

    assert Query(**conditions).matches(record) is matches


def test_a_session_that_is_over_is_not_live():
    assert not Query(live=True).matches(a_record(phase="completed"))
    assert not Query(resume_ready=True).matches(a_record(phase="completed"))
    assert not Query(resume_ready=True).matches(a_record(resume_ready=False))


def test_tasks_keep_apart_only_where_both_sides_name_one():
    assert Query(task_id="T001").matches(a_record(metadata={}))
    assert Query().matches(a_record(metadata={"task_id": "T001"}))


def test_the_unreadable_are_ignored_where_nobody_asks():
    ignore(StateCorruptedError("x", "y"))


def test_a_delegation_is_one_line():
    line = delegation("now", "ta", None, "timed_out", "agent-1", resume=False)

    assert line["decision"] == "new"
    assert (
        delegation("now", "ta", None, "session_resumable", "a", resume=True)["decision"]
        == "resume"
    )


def test_a_late_module_is_the_module():
    assert Late("agent_session.core.store").Query is Query
    with pytest.raises(AttributeError):
        _ = Late("agent_session.core.store").nothing_of_the_kind
