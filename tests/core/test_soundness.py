"""What may be a claim, a turn and an approval: all that our own changes make, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import hosts
from agent_session.core.errors import InvalidValueError
from agent_session.core.instants import at
from agent_session.core.soundness import is_approval, require_sound
from tests.approvals import a_decision, a_file, an_approval
from tests.examples import NOW, a_claim, a_record

GRANT = {"taken_up_at": None, "expires_at": at(NOW)}
YES: dict[str, Any] = {**a_decision(), "at": at(NOW)}
NO: dict[str, Any] = {**a_decision("rejected"), "at": at(NOW)}
DRIFT = {"what": "new", "name": "x", "was": None, "now": "1 byte"}
HOST = hosts.moved(hosts.host_of("x", "s0", None), hosts.host_of("x", "s1", "a1"))
TURN = {"started_at": at(NOW), "ended_at": None, "summary": None}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "approved", "decision": YES, "grant": GRANT},
        {"status": "used", "decision": YES, "grant": GRANT, "ended_at": at(NOW)},
        {"status": "rejected", "decision": NO},
        {"status": "cancelled"},
        {"git": {"head": None, "branch": "refs/heads/main", "dirty": ["x"]}},
        {"again": {"of": "ap-0123456789abcdef", "drift": [DRIFT], "text": ["-a", "+b"]}},
        {"files": {"globs": [], "found": [a_file(kind="link", sha256=None, target="/x")]}},
        {"guard": None},
        {"guard": {"match": "terraform *", "statement": "ab" * 32}},
        {"a field of a later version": 1},
    ],
)
def test_what_our_own_changes_make_is_sound(fields: dict[str, Any]):
    assert is_approval(an_approval(**fields))


@pytest.mark.parametrize("key", sorted(an_approval()))
@pytest.mark.parametrize("value", [7, "\x1b[2J", ["x"], {"x": 1}])
def test_no_field_may_be_anything(key: str, value: Any):
    may_be_text = {"required", "cwd", "summary", "store", "agent_id"}

    sound = is_approval({**an_approval(), key: value})

    assert sound is (isinstance(value, str) and key in may_be_text)


@pytest.mark.parametrize("key", sorted(an_approval()))
def test_no_field_may_be_missing(key: str):
    approval = an_approval()
    del approval[key]

    assert not is_approval(approval)


@pytest.mark.parametrize(
    "guard",
    [
        7, "x", [], {}, {"match": "*"}, {"match": 7, "statement": "ab" * 32},
        {"match": "*", "statement": "ab" * 31}, {"match": "*", "statement": "AB" * 32},
    ],
)  # fmt: skip
def test_a_guard_that_is_none_is_not_sound(guard: Any):
    assert not is_approval(an_approval(guard=guard))


@pytest.mark.parametrize("status", ["approved", "used", "drifted"])
@pytest.mark.parametrize("decision", [None, NO])
def test_nothing_is_approved_without_a_yes(status: str, decision: dict[str, Any] | None):
    assert not is_approval(an_approval(status=status, decision=decision, grant=GRANT))


@pytest.mark.parametrize(
    "fields",
    [
        {"grant": GRANT},
        {"status": "approved", "decision": YES},
        {"decision": NO, "grant": GRANT},
    ],
)
def test_a_grant_comes_with_a_yes_and_a_yes_with_a_grant(fields: dict[str, Any]):
    assert not is_approval(an_approval(**fields))


def test_what_is_no_object_is_no_approval():
    assert not is_approval("approved")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"claim": {"token": 1}}, "its claim"),
        ({"claim": a_claim(lease_seconds=0)}, "its claim"),
        ({"claim": a_claim(is_grant=1)}, "its claim"),
        ({"host": {}}, "its host"),
        ({"host": {**HOST, "session_id": None}}, "its host"),
        ({"host": {**HOST, "agent_id": 7}}, "its host"),
        ({"host": {**HOST, "paused": "x"}}, "its host"),
        ({"host": {**HOST, "expecting": {"session_id": "s"}}}, "its host"),
        ({"host": {**HOST, "redirected": [7]}}, "its host"),
        ({"host": {**HOST, "earlier": [{"agent_id": "a"}]}}, "its host"),
        ({"turns": [{**TURN, "started_at": "x"}]}, "one of its turns"),
        ({"approvals": [an_approval(), {}]}, "one of its approvals"),
    ],
)
def test_a_record_that_is_not_sound_says_what_is_not(fields: dict[str, Any], says: str):
    with pytest.raises(InvalidValueError, match=says):
        require_sound(a_record(**fields))


def test_a_record_that_is_sound_is_taken():
    require_sound(a_record(claim=a_claim(), turns=[TURN], approvals=[an_approval()]))
    require_sound(a_record(claim=a_claim(process={"pid": 1})))
    require_sound(a_record(host=HOST))
    require_sound(a_record(host={**HOST, "agent_id": None, "a later field": 1}))
