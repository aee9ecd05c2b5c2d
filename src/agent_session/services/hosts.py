"""The sessions of the agents that a host runs: begun, continued, paused and taken over as the
host's own events say, with no word from the agent.
"""

from __future__ import annotations

from agent_session.core import Late, asking, claiming, claims, hosts, phases
from agent_session.core.claims import NOBODY
from agent_session.core.instants import at
from agent_session.core.resume import CLAIMED, IN_DOUBT
from agent_session.core.store import Query

from .resumes import Judgement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from agent_session.core import errors
    from agent_session.core.chain import Draft
    from agent_session.core.claims import Claimant
    from agent_session.core.hosts import Host
    from agent_session.core.instants import datetime
    from agent_session.core.state import Record

    from .resumes import Resumes
    from .sessions import Sessions
else:
    errors = Late("agent_session.core.errors")

# What the sessions of a host's own conversation are called: no subagent runs them.
MAIN = "main"


class Origin:
    """Where an event comes from: a host of this *kind*, its conversation *session_id*, how it
    stands there, and *who* holds what it holds.
    """

    __slots__ = ("cwd", "kind", "permission_mode", "session_id", "transcript_path", "who")

    def __init__(
        self,
        kind: str,
        session_id: str,
        who: Claimant,
        *,
        transcript_path: str | None = None,
        cwd: str | None = None,
        permission_mode: str | None = None,
    ) -> None:
        self.kind = kind
        self.session_id = session_id
        self.who = who
        self.transcript_path = transcript_path
        self.cwd = cwd
        self.permission_mode = permission_mode

    def host(self, agent_id: str | None, definition: str | None = None) -> dict[str, Any]:
        return hosts.host_of(
            self.kind,
            self.session_id,
            agent_id,
            transcript_path=self.transcript_path,
            cwd=self.cwd,
            permission_mode=self.permission_mode,
            definition=definition,
        )

    @property
    def standing(self) -> dict[str, Any]:
        return {"cwd": self.cwd, "permission_mode": self.permission_mode}


class Started:
    """The session of an agent that has started: *is_new* where it begins with it,
    *is_delegated* where this agent goes on in the place of another; *refused* is the reason why
    it may not go on with the session, where it may not.
    """

    __slots__ = ("is_delegated", "is_new", "record", "refused")

    def __init__(
        self,
        record: Record,
        *,
        is_new: bool = False,
        is_delegated: bool = False,
        refused: str | None = None,
    ) -> None:
        self.record = record
        self.is_new = is_new
        self.is_delegated = is_delegated
        self.refused = refused


