"""Somebody changes the rows of a SQL store by hand: what is believed, named and mended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.errors import StateCorruptedError
from agent_session.core.events import fold
from agent_session.core.store import Query
from tests.examples import updated
from tests.stores.approvals import approval_id, asked
from tests.stores.calls import add, change, ids
from tests.stores.contract_of_hosts import a_host, by_agent

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.state import Record
    from tests.sql.kept import Kept

WRONG_COLUMNS: dict[str, Any] = {
    "agent_name": "somebody else",
    "task_id": "T2",
    "phase": "completed",
    "live": 0,
    "resume_ready": 0,
    "pending": 0,
    "last_updated": "2020-01-01T00:00:00.000000Z",
    "revision": 9,
}
WRONG_RECORDS: dict[str, Callable[[Record], str]] = {
    "an approval approved": lambda it: approved(it),
    "another phase": lambda it: json.dumps({**it, "phase": "executing"}),
    "the same, spelt otherwise": lambda it: json.dumps(it, indent=1),
    "no JSON": lambda _: "{",
    "nothing": lambda _: "",
    "a list": lambda _: "[]",
    "NaN": lambda _: '{"error_count": NaN}',
    "much too deep": lambda _: "[" * 100_000,
}
WRONG_EVENTS: dict[str, Callable[[str], str]] = {
    "other data": lambda line: line.replace('"planning"', '"executing"'),
    "no JSON": lambda _: "{",
    "a list": lambda _: "[]",
    "another hash": lambda line: json.dumps({**json.loads(line), "hash": "0" * 64}),
}


def approved(record: Record) -> str:
    (approval,) = record["approvals"]
    return json.dumps({**record, "approvals": [{**approval, "status": "approved"}]})


@pytest.fixture
def before(kept: Kept) -> Record:
    """The session a, planning, with a host and a request that waits; beside it b."""
    add(kept.store, "b")
    add(kept.store, "a", agent_name="x", metadata={"task_id": "T1"}, host=a_host())
    return change(kept.store, "a", updated(1, phase="planning"), asked(1, 2))


def number_of(kept: Kept, agent_id: str = "a") -> int:
    return int(kept.one("SELECT number FROM sessions WHERE agent_id = ?", agent_id))


# --- the record -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRONG_RECORDS)
def test_a_record_that_was_changed_is_what_the_events_make(
    kept: Kept, before: Record, name: str
) -> None:
    kept.set("a", record=WRONG_RECORDS[name](before))

    assert kept.store.get("a") == kept.opened().get("a") == before
    assert sorted(ids(kept.store)) == ["a", "b"]
    assert ids(kept.store, pending=True) == ids(kept.store, approval_id=approval_id(1)) == ["a"]
    [flaw] = kept.store.flaws("a")
    assert "its record is not what its last event has made" in flaw


@pytest.mark.parametrize("name", WRONG_RECORDS)
@pytest.mark.parametrize("agent_id", ["a", None])
def test_a_record_that_was_changed_is_mended(
    kept: Kept, before: Record, name: str, agent_id: str | None
) -> None:
    whole = kept.one("SELECT record FROM sessions WHERE agent_id = 'a'")
    kept.set("a", record=WRONG_RECORDS[name](before))

    kept.store.repair(agent_id)

    assert kept.store.flaws("a") == []
    assert kept.one("SELECT record FROM sessions WHERE agent_id = 'a'") == whole


def test_the_next_change_of_a_record_that_was_changed_follows_on_the_events(
    kept: Kept, before: Record
) -> None:
    kept.set("a", record=approved(before))

    after = change(kept.store, "a", updated(5, metadata={"n": 1}))

    assert after["approvals"][0]["status"] == "pending"
    assert after == kept.store.get("a") == fold(kept.store.events("a"))
    assert kept.store.flaws("a") == []


@pytest.mark.parametrize("name", ["an approval approved", "another phase"])
def test_a_record_that_was_forged_with_its_digest_is_named_whatever_follows(
    kept: Kept, before: Record, name: str
) -> None:
    kept.forge("a", json.loads(WRONG_RECORDS[name](before)))
    for minutes in (5, 6):
        assert "its content does not match its hash" in kept.store.flaws("a")[0]
        change(kept.store, "a", updated(minutes))

    with pytest.raises(StateCorruptedError):
        kept.store.repair("a")


@pytest.mark.parametrize("forged", ["another session", "no record"])
def test_what_cannot_be_the_record_is_not_believed_with_its_digest_either(
    kept: Kept, before: Record, forged: str
) -> None:
    kept.forge("a", kept.store.get("b") if forged == "another session" else {})

    with pytest.raises(StateCorruptedError):
        kept.store.get(before["agent_id"])


# --- the columns and the hints ----------------------------------------------------------------


@pytest.mark.parametrize("column", WRONG_COLUMNS)
def test_a_column_that_was_changed_is_named_and_mended(
    kept: Kept, before: Record, column: str
) -> None:
    kept.set("a", **{column: WRONG_COLUMNS[column]})

    assert len(kept.store.flaws("a")) == 1
    if column == "revision":  # it says which is the last event
        for call in (kept.store.get, kept.store.repair):
            with pytest.raises(StateCorruptedError, match="events are missing"):
                call("a")
        return
    assert kept.store.get("a") == before
    assert column in kept.store.flaws("a")[0]
    kept.store.repair(None)

    assert kept.store.flaws("a") == []
    found = ids(kept.store, agent_name="x", pending=True, task_id="T1", phase=before["phase"])
    assert found == ids(kept.store, since=before["last_updated"], resume_ready=True) == ["a"]


@pytest.mark.parametrize(
    ("table", "word"), [("approvals", "approval"), ("host_keys", "host key")]
)
def test_what_led_to_a_session_and_was_removed_is_named_and_mended(
    kept: Kept, before: Record, table: str, word: str
) -> None:
    kept.ask(f"DELETE FROM {table}")
    assert {word in each for each in kept.store.flaws("a")} == {True}

    kept.store.repair("a")

    assert kept.store.flaws("a") == []
    assert by_agent(kept.store, "a1") == "a"
    assert ids(kept.store, approval_id=approval_id(1)) == [before["agent_id"]]


def test_what_leads_to_a_session_for_no_reason_leads_nowhere(
    kept: Kept, before: Record
) -> None:
    number = number_of(kept, "b")
    kept.ask("INSERT INTO approvals VALUES (?, ?)", approval_id(1), number)
    kept.ask("INSERT INTO host_keys VALUES ('claude-code:a1', ?)", number)
    kept.ask("INSERT INTO approvals VALUES (?, 9999)", approval_id(7))

    assert ids(kept.store, approval_id=approval_id(1)) == [before["agent_id"]]
    assert by_agent(kept.store, "a1") == "a"
    assert ids(kept.store, approval_id=approval_id(7)) == []


# --- the events -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRONG_EVENTS)
def test_an_event_that_was_changed_is_named_and_not_mended(
    kept: Kept, before: Record, name: str
) -> None:
    where = "WHERE seq = 2 AND session = ?"
    line = kept.one(f"SELECT line FROM events {where}", number_of(kept))
    kept.ask(f"UPDATE events SET line = ? {where}", WRONG_EVENTS[name](line), number_of(kept))

    assert kept.store.get("a") == before
    assert len(kept.store.flaws("a")) == 1
    with pytest.raises(StateCorruptedError):
        kept.store.repair("a")
    kept.store.repair(None)
    assert kept.store.get("a") == before


@pytest.mark.parametrize("which", ["seq = 1", "seq = 2", "seq = 3", "seq > 0"])
def test_events_that_were_removed_are_missed(kept: Kept, before: Record, which: str) -> None:
    kept.ask(f"DELETE FROM events WHERE {which} AND session = ?", number_of(kept))

    assert len(kept.store.flaws("a")) == 1
    with pytest.raises(StateCorruptedError):
        kept.store.repair("a")
    if which in {"seq = 1", "seq = 2"}:
        assert kept.store.get("a") == before
        return
    with pytest.raises(StateCorruptedError):  # nothing vouches for its record
        kept.store.get("a")


def test_a_session_whose_record_and_events_are_changed_is_corrupted_and_hides_no_other(
    kept: Kept, before: Record
) -> None:
    kept.ask("DELETE FROM events WHERE seq = 2 AND session = ?", number_of(kept))
    kept.set(before["agent_id"], record="{}")
    unreadable: list[str] = []

    for call in (
        lambda: kept.store.get("a"),
        lambda: change(kept.store, "a", updated(5)),
        lambda: kept.store.repair("a"),
    ):
        with pytest.raises(StateCorruptedError):
            call()
    for query in (Query(), Query(live=True)):
        found = kept.store.scan(query, lambda error: unreadable.append(error.agent_id))
        assert [record["agent_id"] for record in found] == ["b"]
    assert unreadable == ["a", "a"]


def test_a_session_that_was_deleted_by_hand_begins_anew(kept: Kept, before: Record) -> None:
    kept.ask("DELETE FROM sessions WHERE agent_id = ?", before["agent_id"])

    assert ids(kept.store) == ["b"]
    assert ids(kept.store, approval_id=approval_id(1)) == []
    assert add(kept.store, "a")["revision"] == 1
    assert kept.store.flaws("a") == []


def test_a_line_of_the_delegation_log_that_is_none_is_passed_over(kept: Kept) -> None:
    for number in range(3):
        kept.store.note({"n": number})
    kept.ask("UPDATE delegations SET line = '{' WHERE number = 2")

    assert list(kept.store.notes()) == [{"n": 0}, {"n": 2}]
