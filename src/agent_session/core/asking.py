"""The changes of an approval: asked for, decided once, used once, or found to have drifted."""

from __future__ import annotations

from . import Late, approvals, claiming, phases
from .actions import action_digest, was_shown
from .chain import draft
from .claims import is_in_doubt
from .codec import canonical, digest
from .instants import at, moment
from .transitions import enter_phase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from . import errors
    from .approvals import Approval, ApprovalPolicy
    from .chain import Draft
    from .claims import Claimant, ClaimPolicy
    from .instants import datetime
    from .state import Record
else:
    errors = Late("agent_session.core.errors")

# Beside the open ones; the journal keeps all.
ENDED_KEPT = 5


def message_to_sign(approval: Approval, agent_id: str, verdict: str) -> bytes:
    """What a signature is over: everything that must not be moved to another request."""
    return canonical(
        {
            "v": 1,
            "store": approval["store"],
            "agent_id": agent_id,
            "approval_id": approval["id"],
            "nonce": approval["nonce"],
            "action_digest": approval["action"]["action_digest"],
            "shown_digest": approval["action"]["shown_digest"],
            "request_digest": digest(canonical(asked_for(approval)).encode()),
            "expires_at": approval["expires_at"],
            "decision": verdict,
        }
    ).encode()


def asked_for(approval: Approval) -> dict[str, Any]:
    """What was asked (the files and their digests with it), without what has become of it."""
    return {key: value for key, value in approval.items() if key not in _FATE}


_FATE = frozenset(("status", "decision", "grant", "ended_at", "drift"))


# --- request ----------------------------------------------------------------------------------


def request(
    record: Record,
    approval: Approval,
    who: Claimant,
    policy: ClaimPolicy,
    now: datetime,
    actor: str,
    *,
    beside: bool,
) -> list[Draft]:
    """*approval* enters the record; a pending one is superseded, unless it stands *beside* it.

    SessionFinalError, InDoubtError, StaleClaimError, TokenRequiredError.
    """
    require_live(record)
    renewal = _renewal(record, who, policy, now, actor)
    if not renewal and is_in_doubt(record, now, policy.fate_of):
        raise errors.InDoubtError(record["agent_id"], record["phase"])
    superseded = [] if beside else [each["id"] for each in approvals.pending(record, now)]
    data = {"approval": dict(approval), "cancels": superseded}
    return [*renewal, draft("approval_requested", at(now), actor, **data)]


def require_live(record: Record) -> None:
    if phases.is_final(record["phase"]):
        raise errors.SessionFinalError(record["agent_id"], record["phase"])


def _renewal(
    record: Record, who: Claimant, policy: ClaimPolicy, now: datetime, actor: str
) -> list[Draft]:
    """The claim lasts on, where it is that of *who*."""
    extension = claiming.extension(record, who, policy, now)
    return [claiming.renewal(extension, now, actor)] if extension else []


# --- decide -----------------------------------------------------------------------------------


def decide(
    record: Record,
    approval_id: str,
    decision: Mapping[str, Any],
    policy: ApprovalPolicy,
    now: datetime,
    actor: str,
) -> list[Draft]:
    """One person's answer; the second is told who was first.

    ApprovalNotFoundError, AlreadyDecidedError, ApprovalEndedError, TooWeakError.
    """
    approval = require(record, approval_id)
    _require_pending(approval, now)
    verdict = decision["verdict"]
    if verdict == approvals.APPROVED:  # a no is safe, however weak
        require_strength(approval, decision["strength"], policy)
    expires_at = at(now + policy.grant_at_most)
    grant = {"taken_up_at": None, "expires_at": expires_at}
    return [
        draft(
            "approval_decided",
            at(now),
            actor,
            id=approval_id,
            status=verdict,
            decision={**decision, "at": at(now)},
            grant=grant if verdict == approvals.APPROVED else None,
        )
    ]


def require(record: Record, approval_id: str) -> Approval:
    approval = approvals.find(record, approval_id)
    if approval is None:
        raise errors.ApprovalNotFoundError(approval_id)
    return approval


