"""An agent has started: its session begins or goes on, and the agent is told."""

from __future__ import annotations

from agent_session.core.visible import one_line, shortened

from . import definitions, telling
from .joined import Joined
from .neutral import SILENCE, Answer
from .refusals import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session.services.hosts import Started

    from .neutral import Event

_LONGEST_NAME = 200


def agent_started(event: Event, host: Any) -> Answer:
    if event.agent_id is None or event.agent_name is None:
        return SILENCE
    joined = Joined(event, host)
    wiring = joined.wiring
    name = shortened(one_line(event.agent_name), _LONGEST_NAME)
    definition = definitions.digest_of(event.agent_name, wiring.project, wiring.variables)
    started = wiring.hosts.start(joined.origin, event.agent_id, name, definition)
    if started.refused is not None:
        return Answer(context=_stand_down(started, event.agent_id, joined))
    if started.is_new:
        return Answer(context=telling.at_start(started.record, wiring))
    if started.is_delegated and not host.BRIEFS_AT_START:  # its prompt begins with the brief
        return Answer(context=telling.how_to_report(started.record, wiring))
    return Answer(context=telling.on_resume(started.record, wiring))


def agent_prompted(event: Event, host: Any) -> Answer:
    """A message has reached the agent: the start of one that was woken, where its host tells no
    other.
    """
    joined = Joined(event, host)
    record = joined.wiring.hosts.find(joined.origin, event.agent_id)
    if record is not None and joined.wiring.hosts.is_running(record, joined.origin.who):
        return SILENCE
    return agent_started(event, host)


def _stand_down(started: Started, agent_id: str, joined: Joined) -> str:
    found = joined.wiring.resumes.judge(started.record["agent_id"], joined.origin.who)
    why = refusal(found, agent_id, joined.wiring.now())
    return f"{why}\nDo nothing now: end your turn, and say this."
