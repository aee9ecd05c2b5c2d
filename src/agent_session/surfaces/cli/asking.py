"""What `request-approval` and `ask-again` have in common: the action that is asked for, and how
the request is told.
"""

from __future__ import annotations

import os

from agent_session.core import actions
from agent_session.core.codec import decode_object
from agent_session.core.errors import InvalidValueError

from .arguments import AS_JSON, Argument, UsageError
from .payloads import STDIN, bytes_in, object_in
from .render import complain, say, say_json
from .tokens import TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.actions import Action
    from agent_session.core.approvals import Approval
    from agent_session.wiring import Wiring

PLAN = Argument(
    "plan",
    "the plan's file, - reads stdin; its bytes are what is approved",
    "--plan",
    shown="FILE",
)
TOOL_INPUT = Argument("tool_input", "the tool's input, - reads stdin", "--input", shown="JSON")
ASKING = (TOKEN, AS_JSON)


def plan_in(path: str) -> Action:
    """The plan in the file *path*, or on stdin; UsageError, InvalidValueError."""
    raw = bytes_in("--plan", path, actions.LARGEST)
    return actions.plan_action(raw, None if path == STDIN else _source(path))


def _source(path: str) -> str | None:
    """Where the plan can be found again; None where JSON cannot say the name."""
    source = os.path.abspath(path)
    try:
        source.encode()
    except UnicodeEncodeError:
        return None
    return source


def tool_call(tool: str, tool_input: str | None) -> Action:
    """The call of *tool*; UsageError, InvalidValueError."""
    given = object_in("--input", tool_input)
    if given is None:
        raise UsageError("--tool: give what the tool is called with, as --input JSON")
    return actions.tool_action(tool, given)


def kept_action(approval: Approval) -> Action | None:
    """What *approval* was asked for, from the text that it keeps; None where that is not all of
    it, to the byte.
    """
    before = approval["action"]
    try:
        if before["kind"] == actions.PLAN:
            action = actions.plan_action(before["shown"].encode())
        else:
            action = actions.tool_action(
                before["tool"], decode_object(before["shown"].encode())
            )
    except InvalidValueError:
        return None
    bound = actions.action_digest(approval["nonce"], action.raw)
    return action if bound == before["action_digest"] else None


def told(wiring: Wiring, approval: Approval, *, as_json: bool) -> int:
    """Print the new request, and how a person answers it."""
    wiring.remember_store()
    if as_json:
        say_json(approval)
    else:
        say(f"Requested approval: {approval['id']}")
    complain(
        f"a person answers it: agent-session show-approval {approval['id']}, "
        f"agent-session approve {approval['id']}"
    )
    return 0
