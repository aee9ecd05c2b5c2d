"""Before a delegation: an agent of that type may be waiting with a person's answer.

To wake it keeps all that it knew, so a new agent is refused once, with the call that wakes the
old one. Where that one cannot be woken, the new agent goes on with its session, from a brief.
"""

from __future__ import annotations

from agent_session.core import Late
from agent_session.core.codec import digest
from agent_session.glance import nothing_is_live
from agent_session.project import is_there

from .neutral import SILENCE, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session import settings
    from agent_session.core import hosts
    from agent_session.services.resumes import Judgement

    from . import definitions, joined, telling
    from .joined import Joined
    from .neutral import Event
else:
    settings = Late("agent_session.settings")
    hosts = Late("agent_session.core.hosts")
    definitions = Late("agent_session.surfaces.hooks.definitions")
    joined = Late("agent_session.surfaces.hooks.joined")
    telling = Late("agent_session.surfaces.hooks.telling")

# In a prompt: do not look for a waiting agent; start a new one.
ESCAPE = "[new session]"
_PROMPT = "prompt"
_MARK_LENGTH = 16


def before_delegation(event: Event, host: Any) -> Answer:
    prompt = event.tool_input.get(_PROMPT)
    if not isinstance(prompt, str):
        return SILENCE
    if ESCAPE in prompt:
        return Answer(rewrite={**event.tool_input, _PROMPT: _without_escape(prompt)})
    agent_name = host.delegated_to(event)
    if nothing_is_live(agent_name, None):
        return SILENCE
    return _Delegation(event, host, agent_name, prompt).answer()


def _without_escape(prompt: str) -> str:
    return prompt.replace(ESCAPE, "").strip() or "Begin."


class _Delegation:
    """One call that would start an agent of the type *agent_name* with *prompt*."""

    def __init__(self, event: Event, host: Any, agent_name: str, prompt: str) -> None:
        self.event = event
        self.host = host
        self.agent_name = agent_name
        self.prompt = prompt
        self.joined: Joined = joined.Joined(event, host)
        self.on_match = self.joined.wiring.settings["resume.on_match"]

    def answer(self) -> Answer:
        services, origin = self.joined.wiring.hosts, self.joined.origin
        if self.on_match == settings.OFF:
            return self._begins()
        if services.is_starting(origin, self.agent_name):
            return Answer(deny=self._one_at_a_time())
        waiting = services.waiting(origin, self.agent_name)
        here = [each for each in waiting if self._is_here(each)]
        chosen = here or waiting
        if len(chosen) != 1:
            return self._begins()
        if self.on_match == settings.REDIRECT and self._can_be_woken(chosen[0]):
            return self._redirected(chosen[0])
        return self._briefed(chosen[0])

    def _begins(self) -> Answer:
        """A new session, entered in the log as one that nothing was found for."""
        self.joined.wiring.resumes.log_new(self.agent_name)
        return SILENCE

    def _is_here(self, found: Judgement) -> bool:
        return bool(_host_of(found)["session_id"] == self.event.session_id)

    def _can_be_woken(self, found: Judgement) -> bool:
        """By a message: its transcript is here, and it is still what it was defined to be."""
        known = _host_of(found)
        agent_id = known["agent_id"]
        if not self._is_here(found) or agent_id is None:
            return False
        transcript = self.host.transcript_of(self.event, agent_id)
        if transcript is None or not is_there(transcript):
            return False
        wiring = self.joined.wiring
        now = definitions.digest_of(self.agent_name, wiring.project, wiring.variables)
        return bool(known["definition"] == now)

    def _redirected(self, found: Judgement) -> Answer:
        """Once for this answer and this prompt: whoever asks again means it."""
        record = found.record
        assert record is not None
        known, approval_id = _host_of(found), (found.approval or {})["id"]
        mark = digest(f"{approval_id}\n{self.prompt}".encode())[:_MARK_LENGTH]
        if hosts.was_redirected(known, mark):
            return self._begins()
        self.joined.wiring.hosts.enter(record, hosts.redirected(known, mark))
        return Answer(
            deny=(
                f"agent-session: the {self.agent_name} agent {known['agent_id']} (session "
                f"{record['agent_id']}) waits with an answer: approval {approval_id} "
                f"was {found.decision}. Wake it, so that it goes on with all that it knows: "
                f"{self.host.message_call(known['agent_id'])}. If you want a new agent in its "
                f"place, put {ESCAPE} into the prompt, or make this same call again."
            )
        )

    def _briefed(self, found: Judgement) -> Answer:
        """The new agent goes on with the old one's session, from the brief in its prompt."""
        record = found.record
        assert record is not None
        granted = self.joined.wiring.hosts.grant(record, self.joined.origin, self.event.call)
        if not granted.is_resumable or granted.record is None:
            if self.joined.wiring.hosts.is_starting(self.joined.origin, self.agent_name):
                return Answer(deny=self._one_at_a_time())
            return SILENCE  # somebody else was first; this one begins anew
        if self.host.BRIEFS_AT_START:
            return SILENCE
        brief = telling.on_resume(granted.record, self.joined.wiring)
        prompt = f"{brief}\nWhat you are asked to do now:\n\n{self.prompt}"
        return Answer(rewrite={**self.event.tool_input, _PROMPT: prompt})

    def _one_at_a_time(self) -> str:
        return (
            f"agent-session: a {self.agent_name} agent is just being started to go on with a "
            "paused session. Make this call again once that one has started."
        )


def _host_of(found: Judgement) -> dict[str, Any]:
    host = found.record["host"] if found.record else None
    assert host is not None, "it was looked for by its host"
    return host
