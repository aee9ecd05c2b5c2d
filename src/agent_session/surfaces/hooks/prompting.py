"""A prompt is typed into the host: it may be a person's answer to a request.

Prompts that a schedule or another program injects come the same way, so an answer needs a code
that only the person was shown, and an unattended host takes none.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.hosts import conversation_key
from agent_session.glance import nobody_is_known_by, nothing_waits

from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import answering, joined
    from .neutral import Event
else:
    answering = Late("agent_session.surfaces.hooks.answering")
    joined = Late("agent_session.surfaces.hooks.joined")

_VERBS = ("approve ap-", "reject ap-")


def _is_unknown(event: Event) -> bool:
    return nobody_is_known_by(conversation_key(event.host, event.session_id))


def prompted(event: Event, host: Any) -> Answer:
    said = (event.message or "").strip()
    is_answer = said.startswith(_VERBS)
    if not is_answer and nothing_waits() and _is_unknown(event):
        return SILENCE
    known = joined.Joined(event, host)
    if is_answer:
        answer: Answer | None = answering.answered(said, known, host)
        if answer is not None:
            return answer
    if not known.has_store:
        return SILENCE
    told: Answer = answering.told(said, known, host)
    return told
