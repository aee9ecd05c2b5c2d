"""The one command that an agent may run without anybody being asked: to say its phase, spelt
exactly as it was told.

It names our own program by its whole path, and nothing in it is open to a shell.
"""

from __future__ import annotations

from agent_session.core.agent_ids import is_agent_id
from agent_session.core.phases import PHASES

_LONGEST_TOKEN = 16


def report(program: str, agent_id: str, token: object, phase: str) -> str:
    """The command; *program* is one word of a shell."""
    return f"{program} update {agent_id} --token {token} --phase {phase}"


def is_report(command: str, program: str) -> bool:
    """True for what `report` makes, and for nothing else."""
    words = command.strip().removeprefix(program).split(" ")
    if len(words) != 7 or not is_agent_id(words[2]) or words[6] not in PHASES:
        return False
    token = words[4]
    is_token = token.isascii() and token.isdigit() and len(token) < _LONGEST_TOKEN
    return is_token and command.strip() == report(program, words[2], token, words[6])
