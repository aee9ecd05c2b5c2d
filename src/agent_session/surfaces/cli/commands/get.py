"""`get`: print a session's record as JSON."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON
from agent_session.surfaces.cli.render import say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "Status 1 where there is no such session."
EXAMPLES = (
    "agent-session get agent-20260108-180530-abc12345",
    "agent-session get agent-20260108-180530-abc12345 | jq .metadata",
)
ARGUMENTS = (AGENT_ID, AS_JSON)


def run(wiring: Wiring, *, agent_id: str, as_json: bool) -> int:
    say_json(wiring.sessions.get(agent_id))
    return 0
