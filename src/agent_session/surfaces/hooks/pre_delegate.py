"""Before a delegation: is there a paused session that this request continues?"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.codec import checked
from agent_session.glance import NOTHING_LIVE, nothing_is_live

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session import wiring
    from agent_session.core import errors, resume
    from agent_session.core.state import Record
    from agent_session.services.resumes import Judgement
    from agent_session.wiring import Wiring
else:
    errors = Late("agent_session.core.errors")
    resume = Late("agent_session.core.resume")
    wiring = Late("agent_session.wiring")

_ACTOR = "pre_delegate"
_MOST_ECHOED = 1 << 20
USAGE = """\
pre_delegate.py: says whether a delegation should resume a paused session.

  echo '{"agent_name": "terraform-architect"}' | python3 hooks/pre_delegate.py
  python3 hooks/pre_delegate.py --test     plays a self-test in a throw-away store

On stdin, a JSON object: agent_name, task_id, agent_id (optional), holder (optional: who will
resume it), task_description, metadata.
On stdout: should_resume, reason, agent_id, resume_metadata, original_context. A session that
is to be resumed is claimed in the same step: resume_metadata holds the token, and the brief.
The exit status is always 0.
"""


def pre_delegate_hook(payload: dict[str, Any]) -> dict[str, Any]:
    """The decision on the delegation that *payload* (see the published JSON) asks for; never
    raises.

    `should_resume` is true only with the reason `session_resumable`; `resume_metadata` then
    holds the whole context.
    """
    try:
        return decide(payload)
    except errors.AgentSessionError as error:
        reason, sentence = error.code, str(error)
    except OSError as error:  # even the working folder may be gone
        reason, sentence = errors.StoreError.code, str(error)
    try:
        note(reason, sentence)
    except (errors.AgentSessionError, OSError):
        pass  # the answer matters more than its line in the log
    return refuse(reason, sentence, payload if isinstance(payload, dict) else None)


def decide(payload: dict[str, Any]) -> dict[str, Any]:
    """As `pre_delegate_hook`, but a request that is not right raises InvalidValueError."""
    request = Request(payload)
    if _nothing_is_live(request):
        return refusal(NOTHING_LIVE, payload)
    joined = wiring.wire(_ACTOR)
    found = joined.resumes.check_delegation(
        request.agent_name,
        request.task_id,
        request.agent_id,
        joined.claimant(request.holder),
    )
    return answer(found, payload, joined)


def note(reason: str, _: str) -> None:
    """Enter a request that could not be looked at in the log."""
    wiring.wire(_ACTOR).resumes.log_refusal(reason)


def _nothing_is_live(request: Request) -> bool:
    """The quick no, for a request that names an agent but no session of it."""
    if request.agent_name is None or request.agent_id is not None:
        return False
    return nothing_is_live(request.agent_name, request.task_id)


class Request:
    """What a payload asks for; an empty string means that nothing was given."""

    __slots__ = ("agent_id", "agent_name", "holder", "task_id")

    def __init__(self, payload: object) -> None:
        if not isinstance(payload, dict):
            raise errors.InvalidValueError("a JSON object is needed")
        self.agent_name = _given(payload, "agent_name")
        self.task_id = _given(payload, "task_id")
        self.agent_id = _given(payload, "agent_id")
        self.holder = _given(payload, "holder")


def _given(payload: dict[str, Any], key: str) -> str | None:
    value = payload.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise errors.InvalidValueError(f"{key} must be text, not {type(value).__name__}")
    return checked(value, key) or None


def answer(found: Judgement, payload: dict[str, Any], joined: Wiring) -> dict[str, Any]:
    """The published JSON of a decision."""
    if not found.is_resumable or found.record is None:
        return {**refusal(found.reason, payload, found.agent_id), **_holder(found)}
    return {
        "should_resume": True,
        "reason": found.reason,
        "agent_id": found.agent_id,
        "resume_metadata": _context(found.record, found, joined.briefs.of(found.record)),
        "original_context": payload,
    }


def _holder(found: Judgement) -> dict[str, Any]:
    """Who has the claim, where that is the reason."""
    claim = found.record["claim"] if found.record else None
    if found.reason != resume.CLAIMED or claim is None:
        return {}
    return {"claimed_by": claim["holder"], "claimed_until": claim["until"]}


def refusal(
    reason: str, payload: dict[str, Any] | None, agent_id: str | None = None
) -> dict[str, Any]:
    """The published JSON of a no."""
    return {
        "should_resume": False,
        "reason": reason,
        "agent_id": agent_id,
        "resume_metadata": None,
        "original_context": payload,
    }


def _context(record: Record, found: Judgement, brief: str) -> dict[str, Any]:
    claim = record["claim"] or {}
    return {
        "previous_phase": record["phase"],
        "created_at": record["created_at"],
        "last_updated": record["last_updated"],
        "history": record["history"],
        "session_metadata": record["metadata"],
        "decision": found.decision,
        "approval_id": found.approval["id"] if found.approval else None,
        "token": claim.get("token"),
        "claimed_until": claim.get("until"),
        "brief": brief,
    }


def refuse(reason: str, sentence: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    """The published JSON of a request that could not be looked at, with a sentence that says
    why.
    """
    return {**refusal(reason, payload), "message": sentence}


def main(arguments: list[str]) -> int:
    """Run as a program; with `--test`, play the self-test."""
    if "--test" in arguments:
        from .self_test import play

        return play()
    if arguments:
        from .program import print_usage

        return print_usage(USAGE)
    from .program import run

    return run(decide, refuse, note, _MOST_ECHOED)
