"""The changes of a claim: taken, renewed, given up, and resolved where its holder was lost."""

from __future__ import annotations

from . import Late, approvals, phases
from .chain import draft
from .claims import LONGEST_LEASE, is_in_doubt, is_live, is_taken
from .instants import at, timedelta
from .transitions import begin_turn, end_turn, enter_phase, is_in_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from . import errors
    from .chain import Draft
    from .claims import Claimant, ClaimPolicy
    from .instants import datetime
    from .state import Record
else:
    errors = Late("agent_session.core.errors")

RETRY = "retry"
RESOLUTIONS = (phases.COMPLETED, phases.FAILED, RETRY)


def take(
    record: Record,
    who: Claimant,
    policy: ClaimPolicy,
    now: datetime,
    actor: str,
    *,
    lease: timedelta | None = None,
    is_grant: bool = False,
) -> Draft:
    """The claim of *who*; the one it has already, extended, where it asks again.

    A grant lapses after *policy.grant* unless it is taken up. SessionFinalError, InDoubtError,
    ClaimedError.
    """
    who = who.at(record)
    _require_claimable(record, who, policy, now)
    full = required_lease(policy.lease if lease is None else lease)
    held = record["claim"]
    if held is not None and is_live(held, now, policy.fate_of):
        until = now + (policy.grant if held["is_grant"] else full)
        return draft("renewed", at(now), actor, until=at(until))
    until = now + (policy.grant if is_grant else full)
    return _claim(record["fence"] + 1, who, full, until, now, actor, is_grant=is_grant)


def first(who: Claimant, policy: ClaimPolicy, now: datetime, actor: str) -> Draft:
    """The claim that a session is born with."""
    return _claim(1, who, policy.lease, now + policy.lease, now, actor, is_grant=False)


def _claim(
    token: int,
    who: Claimant,
    lease: timedelta,
    until: datetime,
    now: datetime,
    actor: str,
    *,
    is_grant: bool,
) -> Draft:
    return draft(
        "claimed",
        at(now),
        actor,
        token=token,
        holder=who.holder,
        until=at(until),
        lease_seconds=lease.total_seconds(),
        is_grant=is_grant,
        process=None if who.process is None else {**who.process},
    )


def _require_claimable(
    record: Record, who: Claimant, policy: ClaimPolicy, now: datetime
) -> None:
    if phases.is_final(record["phase"]):
        raise errors.SessionFinalError(record["agent_id"], record["phase"])
    claim = record["claim"]
    if claim is None or (who.holds(claim) and is_live(claim, now, policy.fate_of)):
        return
    if is_in_doubt(record, now, policy.fate_of):
        raise errors.InDoubtError(record["agent_id"], record["phase"])
    if is_taken(record, who, now, policy.fate_of):
        raise errors.ClaimedError(record["agent_id"], claim["holder"], claim["until"])


def required_lease(lease: timedelta) -> timedelta:
    if not timedelta(0) < lease <= LONGEST_LEASE:
        raise errors.InvalidValueError(
            f"a lease lasts more than 0 s and at most {LONGEST_LEASE.days} days"
        )
    return lease


def require_token(record: Record, who: Claimant, policy: ClaimPolicy) -> None:
    """Whoever presents a token presents the newest, of a claim that was not given up;
    StaleClaimError, TokenRequiredError.
    """
    claim, who = record["claim"], who.at(record)
    if who.token is not None:
        if claim is None or claim["token"] != who.token:
            raise errors.StaleClaimError(record["agent_id"], who.token, record["fence"])
    elif policy.require_token and claim is not None:
        raise errors.TokenRequiredError(record["agent_id"])


def extension(
    record: Record, who: Claimant, policy: ClaimPolicy, now: datetime
) -> dict[str, str]:
    """What a write of *who* adds to its event: until when the claim now lasts, if it is theirs.

    The first write after a grant takes it up, whoever makes it; later a write without a token
    extends only a claim without a named holder. StaleClaimError, TokenRequiredError.
    """
    require_token(record, who, policy)
    claim, who = record["claim"], who.at(record)
    if claim is None:
        return {}
    is_theirs = who.holds(claim) or claim["holder"] is None or claim["is_grant"]
    if not is_theirs or (who.token is None and not is_live(claim, now, policy.fate_of)):
        return {}
    return {"until": at(now + timedelta(seconds=claim["lease_seconds"]))}


def written_without(
    record: Record, phase: str | None, policy: ClaimPolicy, now: datetime, actor: str
) -> list[Draft]:
    """What a write brings about by somebody who does not hold the claim.

    A claim that was lost while its session waited ends where they go on to act in *phase*:
    nothing is in doubt, for nothing was being done. Out of doubt only a person leads:
    InDoubtError for a phase from which it could be resumed.
    """
    if is_in_doubt(record, now, policy.fate_of) and phase and phases.is_resumable(phase):
        raise errors.InDoubtError(record["agent_id"], record["phase"])
    claim = record["claim"]
    acts = phase is not None and phases.is_acting(phase)
    if claim is None or not acts or phases.is_acting(record["phase"]):
        return []
    if is_live(claim, now, policy.fate_of):
        return []
    return [draft("released", at(now), actor, token=claim["token"])]


