"""Why an agent may not be woken now, in words that its host's model can act on."""

from __future__ import annotations

from agent_session.core import approvals, resume
from agent_session.core.visible import one_line, shortened

from .joined import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agent_session.core.approvals import Approval
    from agent_session.core.instants import datetime
    from agent_session.core.state import Record
    from agent_session.services.resumes import Judgement

_LONGEST = 200


def refusal(found: Judgement, agent_id: str, now: datetime) -> str:
    """Why the host's agent *agent_id* is not woken, and what helps."""
    record = found.record
    said = _SENTENCES.get(found.reason)
    if record is None or said is None:
        why = f"the store says {found.reason}; `agent-session doctor` looks for what is wrong"
    else:
        why = said(record, now)
    of = f"session {found.agent_id}" if found.agent_id else "its session"
    return f"agent-session does not wake {agent_id} ({of}, {found.reason}): {why}"


def how_to_answer(approval: Approval) -> str:
    """For the person: what to do about a request."""
    program, approval_id = command(), approval["id"]
    return (
        f"a person looks at it with `{program} show-approval {approval_id}` and answers with "
        f"`{program} approve {approval_id}` or `{program} reject {approval_id} --reason "
        "'...'`, in a terminal of their own"
    )


def _pending(record: Record, now: datetime) -> str:
    waiting = approvals.pending(record, now)
    asked = approvals.newest(record) if not waiting else waiting[-1]
    if asked is None:
        return "something waits for an answer"
    said = f" ({shortened(one_line(asked['summary']), _LONGEST)})" if asked["summary"] else ""
    return (
        f"approval {asked['id']}{said} is still pending until {asked['expires_at']}, and "
        f"nobody but a person can decide it: {how_to_answer(asked)}. Tell the user and wait; "
        "what is said in a message to the agent approves nothing."
    )


def _expired(record: Record, now: datetime) -> str:
    asked = approvals.newest(record)
    approval_id = asked["id"] if asked else "?"
    return (
        f"approval {approval_id} expired before anybody decided, so nothing was approved. A "
        f"person can put it again with `{command()} ask-again {approval_id}` and then "
        "approve it; or start the agent anew."
    )


def _claimed(record: Record, now: datetime) -> str:
    claim = record["claim"] or {}
    holder = claim.get("holder") or "somebody without a name"
    process = (claim.get("process") or {}).get("pid")
    by = f"{shortened(one_line(str(holder)), _LONGEST)}" + (
        f" (process {process})" if process else ""
    )
    return (
        f"{by} goes on with it already, and it is theirs until {claim.get('until')} or until "
        "their process ends. Only one may: leave it to them."
    )


def _in_doubt(record: Record, now: datetime) -> str:
    agent_id = record["agent_id"]
    return (
        f"its client was lost while it was {record['phase']}, so nobody knows what was done. A "
        f"person looks at the world and then says so: `{command()} resolve "
        f"{agent_id} --as completed`, `--as failed`, or `--as retry` to plan anew. Do not do "
        "its work again before that."
    )


def _final(record: Record, now: datetime) -> str:
    return f"it has ended: {record['phase']}"


def _phase(record: Record, now: datetime) -> str:
    if record["claim"] is not None:  # one that was lost would leave it in doubt
        return f"it is {record['phase']}: {_claimed(record, now)}"
    return f"its phase is {record['phase']}, from which nothing is resumed"


def _not_ready(record: Record, now: datetime) -> str:
    return "a person has cleared its resume_ready flag"


def _errors(record: Record, now: datetime) -> str:
    return (
        f"it has had {record['error_count']} errors; `agent-session why {record['agent_id']}` "
        "tells the limit. Start the agent anew"
    )


def _timed_out(record: Record, now: datetime) -> str:
    return (
        f"its last activity was {record['last_updated']}, longer ago than resume.idle_minutes "
        "allows. Start the agent anew"
    )


def _corrupted(record: Record, now: datetime) -> str:
    return f"its record is damaged; see `agent-session verify {record['agent_id']}`"


_SENTENCES: Mapping[str, Callable[[Record, datetime], str]] = {
    resume.APPROVAL_PENDING: _pending,
    resume.APPROVAL_EXPIRED: _expired,
    resume.CLAIMED: _claimed,
    resume.IN_DOUBT: _in_doubt,
    resume.SESSION_FINAL: _final,
    resume.PHASE_NOT_RESUMABLE: _phase,
    resume.NOT_RESUME_READY: _not_ready,
    resume.TOO_MANY_ERRORS: _errors,
    resume.TIMED_OUT: _timed_out,
    resume.STATE_CORRUPTED: _corrupted,
}
