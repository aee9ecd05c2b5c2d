"""The changes of a claim: one holder at a time, and a token greater than any before."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from agent_session.core import claiming, phases
from agent_session.core.chain import draft
from agent_session.core.claims import NOBODY, Claimant, ClaimPolicy
from agent_session.core.errors import (
    ClaimedError,
    InDoubtError,
    InvalidValueError,
    NotInDoubtError,
    SessionFinalError,
    StaleClaimError,
    TokenRequiredError,
    UnknownWordError,
)
from agent_session.core.instants import at
from tests.examples import NOW, a_claim, a_record, applied, minutes_later

if TYPE_CHECKING:
    from agent_session.core.state import Record

POLICY = ClaimPolicy()
STRICT = ClaimPolicy(require_token=True)
A, B = Claimant("a"), Claimant("b")
A_TURN = {"started_at": at(NOW), "ended_at": None, "summary": None}


def taken(record: Record, who: Claimant, minutes: float = 0, **more: Any) -> Record:
    now = minutes_later(minutes)
    return applied(record, claiming.take(record, who, POLICY, now, "test", **more))


def token_of(record: Record) -> int:
    claim = record["claim"]
    assert claim is not None
    token: int = claim["token"]
    return token


class TestFirst:
    def test_a_session_may_be_born_with_its_claim(self):
        who = Claimant("a", None, MappingProxyType({"pid": 7}))
        birth = claiming.first(who, POLICY, NOW, "test")
        record = applied(a_record(turns=[A_TURN]), birth)

        assert record["claim"] == a_claim(process={"pid": 7})
        assert (record["fence"], record["turns"]) == (1, [A_TURN])


class TestTaking:
    def test_another_process_of_the_same_name_is_another_holder(self):
        first, second = Claimant("a", None, {"pid": 7}), Claimant("a", None, {"pid": 8})
        record = taken(a_record(), first)

        with pytest.raises(ClaimedError):
            taken(record, second, 1)
        assert token_of(taken(record, first, 1)) == 1

    def test_the_first_token_is_1(self):
        record = taken(a_record(), A)

        assert record["claim"] == a_claim()
        assert record["fence"] == 1

    def test_the_holder_that_asks_again_gets_its_own_claim_back_for_longer(self):
        again = taken(taken(a_record(), A), A, 10)

        assert again["claim"] == a_claim(until=at(minutes_later(40)))

    def test_who_presents_the_token_gets_the_claim_back_too(self):
        assert token_of(taken(taken(a_record(), NOBODY), Claimant(token=1), 10)) == 1

    @pytest.mark.parametrize("who", [B, NOBODY, Claimant("b", 0)])
    def test_nobody_else_gets_it_while_it_lives(self, who: Claimant):
        with pytest.raises(ClaimedError, match=r"claimed by 'a' until 2026-01-08T18:35:30"):
            taken(taken(a_record(), A), who, 29)

    def test_an_unnamed_claim_belongs_to_that_call_alone(self):
        record = taken(a_record(), NOBODY)

        with pytest.raises(ClaimedError, match="a holder without a name"):
            taken(record, NOBODY, 1)

    @pytest.mark.parametrize("who", [A, B, NOBODY])
    def test_a_claim_that_lapsed_is_taken_with_a_greater_token(self, who: Claimant):
        record = taken(taken(a_record(), A), who, 30)

        assert (token_of(record), record["fence"]) == (2, 2)

    @pytest.mark.parametrize("phase", phases.FINAL)
    def test_a_session_that_is_over_is_not_claimed(self, phase: str):
        with pytest.raises(SessionFinalError, match=phase):
            taken(a_record(phase=phase), A)

    @pytest.mark.parametrize("who", [A, B, NOBODY, Claimant("a", 1)])
    def test_a_session_in_doubt_is_claimed_by_nobody(self, who: Claimant):
        record = a_record(phase="executing", claim=a_claim(), fence=1)

        with pytest.raises(InDoubtError, match="resolve"):
            taken(record, who, 30)

    def test_a_lease_of_ones_own_counts_for_every_renewal(self):
        record = taken(a_record(), A, lease=timedelta(minutes=5))
        extension = claiming.extension(record, A, POLICY, minutes_later(2))

        assert extension == {"until": at(minutes_later(7))}

    @pytest.mark.parametrize("seconds", [0, -1, 7 * 86400 + 1])
    def test_a_lease_that_is_none_is_refused(self, seconds: float):
        record = taken(a_record(), A)
        lease = timedelta(seconds=seconds)

        with pytest.raises(InvalidValueError, match="7 days"):
            taken(a_record(), A, lease=lease)
        with pytest.raises(InvalidValueError, match="7 days"):
            claiming.renew(record, Claimant(token=1), POLICY, NOW, "test", lease)

    def test_a_claim_begins_a_turn(self):
        turns = taken(a_record(), A)["turns"]

        assert turns == [{"started_at": at(NOW), "ended_at": None, "summary": None}]


class TestGrant:
    def test_it_lapses_after_a_minute(self):
        record = taken(a_record(), A, is_grant=True)

        with pytest.raises(ClaimedError):
            taken(record, B, 0.999)
        assert token_of(taken(record, B, 1)) == 2

    def test_asking_again_does_not_make_it_a_lease(self):
        record = taken(taken(a_record(), A, is_grant=True), A, 0.5)

        assert record["claim"] == a_claim(is_grant=True, until=at(minutes_later(1.5)))

    def test_it_begins_no_turn_before_it_is_taken_up(self):
        assert taken(a_record(), A, is_grant=True)["turns"] == []

    @pytest.mark.parametrize("who", [A, Claimant(token=1), NOBODY, B])
    def test_the_first_write_makes_it_a_full_lease_and_begins_a_turn(self, who: Claimant):
        record = taken(a_record(), A, is_grant=True)
        written = written_by(record, who, 0.5)

        assert written["claim"] == a_claim(until=at(minutes_later(30.5)))
        assert [turn["started_at"] for turn in written["turns"]] == [at(minutes_later(0.5))]

    def test_a_heartbeat_takes_it_up_too(self):
        record = taken(a_record(), A, is_grant=True)
        beat = claiming.renew(record, Claimant(token=1), POLICY, minutes_later(0.5), "test")

        assert applied(record, beat)["claim"] == a_claim(until=at(minutes_later(30.5)))


def written_by(
    record: Record, who: Claimant, minutes: float, policy: ClaimPolicy = POLICY
) -> Record:
    """*record* after a write of *who*, as `Sessions.update` makes it."""
    now = minutes_later(minutes)
    data = claiming.extension(record, who, policy, now)
    return applied(record, draft("updated", at(now), "test", **data))


class TestWriting:
    @pytest.mark.parametrize("token", [0, 1, 3, 99])
    def test_only_the_newest_token_is_believed(self, token: int):
        record = a_record(claim=a_claim(2), fence=2)

        with pytest.raises(StaleClaimError, match=f"token {token} .*newest token is 2"):
            claiming.extension(record, Claimant("a", token), POLICY, NOW)

    @pytest.mark.parametrize("token", [1, 2, 3])
    def test_where_no_claim_is_every_token_is_stale(self, token: int):
        with pytest.raises(StaleClaimError):
            claiming.require_token(a_record(fence=2), Claimant(token=token), POLICY)

    def test_a_token_of_the_environment_that_is_another_session_s_is_as_none(self):
        record = a_record(claim=a_claim(2), fence=2)
        elsewhere = Claimant(token=3, is_ambient=True)

        assert claiming.extension(record, elsewhere, POLICY, NOW) == {}
        with pytest.raises(TokenRequiredError):
            claiming.extension(record, elsewhere, STRICT, NOW)

    @pytest.mark.parametrize(
        ("holder", "who", "extends"),
        [
            ("a", NOBODY, False),
            ("a", B, False),
            ("a", A, True),
            ("a", Claimant(token=1), True),
            (None, NOBODY, True),
            (None, A, True),
            (None, Claimant(token=1), True),
        ],
    )
    def test_a_write_without_a_token_extends_only_an_unnamed_claim(
        self, holder: str | None, who: Claimant, extends: bool
    ):
        record = a_record(claim=a_claim(holder=holder), fence=1)
        extension = claiming.extension(record, who, POLICY, minutes_later(10))

        assert extension == ({"until": at(minutes_later(40))} if extends else {})

    def test_a_session_that_nobody_claimed_is_written_to_as_ever(self):
        assert claiming.extension(a_record(), NOBODY, STRICT, NOW) == {}

    @pytest.mark.parametrize("who", [NOBODY, A])
    def test_a_token_is_demanded_where_the_settings_say_so(self, who: Claimant):
        with pytest.raises(TokenRequiredError, match="AGENT_SESSION_TOKEN"):
            claiming.extension(a_record(claim=a_claim(), fence=1), who, STRICT, NOW)

    def test_a_holder_that_wakes_up_late_with_the_newest_token_goes_on(self):
        record = a_record(phase="executing", claim=a_claim(), fence=1)
        woken = written_by(record, Claimant(token=1), 99, STRICT)

        assert woken["claim"] == a_claim(until=at(minutes_later(129)))

    @pytest.mark.parametrize("holder", ["a", None])
    def test_a_write_without_a_token_wakes_no_claim_that_lapsed(self, holder: str | None):
        record = a_record(claim=a_claim(holder=holder, is_grant=True), fence=1)

        assert claiming.extension(record, NOBODY, POLICY, minutes_later(30)) == {}


TURN = {"started_at": at(NOW), "ended_at": None, "summary": None}


class TestTurns:
    def test_the_first_claim_is_of_the_turn_that_the_session_began_with(self):
        record = a_record(turns=[TURN])
        after = applied(record, claiming.take(record, NOBODY, POLICY, minutes_later(1), "test"))

        assert after["turns"] == [TURN]

    def test_a_claim_after_one_that_was_lost_begins_a_turn_and_ends_the_lost_one(self):
        record = a_record(turns=[TURN], claim=a_claim(), fence=1)
        now = minutes_later(40)
        after = applied(record, claiming.take(record, NOBODY, POLICY, now, "test"))

        ended = {**TURN, "ended_at": at(now)}
        assert after["turns"] == [ended, {**TURN, "started_at": at(now)}]


class TestWrittenWithout:
    @pytest.mark.parametrize("phase", sorted(phases.ACTING))
    def test_a_claim_lost_while_waiting_ends_where_another_begins_to_act(self, phase: str):
        record = a_record(claim=a_claim(), fence=1)
        (ended,) = claiming.written_without(record, phase, POLICY, minutes_later(30), "test")

        assert applied(record, ended)["claim"] is None

    @pytest.mark.parametrize(
        ("fields", "phase", "minutes"),
        [
            ({"claim": a_claim()}, "executing", 29),
            ({"claim": a_claim()}, "planning", 30),
            ({"claim": a_claim()}, None, 30),
            ({"claim": a_claim(), "phase": "executing"}, "validating", 30),
            ({"claim": None}, "executing", 30),
        ],
    )
    def test_else_it_stays(self, fields: dict[str, Any], phase: str | None, minutes: float):
        now = minutes_later(minutes)

        assert claiming.written_without(a_record(**fields), phase, POLICY, now, "test") == []

    @pytest.mark.parametrize("phase", sorted(phases.RESUMABLE))
    def test_nobody_but_a_person_leads_out_of_doubt(self, phase: str):
        record = a_record(claim=a_claim(), phase="executing")

        with pytest.raises(InDoubtError):
            claiming.written_without(record, phase, POLICY, minutes_later(30), "test")


class TestRenewing:
    def test_a_new_lease_is_kept_for_the_writes_that_follow(self):
        record = a_record(claim=a_claim(), fence=1)
        who, lease = Claimant(token=1), timedelta(minutes=5)
        now = minutes_later(20)
        after = applied(record, claiming.renew(record, who, POLICY, now, "test", lease))

        extension = claiming.extension(after, who, POLICY, minutes_later(21))

        assert extension == {"until": at(minutes_later(26))}

    def test_a_heartbeat_is_a_sign_of_life(self):
        record = a_record(claim=a_claim(), fence=1)
        beat = claiming.renew(record, Claimant(token=1), POLICY, minutes_later(20), "test")
        after = applied(record, beat)

        assert after["claim"] == a_claim(until=at(minutes_later(50)))
        assert after["last_updated"] == at(minutes_later(20))

    @pytest.mark.parametrize("token", [0, 2])
    def test_a_stale_token_keeps_nothing_alive_and_gives_nothing_up(self, token: int):
        record, who = a_record(claim=a_claim(), fence=1), Claimant(token=token)

        with pytest.raises(StaleClaimError):
            claiming.renew(record, who, POLICY, NOW, "test")
        with pytest.raises(StaleClaimError):
            claiming.release(record, who, POLICY, NOW, "test")

    def test_what_is_released_is_free_and_its_token_stale(self):
        record = a_record(claim=a_claim(), fence=1)
        who = Claimant(token=1)
        free = applied(record, claiming.release(record, who, POLICY, NOW, "test"))

        assert (free["claim"], free["fence"]) == (None, 1)
        with pytest.raises(StaleClaimError):
            claiming.release(free, who, POLICY, NOW, "test")
        assert token_of(taken(free, A)) == 2


class TestResolving:
    @pytest.mark.parametrize(
        ("word", "phase"),
        [("completed", "completed"), ("failed", "failed"), ("retry", "planning")],
    )
    def test_a_person_says_what_became_of_it(self, word: str, phase: str):
        record = taken(a_record(), A)
        record = {**record, "phase": "executing"}
        resolved = claiming.resolve(record, word, POLICY, minutes_later(30), "test")
        after = applied(record, resolved)

        assert (after["phase"], after["claim"], after["fence"]) == (phase, None, 1)
        assert after["turns"][-1]["ended_at"] == at(minutes_later(30))
        assert after["last_updated"] == at(minutes_later(30))

    def test_a_retry_is_claimed_with_a_greater_token(self):
        record = a_record(phase="validating", claim=a_claim(), fence=1)
        resolved = claiming.resolve(record, "retry", POLICY, minutes_later(30), "test")

        assert token_of(taken(applied(record, resolved), A, 31)) == 2

    def test_nobody_resolves_what_is_held(self):
        with pytest.raises(NotInDoubtError, match="executing"):
            claiming.resolve(
                a_record(phase="executing", claim=a_claim()), "retry", POLICY, NOW, "test"
            )

    @pytest.mark.parametrize("phase", sorted(set(phases.PHASES) - phases.ACTING))
    def test_nobody_resolves_what_was_not_acting(self, phase: str):
        record = a_record(phase=phase, claim=None)

        with pytest.raises(NotInDoubtError):
            claiming.resolve(record, "completed", POLICY, minutes_later(30), "test")

    def test_a_person_may_resolve_what_acts_and_was_never_claimed(self):
        record = a_record(phase="executing")

        assert claiming.resolve(record, "failed", POLICY, NOW, "test")["kind"] == "resolved"

    @pytest.mark.parametrize("word", ["abandoned", "planning", "", 7])
    def test_other_words_are_refused(self, word: Any):
        with pytest.raises(UnknownWordError, match="resolution"):
            claiming.resolve(
                a_record(phase="executing"), word, POLICY, minutes_later(30), "test"
            )


@pytest.mark.parametrize(
    ("kind", "data"), [("stopped", {}), ("finalized", {"phase": "failed"})]
)
def test_who_was_resumed_and_wrote_nothing_but_its_end_had_a_turn(kind: str, data: Any):
    resumed = {**a_record(), "claim": a_claim(is_grant=True, claimed_at=at(minutes_later(1)))}
    end = draft(kind, at(minutes_later(3)), "test", summary="done", **data)

    (turn,) = applied(resumed, end)["turns"]  # type: ignore[arg-type]

    assert turn == {
        "started_at": at(minutes_later(1)),
        "ended_at": at(minutes_later(3)),
        "summary": "done",
    }


def test_of_a_resume_that_is_given_up_nobody_came():
    resumed = {**a_record(), "claim": a_claim(is_grant=True)}
    end = draft("finalized", at(minutes_later(3)), "test", phase="abandoned")

    assert applied(resumed, end)["turns"] == []  # type: ignore[arg-type]


def test_a_stop_gives_the_claim_up_and_ends_the_turn():
    stop = draft("stopped", at(minutes_later(3)), "test", summary="read it all")
    after = applied(taken(a_record(), A), stop)

    assert (after["claim"], after["fence"]) == (None, 1)
    assert after["turns"][-1]["summary"] == "read it all"
    assert after["last_updated"] == at(minutes_later(3))
