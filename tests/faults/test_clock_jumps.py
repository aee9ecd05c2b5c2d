"""A clock that is wrong by a year, either way: a claim is never granted twice, no lease is
stolen from a process that lives, and what is entered stays whole.
"""

from __future__ import annotations

import os
import random
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core.claims import ClaimPolicy
from agent_session.core.errors import ClaimedError, StaleClaimError
from agent_session.services.claims import Claims
from agent_session.stores.postgres.clock import ServerClock
from agent_session.wiring import fate_of, utc_now
from agent_session.world.processes import identity
from tests.faults.ledger import note
from tests.faults.places import FILES, POSTGRES, SQLITE, clock_of, opened
from tests.faults.processes import kill, start
from tests.faults.samples import seed, times
from tests.stores.calls import add

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agent_session.core.store import Store

YEAR = timedelta(days=365)
LEASE = timedelta(minutes=30)
jumps = pytest.mark.parametrize("jump", [YEAR, -YEAR], ids=["ahead", "behind"])


class Jumping:
    """A machine's clock that is set, forwards and back."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def claims_on(store: Store, now: Callable[[], datetime], *, knows: bool = True) -> Claims:
    """The claims as they are wired: by the store's own clock, where it has one."""
    policy = ClaimPolicy(LEASE, fate_of=fate_of) if knows else ClaimPolicy(LEASE)
    return Claims(store, now=clock_of(store, now), policy=policy, actor="test")


def token_of(record: Any) -> int:
    return int(record["claim"]["token"])


@jumps
def test_a_clock_that_jumps_steals_no_claim_from_a_process_that_lives(
    kind: str, url: str, jump: timedelta
) -> None:
    clock, store = Jumping(), opened(url)
    add(store, "a")
    claims = claims_on(store, clock)
    holder = start(lambda: os.read(os.pipe()[0], 1))
    try:
        held = claims.claim("a", "holder", process=identity(holder))
        clock.ahead = jump

        with pytest.raises(ClaimedError):
            claims.claim("a", "another")

        assert token_of(claims.heartbeat("a", token_of(held))) == token_of(held)
    finally:
        kill(holder)

    assert token_of(claims.claim("a", "another")) == token_of(held) + 1
    assert store.flaws("a") == []
    note(kind, "clock", 1)


@jumps
def test_whoever_lost_a_claim_to_a_jump_is_not_believed_any_more(
    kind: str, url: str, jump: timedelta
) -> None:
    clock, store = Jumping(), opened(url)
    add(store, "a")
    claims = claims_on(store, clock, knows=False)
    first = token_of(claims.claim("a", "first"))
    clock.ahead = jump
    try:
        second = token_of(claims.claim("a", "second"))
    except ClaimedError:
        assert jump < timedelta(0) or store.clock is not None
        claims.heartbeat("a", first)
    else:
        assert second == first + 1
        with pytest.raises(StaleClaimError):
            claims.heartbeat("a", first)

    assert store.flaws("a") == []
    note(kind, "clock", 1)


@times(25, 300, 2000)
def test_no_token_is_granted_twice_while_the_clock_jumps(
    kind: str, url: str, times: int
) -> None:
    """Two holders and a clock that is set at random: every token is new, the newest counts."""
    clock, store, chance = Jumping(), opened(url), random.Random(seed())
    add(store, "a")
    claims = claims_on(store, clock, knows=False)
    granted: list[int] = []
    for _ in range(times):
        clock.ahead = chance.choice((-YEAR, timedelta(0), YEAR))
        try:
            record = claims.claim("a", chance.choice(("one", "two")))
        except ClaimedError:
            continue
        if token_of(record) not in granted[-1:]:
            granted.append(token_of(record))
        for stale in granted[:-1][-2:]:
            with pytest.raises(StaleClaimError):
                claims.heartbeat("a", stale)
        if chance.random() < 0.5:
            claims.release("a", granted[-1])

    assert granted == sorted(set(granted))
    assert store.flaws("a") == []
    assert len(list(store.events("a"))) == store.get("a")["revision"]
    note(kind, "clock", times)


@pytest.mark.parametrize("kind", [FILES, SQLITE])
@jumps
def test_a_machine_s_own_clock_may_end_a_lease_and_no_more(
    kind: str, url: str, jump: timedelta
) -> None:
    """Of a holder that no process stands for: a lease goes by the clock, whatever that says."""
    clock, store = Jumping(), opened(url)
    add(store, "a")
    claims = claims_on(store, clock, knows=False)
    claims.claim("a", "first")
    clock.ahead = jump

    if jump > timedelta(0):
        assert token_of(claims.claim("a", "second")) == 2
    else:
        with pytest.raises(ClaimedError):
            claims.claim("a", "second")
    note(kind, "clock", 1)


@pytest.mark.parametrize("kind", [POSTGRES])
@jumps
def test_a_client_whose_clock_is_wrong_is_judged_by_the_server_s(
    url: str, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(url)
    add(store, "a")
    monkeypatch.setattr("agent_session.wiring.utc_now", lambda: utc_now() + jump)
    monkeypatch.setattr("time.time", lambda: utc_now().timestamp() + jump.total_seconds())
    claims = claims_on(store, lambda: utc_now() + jump, knows=False)

    claims.claim("a", "first")

    with pytest.raises(ClaimedError):
        claims.claim("a", "second")
    assert abs(claims.now() - utc_now()) < timedelta(hours=1)
    note(POSTGRES, "clock", 1)


@pytest.mark.parametrize("kind", [POSTGRES])
def test_a_database_without_a_store_tells_the_time(url: str) -> None:
    clock = opened(url).clock
    assert clock is not None

    assert abs(clock() - utc_now()) < timedelta(hours=1)


def test_the_server_s_clock_goes_on_by_itself_between_two_looks() -> None:
    asked: list[datetime] = []

    def ask() -> datetime:
        asked.append(utc_now() + YEAR)
        return asked[-1]

    clock = ServerClock(ask)

    told = [clock.now() for _ in range(100)]

    assert told == sorted(told)
    assert told[0] >= asked[0]
    assert len(asked) < len(told)


def test_an_answer_of_the_server_s_clock_that_came_late_is_not_gone_by() -> None:
    """Who was stopped between asking and noting the answer would be behind by as much."""
    pauses = iter((0.5,))

    def ask() -> datetime:
        told = utc_now()
        time.sleep(next(pauses, 0))
        return told

    told = ServerClock(ask).now()

    assert utc_now() - told < timedelta(seconds=0.4)


def test_a_holder_that_has_ended_is_known_to_have(url: str) -> None:
    """The control: it is the living process that kept the claim in the tests above."""
    store = opened(url)
    add(store, "a")
    claims = claims_on(store, utc_now)
    ended = start(lambda: os.read(os.pipe()[0], 1))
    process = identity(ended)
    kill(ended)
    claims.claim("a", "holder", process=process)

    assert token_of(claims.claim("a", "another")) == 2
