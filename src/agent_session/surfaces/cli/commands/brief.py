"""`brief`: what the agent of a resumed session is told before it goes on."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AGENT_ID
from agent_session.surfaces.cli.render import say_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "At most 8 KiB; what agents and files say stands between random marks, as data."
EXAMPLES = ("agent-session brief agent-20260108-180530-abc12345",)
ARGUMENTS = (AGENT_ID,)


def run(wiring: Wiring, *, agent_id: str) -> int:
    say_text(wiring.briefs.of(wiring.sessions.get(agent_id)))
    return 0
