"""The resources: what a client may look at without calling a tool, as JSON."""

from __future__ import annotations

from mcp import UriTemplate

from agent_session.api import summary_of
from agent_session.core.errors import UnknownWordError
from agent_session.core.store import Query

from .tools import get_approval

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agent_session.wiring import Wiring

ACTIVE = "agent-session://sessions"


class Resource:
    """One address, with an id in it or without: its *name*, what it holds, and how it is
    read.
    """

    __slots__ = ("about", "name", "read")

    def __init__(self, name: str, about: str, read: Callable[..., Any]) -> None:
        self.name = name
        self.about = about
        self.read = read


def _active(wiring: Wiring) -> list[dict[str, Any]]:
    return [summary_of(record) for record in wiring.sessions.list(Query(resume_ready=True))]


def _timeline(wiring: Wiring, agent_id: str) -> list[Any]:
    return list(wiring.reports.timeline(agent_id))


def _approval(wiring: Wiring, approval_id: str) -> dict[str, Any]:
    return get_approval(wiring, approval_id=approval_id)


RESOURCES: Mapping[str, Resource] = {
    ACTIVE: Resource(
        "active sessions", "the sessions that are ready to be resumed, newest first", _active
    ),
    "agent-session://sessions/{agent_id}": Resource(
        "session", "a session's record", lambda wiring, agent_id: wiring.sessions.get(agent_id)
    ),
    "agent-session://sessions/{agent_id}/timeline": Resource(
        "timeline", "what happened to a session, oldest first", _timeline
    ),
    "agent-session://approvals/{approval_id}": Resource(
        "approval", "a request, what was answered, and what has changed", _approval
    ),
}


def read(wiring: Wiring, uri: str) -> Any:
    """What stands at *uri*; AgentSessionError."""
    for address, resource in RESOURCES.items():
        found = UriTemplate.parse(address).match(uri)
        if found is not None:
            return resource.read(wiring, *found.values())
    raise UnknownWordError("resource", uri, tuple(RESOURCES))