def renew(
    record: Record,
    who: Claimant,
    policy: ClaimPolicy,
    now: datetime,
    actor: str,
    lease: timedelta | None = None,
) -> Draft:
    """A heartbeat: the claim lasts its lease from *now*, the new *lease* from here on;
    StaleClaimError.
    """
    require_token(record, who, policy)
    claim = record["claim"] or {}
    seconds = claim["lease_seconds"] if lease is None else required_lease(lease).total_seconds()
    until = at(now + timedelta(seconds=seconds))
    return renewal({"until": until, "lease_seconds": seconds}, now, actor)


def renewal(data: Mapping[str, Any], now: datetime, actor: str) -> Draft:
    """A sign of life of the holder, whose claim is as *data* says from here on."""
    return draft("renewed", at(now), actor, **data, beats=True)


def release(
    record: Record, who: Claimant, policy: ClaimPolicy, now: datetime, actor: str
) -> Draft:
    """StaleClaimError."""
    require_token(record, who, policy)
    return draft("released", at(now), actor, token=who.token)


def resolve(
    record: Record, resolution: str, policy: ClaimPolicy, now: datetime, actor: str
) -> Draft:
    """A person says what became of a session whose agent was lost while it acted.

    `retry` lets it be planned anew; what it had begun under an approval needs another one.
    NotInDoubtError, UnknownWordError.
    """
    if resolution not in RESOLUTIONS:
        raise errors.UnknownWordError("resolution", resolution, RESOLUTIONS)
    if not is_in_doubt(record, now, policy.fate_of) and not _acts_unclaimed(record):
        raise errors.NotInDoubtError(record["agent_id"], record["phase"])
    phase = phases.PLANNING if resolution == RETRY else resolution
    return draft("resolved", at(now), actor, resolution=resolution, phase=phase)


def _acts_unclaimed(record: Record) -> bool:
    """Nobody can tell whether its agent is lost: a person may."""
    return record["claim"] is None and phases.is_acting(record["phase"])


# --- the fold ---------------------------------------------------------------------------------

_CLAIM_FIELDS = ("token", "holder", "until", "lease_seconds", "is_grant", "process")


def _claimed(record: Record, event: Mapping[str, Any]) -> Record:
    data = event["data"]
    claim = {"claimed_at": event["at"], **{field: data[field] for field in _CLAIM_FIELDS}}
    after: Record = {**record, "claim": claim, "fence": data["token"]}
    # A first claim is of the turn that the session began with.
    if data["is_grant"] or (record["claim"] is None and is_in_turn(record)):
        return after
    return begin_turn(after, event["at"])


def _renewed(record: Record, event: Mapping[str, Any]) -> Record:
    data = event["data"]
    changed = {field: data[field] for field in ("until", "lease_seconds") if field in data}
    after: Record = {**record, "claim": {**(record["claim"] or {}), **changed}}
    if not data.get("beats"):
        return after
    return extended({**after, "last_updated": event["at"]}, data["until"])


def _released(record: Record, event: Mapping[str, Any]) -> Record:
    return {**record, "claim": None}


def _resolved(record: Record, event: Mapping[str, Any]) -> Record:
    begun = [approvals.ended_if_begun(each, event["at"]) for each in record["approvals"]]
    after: Record = {
        **record,
        "claim": None,
        "approvals": begun,
        "last_updated": event["at"],
    }
    after = end_turn(after, event["at"])
    return enter_phase(after, event["data"]["phase"], event["at"])


def run_to_its_end(record: Record, phase: str | None = None) -> Record:
    """As its agent stops, or ends it in *phase*: one that was resumed and has written nothing
    before had a turn all the same, from the grant on. Of one that is given up nobody came.
    """
    claim = record["claim"]
    if claim is None or not claim["is_grant"] or phase == phases.ABANDONED:
        return record
    return begin_turn(record, claim["claimed_at"])


def _stopped(record: Record, event: Mapping[str, Any]) -> Record:
    ran = run_to_its_end(record)
    after: Record = {**ran, "claim": None, "last_updated": event["at"]}
    return end_turn(after, event["at"], event["data"].get("summary"))


CHANGES: Mapping[str, Callable[[Record, Mapping[str, Any]], Record]] = {
    "claimed": _claimed,
    "renewed": _renewed,
    "released": _released,
    "resolved": _resolved,
    "stopped": _stopped,
}


def extended(record: Record, until: str) -> Record:
    """The claim lasts until then; a mere grant is taken up, and its turn begins."""
    claim = record["claim"] or {}
    was_grant = claim.get("is_grant", False)
    after: Record = {**record, "claim": {**claim, "until": until, "is_grant": False}}
    return begin_turn(after, record["last_updated"]) if was_grant else after
