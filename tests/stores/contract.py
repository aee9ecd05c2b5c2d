"""What is true of every store: inherit StoreContract and give it a store.

Its other parts (queries, pages, approvals, hosts, watches, several users at once) stand beside
it. Nothing here knows how a store keeps what it is given; what only one store promises stands
in that store's own file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.chain import NOTHING_BEFORE, draft, flaw_in
from agent_session.core.codec import LONGEST_STRING, digest, encode_record
from agent_session.core.errors import (
    InvalidAgentIdError,
    InvalidValueError,
    LimitExceededError,
    SessionExistsError,
    SessionNotFoundError,
)
from agent_session.core.events import fold
from agent_session.core.instants import at
from agent_session.core.store import Query
from tests.examples import created, finalized, minutes_later, updated
from tests.stores.calls import UnforeseenError, add, always, change, ids, never
from tests.stores.contract_of_approvals import ContractOfApprovals
from tests.stores.contract_of_claims import ContractOfClaims
from tests.stores.contract_of_compacting import ContractOfCompacting
from tests.stores.contract_of_hosts import ContractOfHosts
from tests.stores.contract_of_many import ContractOfManyAtOnce
from tests.stores.contract_of_measures import ContractOfMeasures
from tests.stores.contract_of_moves import ContractOfMoves
from tests.stores.contract_of_pages import ContractOfPages
from tests.stores.contract_of_scans import ContractOfScans
from tests.stores.contract_of_watches import ContractOfWatches

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.chain import Draft
    from agent_session.core.state import Record
    from agent_session.core.store import Store

NO_IDS = (
    "", ".", "..", "../x", "/etc", "a/b", "a\\b", ".hidden", "-rf", "a b", "a\n", "a\0", "é",
    "a" * 129,
)  # fmt: skip
TOO_MUCH = {f"part {n}": "x" * LONGEST_STRING for n in range(5)}


class StoreContract(
    ContractOfClaims,
    ContractOfScans,
    ContractOfPages,
    ContractOfApprovals,
    ContractOfHosts,
    ContractOfWatches,
    ContractOfManyAtOnce,
    ContractOfMoves,
    ContractOfCompacting,
    ContractOfMeasures,
):
    """The contract; a store's own test class inherits it and overrides the fixture."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    # --- adding and reading -------------------------------------------------------------------

    def test_a_new_session_is_kept_as_its_first_events_say(self, store: Store) -> None:
        made = store.add("a", [created("a", agent_name="x"), updated(phase="planning")])

        assert (made["agent_name"], made["phase"], made["revision"]) == ("x", "planning", 2)
        assert store.get("a") == made

    def test_an_id_that_is_taken_is_refused_and_its_session_left_alone(
        self, store: Store
    ) -> None:
        first = add(store, "a", purpose="the first")

        with pytest.raises(SessionExistsError):
            add(store, "a", purpose="the second")

        assert store.get("a") == first
        assert [event["seq"] for event in store.events("a")] == [1]

    @pytest.mark.parametrize("agent_id", NO_IDS)
    def test_what_may_be_no_id_is_refused_by_every_method(
        self, store: Store, agent_id: str
    ) -> None:
        calls: tuple[Callable[[], object], ...] = (
            lambda: add(store, agent_id),
            lambda: store.get(agent_id),
            lambda: change(store, agent_id, updated()),
            lambda: list(store.events(agent_id)),
            lambda: store.remove(agent_id, at(minutes_later(1)), always),
            lambda: store.flaws(agent_id),
            lambda: store.repair(agent_id),
        )
        for call in calls:
            with pytest.raises(InvalidAgentIdError):
                call()

        assert ids(store) == []

    @pytest.mark.parametrize("others", [0, 1])
    def test_an_unknown_session_is_not_found_by_any_method(
        self, store: Store, others: int
    ) -> None:
        for n in range(others):
            add(store, f"other-{n}")
        calls: tuple[Callable[[], object], ...] = (
            lambda: store.get("a"),
            lambda: change(store, "a", updated()),
            lambda: list(store.events("a")),
            lambda: store.remove("a", at(minutes_later(1)), always),
            lambda: store.flaws("a"),
            lambda: store.repair("a"),
        )
        for call in calls:
            with pytest.raises(SessionNotFoundError):
                call()

        assert len(ids(store)) == others

    def test_what_is_handed_out_is_not_the_store_s_own(self, store: Store) -> None:
        add(store, "a", metadata={"list": [1]})
        before = store.get("a")

        for handed_out in (store.get("a"), next(iter(store.scan(Query())))):
            handed_out["metadata"]["list"].append("scribble")
            handed_out["phase"] = "completed"
        next(iter(store.events("a")))["data"]["metadata"]["list"].append("scribble")

        assert store.get("a") == before
        assert fold(store.events("a")) == before

    def test_what_is_handed_in_is_not_kept_as_it_is(self, store: Store) -> None:
        metadata: dict[str, Any] = {"list": [1]}
        add(store, "a", metadata=metadata)
        change(store, "a", updated(metadata=metadata))

        metadata["list"].append("scribble")

        assert store.get("a")["metadata"] == {"list": [1]}
        assert fold(store.events("a")) == store.get("a")

    # --- updating -----------------------------------------------------------------------------

    def test_an_update_answers_with_what_is_kept(self, store: Store) -> None:
        add(store, "a")

        after = change(store, "a", updated(phase="planning", metadata={"n": 1}))

        assert (after["phase"], after["metadata"], after["revision"]) == (
            "planning",
            {"n": 1},
            2,
        )
        assert store.get("a") == after

    def test_a_change_is_given_the_record_as_it_is_now(self, store: Store) -> None:
        add(store, "a")
        change(store, "a", updated(metadata={"n": 1}))
        seen: list[Record] = []

        def look(record: Record) -> list[Draft]:
            seen.append(record)
            return []

        store.update("a", look)

        assert seen == [store.get("a")]

    def test_a_change_without_drafts_writes_nothing(self, store: Store) -> None:
        before = add(store, "a")

        assert store.update("a", lambda _: []) == before

        assert store.get("a") == before
        assert [event["seq"] for event in store.events("a")] == [1]

    def test_a_change_that_raises_leaves_the_session_alone(self, store: Store) -> None:
        before = add(store, "a", metadata={"n": 1})

        def raise_after_a_scribble(record: Record) -> list[Draft]:
            record["metadata"]["n"] = 2
            raise UnforeseenError

        with pytest.raises(UnforeseenError):
            store.update("a", raise_after_a_scribble)

        assert store.get("a") == before
        assert change(store, "a", updated())["revision"] == 2

    @pytest.mark.parametrize(
        ("refused", "error"),
        [
            (updated(metadata=TOO_MUCH), LimitExceededError),
            (draft("danced", at(minutes_later(1)), "test"), InvalidValueError),
            (updated(metadata={"n": float("nan")}), InvalidValueError),
        ],
        ids=["too large", "of no known kind", "no JSON"],
    )
    def test_of_several_events_all_are_entered_or_none(
        self, store: Store, refused: Draft, error: type[Exception]
    ) -> None:
        before = add(store, "a")

        with pytest.raises(error):
            change(store, "a", updated(phase="planning"), refused)

        assert store.get("a") == before
        assert [event["seq"] for event in store.events("a")] == [1]

    def test_a_session_that_is_too_large_is_not_added(self, store: Store) -> None:
        with pytest.raises(LimitExceededError):
            add(store, "a", metadata=TOO_MUCH)

        assert ids(store) == []
        assert add(store, "a")["revision"] == 1

    # --- events -------------------------------------------------------------------------------

    def test_the_events_are_numbered_without_a_gap_and_asked_for_after_any(
        self, store: Store
    ) -> None:
        add(store, "a")
        change(store, "a", updated(), updated(2))
        change(store, "a", finalized(minutes=3))

        assert [event["seq"] for event in store.events("a")] == [1, 2, 3, 4]
        assert [event["seq"] for event in store.events("a", 2)] == [3, 4]
        assert list(store.events("a", 4)) == []

    def test_only_the_last_event_of_a_change_ends_it(self, store: Store) -> None:
        add(store, "a")
        change(store, "a", updated(), updated(2), updated(3))

        assert [event.get("more", False) for event in store.events("a")] == [
            False, True, True, False,
        ]  # fmt: skip

    def test_the_events_form_a_chain(self, store: Store) -> None:
        add(store, "a")
        change(store, "a", updated(), updated(2, error="no"))
        change(store, "a", finalized(minutes=3))

        seq, prev = 0, NOTHING_BEFORE
        for event in store.events("a"):
            assert flaw_in(event, seq, prev) is None
            seq, prev = event["seq"], event["hash"]

    def test_the_fold_of_the_events_is_the_record_at_every_number(self, store: Store) -> None:
        records = [
            add(store, "a", metadata={"n": 0}, limits={"history": 2}),
            change(store, "a", updated(phase="planning")),
            change(store, "a", updated(2, phase="executing", metadata={"n": 1})),
            change(store, "a", updated(3, error="no")),
            change(store, "a", finalized(minutes=4, summary="done")),
        ]

        for number, record in enumerate(records, 1):
            events = [event for event in store.events("a") if event["seq"] <= number]
            assert fold(events) == record
            assert events[-1]["state"] == digest(encode_record(record))

    # --- removing -----------------------------------------------------------------------------

    def test_a_removed_session_is_gone(self, store: Store) -> None:
        add(store, "a", agent_name="x")
        add(store, "b", agent_name="x")

        assert store.remove("a", at(minutes_later(1)), always) is True

        with pytest.raises(SessionNotFoundError):
            store.get("a")
        assert (
            ids(store)
            == ids(store, live=True)
            == ids(store, agent_name="x", live=True)
            == ["b"]
        )

    def test_a_removal_that_is_not_allowed_changes_nothing(self, store: Store) -> None:
        before = add(store, "a")

        assert store.remove("a", at(minutes_later(1)), never) is False

        assert store.get("a") == before
        assert change(store, "a", updated())["revision"] == 2

    def test_a_removal_is_decided_by_the_record_as_it_is_now(self, store: Store) -> None:
        add(store, "a")
        change(store, "a", updated(metadata={"n": 1}))
        seen: list[Record] = []

        def ask(record: Record) -> bool:
            seen.append(record)
            return False

        store.remove("a", at(minutes_later(2)), ask)

        assert seen == [store.get("a")]

    def test_a_removal_whose_question_raises_removes_nothing(self, store: Store) -> None:
        before = add(store, "a")

        def ask(_: Record) -> bool:
            raise UnforeseenError

        with pytest.raises(UnforeseenError):
            store.remove("a", at(minutes_later(1)), ask)

        assert store.get("a") == before

    def test_the_id_of_a_removed_session_begins_anew(self, store: Store) -> None:
        add(store, "a", agent_name="x", metadata={"old": True})
        change(store, "a", updated(phase="planning"))
        store.remove("a", at(minutes_later(2)), always)

        again = add(store, "a", 3, agent_name="x")

        assert (again["revision"], again["metadata"]) == (1, {})
        assert [event["seq"] for event in store.events("a")] == [1]
        assert ids(store, agent_name="x", live=True) == ["a"]

    def test_sweeping_touches_no_session(self, store: Store) -> None:
        before = add(store, "a")

        store.sweep()

        assert store.get("a") == before

    # --- the delegation log -------------------------------------------------------------------

    def test_delegations_are_kept_in_their_order(self, store: Store) -> None:
        assert list(store.notes()) == []

        lines: list[dict[str, Any]] = [
            {"n": 1, "agent_name": "x\ny\0\u2028"},
            {"n": 2, "agent_name": None},
            {},
        ]
        for line in lines:
            store.note(line)

        assert list(store.notes()) == lines
        assert ids(store) == []

    # --- verifying ----------------------------------------------------------------------------

    def test_a_sound_session_has_no_flaw_and_no_repair_changes_it(self, store: Store) -> None:
        add(store, "a", agent_name="x")
        before = change(store, "a", updated(phase="planning"))
        events = list(store.events("a"))

        store.repair("a")
        store.repair(None)

        assert list(store.flaws("a")) == []
        assert store.get("a") == before
        assert list(store.events("a")) == events
        assert ids(store, agent_name="x", live=True) == ["a"]
