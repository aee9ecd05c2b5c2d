"""A host's program on every service: its agents start, pause and ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_session.core.claims import Claimant
from agent_session.services.hosts import Hosts, Origin, token_of
from agent_session.stores.memory import MemoryStore
from tests.services.joined import Joined

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent_session.core.state import Record

KIND = "claude-code"
CLIENT = {"pid": 7, "started": "1"}
OTHER_CLIENT = {"pid": 8, "started": "1"}


def origin(
    session_id: str = "s1", process: Any = CLIENT, kind: str = KIND, **standing: Any
) -> Origin:
    """The conversation of a client, which holds what it holds by the conversation's name."""
    return Origin(kind, session_id, Claimant(session_id, None, process), **standing)


HERE = origin()


class InTheMiddle(MemoryStore):
    """A store in which something happens just before the next change is made."""

    happens: Callable[[], object] | None = None

    def update(self, agent_id: str, change: Any) -> Record:
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        return super().update(agent_id, change)


class Hosted(Joined):
    """A host on every service."""

    def __init__(self, **more: Any) -> None:
        self.middle = InTheMiddle()
        super().__init__(store=self.middle, **more)
        self.hosts = Hosts(self.sessions, self.resumes)

    def start(self, agent_id: str | None = "a1", where: Origin = HERE, name: str = "ta") -> Any:
        return self.hosts.start(where, agent_id, name, None)

    def started(self, agent_id: str | None = "a1", where: Origin = HERE) -> str:
        found: str = self.start(agent_id, where).record["agent_id"]
        return found

    def pause(self, agent_id: str, phase: str = "planning", where: Origin = HERE) -> Record:
        """The agent says its phase, and stops."""
        who = token_of(self.sessions.get(agent_id))
        self.sessions.update(agent_id, phase, who=who)
        self.hosts.note_pause(self.sessions.get(agent_id), where)
        return self.sessions.stop(agent_id, "completed", who=who)

    def answered(self, agent_id: str = "a1", where: Origin = HERE) -> Record:
        """An agent has asked and stopped, and a person has said yes."""
        started = self.started(agent_id, where)
        approval = self.ask(started, who=token_of(self.sessions.get(started)))
        self.hosts.note_pause(self.sessions.get(started), where)
        self.sessions.stop(started, "completed", who=token_of(self.sessions.get(started)))
        self.approve(approval)
        return self.sessions.get(started)

    def found(self, agent_id: str | None, where: Origin = HERE) -> str | None:
        record = self.hosts.find(where, agent_id)
        return record and record["agent_id"]

    def host(self, agent_id: str) -> dict[str, Any]:
        host = self.sessions.get(agent_id)["host"]
        assert host is not None
        return host

    def claim(self, agent_id: str) -> dict[str, Any]:
        claim = self.sessions.get(agent_id)["claim"]
        assert claim is not None
        return claim
