"""What goes wrong again and again."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from agent_session.core.delegations import delegation
from agent_session.core.instants import at
from agent_session.core.patterns import Patterns, shape_of
from tests.examples import NOW, a_record, applied, finalized, minutes_later, updated
from tests.stores.approvals import approval_id, asked, decided


def found_in(*records: Any, lines: tuple[Any, ...] = ()) -> dict[str, Any]:
    patterns = Patterns(NOW)
    for each in records:
        patterns.add(each)
    for line in lines:
        patterns.add_delegation(line)
    return patterns.report()


def failed(agent_id: str, phase: str, agent_name: str = "ta") -> Any:
    begun = a_record(agent_id=agent_id, agent_name=agent_name, phase="initializing")
    return applied(begun, updated(1, phase=phase), finalized("failed", 5))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("timed out after 30 s", "timed out after 7 s"),
        ("no file /var/lib/a/b.tf here", "no file ~/c.tf here"),
        ("run 0f3a-99bc1d42 lost", "run 77777777-aa lost"),
        ("key 'a' is missing", 'key "b c" is missing'),
        ("GET https://a.example/x?y=1 failed", "GET http://b/ failed"),
    ],
)
def test_errors_of_one_shape_are_one(one: str, other: str):
    assert shape_of(one) == shape_of(other)


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("OOMKilled: pod web-7", "OOMKilled: pod web-<n>"),
        ("defaced facade", "defaced facade"),
        ("read and/or write", "read and/or write"),
        ("a\n  b", "a b"),
        ("it's 'x'", "it<text>x'"),
    ],
)
def test_what_stays_the_same_is_kept(message: str, shape: str):
    assert shape_of(message) == shape


@pytest.mark.parametrize("part", ["'", '"', "/", "a1", "-", "://", "a://", "~.", "9"])
def test_a_shape_takes_no_longer_than_a_text_is_long(part: str):
    begun = process_time()
    shape_of(part * 200_000)

    assert process_time() - begun < 1


def test_failures_are_counted_by_agent_and_the_phase_before():
    records = [failed(each, "executing") for each in "abcd"]

    found = found_in(*records, failed("e", "planning"), failed("f", "planning", "gitops"))

    assert found["sessions"] == 6
    assert found["failures"] == [
        {"agent": "ta", "phase": "executing", "count": 4, "examples": ["a", "b", "c"]},
        {"agent": "gitops", "phase": "planning", "count": 1, "examples": ["f"]},
        {"agent": "ta", "phase": "planning", "count": 1, "examples": ["e"]},
    ]


def test_a_failure_without_a_history_is_one_in_its_phase():
    assert found_in(a_record(phase="failed"))["failures"][0]["phase"] == "failed"


def test_errors_are_counted_by_their_shape():
    records = [
        a_record(agent_id=each, last_error={"message": f"no route to 10.0.0.{number}"})
        for number, each in enumerate("ab")
    ]

    assert found_in(*records)["errors"] == [
        {"shape": "no route to <n>.<n>.<n>.<n>", "count": 2, "examples": ["a", "b"]}
    ]


def test_the_longest_stays_are_told_and_none_of_a_beginning_that_is_gone():
    quick, slow = failed("a", "planning"), failed("b", "planning")
    slow["history"][1]["timestamp"] = at(minutes_later(61))
    cut = {**failed("c", "planning"), "agent_id": "c"}
    cut["history"] = cut["history"][1:]

    found = found_in(quick, slow, cut)["slow_phases"]

    assert found == [
        {
            "phase": "planning",
            "count": 2,
            "median_seconds": 240.0,
            "p95_seconds": 3600.0,
            "examples": ["b", "a"],
        },
        {
            "phase": "initializing",
            "count": 2,
            "median_seconds": 60.0,
            "p95_seconds": 60.0,
            "examples": ["b", "a"],
        },
    ]


def test_the_time_after_an_end_that_was_taken_back_is_no_stay():
    again = applied(
        failed("a", "planning"), updated(9, phase="planning"), updated(10, phase="executing")
    )

    phases = {row["phase"]: row["count"] for row in found_in(again)["slow_phases"]}

    assert phases == {"initializing": 1, "planning": 2}


def test_resumes_that_came_to_nothing_are_told():
    turns = [{"started_at": at(minutes_later(each))} for each in (0, 1)]
    lines = (
        delegation(at(NOW), "ta", None, "timed_out", "a", resume=False),
        delegation(at(NOW), "ta", None, "timed_out", "a", resume=False),
        delegation(at(NOW), "ta", None, "session_not_found", None, resume=False),
        delegation(at(NOW), "ta", None, "session_resumable", "b", resume=True),
    )

    found = found_in(a_record(agent_id="x", phase="abandoned", turns=turns), lines=lines)

    assert found["resumes_refused"] == [{"reason": "timed_out", "count": 2, "examples": ["a"]}]
    assert found["resumes_failed"] == [
        {"agent": "unknown", "outcome": "abandoned", "count": 1, "examples": ["x"]}
    ]


def test_what_was_asked_and_came_to_nothing_is_told_with_how_many_were_asked():
    record = applied(
        a_record(),
        asked(1, 1),
        asked(2, 2),
        asked(3, 3),
        decided(1, 4, verdict="rejected"),
        decided(2, 5),
    )

    assert found_in(record)["approvals"] == [
        {
            "agent": "unknown",
            "what": "plan",
            "status": "rejected",
            "count": 1,
            "of": 3,
            "examples": [approval_id(1)],
        }
    ]
