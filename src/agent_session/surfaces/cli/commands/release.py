"""`release`: give a claim up before it ends by itself."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AGENT_ID
from agent_session.surfaces.cli.render import say
from agent_session.surfaces.cli.tokens import TOKEN, required_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "Its token is stale from here on, and anybody may claim the session."
EXAMPLES = ("agent-session release agent-20260108-180530-abc12345 --token 3",)
ARGUMENTS = (AGENT_ID, TOKEN)


def run(wiring: Wiring, *, agent_id: str, token: int | None) -> int:
    wiring.claims.release(agent_id, required_token(wiring, token))
    say(f"Released session: {agent_id}")
    return 0
