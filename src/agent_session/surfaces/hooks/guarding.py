"""Before a tool runs: a guarded call needs a person's approval for exactly that call.

Nearly every call is none, and each waits for this answer, so what cannot be guarded is told
apart before anything else is loaded.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.glance import surely_unguarded
from agent_session.project import environment, project_root

from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from agent_session import settings
    from agent_session.core import guards, store

    from . import guarded, joined, reporting
    from .neutral import Event
else:
    guarded = Late("agent_session.surfaces.hooks.guarded")
    guards = Late("agent_session.core.guards")
    joined = Late("agent_session.surfaces.hooks.joined")
    reporting = Late("agent_session.surfaces.hooks.reporting")
    settings = Late("agent_session.settings")
    store = Late("agent_session.core.store")

_APPROVAL = "ap-"
_APPROVAL_LENGTH = 19
_REPORTS = " update agent-"


def before_tool(event: Event, host: Any) -> Answer:
    if event.tool in host.INJECTING and _names_an_approval(event.tool_input):
        return Answer(deny=_NOT_BY_SCHEDULE)
    if event.tool == host.SHELL and _REPORTS in _command(event) and _is_report(event, host):
        return Answer(allows=True)
    tool = event.tool or ""
    if surely_unguarded(tool, event.tool_input):
        return SILENCE
    variables = environment()
    found = settings.load_settings(project_root(None, variables), variables)
    if found.guards_in_doubt is not None:
        return Answer(deny=_unsure(found.guards_in_doubt))
    caught = guards.caught(guards.guards_of(found["guards"]), tool, event.tool_input)
    if caught is None:
        return SILENCE
    answer: Answer = guarded.answer_to(event, host, caught)
    return answer


def _is_report(event: Event, host: Any) -> bool:
    """True where the agent says the phase of its own session, as it was told to."""
    known = joined.Joined(event, host)
    record = known.wiring.hosts.find(known.origin, event.agent_id)
    return record is not None and bool(
        reporting.is_report(_command(event), known.wiring.project, record["agent_id"])
    )


def _command(event: Event) -> str:
    command = event.tool_input.get("command")
    return command if isinstance(command, str) else ""


def _unsure(complaint: str) -> str:
    return (
        f"agent-session cannot tell what is guarded, so nothing is run: {complaint}. Tell the "
        "user, who can mend it; `agent-session settings` shows what is understood."
    )


# --- prompts that nobody types ----------------------------------------------------------------

_NOT_BY_SCHEDULE = (
    "agent-session: a prompt that is to come by itself may not name an approval, for it could "
    "be taken for a person's answer. Leave the approval's id out of it."
)


def _names_an_approval(value: object) -> bool:
    return any(_has_id(text) for text in _texts(value))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _has_id(text: str) -> bool:
    at = text.find(_APPROVAL)
    while at >= 0:
        if store.is_approval_id(text[at : at + _APPROVAL_LENGTH]):
            return True
        at = text.find(_APPROVAL, at + 1)
    return False
