"""Workers that are killed, and paused beyond their lease, never share a claim: no token is
granted twice, no stale one is believed, and every history could have been one caller's.
"""

from __future__ import annotations

import os
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.core import claiming, claims
from agent_session.core.chain import draft
from agent_session.core.claims import Claimant, ClaimPolicy
from agent_session.core.errors import ClaimedError, StaleClaimError
from agent_session.core.instants import at
from agent_session.services.claims import Claims
from agent_session.wiring import utc_now
from tests.examples import updated
from tests.faults.chaos import Chaos, rest_seconds_on
from tests.faults.ledger import note
from tests.faults.lincheck import NEVER, Call, is_linearizable
from tests.faults.places import (
    FILES,
    POSTGRES,
    SQLITE,
    clock_of,
    kind_of,
    once_a_process,
    opened,
)
from tests.faults.samples import times
from tests.stores.calls import add, change

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from agent_session.core.chain import Draft
    from agent_session.core.state import Record
    from tests.faults.chaos import Log

LEASE = 0.05
SLACK = 0.002
# By a server's clock, which its clients know no better than an answer takes to come.
LEASE_OF_CLIENTS = 0.4
SLACK_OF_CLIENTS = 0.2
HELD = "held"
STALE = "stale"
DONE = "done"
ROUND_SECONDS = 1.0


def lease_on(url: str) -> float:
    return LEASE_OF_CLIENTS if kind_of(url) == POSTGRES else LEASE


def shortest_lease_on(url: str) -> float:
    """What nobody may have stolen sooner."""
    slack = SLACK_OF_CLIENTS if kind_of(url) == POSTGRES else SLACK
    return lease_on(url) - slack


class Worker:
    """One process's hands on the session; opened anew in each life."""

    def __init__(self, url: str, own_clock: Callable[[], datetime] = utc_now) -> None:
        self.store = opened(url)
        self.now = clock_of(self.store, own_clock)
        self.policy = ClaimPolicy(timedelta(seconds=lease_on(url)))
        self.claims = Claims(self.store, now=self.now, policy=self.policy, actor="chaos")

    def claim(self, holder: str) -> Any:
        try:
            return (self.claims.claim("a", holder)["claim"] or {})["token"]
        except ClaimedError:
            return HELD

    def write(self, token: int) -> Any:
        """One more on the count, read and written in one step; the new count."""

        def change(record: Record) -> Sequence[Draft]:
            now = self.now()
            lease = claiming.extension(record, Claimant(token=token), self.policy, now)
            more = {"count": record["metadata"]["count"] + 1}
            return [draft("updated", at(now), "chaos", metadata=more, **lease)]

        try:
            return self.store.update("a", change)["metadata"]["count"]
        except StaleClaimError:
            return STALE

    def release(self, token: int) -> Any:
        try:
            self.claims.release("a", token)
        except StaleClaimError:
            return STALE
        return DONE


def compete(url: str) -> Callable[[Log, int, random.Random], None]:
    hands = once_a_process(lambda: Worker(url))

    def deed(log: Log, number: int, chance: random.Random) -> None:
        worker = hands()
        token = log.call(("claim",), lambda: worker.claim(f"{number}-{chance.random()}"))
        if token == HELD:
            sleep(chance.random() * 0.01)
            return
        for _ in range(chance.randint(1, 4)):
            if log.call(("write", token), lambda: worker.write(token)) == STALE:
                break
            if chance.random() < 0.1:
                sleep(lease_on(url) * 1.5)  # slower than its lease
        if chance.random() < 0.7:
            log.call(("release", token), lambda: worker.release(token))

    return deed


# (the newest token, whether its claim stands, the count)
START = (0, False, 0)


def one_claim(
    state: tuple[int, bool, int], asked: tuple[Any, ...], answer: Any
) -> Sequence[tuple[int, bool, int]]:
    """What a session with one claim may do; a lease may run out at any time."""
    token, stands, count = state
    if asked[0] == "claim":
        return _claimed(state, answer)
    is_newest = stands and asked[1] == token
    if answer == STALE:
        return [] if is_newest else [state]
    if not is_newest:
        return []
    if asked[0] == "release":
        return [(token, False, count)]
    return [(token, True, count + 1)] if answer in {None, count + 1} else []


def _claimed(state: tuple[int, bool, int], answer: Any) -> list[tuple[int, bool, int]]:
    token, stands, count = state
    if answer == HELD:
        return [state] if stands else []
    return [(token + 1, True, count)] if answer in {None, token + 1} else []


