"""What the handlers have in common: the services, joined for the host's event, and how the
command line is called from where its agents are.
"""

from __future__ import annotations

import sys

from agent_session.core import Late
from agent_session.core.claims import Claimant
from agent_session.project import is_there
from agent_session.services.hosts import Origin
from agent_session.wiring import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core import errors
    from agent_session.wiring import Wiring
    from agent_session.world import processes

    from .neutral import Event
else:
    errors = Late("agent_session.core.errors")
    processes = Late("agent_session.world.processes")

_PROGRAM = "agent-session"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%")


class Joined:
    """The *wiring* for one event of a host, where the event is *origin*ally from."""

    __slots__ = ("origin", "wiring")

    def __init__(self, event: Event, host: Any) -> None:
        self.wiring = wire(event.host, runs_git=False)
        self.origin = Origin(
            event.host,
            event.session_id,
            Claimant(event.session_id, None, _process(host, self.wiring)),
            transcript_path=event.transcript_path,
            cwd=event.cwd,
            permission_mode=event.permission_mode,
        )

    @property
    def has_store(self) -> bool:
        """False where nothing was ever kept for the project."""
        return self.wiring.has_store


def _process(host: Any, wiring: Wiring) -> Mapping[str, Any] | None:
    """The host's own process, whose end is the end of its claims; None where it is not told."""
    told = wiring.variables.get(host.PROCESS, "")
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        return None
    try:
        found: Mapping[str, Any] = processes.identity(int(told))
    except errors.InvalidValueError:
        return None
    return found


def is_attended(host: Any, variables: Mapping[str, str]) -> bool:
    """True where a person sits at the host: an unattended one has no chat."""
    return variables.get(host.ATTENDED) == "1"


def command() -> str:
    """Our command line as one word of a shell: by its whole path, for no other program of that
    name must be meant.
    """
    checkout = __file__.removesuffix("/src/agent_session/surfaces/hooks/joined.py")
    for folder in (f"{checkout}/bin", sys.executable.rpartition("/")[0]):
        if is_there(f"{folder}/{_PROGRAM}"):
            return quoted(f"{folder}/{_PROGRAM}")
    return _PROGRAM


def quoted(text: str) -> str:
    """*text* as one word of a POSIX shell."""
    if text and _PLAIN.issuperset(text):
        return text
    return "'" + text.replace("'", "'\"'\"'") + "'"