class Hosts:
    """The use cases of a host's events over *sessions* and *resumes*."""

    def __init__(self, sessions: Sessions, resumes: Resumes) -> None:
        self.sessions = sessions
        self.resumes = resumes
        self.store = sessions.store

    # --- finding ------------------------------------------------------------------------------

    def find(self, origin: Origin, agent_id: str | None) -> Record | None:
        """The session of the host's agent, of its conversation itself without an id; the live
        one where it has had several, else the newest.
        """
        if agent_id is not None:
            key = hosts.agent_key(origin.kind, agent_id)
        else:
            key = hosts.main_key(origin.kind, origin.session_id)
        return _newest(self.store.scan(Query(host=key)), origin)

    def of_conversation(
        self, origin: Origin, *, live: bool = False, agent_name: str | None = None
    ) -> Iterator[Record]:
        """The sessions that the conversation has, or ever had."""
        key = hosts.conversation_key(origin.kind, origin.session_id)
        return self.store.scan(Query(host=key, live=live, agent_name=agent_name))

    def _expected(self, origin: Origin, agent_name: str) -> Record | None:
        """The session that a delegation of this conversation is just being granted."""
        for record in self.of_conversation(origin, live=True, agent_name=agent_name):
            if self._is_expected(record, origin, agent_name):
                return record
        return None

    def _is_expected(self, record: Record, origin: Origin, agent_name: str) -> bool:
        call = hosts.expected(record)
        return (
            call is not None
            and call["session_id"] == origin.session_id
            and record["agent_name"] == agent_name
            and self._is_held(record, origin.who)
        )

    def is_starting(self, origin: Origin, agent_name: str) -> bool:
        """True while a paused session is being continued in an agent of that name."""
        return self._expected(origin, agent_name) is not None

    def _is_held(self, record: Record, who: Claimant) -> bool:
        claim = record["claim"]
        return claim is not None and self._is_live(claim) and who.holds(claim)

    def _is_live(self, claim: Any) -> bool:
        return claims.is_live(claim, self.sessions.now(), self.sessions.claim_policy.fate_of)

    def is_claimed(self, record: Record) -> bool:
        """True while anybody goes on with it."""
        return self._is_live(record["claim"])

    def is_running(self, record: Record, who: Claimant) -> bool:
        """True while its agent runs in the caller's own process."""
        return self._is_held(record, who) and not (record["claim"] or {})["is_grant"]

    # --- starting -----------------------------------------------------------------------------

    def start(
        self, origin: Origin, agent_id: str | None, agent_name: str, definition: str | None
    ) -> Started:
        """The agent has started: its session goes on, or begins.

        One that is final has a successor, for nothing follows the end of a session.
        """
        host = origin.host(agent_id, definition)
        try:
            return self._start(origin, agent_id, agent_name, host)
        except errors.HostTakenError:  # another hook of the same start was faster
            return self._start(origin, agent_id, agent_name, host)

    def _start(
        self, origin: Origin, agent_id: str | None, agent_name: str, host: Host
    ) -> Started:
        record = self.find(origin, agent_id)
        started: Started | None = None
        if record is None and agent_id is not None:
            expected = self._expected(origin, agent_name)
            started = expected and self._go_on(expected, origin, host, is_delegated=True)
        elif record is not None and not phases.is_final(record["phase"]):
            started = self._go_on(record, origin, host)
        return started or self._begin(host, agent_name, origin, record)

    def _begin(
        self, host: Host, agent_name: str, origin: Origin, before: Record | None
    ) -> Started:
        parent = before and {"agent_id": before["agent_id"], "revision": before["revision"]}
        record = self.sessions.create(agent_name, host=host, parent=parent, who=origin.who)
        return Started(record, is_new=True)

    def _go_on(
        self, record: Record, origin: Origin, host: Host, *, is_delegated: bool = False
    ) -> Started | None:
        """None where it has ended meanwhile, or another agent was faster to be the expected."""
        refused: str | None = None
        is_missed = False

        def change(record: Record) -> Sequence[Draft]:
            nonlocal refused, is_missed
            now, name = self.sessions.now(), record["agent_name"]
            is_over = phases.is_final(record["phase"])
            is_missed = is_over or (
                is_delegated and not self._is_expected(record, origin, name)
            )
            refused = None if is_missed else self._refusal(record, origin.who, host, now)
            if is_missed or refused is not None:
                return []
            after = _resumed(record, host)
            moved = [self._hosted(after, now)] if after != record["host"] else []
            return [*moved, *self._taken(record, origin.who)]

        record = self.store.update(record["agent_id"], change)
        if is_missed:
            return None
        return Started(record, is_delegated=is_delegated, refused=refused)

    def _refusal(self, record: Record, who: Claimant, host: Host, now: datetime) -> str | None:
        fate_of = self.sessions.claim_policy.fate_of
        if claims.is_in_doubt(record, now, fate_of):
            return IN_DOUBT
        if claims.is_taken(record, who, now, fate_of):
            return CLAIMED
        # One that had the session before does not take it from the agent that goes on with it.
        is_another = _host(record)["agent_id"] != host["agent_id"]
        return CLAIMED if is_another and self.is_running(record, who) else None

    def _taken(self, record: Record, who: Claimant) -> list[Draft]:
        """The claim is taken up where it was granted, and a person's answer with it."""
        now, sessions = self.sessions.now(), self.sessions
        policy, actor = sessions.claim_policy, sessions.actor
        if not self._is_held(record, who):
            return [claiming.take(record, who, policy, now, actor)]
        answer = asking.take_up(record, None, sessions.approval_policy, now, actor)
        until = claiming.extension(record, token_of(record), policy, now)
        return [*answer, claiming.renewal(until, now, actor)]

    def _hosted(self, host: Host, now: datetime) -> Draft:
        return hosts.hosted(host, at(now), self.sessions.actor)

    def enter(self, record: Record, host: Host) -> Record:
        """Enter what the host is by now, where that is anything new, and is still made of what
        it was in *record*.
        """

        def change(now: Record) -> Sequence[Draft]:
            is_due = now["host"] == record["host"] != host and not phases.is_final(now["phase"])
            return [self._hosted(host, self.sessions.now())] if is_due else []

        return self.store.update(record["agent_id"], change)

    # --- resuming -----------------------------------------------------------------------------

    def grant(self, record: Record, origin: Origin, call: str | None = None) -> Judgement:
        """Whether the session may be resumed, claimed for the caller where it may; *call* is
        the delegation whose agent is to go on with it, where another one is.
        """
        found = self.resumes.check_delegation(
            record["agent_name"], None, record["agent_id"], origin.who
        )
        if not found.is_resumable or found.record is None:
            return found
        return self._handed_over(found, found.record, origin, call)

    def _handed_over(
        self, found: Judgement, record: Record, origin: Origin, call: str | None
    ) -> Judgement:
        """What was found, unless another call of the same caller was faster."""
        is_late = False

        def change(record: Record) -> Sequence[Draft]:
            nonlocal is_late
            before, host = hosts.expected(record), _host(record)
            is_late = before is not None and before["call"] != call
            if is_late or not self._is_held(record, origin.who):
                return []
            after = hosts.not_expecting(hosts.standing(host, origin.standing))
            if call is not None:
                token = (record["claim"] or {})["token"]
                after = hosts.expecting(after, origin.session_id, call, token)
            return [self._hosted(after, self.sessions.now())] if after != host else []

        record = self.store.update(record["agent_id"], change)
        if is_late:
            return Judgement(CLAIMED, found.agent_id, record)
        return Judgement(found.reason, found.agent_id, record, found.approval)

    def waiting(self, origin: Origin, agent_name: str) -> list[Judgement]:
        """The sessions of agents of that name that a person has answered, and that nobody has
        gone on with.
        """
        candidates = self.resumes.candidates(agent_name, None, NOBODY)
        return [
            found
            for found in candidates
            if found.is_resumable
            and found.decision is not None
            and found.record is not None
            and (found.record["host"] or {}).get("kind") == origin.kind
        ]

    def give_back(self, record: Record, origin: Origin) -> None:
        """A grant comes to nothing: the agent that was to go on has not started."""

        def change(record: Record) -> Sequence[Draft]:
            claim = record["claim"]
            if claim is None or not claim["is_grant"] or not origin.who.holds(claim):
                return []  # it has started meanwhile, or nobody waits for it
            return self._released(record)

        self.store.update(record["agent_id"], change)

    def _released(self, record: Record) -> list[Draft]:
        now, sessions = self.sessions.now(), self.sessions
        host = self._hosted(hosts.not_expecting(_host(record)), now)
        policy, actor = sessions.claim_policy, sessions.actor
        return [host, claiming.release(record, token_of(record), policy, now, actor)]

    def expected_by(self, origin: Origin, call: str) -> Record | None:
        """The session that was to go on in the agent of *call*."""
        for record in self.of_conversation(origin, live=True):
            if (_host(record)["expecting"] or {}).get("call") == call:
                return record
        return None

    # --- stopping -----------------------------------------------------------------------------

    def note_pause(self, record: Record, origin: Origin) -> None:
        """How the agent stood as it stopped, to be held beside how it is resumed."""

        def change(record: Record) -> Sequence[Draft]:
            host = hosts.paused(hosts.standing(_host(record), origin.standing))
            is_due = record["host"] != host and not phases.is_final(record["phase"])
            return [self._hosted(host, self.sessions.now())] if is_due else []

        self.store.update(record["agent_id"], change)

    def lost(self, kind: str) -> Iterator[Record]:
        """The sessions whose agents were killed: their claims are dead, and nobody has said
        that they stopped.
        """
        for record in self.store.scan(Query(live=True)):
            claim = record["claim"]
            is_ours = claim is not None and (record["host"] or {}).get("kind") == kind
            if is_ours and not self._is_live(claim):
                yield record

    def let_go(self, record: Record) -> None:
        """The claim of an agent that was lost while it did nothing ends, and the session waits
        as it did; that is no activity.
        """

        def change(record: Record) -> Sequence[Draft]:
            claim = record["claim"]
            if claim is None or self._is_live(claim) or phases.is_acting(record["phase"]):
                return []
            return self._released(record)

        self.store.update(record["agent_id"], change)


