"""The shape of a record."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core.errors import InvalidValueError
from agent_session.core.state import OURS, PUBLISHED, blank_record, history_kept, record_of
from tests.examples import AGENT_ID, a_record

FIRST_IMPLEMENTATION = {
    field: value for field, value in a_record().items() if field in PUBLISHED
}

WRONG: dict[str, list[Any]] = {
    "agent_id": [None, "", "../x", 7],
    "agent_name": [None, 7, ["x"]],
    "purpose": [None, {}],
    "created_at": [None, "soon", 0],
    "last_updated": [None, "", "9999-99-99"],
    "phase": [None, "sleeping", 7, ["approval"]],
    "metadata": [None, [], "x"],
    "resume_ready": ["false", 1, None],
    "history": [None, {}, ["x"], [{"from_phase": 1}], [{"from_phase": "a", "to_phase": "b"}]],
    "error_count": [True, -1, -100, 1.5, "0", None],
    "last_error": ["x", {"message": 1}, {"message": "x", "timestamp": "soon"}],
    "finalized_at": [0, "soon"],
    "duration_seconds": [-1, "1", True],
    "summary": [1, {}],
    "revision": [-1, None, "1"],
    "turns": [None, [1]],
    "approvals": [{}, ["x"]],
    "claim": [[], "x"],
    "fence": [None, -1],
    "host": ["x"],
    "limits": [[], {"idle_seconds": -1}, {"idle_seconds": "1"}, {"max_errors": 10**12}],
    "parent": [1],
}


def test_a_blank_record_has_every_field_in_the_published_order():
    assert list(blank_record(AGENT_ID, "2026-01-08T18:05:30.000000Z")) == [*PUBLISHED, *OURS]


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in WRONG for value in WRONG[field]]
)
def test_a_field_of_the_wrong_kind_makes_the_record_invalid(field: str, value: object):
    with pytest.raises(InvalidValueError, match=field):
        record_of({**a_record(), field: value})


@pytest.mark.parametrize("field", sorted(PUBLISHED))
def test_a_record_that_lacks_a_published_field_is_invalid(field: str):
    with pytest.raises(InvalidValueError, match=f"lacks {field}"):
        record_of({name: value for name, value in a_record().items() if name != field})


def test_a_record_of_the_first_implementation_is_filled_in():
    record = record_of(FIRST_IMPLEMENTATION)

    assert record["approvals"] == []
    assert record["fence"] == 0
    assert {field: record[field] for field in PUBLISHED} == FIRST_IMPLEMENTATION  # type: ignore[literal-required]


def test_unknown_fields_are_kept_at_the_end():
    assert list(record_of({"new_in_2": 1, **a_record()}))[-1] == "new_in_2"


def test_moments_are_read_in_any_spelling_and_kept_in_ours():
    change = {"from_phase": "a", "to_phase": "b", "timestamp": "2026-01-08T19:00:00+01:00"}
    record = record_of(
        {
            **a_record(),
            "created_at": "2026-01-08",
            "finalized_at": "2026-01-08T18:00:00",
            "history": [change],
        }
    )

    assert record["created_at"] == "2026-01-08T00:00:00.000000Z"
    assert record["finalized_at"] == "2026-01-08T18:00:00.000000Z"
    assert record["history"][0]["timestamp"] == "2026-01-08T18:00:00.000000Z"


@pytest.mark.parametrize(
    ("limits", "kept"),
    [(None, 50), ({"history": 3}, 3), ({"history": 0}, 50), ({"max_errors": 5}, 50)],
)
def test_a_session_keeps_fifty_changes_of_phase_unless_its_limits_say_otherwise(
    limits: dict[str, int] | None, kept: int
):
    assert history_kept(a_record(limits=limits)) == kept
