"""`ask-again`: repeat a request for the world as it is now."""

from __future__ import annotations

from agent_session.core.actions import TOOL
from agent_session.surfaces.cli.arguments import APPROVAL_ID, UsageError
from agent_session.surfaces.cli.asking import (
    ASKING,
    PLAN,
    TOOL_INPUT,
    kept_action,
    plan_in,
    told,
    tool_call,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core.actions import Action
    from agent_session.wiring import Wiring

DETAIL = (
    "The person is shown what has changed since.  A plan is read again from the file that it\n"
    "came from; what came from no file is asked for as it was, if nothing in it was redacted."
)
EXAMPLES = (
    "agent-session ask-again ap-0123456789abcdef",
    "agent-session ask-again ap-0123456789abcdef --plan plan.md",
)
ARGUMENTS = (APPROVAL_ID, PLAN, TOOL_INPUT, *ASKING)


def run(
    wiring: Wiring,
    *,
    approval_id: str,
    plan: str | None,
    tool_input: str | None,
    token: int | None,
    as_json: bool,
) -> int:
    before = wiring.approvals.get(approval_id).approval
    action = _action(before["action"], plan, tool_input, kept_action(before))
    approval = wiring.approvals.ask_again(approval_id, action, who=wiring.claimant(token=token))
    return told(wiring, approval, as_json=as_json)


def _action(
    before: Mapping[str, Any], plan: str | None, tool_input: str | None, kept: Action | None
) -> Action:
    if before["kind"] == TOOL:
        if plan is not None or (tool_input is None and kept is None):
            raise UsageError(f"it was for a call of {before['tool']!r}: give --input JSON")
        return kept if tool_input is None and kept else tool_call(before["tool"], tool_input)
    if tool_input is not None:
        raise UsageError("it was for a plan: give --plan FILE, or nothing")
    source = plan or before["source"]
    if source is None and kept is None:
        raise UsageError("the plan came from no file: give it again, --plan FILE or --plan -")
    return plan_in(source) if source else kept or plan_in("-")
