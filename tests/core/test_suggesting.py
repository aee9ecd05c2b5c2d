"""Which waiting session a request most likely continues."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent_session.core.instants import at
from agent_session.core.suggesting import MOST_CHARACTERS, Suggestion, rank, words_in
from tests.examples import NOW, a_record, minutes_later


def waiting(agent_id: str, minutes: float = 0, **fields: Any) -> Any:
    return a_record(agent_id=agent_id, last_updated=at(minutes_later(-minutes)), **fields)


def ranked(
    *records: Any, task_id: str | None = None, text: str | None = None
) -> list[Suggestion]:
    return rank(records, task_id, text, NOW)


def ids(found: list[Suggestion]) -> str:
    return "".join(each.record["agent_id"] for each in found)


def test_the_same_task_outweighs_words_and_recency():
    found = ranked(
        waiting("a", purpose="resize the web instance"),
        waiting("b", 25, metadata={"task_id": 7}),
        task_id="7",
        text="resize the web instance",
    )

    assert ids(found) == "ba"
    assert (found[0].same_task, found[1].same_task) == (True, False)


def test_words_in_common_are_found_wherever_the_session_says_them():
    found = ranked(
        waiting("a", purpose="rotate the certificates"),
        waiting("b", 20, metadata={"plan": {"steps": ["Resize the web-instance"]}}),
        text="please resize that INSTANCE",
    )

    assert ids(found) == "ba"
    assert found[0].words == ["instance", "resize"]
    assert found[1].words == []


def test_a_rare_word_counts_more_than_one_that_all_have():
    found = ranked(
        waiting("a", purpose="terraform plan"),
        waiting("b", purpose="terraform certificates"),
        text="terraform certificates",
    )

    assert ids(found) == "ba"
    assert found[0].words == ["certificates", "terraform"]


def test_of_what_is_alike_the_latest_activity_comes_first():
    found = ranked(waiting("a", 20), waiting("b", 5), waiting("c", 5))

    assert ids(found) == "bca"
    assert [each.idle for each in found] == [300.0, 300.0, 1200.0]


def test_a_suggestion_is_told_with_its_reasons():
    (found,) = ranked(
        waiting("a", 30, metadata={"task_id": "T1"}, purpose="web"), task_id="T1", text="web"
    )

    assert found.as_json() == {
        "agent_id": "a",
        "score": 0.925,
        "phase": "approval",
        "purpose": "web",
        "same_task": True,
        "idle_seconds": 1800.0,
        "words_in_common": ["web"],
    }


def test_a_clock_that_was_set_back_makes_nothing_newer_than_now():
    assert ranked(waiting("a", -5))[0].idle == 0


def test_of_long_texts_the_beginning_is_looked_at():
    assert words_in(["x" * MOST_CHARACTERS, "later"]) == {"x" * MOST_CHARACTERS}
    assert words_in(["one, two; of", "THREE_four"]) == {"one", "two", "three", "four"}


@given(st.text(), st.text(), st.none() | st.just("7"))
def test_a_score_is_from_zero_to_one(text: str, purpose: str, task_id: str | None):
    (found,) = ranked(waiting("a", purpose=purpose), task_id=task_id, text=text)

    assert 0 <= found.score <= 1