def _require_pending(approval: Approval, now: datetime) -> None:
    decision = approval["decision"]
    if decision is not None:
        raise errors.AlreadyDecidedError(approval["id"], decision)
    status = approvals.status_at(approval, now)
    if status != approvals.PENDING:
        raise errors.ApprovalEndedError(approval["id"], status, approvals.ends_at(approval))


def require_strength(approval: Approval, strength: str, policy: ApprovalPolicy) -> None:
    """What the request demands and what the settings demand today: the stronger counts."""
    required = approvals.stronger(approval["required"], policy.strength)
    if not approvals.suffices(strength, required):
        raise errors.TooWeakError(approval["id"], strength, required)


# --- take up and use --------------------------------------------------------------------------


def take_up(
    record: Record, phase: str | None, policy: ApprovalPolicy, now: datetime, actor: str
) -> list[Draft]:
    """What the first write of a resumed agent brings about by itself, once a person has
    answered: the grant's own clock starts, and the phase moves unless the write names one.
    """
    approval = approvals.decided(record, now)
    claim = record["claim"]
    if approval is None or claim is None or record["phase"] != phases.APPROVAL:
        return []
    if claim["claimed_at"] < approval["decision"]["at"] or _came_back(record, claim):
        return []
    is_approved = approval["status"] == approvals.APPROVED
    moved = phases.EXECUTING if is_approved else phases.PLANNING
    return [
        draft(
            "approval_taken_up",
            at(now),
            actor,
            id=approval["id"],
            grant=grant_taken_up(approval, policy, now) if is_approved else None,
            phase=None if phase else moved,
        )
    ]


def _came_back(record: Record, claim: Mapping[str, Any]) -> bool:
    """True where the resumed agent itself has entered the phase again, to wait anew."""
    history = record["history"]
    return bool(history) and history[-1]["timestamp"] > claim["claimed_at"]


def grant_taken_up(
    approval: Approval, policy: ApprovalPolicy, now: datetime
) -> Mapping[str, Any]:
    grant: Mapping[str, Any] = approval["grant"]
    if grant["taken_up_at"] is not None:
        return grant
    expires_at = min(at(now + policy.grant), grant["expires_at"])
    return {"taken_up_at": at(now), "expires_at": expires_at}


class Attempt:
    """What is about to be done under an approval, and by whom: the *raw* action, in which
    *store*, and for which session where that is said.
    """

    __slots__ = ("agent_id", "raw", "store", "who")

    def __init__(
        self, raw: bytes, store: str, who: Claimant, agent_id: str | None = None
    ) -> None:
        self.raw = raw
        self.store = store
        self.who = who
        self.agent_id = agent_id


def require_usable(
    record: Record, approval_id: str, attempt: Attempt, policy: ApprovalPolicy, now: datetime
) -> Approval:
    """The approval, if *attempt* is what it allows now, the world apart.

    ApprovalNotFoundError, WrongStoreError, NotDecidedError, ApprovalEndedError, TooWeakError,
    ActionChangedError, ChainBrokenError.
    """
    approval = require(record, approval_id)
    if attempt.agent_id not in (None, record["agent_id"]):
        raise errors.ApprovalNotFoundError(approval_id, attempt.agent_id)
    if approval["agent_id"] != record["agent_id"]:  # it was copied here
        raise errors.ApprovalNotFoundError(approval_id, record["agent_id"])
    if approval["store"] != attempt.store:
        raise errors.WrongStoreError(approval_id)
    _require_approved(approval, policy, now)
    require_strength(approval, approval["decision"]["strength"], policy)
    if action_digest(approval["nonce"], attempt.raw) != approval["action"]["action_digest"]:
        raise errors.ActionChangedError(approval_id)
    if not was_shown(approval["action"], approval["nonce"], attempt.raw):
        why = "what a person was shown is not what would run"
        raise errors.ChainBrokenError(record["agent_id"], why)
    return approval


