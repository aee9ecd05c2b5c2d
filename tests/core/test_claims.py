"""When a claim lives, when it is lost, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from agent_session.core import phases
from agent_session.core.claims import NOBODY, Claimant, is_in_doubt, is_live, is_taken
from tests.examples import NOW, a_claim, a_record, minutes_later

MICROSECOND = 1e-6 / 60
KNOWN = {"pid": 7, "started": 1}


def runs(_: Any) -> bool:
    return True


def has_ended(_: Any) -> bool:
    return False


def test_no_claim_is_not_live():
    assert not is_live(None, NOW)


@pytest.mark.parametrize(
    ("minutes", "lives"), [(0, True), (30 - MICROSECOND, True), (30, False), (99, False)]
)
def test_a_claim_of_no_known_process_lives_exactly_as_long_as_its_lease(
    minutes: float, lives: bool
):
    assert is_live(a_claim(), minutes_later(minutes)) is lives


def test_a_process_that_runs_keeps_its_claim_beyond_the_lease():
    assert is_live(a_claim(process=KNOWN), minutes_later(600), runs)


def test_a_process_that_has_ended_loses_its_claim_at_once():
    assert not is_live(a_claim(process=KNOWN), NOW, has_ended)


def test_a_process_that_nobody_can_know_leaves_it_to_the_lease():
    claim = a_claim(process=KNOWN)

    assert is_live(claim, minutes_later(29))
    assert not is_live(claim, minutes_later(30))


def test_nobody_asks_for_a_process_that_is_not_there():
    assert is_live(a_claim(), NOW, has_ended)


def test_a_grant_lapses_even_while_its_process_runs():
    grant = a_claim(process=KNOWN, is_grant=True)

    assert is_live(grant, minutes_later(29), runs)
    assert not is_live(grant, minutes_later(30), runs)
    assert not is_live(grant, NOW, has_ended)


@pytest.mark.parametrize("phase", phases.PHASES)
def test_a_lost_claim_leaves_in_doubt_only_where_the_agent_acts(phase: str):
    record = a_record(phase=phase, claim=a_claim())

    assert is_in_doubt(record, minutes_later(30)) is (phase in {"executing", "validating"})
    assert not is_in_doubt(record, minutes_later(29))


def test_what_nobody_claimed_is_never_in_doubt():
    assert not is_in_doubt(a_record(phase="executing"), minutes_later(600))


def test_a_process_that_ended_while_it_acted_leaves_in_doubt_within_its_lease():
    record = a_record(phase="executing", claim=a_claim(process=KNOWN))

    assert is_in_doubt(record, NOW, has_ended)
    assert not is_in_doubt(record, minutes_later(600), runs)


@pytest.mark.parametrize(
    ("who", "holder", "is_theirs"),
    [
        (Claimant("a"), "a", True),
        (Claimant("b"), "a", False),
        (Claimant("a", 2), "a", True),
        (Claimant(token=1), "a", True),
        (Claimant("b", 1), "a", True),
        (Claimant(token=2), "a", False),
        (NOBODY, "a", False),
        (NOBODY, None, False),
        (Claimant(""), None, False),
        (Claimant(token=1), None, True),
    ],
)
def test_a_claim_is_that_of_its_name_or_of_its_token(
    who: Claimant, holder: str | None, is_theirs: bool
):
    record = a_record(claim=a_claim(holder=holder))

    assert is_taken(record, who, NOW) is not is_theirs


@pytest.mark.parametrize(
    ("process", "theirs", "is_theirs"),
    [
        (KNOWN, KNOWN, True),
        ({**KNOWN, "started": 2}, KNOWN, False),
        ({**KNOWN, "pid": 8}, KNOWN, False),
        (None, KNOWN, True),
        (KNOWN, None, True),
        (None, None, True),
    ],
)
def test_two_processes_of_one_name_are_two_holders(process: Any, theirs: Any, is_theirs: bool):
    claim = a_claim(process=theirs)

    assert Claimant("a", None, process).holds(claim) is is_theirs
    assert Claimant("a", 1, process).holds(claim)
    assert not Claimant("b", None, KNOWN).holds(claim)


def test_what_is_not_claimed_or_no_longer_is_not_taken():
    assert not is_taken(a_record(), NOBODY, NOW)
    assert not is_taken(a_record(claim=a_claim()), NOBODY, minutes_later(30))


@pytest.mark.parametrize(
    ("token", "is_ambient", "is_meant"),
    [(1, True, True), (3, True, True), (4, True, False), (4, False, True)],
)
def test_a_token_of_the_environment_is_not_meant_for_a_session_that_never_granted_it(
    token: int, is_ambient: bool, is_meant: bool
):
    who = Claimant("a", token, {"pid": 1}, is_ambient=is_ambient).at(a_record(fence=3))

    assert who.token == (token if is_meant else None)
    assert (who.holder, who.process) == ("a", {"pid": 1})


def test_who_has_no_token_is_the_same_everywhere():
    ambient = Claimant("a", is_ambient=True)

    assert NOBODY.at(a_record()) is NOBODY
    assert ambient.at(a_record()) is ambient


@pytest.mark.parametrize(
    ("of", "token"), [(None, 1), ("agent-20260108-180530-abc12345", 1), ("another", None)]
)
def test_a_token_of_the_environment_is_of_the_session_that_stands_beside_it(
    of: str | None, token: int | None
):
    who = Claimant("a", 1, is_ambient=True, of=of)

    meant = who.at(a_record(claim=a_claim(), fence=1))

    assert (meant.holder, meant.token) == ("a", token)


@pytest.mark.parametrize(
    ("who", "token"),
    [
        (Claimant("a", 1), 1),
        (Claimant("a", 1, is_ambient=True, of="x"), 1),
        (Claimant("a", 1, is_ambient=True), None),
    ],
)
def test_where_no_session_is_named_a_token_alone_is_nobody_s(who: Claimant, token: int | None):
    assert (who.among_many().holder, who.among_many().token) == ("a", token)
