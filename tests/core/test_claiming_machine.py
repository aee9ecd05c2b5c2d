"""Any life of a claim, beside a model of it: no token is granted twice, no stale one believed,
and never do two hold at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent_session.core import claiming, phases
from agent_session.core.chain import draft
from agent_session.core.claims import Claimant, ClaimPolicy, is_in_doubt, is_live, is_taken
from agent_session.core.errors import AgentSessionError
from agent_session.core.instants import at
from agent_session.core.resume import ResumePolicy, judge_resume
from tests.examples import NOW, a_record, applied

LEASE, GRANT = 30, 1
HOLDERS = st.sampled_from((None, "a", "b"))
TOKENS = st.none() | st.integers(0, 8)
PIDS = st.sampled_from((None, 1, 2))
LIVE_PHASES = st.sampled_from((None, "investigating", "approval", "executing", "validating"))
ACTING = ("executing", "validating")
OK = "ok"


class Held:
    """What the model knows of a claim; *until* is in minutes."""

    def __init__(self, token: int, holder: str | None, pid: int | None) -> None:
        self.token = token
        self.holder = holder
        self.pid = pid
        self.is_grant = False
        self.until = 0.0


class OneSession(RuleBasedStateMachine):
    """One session, and everybody who may want it."""

    def __init__(self) -> None:
        super().__init__()
        self.minutes = 0.0
        self.dead: set[int] = set()
        self.granted: list[int] = []
        self.held: Held | None = None
        self.phase = "approval"
        self.record = a_record()
        self.policy = ClaimPolicy(fate_of=self.fate_of)

    # --- the model ----------------------------------------------------------------------------

    def fate_of(self, process: Any) -> bool:
        return process["pid"] not in self.dead

    def lives(self) -> bool:
        held = self.held
        if held is None or held.pid in self.dead:
            return False
        return self.minutes < held.until or (held.pid is not None and not held.is_grant)

    def in_doubt(self) -> bool:
        return self.held is not None and self.phase in ACTING and not self.lives()

    def expected_of_claim(self, holder: str | None, token: int | None, pid: int | None) -> str:
        if self.phase in phases.FINAL:
            return "session_final"
        is_own = self.is_own(holder, token, pid)
        if self.held is None or (is_own and self.lives()):
            return OK
        if self.in_doubt():
            return "in_doubt"
        return "claimed" if self.lives() and not is_own else OK

    def is_own(self, holder: str | None, token: int | None, pid: int | None) -> bool:
        held = self.held
        if held is None:
            return False
        by_name = holder is not None and holder == held.holder
        return token == held.token or (by_name and (not pid or not held.pid or pid == held.pid))

    def expected_of_token(self, token: int | None) -> str:
        newest = self.held.token if self.held else None
        return OK if token is None or token == newest else "stale_claim"

    # --- what is tried ------------------------------------------------------------------------

    @property
    def now(self) -> Any:
        return NOW + timedelta(minutes=self.minutes)

    def tried(self, change: Any) -> str:
        """Apply the drafts of *change*; the code of its refusal, which changes nothing."""
        try:
            drafts = change()
        except AgentSessionError as error:
            return error.code
        self.record = applied(self.record, *drafts)
        return OK

    @rule(holder=HOLDERS, token=TOKENS, pid=PIDS, is_grant=st.booleans())
    def claim(
        self, holder: str | None, token: int | None, pid: int | None, is_grant: bool
    ) -> None:
        expected = self.expected_of_claim(holder, token, pid)
        renewed = self.lives() and expected == OK
        who = Claimant(holder, token, {"pid": pid} if pid else None)
        found = self.tried(
            lambda: [
                claiming.take(
                    self.record, who, self.policy, self.now, "test", is_grant=is_grant
                )
            ]
        )
        assert found == expected
        if expected == OK and not renewed:
            self.held = Held(self.record["fence"], holder, pid)
            self.held.is_grant = is_grant
            assert self.held.token > max(self.granted, default=0)
            self.granted.append(self.held.token)
        if expected == OK and self.held:
            self.held.until = self.minutes + (GRANT if self.held.is_grant else LEASE)

    @rule(token=TOKENS, phase=LIVE_PHASES)
    def write(self, token: int | None, phase: str | None) -> None:
        if self.phase in phases.FINAL:
            return
        expected = self.expected_of_token(token)
        extends, held = self.extends(token), self.held
        if expected == OK and not extends and self.in_doubt() and phase in phases.RESUMABLE:
            expected = "in_doubt"  # only a person leads out of it
        who = Claimant(token=token)

        def change() -> list[Any]:
            extension = claiming.extension(self.record, who, self.policy, self.now)
            ended = claiming.written_without(
                self.record, None if extension else phase, self.policy, self.now, "test"
            )
            data = {"phase": phase} if phase else {}
            return [*ended, draft("updated", at(self.now), "test", **data, **extension)]

        assert self.tried(change) == expected
        if expected != OK:
            return
        if extends and held:
            held.until, held.is_grant = self.minutes + LEASE, False
        elif phase in ACTING and self.phase not in ACTING and not self.lives():
            self.held = None
        self.phase = phase or self.phase

    def extends(self, token: int | None) -> bool:
        held = self.held
        if held is None or token is not None:
            return held is not None and token == held.token
        return self.lives() and (held.holder is None or held.is_grant)

    @rule(token=st.integers(0, 8))
    def heartbeat(self, token: int) -> None:
        expected = self.expected_of_token(token)
        found = self.tried(
            lambda: [
                claiming.renew(
                    self.record, Claimant(token=token), self.policy, self.now, "test"
                )
            ]
        )
        assert found == expected
        if expected == OK and self.held:
            self.held.until, self.held.is_grant = self.minutes + LEASE, False

    @rule(token=st.integers(0, 8))
    def release(self, token: int) -> None:
        expected = self.expected_of_token(token)
        who = Claimant(token=token)
        found = self.tried(
            lambda: [claiming.release(self.record, who, self.policy, self.now, "test")]
        )
        assert found == expected
        if expected == OK:
            self.held = None

    @rule(token=TOKENS, outcome=st.sampled_from((None, None, None, "completed")))
    def stop(self, token: int | None, outcome: str | None) -> None:
        if self.phase in phases.FINAL:
            return
        expected = self.expected_of_token(token)

        def change() -> list[Any]:
            claiming.require_token(self.record, Claimant(token=token), self.policy)
            if outcome:
                return [draft("finalized", at(self.now), "test", phase=outcome)]
            return [draft("stopped", at(self.now), "test", summary=None)]

        assert self.tried(change) == expected
        if expected == OK:
            self.held, self.phase = None, outcome or self.phase

    @rule(word=st.sampled_from(("retry", "retry", "failed")))
    def resolve(self, word: str) -> None:
        unclaimed = self.held is None and self.phase in ACTING
        expected = OK if self.in_doubt() or unclaimed else "not_in_doubt"
        found = self.tried(
            lambda: [claiming.resolve(self.record, word, self.policy, self.now, "test")]
        )
        assert found == expected
        if expected == OK:
            self.held, self.phase = None, "planning" if word == "retry" else word

    @rule(minutes=st.sampled_from((0.5, 1.0, 10.0, 29.0, 30.0)))
    def time_passes(self, minutes: float) -> None:
        self.minutes += minutes

    @rule(pid=st.sampled_from((1, 2)))
    def a_process_ends(self, pid: int) -> None:
        self.dead.add(pid)

    # --- what holds always --------------------------------------------------------------------

    @invariant()
    def the_record_is_what_the_model_says(self) -> None:
        claim = self.record["claim"]
        assert self.record["fence"] == max(self.granted, default=0)
        assert (claim["token"] if claim else None) == (self.held.token if self.held else None)
        assert is_live(claim, self.now, self.fate_of) is self.lives()
        assert is_in_doubt(self.record, self.now, self.fate_of) is self.in_doubt()
        assert self.record["phase"] == self.phase

    @invariant()
    def at_most_one_holds_it(self) -> None:
        askers = [Claimant(token=token) for token in range(9)]
        holders = [
            who for who in askers if not is_taken(self.record, who, self.now, self.fate_of)
        ]
        assert len(holders) == (1 if self.lives() else 9) or self.record["fence"] > 8

    @invariant()
    def nobody_else_resumes_it(self) -> None:
        never_idle = ResumePolicy(idle=timedelta(days=9999), fate_of=self.fate_of)
        reason = judge_resume(self.record, never_idle, self.now)
        if self.lives() or self.in_doubt():
            assert reason != "session_resumable"
        if self.in_doubt():
            assert reason == "in_doubt"


TestOneSession = OneSession.TestCase
TestOneSession.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
