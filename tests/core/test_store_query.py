"""What a query looks for."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import Late
from agent_session.core.delegations import delegation
from agent_session.core.errors import StateCorruptedError
from agent_session.core.store import (
    Query,
    ids_held,
    ids_pending,
    ignore,
    is_approval_id,
    newest_first,
)
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


WAITING, ANSWERED = "ap-00000000000000aa", "ap-00000000000000bb"
APPROVALS = [
    {"id": WAITING, "status": "pending"},
    {"id": ANSWERED, "status": "approved"},
    {"id": "mine", "status": "pending"},
    {"id": ["ap"], "status": "pending"},
    {},
]


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({"pending": True}, True),
        ({"approval_id": WAITING}, True),
        ({"approval_id": ANSWERED}, True),
        ({"approval_id": ANSWERED, "pending": True}, True),
        ({"approval_id": "ap-00000000000000cc"}, False),
        ({"approval_id": "mine"}, False),
    ],
)
def test_a_query_asks_for_approvals_too(conditions: dict[str, Any], matches: bool):
    assert Query(**conditions).matches(a_record(approvals=APPROVALS)) is matches


def test_an_approval_that_is_answered_is_held_and_not_pending():
    record = a_record(approvals=APPROVALS)

    assert (ids_held(record), ids_pending(record)) == ([WAITING, ANSWERED], [WAITING])
    assert not Query(pending=True).matches(a_record(approvals=APPROVALS[1:]))


def test_only_a_live_session_is_pending():
    assert Query(pending=True).live
    assert not Query(pending=True).matches(a_record(approvals=APPROVALS, phase="failed"))


@pytest.mark.parametrize(
    "text", [None, 7, "", "ap-", "ap-00000000000000a", "AP-00000000000000aa", WAITING + "0",
             "ap-00000000000000AA", "xx-00000000000000aa"],
)  # fmt: skip
def test_an_approval_id_is_its_prefix_and_sixteen_hex_digits(text: object):
    assert is_approval_id(WAITING)
    assert not is_approval_id(text)


@pytest.mark.parametrize(
    ("key", "matches"),
    [("x:a1", True), ("x#s1", True), ("x:a0", True), ("x:s1", False), ("y:a1", False),
     ("x:a", False), ("", False)],
)  # fmt: skip
def test_a_query_asks_for_a_host_s_ids_too(key: str, matches: bool):
    earlier = {"session_id": "s1", "agent_id": "a0"}
    host = {"kind": "x", "session_id": "s1", "agent_id": "a1", "earlier": [earlier]}

    assert Query(host=key).matches(a_record(host=host)) is matches
    assert Query(host=key).matches(a_record(host=host, phase="failed")) is matches
    assert not Query(host=key, live=True).matches(a_record(host=host, phase="failed"))
    assert not Query(host=key).matches(a_record())


MENTIONING = {
    "agent_id": "agent-1",
    "agent_name": "Terraform",
    "purpose": "Straße",
    "summary": 'the "plan"\nholds \\o/',
    "last_error": {"message": "timed OUT", "timestamp": "2026-01-08T18:05:30.000000Z"},
    "metadata": {"ticket": ["INF-7", {"Région": True, "n": 4.5, "nil": None}]},
    "approvals": [
        {},
        {"summary": "Drop it", "action": {"shown": "DELETE FROM x"}},
        {"summary": None, "action": None},
    ],
}


@pytest.mark.parametrize(
    "text", ["", "AGENT-1", "terraform", "STRASSE", 'THE "plan"\nh', "\\O/", "Timed", "inf-7",
             "TICKET", "région", "RÉGION", "true", "4.5", "drop IT", "from x"],
)  # fmt: skip
def test_a_query_asks_for_what_a_session_mentions_however_it_is_cased(text: str):
    assert Query(text=text).matches(a_record(**MENTIONING))


@pytest.mark.parametrize(
    "text", ["Region", "agent-1terraform", "null", "None", '":', "approval", "2026", "shown",
             "\\n", "\\u00e9"],
)  # fmt: skip
def test_what_only_the_spelling_of_a_record_has_is_not_mentioned(text: str):
    assert not Query(text=text).matches(a_record(**MENTIONING))


def test_a_session_that_says_nothing_mentions_its_name():
    assert Query(text="UNKNOWN").matches(a_record())
    assert not Query(text="unheard of").matches(a_record())
    assert not Query(text="unknown", phase="failed").matches(a_record())


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


def test_the_newest_activity_comes_first():
    found = [a_record(agent_id=each, last_updated=at) for each, at in ("a1", "b3", "c2", "d3")]

    assert "".join(record["agent_id"] for record in newest_first(found)) == "bdca"
