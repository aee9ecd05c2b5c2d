"""The fold of events, and the chain they form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_session.core import phases
from agent_session.core.chain import NOTHING_BEFORE, draft, first_flaw, flaw_in, is_event
from agent_session.core.codec import digest, encode, encode_record, parse
from agent_session.core.errors import InvalidValueError, LimitExceededError
from agent_session.core.events import apply, commit, fold, records_of
from agent_session.core.instants import at
from tests.examples import AGENT_ID, NOW, a_record, created, finalized, minutes_later, updated

if TYPE_CHECKING:
    from agent_session.core.chain import Event
    from agent_session.core.state import Record


def after(*drafts: Any) -> Record:
    return commit(None, 0, NOTHING_BEFORE, drafts).record


def sealed(*drafts: Any) -> list[Event]:
    return commit(None, 0, NOTHING_BEFORE, drafts).events


def test_a_created_session_begins_in_initializing():
    record = after(
        created(agent_name="ta", purpose="p", metadata={"a": 1}, limits={"max_errors": 9})
    )

    assert (record["agent_name"], record["purpose"], record["phase"]) == (
        "ta",
        "p",
        "initializing",
    )
    assert record["metadata"] == {"a": 1}
    assert record["limits"] == {"max_errors": 9}
    assert record["revision"] == 1


def test_an_update_enters_the_phase_merges_metadata_and_counts_the_error():
    record = after(
        created(metadata={"a": 1, "b": 1}),
        updated(phase="planning", metadata={"b": 2}, error="no"),
    )

    assert record["phase"] == "planning"
    assert record["resume_ready"]
    assert record["metadata"] == {"a": 1, "b": 2}
    assert record["error_count"] == 1
    assert record["last_error"] == {"message": "no", "timestamp": at(minutes_later(1))}
    assert record["last_updated"] == at(minutes_later(1))
    assert record["history"] == [
        {
            "from_phase": "initializing",
            "to_phase": "planning",
            "timestamp": at(minutes_later(1)),
        }
    ]


def test_setting_the_phase_it_has_is_recorded_like_any_other():
    record = after(created(), updated(phase="approval"), updated(minutes=2, phase="approval"))

    assert [change["to_phase"] for change in record["history"]] == ["approval", "approval"]


def test_the_record_keeps_the_last_changes_of_phase():
    record = after(
        created(limits={"history": 3}), *[updated(phase=phase) for phase in phases.LIVE]
    )

    assert [change["to_phase"] for change in record["history"]] == list(phases.LIVE[-3:])


def test_an_end_is_dated_and_measured():
    record = after(
        created(), updated(phase="executing"), finalized("failed", minutes=3, summary="broke")
    )

    assert record["phase"] == "failed"
    assert not record["resume_ready"]
    assert record["finalized_at"] == at(minutes_later(3))
    assert record["duration_seconds"] == 180.0
    assert record["summary"] == "broke"


def test_an_end_without_a_summary_keeps_the_one_there_was():
    record = after(
        created(),
        draft("edited", at(NOW), "person", fields={"summary": "by hand"}),
        finalized(),
    )

    assert record["summary"] == "by hand"


def test_an_edit_by_hand_changes_what_it_names_and_what_follows_from_the_phase():
    edit = draft("edited", at(NOW), "person", fields={"phase": "planning", "error_count": 2})
    record = after(created(), edit)

    assert (record["phase"], record["resume_ready"], record["error_count"]) == (
        "planning",
        True,
        2,
    )


def test_a_flag_cleared_by_hand_stays_cleared_until_the_next_change_of_phase():
    cleared = draft("edited", at(NOW), "person", fields={"resume_ready": False})
    before = [created(), updated(phase="approval"), cleared]

    assert not after(*before, updated(metadata={"a": 1}))["resume_ready"]
    assert after(*before, updated(phase="planning"))["resume_ready"]


def test_an_import_is_the_record_that_was_there():
    record = after(draft("imported", at(NOW), "person", record=a_record(summary="old")))

    assert record == {**a_record(summary="old"), "revision": 1}


@pytest.mark.parametrize("kind", ["updated", "unheard_of"])
def test_an_event_that_cannot_follow_is_refused(kind: str):
    with pytest.raises(InvalidValueError, match="cannot follow"):
        apply(None, {"kind": kind, "data": {}})


def test_an_unknown_kind_of_event_is_refused_later_too():
    with pytest.raises(InvalidValueError, match="unheard_of"):
        apply(a_record(), {"kind": "unheard_of", "data": {}})


def test_a_fold_of_nothing_is_refused():
    with pytest.raises(InvalidValueError, match="no event"):
        fold([])


def test_a_change_that_makes_the_record_too_large_is_refused():
    with pytest.raises(LimitExceededError):
        after(created(), *[updated(metadata={str(n): "x" * 200_000}) for n in range(6)])


def test_every_event_but_the_last_of_a_change_says_that_more_follows():
    assert [event.get("more") for event in sealed(created(), updated(phase="planning"))] == [
        True,
        None,
    ]


LIVES = st.lists(
    st.builds(
        updated,
        minutes=st.floats(0, 60),
        phase=st.sampled_from(phases.LIVE),
        metadata=st.dictionaries(
            st.sampled_from("abc"), st.integers() | st.text(st.characters(codec="utf-8"))
        ),
    )
    | st.builds(updated, error=st.text(st.characters(codec="utf-8"))),
    max_size=8,
)


@given(LIVES)
def test_the_fold_of_the_written_lines_is_the_record_to_the_byte(life: list[Any]):
    made = commit(None, 0, NOTHING_BEFORE, [created(metadata={"z": 1, "a": 2}), *life])
    read = [parse(line) for line in made.lines.decode().splitlines()]

    for number, event in enumerate(read, 1):
        assert digest(encode_record(fold(read[:number]))) == event["state"]
    assert encode_record(fold(read)) == made.snapshot


@given(LIVES)
def test_a_chain_as_written_has_no_flaw(life: list[Any]):
    seq, prev = 0, NOTHING_BEFORE
    for event in sealed(created(), *life):
        assert is_event(event)
        assert flaw_in(event, seq, prev) is None
        seq, prev = event["seq"], event["hash"]


def test_a_changed_a_moved_and_a_foreign_event_are_each_told():
    first, second = sealed(created(), updated(phase="planning"))

    assert "hash" in str(flaw_in({**second, "actor": "me"}, 1, first["hash"]))
    assert "numbered 2" in str(flaw_in(second, 0, NOTHING_BEFORE))
    assert "does not name" in str(flaw_in(second, 1, NOTHING_BEFORE))


def test_the_first_event_that_breaks_the_chain_is_named():
    events = commit(None, 0, NOTHING_BEFORE, [created(), updated(), updated()]).events
    forged: list[Any] = [events[0], {**events[1], "actor": "me"}, {**events[2], "actor": "me"}]

    assert first_flaw(events) is None
    assert str(first_flaw(forged)).startswith("event 2: ")


@pytest.mark.parametrize(
    "field", ["seq", "kind", "at", "actor", "data", "prev", "state", "hash"]
)
def test_what_lacks_a_part_of_an_event_is_none(field: str):
    (event,) = sealed(created())

    assert not is_event({name: value for name, value in event.items() if name != field})
    assert not is_event({**event, field: None})
    assert not is_event([event])


def test_a_commit_goes_on_where_the_last_event_was():
    first = commit(None, 0, NOTHING_BEFORE, [created()])
    second = commit(first.record, 1, first.events[-1]["hash"], [updated(phase="planning")])

    assert second.events[0]["seq"] == 2
    assert second.events[0]["prev"] == first.events[0]["hash"]
    assert second.lines == (encode(second.events[0]) + "\n").encode()
    assert second.record["agent_id"] == AGENT_ID


def test_the_records_of_a_journal_are_the_fold_at_each_event():
    events = sealed(created(), updated(phase="planning"), finalized())

    assert list(records_of(events)) == [fold(events[:count]) for count in (1, 2, 3)]
