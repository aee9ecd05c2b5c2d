"""`resolve`: say what became of a session whose agent was lost while it acted."""

from __future__ import annotations

from agent_session.core.claiming import RESOLUTIONS
from agent_session.core.errors import NotAPersonError
from agent_session.services.decisions import INSIDE_AGENT
from agent_session.surfaces.cli.arguments import AGENT_ID, Argument, UsageError
from agent_session.surfaces.cli.render import say
from agent_session.world.agents import agent_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "Look first at what was done.  retry lets it be planned anew: what was approved before is\n"
    "not approved again.  Refused in an agent's own commands."
)
EXAMPLES = ("agent-session resolve agent-20260108-180530-abc12345 --as retry",)
ARGUMENTS = (
    AGENT_ID,
    Argument(
        "resolution",
        " or ".join(RESOLUTIONS),
        "--as",
        shown="HOW",
        choices=RESOLUTIONS,
    ),
)


def run(wiring: Wiring, *, agent_id: str, resolution: str | None) -> int:
    if resolution is None:
        raise UsageError(f"say how it ended: --as {'|'.join(RESOLUTIONS)}")
    why = agent_in(wiring.variables)
    if why is not None:
        raise NotAPersonError(
            INSIDE_AGENT,
            f"what was done is for a person to say, and this seems to be an agent's command: "
            f"{why}; resolve it from a terminal of your own",
        )
    record = wiring.claims.resolve(agent_id, resolution)
    say(f"Resolved session: {agent_id} as {resolution}, its phase is {record['phase']} now")
    return 0
