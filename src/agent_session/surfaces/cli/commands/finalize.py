"""`finalize`: end a session as completed, failed or abandoned."""

from __future__ import annotations

from agent_session.core.phases import FINAL
from agent_session.surfaces.cli.arguments import AGENT_ID, Argument
from agent_session.surfaces.cli.render import say
from agent_session.surfaces.cli.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "A session that has ended stays as it is; the same outcome again is fine."
EXAMPLES = (
    "agent-session finalize agent-20260108-180530-abc12345 completed --summary Applied",
)
ARGUMENTS = (
    AGENT_ID,
    Argument("outcome", " or ".join(FINAL), shown="OUTCOME", choices=FINAL),
    Argument("summary", "what came of it", "--summary", shown="S"),
    TOKEN,
)


def run(
    wiring: Wiring, *, agent_id: str, outcome: str, summary: str | None, token: int | None
) -> int:
    who = wiring.claimant(token=token)
    wiring.sessions.finalize(agent_id, outcome, summary, who=who)
    say(f"Finalized session: {agent_id}")
    return 0
