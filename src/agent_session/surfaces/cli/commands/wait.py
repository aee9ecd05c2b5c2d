"""`wait`: sleep until an approval is decided."""

from __future__ import annotations

from agent_session.core.approvals import APPROVED
from agent_session.core.durations import duration
from agent_session.surfaces.cli.arguments import APPROVAL_ID, AS_JSON, Argument
from agent_session.surfaces.cli.render import complain, say, say_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.approvals import Approval
    from agent_session.core.instants import timedelta
    from agent_session.wiring import Wiring

DETAIL = (
    "Status 0 where it is approved and that may be believed, 1 for every other end, and when\n"
    "the time is over."
)
EXAMPLES = (
    "agent-session wait ap-0123456789abcdef --timeout 2h",
    "agent-session wait $AP && agent-session use $AP --plan plan.md && terraform apply",
)
ARGUMENTS = (
    APPROVAL_ID,
    Argument(
        "timeout",
        "how long to wait; else until it is decided or expires",
        "--timeout",
        shown="D",
        convert=duration,
    ),
    AS_JSON,
)


def run(wiring: Wiring, *, approval_id: str, timeout: timedelta | None, as_json: bool) -> int:
    seconds = None if timeout is None else timeout.total_seconds()
    approval = wiring.approvals.wait_for_decision(approval_id, seconds)
    status = wiring.approvals.status(approval)
    if status == APPROVED:
        wiring.decisions.verify(approval_id)  # a yes that is not believed is none
    if as_json:
        say_json({**approval, "status": status})
    else:
        say(f"Approval {approval_id}: {status}")
        _tell_words(approval)
    return 0 if status == APPROVED else 1


def _tell_words(approval: Approval) -> None:
    decision = approval["decision"]
    if decision is not None and decision["reason"]:
        complain(f"{decision['by']} says: {decision['reason']}")
