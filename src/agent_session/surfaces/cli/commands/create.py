"""`create`: start a session and print its id."""

from __future__ import annotations

from agent_session.surfaces.cli.arguments import Argument, UsageError
from agent_session.surfaces.cli.payloads import STDIN, object_in
from agent_session.surfaces.cli.render import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "The id is the last word of `Created session: ID`."
EXAMPLES = (
    "agent-session create --agent terraform-architect --purpose approval_workflow",
    """agent-session create --agent gitops-operator --metadata '{"issue": "pod-crash-loop"}'""",
)
ARGUMENTS = (
    Argument("agent_name", "the agent that works in it", "--agent", shown="NAME"),
    Argument("purpose", "what the session is for", "--purpose", shown="P"),
    Argument(
        "metadata", "a JSON object to keep with it, - reads stdin", "--metadata", shown="JSON"
    ),
    Argument("agent_id", "an id of your own choice", "--agent-id", shown="ID"),
    Argument(
        "limits",
        'its own limits, such as {"idle_seconds": 7200, "max_errors": 5}; - reads stdin',
        "--limits",
        shown="JSON",
    ),
)


def run(
    wiring: Wiring,
    *,
    agent_name: str | None,
    purpose: str | None,
    metadata: str | None,
    agent_id: str | None,
    limits: str | None,
) -> int:
    if metadata == limits == STDIN:
        raise UsageError("stdin can be read once: give --metadata or --limits as text")
    record = wiring.sessions.create(
        agent_name,
        purpose,
        object_in("--metadata", metadata),
        agent_id=agent_id,
        limits=object_in("--limits", limits),
    )
    say(f"Created session: {record['agent_id']}")
    return 0
