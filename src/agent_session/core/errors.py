"""Every error of agent-session: one base, built from facts, translated once at a surface.

Who is at fault tells the family: `RefusedError` is an answer (what was asked the rules deny),
`StoreError` a failure (of the disk or the database). `code` is each one's word for machines.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class AgentSessionError(Exception):
    """The base of all errors of agent-session; never raised itself."""

    code = "error"


class RefusedError(AgentSessionError):
    """The rules say no.  Nothing was changed."""

    code = "refused"


class InvalidAgentIdError(RefusedError, ValueError):
    """An id that may not become the name of a folder."""

    code = "invalid_agent_id"

    def __init__(self, agent_id: object) -> None:
        super().__init__(
            f"{_shown(agent_id)} is no agent id: use letters, digits, '.', '_' and '-', "
            "starting with a letter or digit, at most 128 characters"
        )
        self.agent_id = agent_id


class SessionNotFoundError(RefusedError, LookupError):
    """No session has this id."""

    code = "session_not_found"

    def __init__(self, agent_id: str) -> None:
        super().__init__(f"no session {_shown(agent_id)} in this store")
        self.agent_id = agent_id


class SessionExistsError(RefusedError):
    """A session with this id is already there."""

    code = "session_exists"

    def __init__(self, agent_id: str) -> None:
        super().__init__(f"session {_shown(agent_id)} exists already; choose another id")
        self.agent_id = agent_id


class HostTakenError(RefusedError):
    """A live session is that of the host's agent already."""

    code = "host_taken"

    def __init__(self, agent_id: str) -> None:
        super().__init__(f"this agent has the session {_shown(agent_id)} already")
        self.agent_id = agent_id


class SessionFinalError(RefusedError):
    """Nothing follows a final phase."""

    code = "session_final"

    def __init__(self, agent_id: str, phase: str) -> None:
        super().__init__(
            f"session {_shown(agent_id)} is {phase}, and nothing follows a final phase; "
            "create a new session"
        )
        self.agent_id = agent_id
        self.phase = phase


