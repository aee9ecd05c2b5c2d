"""`fork`: start a session from what another one knows, now or at an earlier event."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON, Argument
from agent_session.surfaces.cli.bounds import count
from agent_session.surfaces.cli.render import say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "The new session names its parent, and has its agent, purpose, metadata and limits. No "
    "approval and no claim comes along: whatever it plans is asked for anew."
)
EXAMPLES = (
    "agent-session fork agent-20260108-180530-abc12345",
    "agent-session fork agent-20260108-180530-abc12345 --at 7 --agent-id smaller-instance",
)
ARGUMENTS = (
    AGENT_ID,
    Argument(
        "seq",
        "begin from what it knew at this event, else now; `replay` numbers them",
        "--at",
        shown="SEQ",
        convert=count,
    ),
    Argument("new_id", "the new session's id, else one is made", "--agent-id", shown="ID"),
    AS_JSON,
)


def run(
    wiring: Wiring, *, agent_id: str, seq: int | None, new_id: str | None, as_json: bool
) -> int:
    record = wiring.branches.fork(agent_id, seq, new_id=new_id)
    if as_json:
        say_json(record)
    else:
        say(f"Forked session: {record['agent_id']}")
    return 0
