"""The one command that an agent may run without anybody being asked: to say the phase of its
own session, spelt exactly as it was told.

It names our own program and the project by their whole paths, and nothing in it is open to a
shell.
"""

from __future__ import annotations

from agent_session.core.phases import PHASES

from .joined import command, quoted

_LONGEST_TOKEN = 16


def report(project: str, agent_id: str, token: object, phase: str) -> str:
    """The command that says *phase*, from whatever folder the agent is in."""
    return f"{_start(project, agent_id)}{token} --phase {phase}"


def is_report(said: str, project: str, agent_id: str) -> bool:
    """True for what `report` makes for this session, and for nothing else."""
    start, text = _start(project, agent_id), said.strip()
    words = text.removeprefix(start).split(" ")
    if not text.startswith(start) or len(words) != 3 or words[1] != "--phase":
        return False
    token, phase = words[0], words[2]
    is_token = token.isascii() and token.isdigit() and len(token) < _LONGEST_TOKEN
    return is_token and phase in PHASES


def _start(project: str, agent_id: str) -> str:
    return f"{command()} -C {quoted(project)} update {agent_id} --token "
