"""Before a message wakes a paused agent: may it go on, and is it nobody else's?"""

from __future__ import annotations

from agent_session.core import approvals, phases
from agent_session.core.resume import APPROVAL_PENDING
from agent_session.project import is_there
from agent_session.services.resumes import Judgement

from .joined import Joined
from .neutral import SILENCE, Answer
from .refusals import refusal
from .telling import on_resume

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session.core.state import Record

    from .neutral import Event


def before_message(event: Event, host: Any) -> Answer:
    """Deny what must not be woken; what may is claimed, and the message brings the brief."""
    agent_id = host.addressee(event)
    if agent_id is None:
        return SILENCE
    joined = Joined(event, host)
    record = joined.wiring.hosts.find(joined.origin, agent_id)
    if record is None or _is_unconcerned(record, joined):
        return SILENCE
    if joined.wiring.hosts.is_running(record, joined.origin.who):
        return _to_the_running(record, joined, agent_id)
    is_here = _can_be_woken(event, host, agent_id)
    found = _granted(record, joined) if is_here else _judged(record, joined)
    if not found.is_resumable:
        return Answer(deny=refusal(found, agent_id, joined.wiring.now()))
    if not is_here:
        return _unreachable(found, agent_id)
    brief = on_resume(found.record or record, joined.wiring)
    return Answer(rewrite=host.message_with(event, brief))


def _granted(record: Record, joined: Joined) -> Judgement:
    return joined.wiring.hosts.grant(record, joined.origin)


def _judged(record: Record, joined: Joined) -> Judgement:
    return joined.wiring.resumes.judge(record["agent_id"], joined.origin.who)


def _to_the_running(record: Record, joined: Joined, agent_id: str) -> Answer:
    """The message waits for the agent's next step, unless it has asked for something, or
    another one goes on in its place.
    """
    now, by = joined.wiring.now(), (record["host"] or {}).get("agent_id")
    if by != agent_id:
        return Answer(
            deny=(
                f"agent-session: {by} goes on with the session {record['agent_id']} in the "
                f"place of {agent_id}. Send it the message."
            )
        )
    if not approvals.pending(record, now):
        return SILENCE
    found = Judgement(APPROVAL_PENDING, record["agent_id"], record)
    return Answer(deny=refusal(found, agent_id, now))


def _is_unconcerned(record: Record, joined: Joined) -> bool:
    """True where nothing is at stake: the session has ended, and a new one will follow it; or
    its agent was lost before it had said anything.
    """
    if phases.is_final(record["phase"]):
        return True
    is_blank = record["phase"] == phases.INITIALIZING and not record["approvals"]
    return is_blank and not joined.wiring.hosts.is_claimed(record)


def _can_be_woken(event: Event, host: Any, agent_id: str) -> bool:
    transcript = host.transcript_of(event, agent_id)
    return transcript is not None and is_there(transcript)


def _unreachable(found: Judgement, agent_id: str) -> Answer:
    """The host will say itself that it finds nobody; what it cannot say is how to go on."""
    record = found.record
    if record is None or found.decision is None:
        return SILENCE
    return Answer(
        deny=(
            f"agent-session: {agent_id} ran in another conversation, so a message cannot wake "
            f"it here. Its session {record['agent_id']} waits with an answer "
            f"({found.decision}): start an agent of the type {record['agent_name']}, and it "
            "goes on with that session."
        )
    )
