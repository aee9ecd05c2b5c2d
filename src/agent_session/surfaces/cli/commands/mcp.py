"""`mcp`: serve an agent's tools to an MCP client."""

from __future__ import annotations

import sys

from agent_session.surfaces.cli.render import complain, is_terminal
from agent_session.wiring import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.surfaces.cli.arguments import Argument
    from agent_session.wiring import Wiring

DETAIL = (
    "An MCP client starts it, speaks to it on stdin and stdout, and ends it by closing stdin.\n"
    "No tool of it decides.  Needs: pip install 'agent-session[mcp]'"
)
EXAMPLES = (
    "agent-session mcp",
    "agent-session mcp -C ~/vpc --store sqlite:sessions.db",
)
ARGUMENTS: tuple[Argument, ...] = ()


def run(wiring: Wiring) -> int:
    try:
        from agent_session.surfaces.mcp.server import end_on_signals, serve
    except ImportError as error:
        complain(
            "mcp needs the package mcp: pip install 'agent-session[mcp]' "
            f"for {sys.executable} ({error})"
        )
        return 1
    end_on_signals()
    if sys.stdin is not None and is_terminal(sys.stdin):
        complain("an MCP client starts this and speaks to it on stdin; Ctrl-C ends it")
    serve(wire("mcp", store=wiring.url, project=wiring.project))
    return 0
