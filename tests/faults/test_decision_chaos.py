"""Deciders and users of the same approvals, killed and paused: each approval is decided once
and used at most once, and every history of it could have been one caller's.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from agent_session.core import approvals, asking
from agent_session.core.actions import plan_action
from agent_session.core.errors import (
    AlreadyDecidedError,
    ApprovalEndedError,
    NotDecidedError,
)
from agent_session.services.decisions import Person
from agent_session.wiring import Wiring, wire
from tests.examples import updated
from tests.faults.chaos import Chaos, rest_seconds_on
from tests.faults.ledger import note
from tests.faults.lincheck import Call, is_linearizable
from tests.faults.places import FILES, SQLITE, once_a_process, opened
from tests.faults.samples import times
from tests.stores.calls import change

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from tests.faults.chaos import Log

APPROVALS = 12
PLAN = b"terraform apply"
ALREADY = "already "
ROUND_SECONDS = 0.5


def wired(url: str, folder: str) -> Wiring:
    wiring = wire("chaos", store=url, project=folder, variables={})
    wiring._store = opened(url)
    return wiring


class Hands:
    """One process's way to the approvals; opened anew in each life."""

    def __init__(self, url: str, folder: str) -> None:
        wiring = wired(url, folder)
        self.approvals = wiring.approvals
        self.decisions = wiring.decisions

    def decide(self, verdict: str, approval_id: str) -> str:
        approval = self.approvals.get(approval_id).approval
        person = Person("somebody", approvals.WEB)
        try:
            if verdict == approvals.APPROVED:
                return str(self.decisions.approve(approval, person)["status"])
            return str(self.decisions.reject(approval, person, "no")["status"])
        except AlreadyDecidedError as error:
            return f"{ALREADY}{error.decision['verdict']}"

    def use(self, approval_id: str) -> str:
        try:
            self.approvals.use(approval_id, PLAN)
        except (ApprovalEndedError, NotDecidedError) as error:
            return error.code
        return approvals.USED


def decide_and_use(
    url: str, folder: str, ids: Sequence[str]
) -> Callable[[Log, int, random.Random], None]:
    in_this_process = once_a_process(lambda: Hands(url, folder))

    def deed(log: Log, _: int, chance: random.Random) -> None:
        hands = in_this_process()
        for approval_id in chance.sample(ids, len(ids)):
            verdict = chance.choice((approvals.APPROVED, approvals.REJECTED))
            if chance.random() < 0.4:
                act = partial(hands.decide, verdict, approval_id)
                log.call(("decide", approval_id, verdict), act)
            log.call(("use", approval_id), partial(hands.use, approval_id))

    return deed


def one_approval(state: str, asked: tuple[Any, ...], answer: Any) -> Sequence[str]:
    """What an approval may do, from `pending` on."""
    if asked[0] == "decide":
        return _decided(state, asked[2], answer)
    if state == approvals.APPROVED:
        return [approvals.USED] if answer in {None, approvals.USED} else []
    return [state] if answer in {None, f"approval_{state}"} else []


def _decided(state: str, verdict: str, answer: Any) -> list[str]:
    if state == approvals.PENDING:
        return [verdict] if answer in {None, verdict} else []
    was = approvals.REJECTED if state == approvals.REJECTED else approvals.APPROVED
    return [state] if answer in {None, ALREADY + was} else []


def flaws_of(history: list[Call], ids: Sequence[str]) -> list[str]:
    flaws = []
    for approval_id in ids:
        of_it = [call for call in history if call.asked[1] == approval_id]
        used = sum(call.answer == approvals.USED for call in of_it)
        if used > 1:
            flaws.append(f"{approval_id} was used {used} times")
        if not is_linearizable(of_it, approvals.PENDING, one_approval):
            flaws.append(f"{approval_id}: no single caller could have had these answers")
    return flaws


class Rounds(NamedTuple):
    """As many as it took, each with approvals of its own."""

    disturbances: int
    flaws: list[str]


def disturbed(fresh_url: Callable[[], str], scratch: str, kills: int) -> Rounds:
    number = done = paused = 0
    flaws: list[str] = []
    while done < kills and not flaws:
        url, folder = fresh_url(), f"{scratch}/round-{number}"
        os.mkdir(folder)
        wiring = wired(url, folder)
        agent_id = wiring.sessions.create()["agent_id"]
        ask = partial(wiring.approvals.request, agent_id, plan_action(PLAN), folder)
        ids = [str(ask(beside=True)["id"]) for _ in range(APPROVALS)]
        deed, rest = decide_and_use(url, folder, ids), rest_seconds_on(url)
        chaos = Chaos(folder, deed, 0.05, seed=number, rest_seconds=rest)
        history = chaos.run(ROUND_SECONDS)
        flaws = ["a worker failed"] if chaos.ended else flaws_of(history, ids)
        change(wiring.store, agent_id, updated(9))  # after a kill, it puts things in order
        flaws += wiring.store.flaws(agent_id)
        number, done, paused = number + 1, done + chaos.kills, paused + chaos.pauses
    return Rounds(done + paused, flaws)


@times(12, 500, 5000)
def test_an_approval_is_decided_once_and_used_once_whoever_is_killed(
    kind: str, fresh_url: Callable[[], str], scratch: str, times: int
) -> None:
    rounds = disturbed(fresh_url, scratch, times)

    note(kind, "decisions", rounds.disturbances, len(rounds.flaws))
    assert rounds.flaws == []


# --- the chaos bites --------------------------------------------------------------------------


def take_every_answer(*_: Any) -> None:
    """What a decision without compare-and-set does."""


def use_whatever_it_is(record: Any, approval_id: str, *_: Any) -> Any:
    approval = asking.require(record, approval_id)
    if approval["decision"] is None:
        raise NotDecidedError(approval_id, approval["expires_at"])
    if approval["status"] == approvals.REJECTED:
        raise ApprovalEndedError(approval_id, approvals.REJECTED, "")
    return approval


MUTANTS = {
    "a decision without compare-and-set": ("_require_pending", take_every_answer),
    "a use that is not the only one": ("require_usable", use_whatever_it_is),
}


@pytest.mark.parametrize("kind", [FILES, SQLITE])
@pytest.mark.parametrize("name", MUTANTS)
def test_an_approval_without_one_of_its_cares_is_caught(
    fresh_url: Callable[[], str], scratch: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, *MUTANTS[name])

    assert disturbed(fresh_url, scratch, 400).flaws != []
