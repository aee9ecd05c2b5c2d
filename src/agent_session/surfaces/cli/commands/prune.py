"""`prune`: keep the last turns of a session's record; its journal keeps all."""

from __future__ import annotations

from agent_session.core.state import TURNS_KEPT
from agent_session.surfaces.cli.arguments import AGENT_ID, Argument
from agent_session.surfaces.cli.bounds import count
from agent_session.surfaces.cli.render import say
from agent_session.surfaces.cli.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "The record becomes shorter, and with it the brief of its agent; nothing is lost."
EXAMPLES = ("agent-session prune agent-20260108-180530-abc12345 --turns 5",)
ARGUMENTS = (
    AGENT_ID,
    Argument("turns", f"how many; else {TURNS_KEPT}", "--turns", shown="N", convert=count),
    TOKEN,
)


def run(wiring: Wiring, *, agent_id: str, turns: int | None, token: int | None) -> int:
    who = wiring.claimant(token=token)
    record = wiring.pruning.prune(agent_id, turns or TURNS_KEPT, who=who)
    say(f"Pruned session: {agent_id}, turns kept: {len(record['turns'])}")
    return 0