def _require_approved(approval: Approval, policy: ApprovalPolicy, now: datetime) -> None:
    status = approvals.status_at(approval, now)
    if status == approvals.PENDING:
        raise errors.NotDecidedError(approval["id"], approval["expires_at"])
    # What was signed is the request's own end: no true grant lasts longer after it.
    lasts = now < moment(approval["expires_at"]) + policy.grant_at_most
    if status == approvals.APPROVED and not lasts:
        status = approvals.EXPIRED
    if status != approvals.APPROVED:
        raise errors.ApprovalEndedError(approval["id"], status, _end_of(approval))


def _end_of(approval: Approval) -> str:
    """When it ended, as far as the record tells."""
    if approval["status"] == approvals.REJECTED:
        return str(approval["decision"]["at"])
    return str(approval.get("ended_at") or approvals.ends_at(approval))


def use(
    record: Record,
    approval_id: str,
    drift_of: Callable[[Approval], Sequence[Mapping[str, Any]]],
    attempt: Attempt,
    policy: ApprovalPolicy,
    claim_policy: ClaimPolicy,
    now: datetime,
    actor: str,
) -> list[Draft]:
    """The approval is used up, or has drifted, as *drift_of* finds.

    An agent that had no claim has one from here on, so that its loss is noticed. All that
    `require_usable` raises; StaleClaimError, TokenRequiredError, ClaimedError, InDoubtError.
    """
    require_live(record)
    approval = require_usable(record, approval_id, attempt, policy, now)
    claim = _renewal(record, attempt.who, claim_policy, now, actor) or [
        claiming.take(record, attempt.who, claim_policy, now, actor)
    ]
    drift = list(drift_of(approval))
    if drift:
        return [draft("approval_drifted", at(now), actor, id=approval_id, drift=drift)]
    return [*claim, draft("approval_used", at(now), actor, id=approval_id)]


# --- the fold ---------------------------------------------------------------------------------


def _requested(record: Record, event: Mapping[str, Any]) -> Record:
    data, when = event["data"], event["at"]
    # What has expired is written down at last: else it would be kept for ever as if open.
    before = [
        approvals.ended(each, approvals.CANCELLED, when)
        if each["id"] in data["cancels"]
        else {**each, "status": approvals.status_at(each, moment(when))}
        for each in record["approvals"]
    ]
    now = [*_kept(before), data["approval"]]
    after: Record = {**record, "approvals": now, "last_updated": when}
    return enter_phase(after, phases.APPROVAL, when)


def _kept(before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ended = [each["id"] for each in before if each["status"] not in approvals.OPEN]
    dropped = set(ended[:-ENDED_KEPT])
    return [each for each in before if each["id"] not in dropped]


def _decided(record: Record, event: Mapping[str, Any]) -> Record:
    data = event["data"]
    fields = {field: data[field] for field in ("status", "decision", "grant")}
    return _with(record, event, **fields)


def _taken_up(record: Record, event: Mapping[str, Any]) -> Record:
    """The resumed agent goes on: it carries out what was approved, or plans anew."""
    data = event["data"]
    grant = data["grant"]
    after = _with(record, event, grant=grant) if grant else record
    phase = data["phase"]
    return enter_phase(after, phase, event["at"]) if phase else after


def _used(record: Record, event: Mapping[str, Any]) -> Record:
    after = _with(record, event, status=approvals.USED, ended_at=event["at"])
    if after["phase"] == phases.EXECUTING:
        return after
    return enter_phase(after, phases.EXECUTING, event["at"])


def _drifted(record: Record, event: Mapping[str, Any]) -> Record:
    return _with(
        record,
        event,
        status=approvals.DRIFTED,
        drift=event["data"]["drift"],
        ended_at=event["at"],
    )


def _with(record: Record, event: Mapping[str, Any], **fields: Any) -> Record:
    after = [
        {**each, **fields} if each["id"] == event["data"]["id"] else each
        for each in record["approvals"]
    ]
    return {**record, "approvals": after, "last_updated": event["at"]}


CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {
    "approval_requested": _requested,
    "approval_decided": _decided,
    "approval_taken_up": _taken_up,
    "approval_used": _used,
    "approval_drifted": _drifted,
}
