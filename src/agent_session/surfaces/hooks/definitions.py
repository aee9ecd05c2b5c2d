"""What an agent is defined to be: one that was changed since it paused is not the one that
would be woken.
"""

from __future__ import annotations

from agent_session.core.codec import digest
from agent_session.project import small_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


def digest_of(agent_name: str, project: str, variables: Mapping[str, str]) -> str | None:
    """sha256 of the file that defines the agent, the project's before the user's; None where
    there is none (it is built in, or a plugin's).
    """
    if not agent_name or not _LETTERS.issuperset(agent_name) or agent_name.startswith("."):
        return None
    users = variables.get("CLAUDE_CONFIG_DIR") or f"{variables.get('HOME', '')}/.claude"
    for folder in (f"{project}/.claude", users):
        content = _content(f"{folder}/agents/{agent_name}.md")
        if content is not None:
            return digest(content)
    return None


def _content(path: str) -> bytes | None:
    try:
        return small_file(path)
    except OSError:
        return None
