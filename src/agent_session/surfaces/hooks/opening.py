"""A conversation of the host begins or goes on: what a kill has left behind is put in order."""

from __future__ import annotations

from agent_session.core import phases
from agent_session.core.visible import one_line, shortened
from agent_session.glance import nothing_waits

from . import answering
from .joined import Joined
from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from agent_session.core.state import Record

    from .neutral import Event

_MOST_TOLD = 5
_LONGEST_NAME = 60


def session_started(event: Event, host: Any) -> Answer:
    """Paused is what was lost while it waited; what was lost while it acted is in doubt, and
    told, for only a person can say what was done.
    """
    joined = Joined(event, host)
    if not joined.has_store:
        return SILENCE
    doubtful = []
    for record in list(joined.wiring.hosts.lost(event.host)):
        if phases.is_acting(record["phase"]):
            doubtful.append(record)
        else:
            joined.wiring.hosts.let_go(record)
    told = "\n".join(_lines(doubtful)) or None
    complaints = [
        f"agent-session: {one_line(each)}"
        for each in joined.wiring.settings.complaints[:_MOST_TOLD]
    ]
    shown = (*complaints, told, None if nothing_waits() else answering.notice(joined, host))
    return Answer(context=told, notice="\n".join(filter(None, shown)) or None)


def _lines(doubtful: Sequence[Record]) -> list[str]:
    lines = [_line(each) for each in doubtful[:_MOST_TOLD]]
    more = len(doubtful) - _MOST_TOLD
    return [*lines, f"... and {more} more: agent-session list"] if more > 0 else lines


def _line(record: Record) -> str:
    name, agent_id = (
        shortened(one_line(record["agent_name"]), _LONGEST_NAME),
        record["agent_id"],
    )
    return (
        f"agent-session: {agent_id} ({name}) is in doubt: its client was lost while it was "
        f"{record['phase']}. A person says what was done: agent-session resolve {agent_id} "
        "--as completed|failed|retry"
    )
