"""An agent has stopped, or was lost: its session is kept or ended, and nothing is said.

A word at this moment would make the agent run on, so there is one only where it has asked for
an approval in a way that cannot be understood, and that once.
"""

from __future__ import annotations

from agent_session.core import Late, phases
from agent_session.services.hosts import MAIN, token_of

from .joined import Joined
from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session.core import errors, requests
    from agent_session.core.state import Record

    from . import asking
    from .neutral import Event
else:
    errors = Late("agent_session.core.errors")
    requests = Late("agent_session.core.requests")
    asking = Late("agent_session.surfaces.hooks.asking")

SUCCEEDED, FAILED = 0, 1


def agent_stopped(event: Event, host: Any) -> Answer:
    joined = Joined(event, host)
    record = running(joined, event.agent_id) or _woken(event, joined, host)
    if record is None:
        return SILENCE
    complaint = asking.asked_in(event.message, record, joined)
    if complaint is not None and not event.payload.get("stop_hook_active"):
        return Answer(keep_on=complaint)
    if complaint is not None:
        asking.keep_for_later(record, joined, complaint)
    stop(joined, record, event, SUCCEEDED)
    return SILENCE


def agent_failed(event: Event, host: Any) -> Answer:
    joined = Joined(event, host)
    record = running(joined, event.agent_id)
    if record is not None:
        _count_error(joined, record, event.message or "the agent ended with an error")
        stop(joined, record, event, FAILED)
    return SILENCE


def after_delegation(event: Event, host: Any) -> Answer:
    """What its own stop has not told, the end of the delegation does."""
    agent_id = host.started_by(event)
    if agent_id is None or not host.has_ended(event):
        return SILENCE
    joined = Joined(event, host)
    record = running(joined, agent_id)
    if record is not None:
        reported = host.has_report(event)
        if not reported:
            _count_error(joined, record, "the agent was lost: it ended without a word")
        stop(joined, record, event, SUCCEEDED if reported else FAILED)
    return SILENCE


def after_message(event: Event, host: Any) -> Answer:
    """A message that reached nobody gives back what was granted for it."""
    agent_id = host.addressee(event)
    if agent_id is None:
        return SILENCE
    joined = Joined(event, host)
    if host.has_failed(event):
        record = joined.wiring.hosts.find(joined.origin, agent_id)
        if record is not None:
            joined.wiring.hosts.give_back(record, joined.origin)
    elif host.has_ended(event):
        record = running(joined, agent_id)
        if record is not None:
            stop(joined, record, event, SUCCEEDED)
    return SILENCE


def delegation_failed(event: Event, host: Any) -> Answer:
    """No agent has started, or none that told its end: what was granted is given back."""
    joined = Joined(event, host)
    services, to = joined.wiring.hosts, host.addressee(event)
    if to is not None:
        record = services.find(joined.origin, to)
    else:
        record = services.expected_by(joined.origin, event.call or "")
    if record is not None:
        services.give_back(record, joined.origin)
    return SILENCE


def running(joined: Joined, agent_id: str | None) -> Record | None:
    """The live session of the agent, unless it runs in another process by now."""
    record = joined.wiring.hosts.find(joined.origin, agent_id)
    if record is None or phases.is_final(record["phase"]) or not is_run_by(record, agent_id):
        return None
    return record if runs_here(joined, record) else None


def is_run_by(record: Record, agent_id: str | None) -> bool:
    """False for an agent that had the session before another went on with it."""
    return (record["host"] or {}).get("agent_id") == agent_id


def runs_here(joined: Joined, record: Record) -> bool:
    """True while the agent runs in the process that tells of it; what is told late, of one that
    has ended, says nothing of the one that goes on.
    """
    who, claim = joined.origin.who, record["claim"] or {}
    if who.process is None and claim.get("process"):
        return False
    return bool(joined.wiring.hosts.is_running(record, who))


def _woken(event: Event, joined: Joined, host: Any) -> Record | None:
    """The session of an agent that its host has woken without a word: it goes on only now. One
    that has ended, as its agent itself may have said, has a successor where that agent asks
    for something at last.
    """
    if event.agent_id is None:
        return None
    services, origin = joined.wiring.hosts, joined.origin
    record = services.find(origin, event.agent_id)
    has_ended = record is None or phases.is_final(record["phase"])
    if has_ended and requests.INFO not in (event.message or ""):
        return None
    if host.TELLS_EVERY_START and (record is None or not has_ended):
        return None
    started = services.start(origin, event.agent_id, event.agent_name or MAIN, None)
    return None if started.refused else started.record


def stop(joined: Joined, record: Record, event: Event, exit_code: int) -> None:
    wiring = joined.wiring
    wiring.hosts.note_pause(record, joined.origin)
    wiring.workflow.take_stop(
        {"agent_id": record["agent_id"], "agent": record["agent_name"]},
        event.message or "",
        exit_code=exit_code,
        session_id=event.session_id,
        who=token_of(record),
    )


def _count_error(joined: Joined, record: Record, said: str) -> None:
    sessions = joined.wiring.sessions
    try:
        sessions.update(record["agent_id"], error=said[:2000], who=token_of(record))
    except errors.RefusedError:
        pass  # its end is told all the same
