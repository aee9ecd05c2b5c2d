"""`claim`: take a session, so that nobody else resumes it meanwhile."""

from __future__ import annotations

from agent_session.core.durations import duration
from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON, Argument
from agent_session.surfaces.cli.bounds import whole_number
from agent_session.surfaces.cli.render import say, say_json
from agent_session.surfaces.cli.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.instants import timedelta
    from agent_session.wiring import Wiring

DETAIL = "Present the token with every later write: in AGENT_SESSION_TOKEN, or as --token."
EXAMPLES = (
    "agent-session claim agent-20260108-180530-abc12345 --holder worker-1 --lease 30m",
    "agent-session claim agent-20260108-180530-abc12345 --pid 4711 --json | jq .token",
)
ARGUMENTS = (
    AGENT_ID,
    Argument(
        "holder",
        "who takes it; the same holder gets its own claim back",
        "--holder",
        shown="NAME",
    ),
    Argument(
        "lease",
        "how long it lasts without a sign of life; else the setting claims.lease_minutes, 30m",
        "--lease",
        shown="D",
        convert=duration,
    ),
    Argument(
        "pid",
        "the holder's process here: the claim lasts while it runs, and no longer",
        "--pid",
        shown="N",
        convert=whole_number,
    ),
    TOKEN,
    AS_JSON,
)


def run(
    wiring: Wiring,
    *,
    agent_id: str,
    holder: str | None,
    lease: timedelta | None,
    pid: int | None,
    token: int | None,
    as_json: bool,
) -> int:
    process = None
    if pid is not None:
        from agent_session.world.processes import identity

        process = identity(pid)
    claim = (
        wiring.claims.claim(agent_id, holder, lease, process=process, token=token)["claim"]
        or {}
    )
    if as_json:
        say_json({"agent_id": agent_id, **claim})
    else:
        say(f"Claimed session: {agent_id} token {claim['token']} until {claim['until']}")
    return 0
