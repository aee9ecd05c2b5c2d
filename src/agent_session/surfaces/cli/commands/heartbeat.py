"""`heartbeat`: a sign of life, which extends the claim."""

from __future__ import annotations

from agent_session.core.durations import duration
from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON, Argument
from agent_session.surfaces.cli.render import say, say_json
from agent_session.surfaces.cli.tokens import TOKEN, required_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.instants import timedelta
    from agent_session.wiring import Wiring

DETAIL = "Status 1 where the token is stale: stop then, for somebody else may have the session."
EXAMPLES = ("agent-session heartbeat agent-20260108-180530-abc12345 --token 3",)
ARGUMENTS = (
    AGENT_ID,
    TOKEN,
    Argument(
        "lease",
        "how long it lasts from now on; else as it was claimed",
        "--lease",
        shown="D",
        convert=duration,
    ),
    AS_JSON,
)


def run(
    wiring: Wiring,
    *,
    agent_id: str,
    token: int | None,
    lease: timedelta | None,
    as_json: bool,
) -> int:
    presented = required_token(wiring, token)
    claim = wiring.claims.heartbeat(agent_id, presented, lease)["claim"] or {}
    if as_json:
        say_json({"agent_id": agent_id, **claim})
    else:
        say(f"Renewed claim: {agent_id} token {claim['token']} until {claim['until']}")
    return 0
