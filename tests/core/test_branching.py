"""Forks and merges as events, and where two sessions have parted."""

from __future__ import annotations

import pytest

from agent_session.core import branching, phases
from agent_session.core.branching import Point, last_merge, parted_at, point_of
from agent_session.core.chain import NOTHING_BEFORE
from agent_session.core.differences import ABSENT, Conflict
from agent_session.core.events import commit
from agent_session.core.instants import at
from agent_session.core.merge_errors import MergeConflictError, UnrelatedError
from tests.examples import AGENT_ID, a_claim, a_record, applied, created, minutes_later

LATER = at(minutes_later(9))


def test_a_fork_knows_what_its_parent_knew_and_nothing_of_its_run():
    parent = a_record(
        agent_name="ta",
        purpose="p",
        metadata={"plan": 1},
        limits={"idle_seconds": 9},
        revision=7,
        claim=a_claim(),
        fence=3,
        error_count=2,
        approvals=[{"id": "ap-1"}],
        host={"kind": "codex"},
    )
    born = applied(a_record(revision=0), branching.fork(parent, "b", LATER, "test"))

    assert born["parent"] == {"agent_id": AGENT_ID, "revision": 7}
    for field in ("agent_name", "purpose", "metadata", "limits"):
        assert born[field] == parent[field]
    assert (born["agent_id"], born["created_at"], born["last_updated"]) == ("b", LATER, LATER)
    assert (born["phase"], born["resume_ready"]) == ("planning", True)
    for field in ("approvals", "turns", "history", "claim", "host", "last_error"):
        assert not born[field]  # type: ignore[literal-required]
    assert (born["fence"], born["error_count"], born["revision"]) == (0, 0, 1)


@pytest.mark.parametrize("phase", phases.PHASES)
def test_a_fork_plans_at_the_latest(phase: str):
    early = ("initializing", "investigating", "planning")

    assert phases.phase_of_fork(phase) == (phase if phase in early else "planning")


def test_a_merge_replaces_the_metadata_and_is_activity():
    source = Point("b", 4, {})
    after = applied(a_record(), branching.merge({"plan": 2}, source, LATER, "test"))

    assert (after["metadata"], after["last_updated"]) == ({"plan": 2}, LATER)


def test_to_be_merged_is_no_activity():
    before = a_record()
    after = applied(before, branching.merge_into({"agent_id": "b"}, LATER, "test"))

    assert {**after, "revision": before["revision"]} == before


def test_pruning_keeps_the_last_turns():
    turns = [{"started_at": each} for each in "abcd"]
    after = applied(a_record(turns=turns), branching.prune(2, LATER, "test"))

    assert after["turns"] == turns[-2:]
    assert after["last_updated"] == a_record()["last_updated"]


def test_two_that_come_from_one_have_parted_where_the_first_was_forked():
    grandparent = Point("g", 2, {"n": 0})
    one = [Point("a", 9, {}), Point("p", 5, {"n": 1}), grandparent]
    other = [Point("b", 9, {}), Point("p", 3, {"n": 2}), grandparent]

    assert parted_at(one, other) is other[1]
    assert parted_at(other[:1], one) is None
    assert parted_at(one[:1], [Point("b", 1, {}), Point("a", 4, {"n": 3})]).metadata == {"n": 3}  # type: ignore[union-attr]


def test_the_last_merge_of_a_session_is_found():
    merges = [
        branching.merge({}, Point(source, seq, {}), LATER, "test")
        for source, seq in (("b", 3), ("b", 5), ("c", 1))
    ]
    events = commit(None, 0, NOTHING_BEFORE, [created(), *merges]).events

    assert last_merge(events, "b") is events[2]
    assert last_merge(events, "d") is None
    assert point_of(a_record(revision=4)).name == {"agent_id": AGENT_ID, "revision": 4}


def test_a_refused_merge_names_the_places_and_what_to_do():
    conflicts = [Conflict(f"/{each}", ABSENT, 1, 2) for each in "abcdefg"]

    assert str(MergeConflictError("b", "a", conflicts)) == (
        "both b and a have changed /a, /b, /c, /d, /e and 2 more; say whose stands: "
        "--ours keeps what a has, --theirs takes that of b"
    )
    assert "more" not in str(MergeConflictError("b", "a", conflicts[:1]))
    assert "neither of b and a comes from" in str(UnrelatedError("b", "a"))
