"""`should-resume`: say whether a session may be resumed now.

It is called in loops, so it loads no more than it must.
"""

from __future__ import annotations

from agent_session.core.resume import CLAIMED
from agent_session.surfaces.cli.arguments import AGENT_ID, AS_JSON
from agent_session.surfaces.cli.render import say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agent_session.services.resumes import Judgement
    from agent_session.wiring import Wiring

DETAIL = "Status 0 for True, 1 for False, with the reason."
EXAMPLES = (
    "agent-session should-resume agent-20260108-180530-abc12345",
    "if agent-session should-resume $ID >/dev/null; then echo resume it; fi",
)
ARGUMENTS = (AGENT_ID, AS_JSON)


def run(wiring: Wiring, *, agent_id: str, as_json: bool) -> int:
    found = wiring.resumes.judge(agent_id, wiring.claimant())
    if as_json:
        say_json(_as_json(agent_id, found))
    else:
        why_not = "" if found.is_resumable else f" ({found.reason})"
        say(f"Should resume {agent_id}: {found.is_resumable}{why_not}")
    return 0 if found.is_resumable else 1


def _as_json(agent_id: str, found: Judgement) -> dict[str, Any]:
    said: dict[str, Any] = {
        "agent_id": agent_id,
        "should_resume": found.is_resumable,
        "reason": found.reason,
    }
    if found.decision is not None:
        said["decision"] = found.decision
    claim = found.record["claim"] if found.record else None
    if found.reason == CLAIMED and claim is not None:
        said["claimed_by"] = claim["holder"]
    return said
