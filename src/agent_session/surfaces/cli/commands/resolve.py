"""`resolve`: say what became of a session whose agent was lost while it acted."""

from __future__ import annotations

from agent_session.core.claiming import RESOLUTIONS
from agent_session.surfaces.cli.arguments import AGENT_ID, Argument, UsageError
from agent_session.surfaces.cli.render import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "Look first at what was done.  retry lets it be planned anew: what was approved before is\n"
    "not approved again."
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
    record = wiring.claims.resolve(agent_id, resolution)
    say(f"Resolved session: {agent_id} as {resolution}, its phase is {record['phase']} now")
    return 0