class UnknownWordError(RefusedError, ValueError):
    """A word that is not one of a fixed list: a phase, an outcome, a setting."""

    code = "unknown_word"

    def __init__(self, what: str, word: object, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown {what} {_shown(word)}; known: {', '.join(known)}")
        self.word = word
        self.known = known


class InvalidValueError(RefusedError, ValueError):
    """A value of the wrong type or outside its range."""

    code = "invalid_value"


class InvalidJSONError(InvalidValueError):
    """Text that is not strict JSON, or a value that strict JSON cannot say."""

    code = "invalid_json"


class LimitExceededError(InvalidValueError):
    """Too large, too deep or too long."""

    code = "limit_exceeded"


class NothingToDoError(RefusedError, ValueError):
    """A call that names no change."""

    code = "nothing_to_do"


# --- claims -----------------------------------------------------------------------------------


class ClaimedError(RefusedError):
    """Another holder has a live claim."""

    code = "claimed"

    def __init__(self, agent_id: str, holder: str | None, until: str) -> None:
        super().__init__(
            f"session {_shown(agent_id)} is claimed by {_holder(holder)} until {until}; "
            "wait, or present its token"
        )
        self.agent_id = agent_id
        self.holder = holder
        self.until = until


class StaleClaimError(RefusedError):
    """The token is not that of the claim which holds now."""

    code = "stale_claim"

    def __init__(self, agent_id: str, token: int, fence: int) -> None:
        super().__init__(
            f"token {token} of session {_shown(agent_id)} is stale: its claim was given up, or "
            f"another was granted since (the newest token is {fence}); stop, and claim again"
        )
        self.agent_id = agent_id
        self.token = token
        self.fence = fence


class TokenRequiredError(RefusedError):
    """The settings demand a token with every write to a claimed session."""

    code = "token_required"

    def __init__(self, agent_id: str) -> None:
        super().__init__(
            f"session {_shown(agent_id)} is claimed, and claims.require_token is set: present "
            "the claim's token (--token, or AGENT_SESSION_TOKEN)"
        )
        self.agent_id = agent_id


class InDoubtError(RefusedError):
    """The holder was lost while it acted: only a person can say what was done."""

    code = "in_doubt"

    def __init__(self, agent_id: str, phase: str) -> None:
        super().__init__(
            f"session {_shown(agent_id)} is in doubt: its agent was lost while {phase}; look "
            "at what was done, then `agent-session resolve ID --as completed|failed|retry`"
        )
        self.agent_id = agent_id
        self.phase = phase


class NotInDoubtError(RefusedError):
    """There is nothing to resolve."""

    code = "not_in_doubt"

    def __init__(self, agent_id: str, phase: str) -> None:
        super().__init__(
            f"session {_shown(agent_id)} ({phase}) is not in doubt: nothing is to be resolved"
        )
        self.agent_id = agent_id
        self.phase = phase


# --- approvals --------------------------------------------------------------------------------


class ApprovalNotFoundError(RefusedError, LookupError):
    """No approval has this id, or not in the session that was named."""

    code = "approval_not_found"

    def __init__(self, approval_id: str, agent_id: str | None = None) -> None:
        where = f"session {_shown(agent_id)}" if agent_id else "this store"
        super().__init__(f"no approval {_shown(approval_id)} in {where}")
        self.approval_id = approval_id


class AlreadyDecidedError(RefusedError):
    """Somebody else has answered before; *decision* says who, what and when."""

    code = "already_decided"

    def __init__(self, approval_id: str, decision: Mapping[str, Any]) -> None:
        super().__init__(
            f"approval {_shown(approval_id)} was {decision['verdict']} by "
            f"{_shown(decision['by'])} at {decision['at']}"
        )
        self.approval_id = approval_id
        self.decision = decision


class NotDecidedError(RefusedError):
    """Nobody has answered yet."""

    code = "approval_pending"

    def __init__(self, approval_id: str, expires_at: str) -> None:
        super().__init__(
            f"approval {_shown(approval_id)} is not decided yet; it waits until {expires_at}"
        )
        self.approval_id = approval_id


class ApprovalEndedError(RefusedError):
    """It is over: rejected, expired, cancelled, used or drifted, as *status* says."""

    code = "approval_ended"

    def __init__(self, approval_id: str, status: str, when: str) -> None:
        super().__init__(
            f"approval {_shown(approval_id)} {_ENDS[status]} ({when}); "
            f"`agent-session ask-again {approval_id}` asks anew"
        )
        self.approval_id = approval_id
        self.status = status
        self.code = f"approval_{status}"


_ENDS = {
    "rejected": "was rejected",
    "expired": "has expired",
    "cancelled": "was withdrawn, by a newer request or the end of its session",
    "used": "was used already, and is good for one use",
    "drifted": "no longer holds: what it was given for has changed",
}


class ActionChangedError(RefusedError):
    """What is about to be done is not what was approved."""

    code = "action_changed"

    def __init__(self, approval_id: str) -> None:
        super().__init__(
            f"approval {_shown(approval_id)} was given for another action: what you are about "
            f"to do differs from it; `agent-session ask-again {approval_id}` asks for this one"
        )
        self.approval_id = approval_id


class DriftedError(RefusedError):
    """The world has changed since the request; *drift* says what."""

    code = "drifted"

    def __init__(self, approval_id: str, drift: Sequence[Mapping[str, Any]]) -> None:
        named = ", ".join(f"{each['what']} {_shown(each['name'])}" for each in drift[:3])
        more = f" and {len(drift) - 3} more" if len(drift) > 3 else ""
        super().__init__(
            f"approval {_shown(approval_id)} no longer holds, the world has changed: {named}"
            f"{more}; `agent-session ask-again {approval_id}` asks anew"
        )
        self.approval_id = approval_id
        self.drift = drift


class WrongStoreError(RefusedError):
    """The approval was given in another store, and was copied here."""

    code = "wrong_store"

    def __init__(self, approval_id: str) -> None:
        super().__init__(f"approval {_shown(approval_id)} was asked for in another store")
        self.approval_id = approval_id


class TooWeakError(RefusedError):
    """The answer came through a door that is not trusted enough."""

    code = "too_weak"

    def __init__(self, approval_id: str, strength: str, required: str) -> None:
        super().__init__(
            f"approval {_shown(approval_id)} needs an answer of strength {required}, and "
            f"{strength} is weaker"
        )
        self.approval_id = approval_id
        self.required = required


class BadSignatureError(RefusedError):
    """No allowed signer has signed this very decision."""

    code = "bad_signature"

    def __init__(self, approval_id: str, why: str) -> None:
        super().__init__(f"the decision on approval {_shown(approval_id)} is not proven: {why}")
        self.approval_id = approval_id


class ChainBrokenError(RefusedError):
    """The journal does not vouch for the approval."""

    code = "chain_broken"

    def __init__(self, agent_id: str, why: str) -> None:
        super().__init__(
            f"the journal of session {_shown(agent_id)} does not vouch for the approval: "
            f"{why}; `agent-session verify` says more"
        )
        self.agent_id = agent_id


class NotAPersonError(RefusedError):
    """A decision was tried where only an agent can be typing, or nobody."""

    code = "not_a_person"

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


# --- failures ---------------------------------------------------------------------------------


class OutOfTimeError(AgentSessionError):
    """A hook's own time is up."""

    code = "out_of_time"


class StoreError(AgentSessionError):
    """The store failed.  What was there before is still there."""

    code = "store_failed"


class StateCorruptedError(StoreError):
    """Both files of a session are beyond repair."""

    code = "state_corrupted"

    def __init__(self, agent_id: str, why: str) -> None:
        super().__init__(f"session {_shown(agent_id)} cannot be read: {why}")
        self.agent_id = agent_id
        self.why = why


class StoreUnavailableError(StoreError, OSError):
    """A call to the disk or the database was refused."""

    code = "store_unavailable"


class StoreBusyError(StoreError, TimeoutError):
    """Another writer kept the lock for too long."""

    code = "store_busy"


class UnsafeStoreError(StoreError):
    """A symbolic link, no plain file, or a file system that cannot keep the promises."""

    code = "unsafe_store"


class UnknownOutcomeError(StoreError):
    """The write may or may not outlive a power cut: read before you write again."""

    code = "unknown_outcome"


def _shown(value: object) -> str:
    """One short ASCII line, whatever the value is and however long."""
    short = value[:80] if isinstance(value, str) else value
    text = ascii(type(short) if isinstance(short, list | dict) else short)
    return text if len(text) <= 80 else text[:77] + "..."


def _holder(holder: str | None) -> str:
    return "a holder without a name" if holder is None else _shown(holder)
