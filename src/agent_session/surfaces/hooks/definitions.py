"""What an agent is defined to be: one that was changed since it paused is not the one that
would be woken.
"""

from __future__ import annotations

import posix

from agent_session.core.codec import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST = 1 << 20
_READ = posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC
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
        descriptor = posix.open(path, _READ)
    except (OSError, ValueError):
        return None
    try:
        return posix.read(descriptor, _LARGEST)
    except OSError:
        return None
    finally:
        posix.close(descriptor)
