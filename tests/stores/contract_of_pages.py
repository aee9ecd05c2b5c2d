"""Sessions a page at a time, the newest activity first: a part of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.actions import plan_action
from agent_session.core.instants import at
from agent_session.core.store import Query
from tests.examples import finalized, minutes_later, updated
from tests.stores.approvals import approval_id, asked
from tests.stores.calls import add, always, change
from tests.stores.contract_of_hosts import a_host

if TYPE_CHECKING:
    from agent_session.core.pages import Page, Place
    from agent_session.core.store import Store

# Above and below all that stand anywhere, and what no database can be asked for.
ODD_PLACES: dict[str, tuple[Place, str]] = {
    "the lowest": (("", ""), ""),
    "below any time": ((" ", "zzz"), ""),
    "above any time": (("~", ""), "cba"),
    "no text of a time": (("é", "\ud800"), "cba"),
    "an end that is nothing": (("\0", ""), ""),
    "just above a time": ((f"{at(minutes_later(1))}\0", ""), "ba"),
    "between two times": ((f"{at(minutes_later(1))[:-3]}\ud800", "b"), "ba"),
    "above any id": ((at(minutes_later(1)), "é"), "ba"),
    "just above an id": ((at(minutes_later(1)), "b\0"), "ba"),
    "below any id": ((at(minutes_later(1)), "\0"), ""),
}


def ids_of(page: Page) -> str:
    return "".join(record["agent_id"] for record in page.records)


def pages_of(store: Store, size: int, **conditions: Any) -> list[str]:
    """The ids on each page, one after the other, for as long as there may be more."""
    found, below = [], None
    while True:
        page = store.page(Query(**conditions), size, below)
        assert not page.is_cut
        found.append(ids_of(page))
        if page.below is None:
            return found
        below = page.below


def fill(store: Store) -> None:
    """Five sessions, a to e, active one after the other; c and e are over."""
    for agent_id, agent_name in zip("abcde", "xxxyy", strict=True):
        add(store, agent_id, agent_name=agent_name)
    change(store, "a", updated(1))
    change(store, "b", updated(2, phase="planning", metadata={"task_id": "T2"}))
    change(store, "c", finalized(minutes=3))
    change(store, "d", updated(4, phase="planning", metadata={"task_id": "T1"}))
    change(store, "e", finalized("failed", 5))


class ContractOfPages:
    """Inherited by StoreContract, which has the fixture."""

    def test_a_store_without_sessions_has_one_empty_page(self, store: Store) -> None:
        for conditions in ({}, {"live": True}, {"phase": "failed"}, {"text": "x"}):
            page = store.page(Query(**conditions), 5)

            assert (page.records, page.places, page.below) == ([], [], None)
            assert not page.is_cut

    def test_a_page_has_the_newest_first_whether_or_not_they_live(self, store: Store) -> None:
        fill(store)

        page = store.page(Query(), 5)

        assert ids_of(page) == "edcba"
        assert page.records == [store.get(agent_id) for agent_id in "edcba"]
        assert page.places == [
            (record["last_updated"], record["agent_id"]) for record in page.records
        ]

    def test_of_one_moment_the_ids_decide_byte_by_byte(self, store: Store) -> None:
        names = ["a", "A", "a.b", "a-b", "a_b", "aB", "ab", "b", "0", "Z", "a0", "zz"]
        for number, agent_id in enumerate(names):
            add(store, agent_id)
            if number % 2:
                change(store, agent_id, finalized(minutes=0))
        expected = sorted(names, reverse=True)

        for size in (1, 5, 100):
            found: list[str] = []
            below = None
            while len(found) < len(names):
                page = store.page(Query(), size, below)
                found += [record["agent_id"] for record in page.records]
                below = page.below
            assert found == expected

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
    def test_going_on_below_a_page_finds_each_session_once(
        self, store: Store, size: int
    ) -> None:
        fill(store)

        found = pages_of(store, size)

        assert "".join(found) == "edcba"
        assert all(len(page) == size for page in found[: 5 // size])

    @pytest.mark.parametrize("size", [0, -1])
    def test_a_page_of_none_looks_at_nothing(self, store: Store, size: int) -> None:
        fill(store)
        below = at(minutes_later(3)), "c"

        page = store.page(Query(), size, below)

        assert (page.records, page.below, page.is_cut) == ([], below, False)

    def test_nothing_is_below_the_last(self, store: Store) -> None:
        fill(store)
        last = store.page(Query(), 5).places[-1]

        page = store.page(Query(), 5, last)

        assert (page.records, page.below) == ([], None)

    @pytest.mark.parametrize("name", ODD_PLACES)
    def test_any_text_is_a_place(self, store: Store, name: str) -> None:
        below, expected = ODD_PLACES[name]
        for minutes, agent_id in ((1, "a"), (1, "b"), (2, "c")):
            add(store, agent_id)
            change(store, agent_id, updated(minutes))
        change(store, "b", finalized(minutes=1))

        page = store.page(Query(), 5, below)

        assert ids_of(page) == expected
        assert ids_of(store.page(Query(until=at(minutes_later(1))), 5, below)) == "".join(
            agent_id for agent_id in expected if agent_id != "c"
        )

    @pytest.mark.parametrize("size", [1, 2, 5])
    @pytest.mark.parametrize(
        ("conditions", "expected"),
        [
            ({"agent_name": "x"}, "cba"),
            ({"agent_name": "nobody"}, ""),
            ({"task_id": "T1"}, "edca"),
            ({"phase": "planning"}, "db"),
            ({"phase": "failed"}, "e"),
            ({"phase": "completed"}, "c"),
            ({"phase": "thinking"}, ""),
            ({"phase": ""}, ""),
            ({"live": True}, "dba"),
            ({"live": True, "phase": "failed"}, ""),
            ({"resume_ready": True}, "db"),
            ({"agent_name": "x", "live": True, "task_id": "T2"}, "ba"),
            ({"since": at(minutes_later(3))}, "edc"),
            ({"since": "\0"}, "edcba"),
            ({"since": "é"}, ""),
            ({"until": at(minutes_later(3))}, "cba"),
            ({"until": ""}, ""),
            ({"until": "é"}, "edcba"),
            ({"since": at(minutes_later(2)), "until": at(minutes_later(4))}, "dcb"),
            ({"until": at(minutes_later(4)), "agent_name": "y", "text": "D"}, "d"),
        ],
    )
    def test_a_page_has_what_fits_all_conditions(
        self, store: Store, conditions: dict[str, Any], expected: str, size: int
    ) -> None:
        fill(store)

        assert "".join(pages_of(store, size, **conditions)) == expected

    def test_a_page_is_asked_by_approval_and_host_too(self, store: Store) -> None:
        fill(store)
        change(store, "a", asked(1, 6))
        change(store, "d", asked(2, 7))
        add(store, "f", 8, host=a_host("a1", "s1"))
        change(store, "f", finalized(minutes=9))

        assert pages_of(store, 2, pending=True)[0] == "da"
        assert pages_of(store, 2, approval_id=approval_id(1))[0] == "a"
        assert pages_of(store, 2, approval_id=approval_id(2), agent_name="x") == [""]
        assert pages_of(store, 2, host="claude-code:a1") == ["f"]
        assert pages_of(store, 2, host="claude-code:a1", live=True) == [""]
        assert pages_of(store, 2, host="") == [""]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "fedcba"),
            ("größe", "a"),
            ("GRÖSSE", "a"),
            ("名前", "b"),
            ('say "no"\\', "c"),
            ("KEY of a", "d"),
            ("4.25", "d"),
            ("broke down", "e"),
            ("asked IN words", "f"),
            ("rm -rf /tmp/È", "f"),
            ("e", "fedcba"),
            ("nowhere", ""),
            ("\ud800", ""),
            ("\0", ""),
        ],
    )
    def test_a_page_is_asked_for_what_is_mentioned(
        self, store: Store, text: str, expected: str
    ) -> None:
        for agent_id in "abcdef":
            add(store, agent_id, agent_name="somebody" if agent_id != "b" else "the 名前")
        change(store, "a", updated(1, metadata={"plan": ["", {"of": "Größe 7"}]}))
        change(store, "b", finalized(minutes=2))
        change(store, "c", finalized(minutes=3, summary='They say "no"\\yes'))
        change(store, "d", updated(4, metadata={"a": {"A key of any": [4.25, None, True]}}))
        change(store, "e", updated(5, error="It Broke\u2028Down: broke down"))
        action = plan_action("RM -rf /tmp/è".encode()).sealed("0f" * 16)
        change(store, "f", asked(1, 6, summary="Asked in words", action=action))

        assert "".join(pages_of(store, 2, text=text)) == expected
        found = store.scan(Query(text=text))
        assert sorted(each["agent_id"] for each in found) == sorted(expected)

    def test_what_is_active_between_pages_hides_and_repeats_no_other(
        self, store: Store
    ) -> None:
        fill(store)

        first = store.page(Query(), 2)
        change(store, "b", updated(10))
        change(store, "d", updated(11))
        add(store, "g", 12)
        second = store.page(Query(), 2, first.below)

        assert (ids_of(first), ids_of(second)) == ("ed", "ca")
        assert ids_of(store.page(Query(), 9)) == "gdbeca"

    def test_a_page_goes_on_below_a_session_that_is_gone(self, store: Store) -> None:
        fill(store)
        first = store.page(Query(), 3)

        for agent_id in "ecb":
            store.remove(agent_id, at(minutes_later(60)), always)

        assert ids_of(store.page(Query(), 3, first.below)) == "a"
        assert ids_of(store.page(Query(), 3, first.places[0])) == "da"

    def test_what_a_page_hands_out_is_not_the_store_s_own(self, store: Store) -> None:
        add(store, "a", metadata={"list": [1]})

        store.page(Query(), 1).records[0]["metadata"]["list"].append("scribble")

        assert store.page(Query(), 1).records[0]["metadata"] == {"list": [1]}
