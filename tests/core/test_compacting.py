"""A journal made shorter: what stays, what it comes to, and that its chain holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE, first_flaw, link_of
from agent_session.core.codec import digest, encode_record
from agent_session.core.compacting import compact
from agent_session.core.errors import InvalidValueError
from agent_session.core.events import apply, commit, fold, follow
from agent_session.core.instants import at
from tests.examples import AGENT_ID, created, finalized, minutes_later, updated
from tests.stores.approvals import asked, decided

if TYPE_CHECKING:
    from agent_session.core.chain import Draft, Event
    from agent_session.core.state import Record

LATER = at(minutes_later(99))
LIFE = [
    created(metadata={"n": 1}),
    updated(1, phase="investigating"),
    updated(2, metadata={"n": 2}),
    updated(3, phase="planning"),
    asked(1, 4),
    decided(1, 5),
    updated(6, phase="executing"),
    updated(7, error="no"),
    finalized(minutes=8),
]


def sealed(drafts: list[Draft]) -> list[Event]:
    return commit(None, 0, NOTHING_BEFORE, drafts).events


def records_of(events: list[Event]) -> list[Record]:
    return [fold(events[: count + 1]) for count in range(len(events))]


def compacted(events: list[Event]) -> list[Event]:
    return compact(events, records_of(events), LATER, "test")


def test_landmarks_stay_and_what_is_between_becomes_one():
    shorter = compacted(sealed(LIFE))

    assert [(each["seq"], each["kind"]) for each in shorter] == [
        (1, "created"),
        (4, "compacted"),
        (5, "approval_requested"),
        (6, "approval_decided"),
        (8, "compacted"),
        (9, "finalized"),
    ]
    assert shorter[1]["data"]["first"] == 2
    assert shorter[1]["data"]["begun"] == at(minutes_later(1))
    assert shorter[1]["data"]["compacted_at"] == LATER
    assert shorter[1]["at"] == at(minutes_later(3))


def test_it_comes_to_the_same_record_event_by_event():
    events = sealed(LIFE)
    stood = {record["revision"]: record for record in records_of(events)}

    for record, event in zip(records_of(compacted(events)), compacted(events), strict=True):
        assert record == stood[event["seq"]]
        assert digest(encode_record(record)) == event["state"]


def test_its_chain_holds_and_names_what_is_gone():
    events = sealed(LIFE)
    shorter = compacted(events)

    assert first_flaw(shorter) is None
    assert link_of(shorter[1]) == events[3]["hash"]
    assert follow(AGENT_ID, None, 0, NOTHING_BEFORE, shorter).record == fold(events)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"first": 3}, "numbered 3, but 2 is due"),
        ({"first": None}, "numbered 0, but 2 is due"),
        ({"first": 5}, "numbered 0, but 2 is due"),
        ({"fields": {}}, "its content does not match its hash"),
    ],
)
def test_who_changes_what_is_said_of_them_breaks_the_chain(change: Any, why: str):
    shorter = compacted(sealed(LIFE))
    shorter[1]["data"] |= change

    assert first_flaw(shorter) == f"event 2: {why}"


def test_what_follows_must_name_what_is_gone():
    shorter = compacted(sealed(LIFE))
    shorter[1]["data"]["last_hash"] = None

    assert link_of(shorter[1]) == NOTHING_BEFORE


def test_it_changes_no_approval():
    event = {"kind": "compacted", "data": {"fields": {"approvals": []}}}

    with pytest.raises(InvalidValueError, match="by events of its own"):
        apply(fold(sealed(LIFE)), event)


def test_once_compacted_there_is_no_more_to_do():
    shorter = compacted(sealed(LIFE))

    assert compacted(shorter) == shorter


def test_one_event_alone_stays_as_it_is():
    events = sealed([created(), updated(), finalized()])

    assert compacted(events) == events


def test_events_that_other_journals_name_stay():
    merged = {"metadata": {}, "source": {"agent_id": "b", "revision": 1}}
    drafts: list[Draft] = [
        created(),
        updated(),
        updated(),
        {**updated(), "kind": "merged", "data": merged},
        {**updated(), "kind": "merged_into", "data": {"target": {}}},
        finalized(),
    ]

    kinds = [each["kind"] for each in compacted(sealed(drafts))]

    assert kinds == ["created", "compacted", "merged", "merged_into", "finalized"]
