"""A turn of the host's own conversation ends, or the conversation itself.

Both come often and mostly concern nothing of ours, which one look at the index tells.
"""

from __future__ import annotations

from agent_session.core import Late, phases
from agent_session.core.hosts import conversation_key, main_key
from agent_session.glance import nobody_is_known_by, nothing_waits

from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import answering, joined, stopping
    from .neutral import Event
else:
    answering = Late("agent_session.surfaces.hooks.answering")
    joined = Late("agent_session.surfaces.hooks.joined")
    stopping = Late("agent_session.surfaces.hooks.stopping")


_CLEARED = "clear"


def main_stopped(event: Event, host: Any) -> Answer:
    """The conversation itself has a session only where a guard has asked for one; the person,
    whose turn it is now, is shown what waits for them.
    """
    if nobody_is_known_by(main_key(event.host, event.session_id)) and nothing_waits():
        return SILENCE
    known = joined.Joined(event, host)
    record = stopping.running(known, None)
    if record is not None:
        stopping.stop(known, record, event, stopping.SUCCEEDED)
    return Answer(notice=answering.notice(known, host))


def session_ended(event: Event, host: Any) -> Answer:
    """Who still runs is cut off: one that was acting is in doubt once its client is gone."""
    if event.payload.get("reason") == _CLEARED:
        return SILENCE  # the client goes on, and what runs in the background with it
    if nobody_is_known_by(conversation_key(event.host, event.session_id)):
        return SILENCE
    known = joined.Joined(event, host)
    for record in known.wiring.hosts.of_conversation(known.origin, live=True):
        is_ours = stopping.runs_here(known, record)
        if is_ours and not phases.is_acting(record["phase"]):
            stopping.stop(known, record, event, stopping.FAILED)
    return SILENCE
