"""`update`: set a session's phase, add metadata, note an error."""

from __future__ import annotations

from agent_session.core.phases import PHASES
from agent_session.surfaces.cli.arguments import AGENT_ID, Argument, UsageError
from agent_session.surfaces.cli.payloads import object_in
from agent_session.surfaces.cli.render import say
from agent_session.surfaces.cli.tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = "Status 1 where the change is refused; nothing has changed then."
EXAMPLES = (
    "agent-session update agent-20260108-180530-abc12345 --phase approval",
    """agent-session update agent-20260108-180530-abc12345 --metadata '{"plan": "p.json"}'""",
)
ARGUMENTS = (
    AGENT_ID,
    # No fixed choice: an unknown phase is a refusal of the rules, not a mistake in the usage.
    Argument("phase", f"one of {', '.join(PHASES)}", "--phase", shown="P"),
    Argument(
        "metadata",
        "a JSON object to merge at the top level, - reads stdin",
        "--metadata",
        shown="JSON",
    ),
    Argument("error", "note an error, and count it", "--error", shown="MSG"),
    TOKEN,
)


def run(
    wiring: Wiring,
    *,
    agent_id: str,
    phase: str | None,
    metadata: str | None,
    error: str | None,
    token: int | None,
) -> int:
    if phase is None and metadata is None and error is None:
        raise UsageError("nothing to update: give --phase, --metadata or --error")
    who = wiring.claimant(token=token)
    wiring.sessions.update(agent_id, phase, object_in("--metadata", metadata), error, who=who)
    say(f"Updated session: {agent_id}")
    return 0
