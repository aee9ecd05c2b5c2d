"""How far a SQL store looks for a page, and what it does with rows that are not as they should
be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.instants import at
from agent_session.core.pages import Page
from agent_session.core.store import Query, ignore
from agent_session.sql import paging
from tests.examples import finalized, minutes_later, updated
from tests.stores.calls import add, change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_session.core.pages import Place
    from agent_session.core.store import Store
    from tests.sql.kept import Kept

MANY = 60


@pytest.fixture
def crowd(kept: Kept) -> Kept:
    """Sessions s10 to s69, oldest first: every fourth lives, every seventh is of x and mentions
    a whale.
    """
    for number in range(10, 10 + MANY):
        is_rare = number % 7 == 0
        add(
            kept.store,
            f"s{number}",
            number,
            agent_name="x" if is_rare else "y",
            metadata={"of": "a WHALE" if is_rare else "a whelk"},
        )
        if number % 4:
            change(kept.store, f"s{number}", finalized(minutes=number))
    return kept


def searched(
    kept: Kept, size: int, below: Place | None = None, bounds: Any = None, **conditions: Any
) -> Page:
    query = Query(**conditions)
    return paging.page(kept.store.database, query, size, below, ignore, **(bounds or {}))


def ids_of(page: Page) -> list[str]:
    return [record["agent_id"] for record in page.records]


def rare_ones() -> list[str]:
    return [f"s{number}" for number in range(69, 9, -1) if number % 7 == 0]


@pytest.mark.parametrize(
    ("bounds", "conditions"),
    [
        ({"most_looked": 10}, {"agent_name": "x"}),
        ({"most_looked": 9}, {"text": "whale"}),
        ({"most_looked": 1}, {"text": "whale"}),
        ({"most_read": 10}, {"text": "Whale"}),
        ({"most_read": 1}, {"text": "whale"}),
        ({"most_read": 3, "most_looked": 8}, {"text": "whale", "agent_name": "x"}),
        ({"most_read": 1}, {}),
    ],
)
def test_a_search_that_goes_too_far_is_cut_and_goes_on_from_there(
    crowd: Kept, bounds: dict[str, int], conditions: dict[str, Any]
) -> None:
    expected = rare_ones() if conditions else [f"s{n}" for n in range(69, 9, -1)]
    found: list[str] = []
    page = searched(crowd, 5, None, bounds, **conditions)
    assert page.is_cut

    steps = 0
    while page.below is not None:
        assert page.is_cut == (len(page.records) < 5)
        found += ids_of(page)
        page = searched(crowd, 5, page.below, bounds, **conditions)
        steps += 1

    assert (found + ids_of(page), page.is_cut) == (expected, False)
    assert steps > 2


def test_a_page_that_is_not_cut_is_found_in_few_looks(
    crowd: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    database: Any = crowd.store.database
    select = database.select

    def note(sql: str, **values: Any) -> Sequence[Any]:
        if "look" in values:
            looks.append(values["look"])
        found: Sequence[Any] = select(sql, **values)
        return found

    monkeypatch.setattr(database, "select", note)

    assert len(searched(crowd, 20).records) == 20
    assert looks == [20]
    assert ids_of(searched(crowd, 8, agent_name="x"))[:8] == rare_ones()[:8]
    assert looks == [20, 8, 32, 128]
    assert searched(crowd, 70, None, {"most_looked": 40}).is_cut
    assert looks == [20, 8, 32, 128, 40]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9, 59, 60, 61])
@pytest.mark.parametrize("conditions", [{}, {"agent_name": "x"}, {"text": "whale"}])
def test_pages_of_any_size_find_each_session_once(
    crowd: Kept, size: int, conditions: dict[str, Any]
) -> None:
    expected = rare_ones() if conditions else [f"s{n}" for n in range(69, 9, -1)]
    page = searched(crowd, size, **conditions)
    found = ids_of(page)
    while page.below is not None:
        page = searched(crowd, size, page.below, **conditions)
        found += ids_of(page)

    assert found == expected


def test_what_surely_has_no_more_is_the_end_of_it(crowd: Kept) -> None:
    assert searched(crowd, 9, agent_name="x").below is None
    assert searched(crowd, 61).below is None
    assert searched(crowd, 5, live=True, text="nothing").below is None
    assert not searched(crowd, 5, agent_name="nobody").is_cut


def test_a_corrupted_session_is_told_and_hides_no_other(crowd: Kept) -> None:
    told: list[str] = []
    for agent_id in ("s69", "s60", "s28"):
        crowd.ask("UPDATE events SET line = '{' WHERE session IN "
                  "(SELECT number FROM sessions WHERE agent_id = ?)", agent_id)  # fmt: skip

    page = crowd.store.page(Query(), 5, None, lambda error: told.append(error.agent_id))
    more = crowd.store.page(Query(), 5, page.below, lambda error: told.append(error.agent_id))

    assert (ids_of(page), told) == (["s68", "s67", "s66", "s65", "s64"], ["s69", "s60"])
    assert ids_of(more) == ["s63", "s62", "s61", "s59", "s58"]


def test_a_row_that_goes_between_look_and_reading_is_passed_over(
    crowd: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    database: Any = crowd.store.database
    select = database.select

    def look(sql: str, **values: Any) -> Sequence[Any]:
        found: Sequence[Any] = select(sql, **values)
        crowd.ask("DELETE FROM sessions WHERE agent_id IN ('s68', 's66')")
        return found

    monkeypatch.setattr(database, "select", look)

    assert ids_of(crowd.store.page(Query(), 4)) == ["s69", "s67", "s65", "s64"]


def test_the_record_decides_what_matches_and_the_row_where_it_stands(kept: Kept) -> None:
    for minutes, agent_id in enumerate("abc", 1):
        add(kept.store, agent_id, minutes, agent_name="x")
    moved = at(minutes_later(9))
    kept.set("a", last_updated=moved, phase="planning", task_id="T9")

    page = kept.store.page(Query(), 1)

    assert (ids_of(page), page.below) == (["a"], (moved, "a"))
    assert ids_of(kept.store.page(Query(), 3, page.below)) == ["c", "b"]
    assert ids_of(kept.store.page(Query(since=moved), 3)) == []
    assert ids_of(kept.store.page(Query(phase="planning"), 3)) == []


def test_what_changes_as_it_is_read_is_told_as_it_is_then(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Store = kept.store
    for minutes, agent_id in enumerate("abc", 1):
        add(store, agent_id, minutes)
    database: Any = kept.store.database
    select = database.select

    def look(sql: str, **values: Any) -> Sequence[Any]:
        found: Sequence[Any] = select(sql, **values)
        if "look" in values:
            change(kept.opened(), "b", updated(20, phase="planning"))
        return found

    monkeypatch.setattr(database, "select", look)
    page = store.page(Query(), 2)
    monkeypatch.undo()

    assert (ids_of(page), page.below) == (["c", "b"], (at(minutes_later(2)), "b"))
    assert page.records[1]["phase"] == "planning"
    assert ids_of(store.page(Query(), 2, page.below)) == ["a"]