def flaws_of(history: list[Call], url: str) -> list[str]:
    granted = [call.answer for call in history if _is_grant(call)]
    counts = [call.answer for call in history if _is_write(call)]
    unknown = sum(call.asked[0] == "write" and call.returned == NEVER for call in history)
    store = opened(url)
    kept = store.get("a")["metadata"]["count"]
    change(store, "a", updated(9))  # as after any kill, the next writer puts things in order
    flaws = list(store.flaws("a"))
    if len(granted) != len(set(granted)):
        flaws.append("a token was granted twice")
    if len(counts) != len(set(counts)):
        flaws.append("two writes made the same count")
    if not len(counts) <= kept <= len(counts) + unknown:
        flaws.append(f"{len(counts)} writes were acknowledged, {kept} are there")
    if stolen_early(history, shortest_lease_on(url)):
        flaws.append("a lease was stolen before its time")
    if believed_when_stale(history):
        flaws.append("a stale token was believed")
    if not flaws and not is_linearizable(history, START, one_claim):
        flaws.append("no single caller could have had these answers")
    return flaws


def _is_grant(call: Call) -> bool:
    return call.asked[0] == "claim" and isinstance(call.answer, int)


def _is_write(call: Call) -> bool:
    return call.asked[0] == "write" and isinstance(call.answer, int)


def stolen_early(history: list[Call], lease: float) -> list[int]:
    """Tokens granted while the one before had neither been given up nor outlasted its lease."""
    active: dict[int, float] = {}
    given_up: dict[int, float] = {}
    for call in history:
        if _is_grant(call):
            active[call.answer] = max(call.invoked, active.get(call.answer, 0))
        elif _is_write(call):
            active[call.asked[1]] = max(call.invoked, active.get(call.asked[1], 0))
        elif call.asked[0] == "release" and call.answer != STALE:
            given_up[call.asked[1]] = call.invoked
    return [
        call.answer
        for call in history
        if _is_grant(call)
        and call.answer - 1 in active
        and call.returned < active[call.answer - 1] + lease * 1e9
        and given_up.get(call.answer - 1, NEVER) > call.returned
    ]


def believed_when_stale(history: list[Call]) -> list[Call]:
    """Writes that began when a newer token had been granted already, and were acknowledged."""
    granted = {call.answer: call.returned for call in history if _is_grant(call)}
    return [
        call
        for call in history
        if _is_write(call) and granted.get(call.asked[1] + 1, NEVER) < call.invoked
    ]


class Rounds(NamedTuple):
    """As many as it took, each with a session of its own."""

    disturbances: int
    flaws: list[str]


def disturbed(fresh_url: Callable[[], str], scratch: str, times: int) -> Rounds:
    """What as many rounds show as have so many kills, and so many pauses."""
    number = done = paused = 0
    flaws: list[str] = []
    while (done < times or paused < times) and not flaws:
        url, folder = fresh_url(), f"{scratch}/round-{number}"
        os.mkdir(folder)
        add(opened(url), "a", metadata={"count": 0})
        rest = rest_seconds_on(url)
        chaos = Chaos(folder, compete(url), lease_on(url) * 2, seed=number, rest_seconds=rest)
        history = chaos.run(ROUND_SECONDS)
        flaws = ["a worker failed"] if chaos.ended else flaws_of(history, url)
        number, done, paused = number + 1, done + chaos.kills, paused + chaos.pauses
    return Rounds(done + paused, flaws)


@times(20, 1000, 10_000)
def test_workers_that_are_killed_and_paused_never_share_a_claim(
    kind: str, fresh_url: Callable[[], str], scratch: str, times: int
) -> None:
    rounds = disturbed(fresh_url, scratch, times)

    note(kind, "claims", rounds.disturbances, len(rounds.flaws))
    assert rounds.flaws == []


# --- the chaos bites --------------------------------------------------------------------------


def believe_any_token(record: Any, who: Any, policy: Any, now: Any) -> dict[str, str]:
    return {"until": at(now + policy.lease)}


def let_leases_end_early(claim: Any, now: Any, _: Any = None) -> bool:
    return claim is not None and at(now + timedelta(seconds=LEASE / 2)) < claim["until"]


def grant_the_same_token(take: Any) -> Any:
    def again(record: Any, *given: Any, **named: Any) -> Any:
        made = take(record, *given, **named)
        if made["kind"] == "claimed" and record["fence"] > 2:
            made["data"]["token"] = record["fence"]
        return made

    return again


MUTANTS: dict[str, list[tuple[Any, str, Any]]] = {
    "no fence": [(claiming, "extension", believe_any_token)],
    "early steal": [
        (claims, "is_live", let_leases_end_early),
        (claiming, "is_live", let_leases_end_early),
    ],
    "a token twice": [(claiming, "take", grant_the_same_token(claiming.take))],
}


@pytest.mark.parametrize("kind", [FILES, SQLITE])
@pytest.mark.parametrize("name", MUTANTS)
def test_a_store_without_one_of_its_cares_is_caught(
    fresh_url: Callable[[], str], scratch: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, what, instead in MUTANTS[name]:
        monkeypatch.setattr(module, what, instead)

    assert disturbed(fresh_url, scratch, 400).flaws != []
