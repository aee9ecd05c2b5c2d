"""A page of sessions, of all that there are."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from agent_session.core.pages import MOST_LOOKED, MOST_READ, Page, page_of, place_of
from tests.examples import a_record

if TYPE_CHECKING:
    from agent_session.core.state import Record


def records(*places: str) -> list[Record]:
    """Each of a time and an id, a letter each."""
    return [a_record(last_updated=place[0], agent_id=place[1]) for place in places]


def told(page: Page) -> list[str]:
    assert page.places == list(map(place_of, page.records))
    return ["".join(place) for place in page.places]


@pytest.mark.parametrize("found", list(permutations(["1a", "1b", "2a", "3c"])))
def test_the_newest_come_first_in_whatever_order_they_were_found(found: tuple[str, ...]):
    page = page_of(records(*found), 3, None)

    assert told(page) == ["3c", "2a", "1b"]
    assert (page.below, page.is_cut) == (("1", "b"), False)


def test_a_page_with_which_all_were_found_is_the_last():
    found = records("1a", "1b", "2a")

    assert page_of(found, 3, None).below is None
    assert page_of(found, 4, None).below is None
    assert told(page_of(found, 4, None)) == ["2a", "1b", "1a"]


def test_the_place_that_a_page_lies_below_is_not_on_it():
    page = page_of(records("1a", "1b", "2a", "1c"), 3, ("1", "b"))

    assert (told(page), page.below) == (["1a"], None)
    assert told(page_of(records("1a", "1b", "2a"), 3, ("1", "bb"))) == ["1b", "1a"]
    assert told(page_of(records("1a"), 3, ("", ""))) == []


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_of_none_is_empty_and_goes_on_where_it_began(size: int):
    page = page_of(records("1a", "1b"), size, ("1", "b"))

    assert (page.records, page.below, page.is_cut) == ([], ("1", "b"), False)


def test_of_a_crowd_no_session_is_lost():
    crowd = records(*(f"{chr(1000 + n * 7 % 500)}x" for n in range(500)))
    found: list[str] = []
    below = None
    while len(found) < 500:
        page = page_of(crowd, 7, below)
        found += told(page)
        below = page.below

    assert below is None
    assert found == sorted(map("".join, map(place_of, crowd)), reverse=True)


def test_the_first_of_a_page_go_on_below_the_last_of_them():
    found = [(place_of(each), each) for each in records("3a", "2a", "1a")]
    page = Page(found, ("0", "z"))

    assert (told(page.first(2)), page.first(2).below) == (["3a", "2a"], ("2", "a"))
    assert (told(page.first(3)), page.first(3).below) == (["3a", "2a", "1a"], ("0", "z"))
    assert page.first(4) is page


def test_a_page_that_has_as_many_as_were_asked_for_is_not_cut():
    found = [(place_of(each), each) for each in records("3a", "2a")]
    page = Page(found, ("0", "z"), is_cut=True)

    assert (page.first(2).is_cut, page.first(2).below) == (False, ("0", "z"))
    assert page.first(1).is_cut is False
    assert page.first(3).is_cut is True


def test_more_is_looked_at_than_read():
    assert MOST_LOOKED > MOST_READ
