"""Is a history of concurrent calls one that a single caller could have made, in some order?

Wing and Gong's search with Lowe's memo: an operation may take effect anywhere between its
invocation and its return; one whose caller was killed may have taken effect later, or never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    # The states that may follow on a state, given an operation and what it answered.
    Model = Callable[[Any, tuple[Any, ...], Any], Sequence[Hashable]]

NEVER = float("inf")
UNKNOWN = None
BUDGET = 50_000  # a history that is one takes about as many steps as it has calls


class Call(NamedTuple):
    """One operation: when it was invoked and returned (NEVER for a killed caller), what was
    asked, and the answer (UNKNOWN for a killed caller).
    """

    invoked: float
    returned: float
    asked: tuple[Any, ...]
    answer: Any


class Place(NamedTuple):
    """Where a search is: all calls before *first* are placed, and those in *beyond*."""

    first: int
    beyond: frozenset[int]
    state: Hashable


def is_linearizable(history: Sequence[Call], start: Hashable, model: Model) -> bool:
    """RuntimeError where the search takes too long to tell: that is no yes."""
    calls = sorted(history, key=lambda call: call.invoked)
    due = sum(call.returned != NEVER for call in calls)
    stack = [(Place(0, frozenset(), start), 0)]
    seen: set[Place] = set()
    while stack:
        place, placed = stack.pop()
        place = _advanced(place)
        if placed == due:
            return True
        if place in seen:
            continue
        seen.add(place)
        if len(seen) > BUDGET:
            raise RuntimeError("undecided: the search took too long")
        stack += reversed(list(_steps(calls, place, placed, model)))
    return False


def _advanced(place: Place) -> Place:
    first, beyond = place.first, place.beyond
    while first in beyond:
        beyond, first = beyond - {first}, first + 1
    return Place(first, beyond, place.state)


def _steps(
    calls: Sequence[Call], place: Place, placed: int, model: Model
) -> Iterator[tuple[Place, int]]:
    """What may come next, the likeliest first: finished calls, the earliest return first."""
    candidates = sorted(_candidates(calls, place), key=lambda number: calls[number].returned)
    for number in candidates:
        call = calls[number]
        for state in model(place.state, call.asked, call.answer):
            after = Place(place.first, place.beyond | {number}, state)
            yield after, placed + (call.returned != NEVER)


def _candidates(calls: Sequence[Call], place: Place) -> list[int]:
    """The calls that were invoked before any of those that are left had returned."""
    earliest, found = NEVER, []
    for number in range(place.first, len(calls)):
        if calls[number].invoked > earliest:
            break
        if number not in place.beyond:
            found.append(number)
            earliest = min(earliest, calls[number].returned)
    return [number for number in found if calls[number].invoked <= earliest]
