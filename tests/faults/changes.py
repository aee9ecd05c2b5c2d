"""What any store is asked to do under faults, each with what it keeps before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faults import operations

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.store import Store
    from tests.faults.grounds import Ground


class Change(NamedTuple):
    """*act* on the store that *prepare* has filled; *touches* how many sessions at the most."""

    prepare: Callable[[Ground], object]
    act: Callable[[Store], Any]
    touches: int = 1


def nothing(_: Ground) -> None:
    """Not even a store, where the kind has none before the first write."""


def three_sessions(ground: Ground) -> None:
    operations.keep_three_sessions(ground.template())


def three_ages(ground: Ground) -> None:
    operations.keep_three_ages(ground.template())


def one_that_is_over(ground: Ground) -> None:
    operations.keep_one_that_is_over(ground.template())


def two_requests(ground: Ground) -> None:
    operations.keep_two_requests(ground.template())


def an_answer(ground: Ground) -> None:
    operations.keep_an_answer(ground.template())


def a_spoiled_one(ground: Ground) -> None:
    three_sessions(ground)
    ground.spoil()


CHANGES: dict[str, Change] = {
    "add": Change(three_sessions, operations.add_d),
    "add to nothing": Change(nothing, operations.add_d),
    "update": Change(three_sessions, operations.update_a),
    "update in two steps": Change(three_sessions, operations.update_a_in_two_steps),
    "update a spoiled one": Change(a_spoiled_one, operations.update_a),
    "finalize": Change(three_sessions, operations.finalize_a),
    "compact": Change(one_that_is_over, operations.compact_a),
    "claim": Change(three_sessions, operations.claim_a),
    "ask": Change(three_sessions, operations.ask_of_a),
    "ask again": Change(two_requests, operations.ask_of_a),
    "decide": Change(two_requests, operations.decide_of_a),
    "use": Change(an_answer, operations.use_of_a),
    "remove": Change(three_sessions, operations.remove_a),
    "remove what waits": Change(two_requests, operations.remove_a),
    "clean up": Change(three_ages, operations.clean_up, touches=3),
    "note": Change(three_sessions, lambda store: store.note({"n": 2})),
    "note to nothing": Change(nothing, lambda store: store.note({"n": 2})),
    "repair one": Change(a_spoiled_one, lambda store: store.repair("a")),
    "repair all": Change(a_spoiled_one, lambda store: store.repair(None), touches=3),
}
