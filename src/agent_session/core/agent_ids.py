"""Agent ids: what may become the name of a folder, and how a new one is made."""

from __future__ import annotations

from . import Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from . import errors
else:
    errors = Late("agent_session.core.errors")

LONGEST = 128
_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_REST = _FIRST | frozenset("._-")


def is_agent_id(text: object) -> bool:
    """True for `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`, and for nothing else."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= LONGEST
        and text[0] in _FIRST
        and _REST.issuperset(text)
    )


def require_agent_id(text: object) -> str:
    """*text* itself; InvalidAgentIdError where it may not name a session."""
    if not is_agent_id(text):
        raise errors.InvalidAgentIdError(text)
    return str(text)


def make_agent_id(now: datetime, randomness: bytes) -> str:
    """`agent-YYYYMMDD-HHMMSS-xxxxxxxx`: the UTC time of *now* and four random bytes in hex."""
    return f"agent-{now:%Y%m%d-%H%M%S}-{randomness[:4].hex()}"