def token_of(record: Record) -> Claimant:
    """Who holds the claim of *record*, by its token."""
    claim = record["claim"]
    return claims.Claimant(token=claim["token"]) if claim else NOBODY


def _newest(records: Iterable[Record], origin: Origin) -> Record | None:
    """The live one first: an agent whose session had ended has gone on in its successor. Of
    several, that of the conversation itself, for another may give an agent the same id.
    """

    def rank(record: Record) -> tuple[bool, bool, str, str]:
        is_live = not phases.is_final(record["phase"])
        is_here = _host(record)["session_id"] == origin.session_id
        return is_live, is_here, record["created_at"], record["agent_id"]

    return max(records, key=rank, default=None)


def _host(record: Record) -> dict[str, Any]:
    host = record["host"]
    assert host is not None, "looked up by its host"
    return host


def _resumed(record: Record, now: Host) -> dict[str, Any]:
    """The host as the agent goes on: the same agent, or another one in its place."""
    host = _host(record)
    is_same = (host["session_id"], host["agent_id"]) == (now["session_id"], now["agent_id"])
    if is_same:
        return hosts.not_expecting(hosts.standing(host, now))
    # Where the start of the agent does not tell, the delegation before it did.
    mode = now["permission_mode"] or host.get("permission_mode")
    return hosts.moved(host, {**now, "permission_mode": mode})
