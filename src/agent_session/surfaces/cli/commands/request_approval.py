"""`request-approval`: ask people whether exactly this may be done."""

from __future__ import annotations

import os

from agent_session.core.approvals import NEEDS
from agent_session.core.durations import duration
from agent_session.surfaces.cli.arguments import AGENT_ID, Argument, UsageError
from agent_session.surfaces.cli.asking import ASKING, PLAN, TOOL_INPUT, plan_in, told, tool_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.actions import Action
    from agent_session.core.instants import timedelta
    from agent_session.wiring import Wiring


DETAIL = (
    "Give the plan, or a tool with its input: exactly that is approved, and good for one use.\n"
    "The session waits in the phase approval; a request that it made before is withdrawn."
)
EXAMPLES = (
    "agent-session request-approval agent-20260108-180530-abc12345 --plan plan.md "
    "--file '*.tf' --file 'modules/**'",
    "agent-session request-approval agent-20260108-180530-abc12345 --tool Bash "
    """--input '{"command": "terraform apply"}'""",
    "terraform show plan.out | agent-session request-approval $ID --plan -",
)
ARGUMENTS = (
    AGENT_ID,
    PLAN,
    Argument("tool", "the tool that is to be called", "--tool", shown="NAME"),
    TOOL_INPUT,
    Argument(
        "globs",
        "files that must not change until it is used, as seen from here; may be repeated",
        "--file",
        shown="GLOB",
        is_repeatable=True,
    ),
    Argument("summary", "what it is for, in your words", "--summary", shown="S"),
    Argument(
        "expires",
        "how long it waits for an answer; else the setting approval.expires_hours, 24h",
        "--expires",
        shown="D",
        convert=duration,
    ),
    Argument(
        "strength",
        f"the weakest answer that counts: {', '.join(NEEDS)}; else as the settings say",
        "--strength",
        shown="S",
        choices=NEEDS,
    ),
    Argument("beside", "leave a request that still waits as it is", "--beside", is_flag=True),
    *ASKING,
)


def run(
    wiring: Wiring,
    *,
    agent_id: str,
    plan: str | None,
    tool: str | None,
    tool_input: str | None,
    globs: tuple[str, ...],
    summary: str | None,
    expires: timedelta | None,
    strength: str | None,
    beside: bool,
    token: int | None,
    as_json: bool,
) -> int:
    action = _action(plan, tool, tool_input)
    approval = wiring.approvals.request(
        agent_id,
        action,
        os.getcwd(),
        globs=globs,
        summary=summary,
        expires=expires,
        strength=strength,
        beside=beside,
        who=wiring.claimant(token=token),
    )
    return told(wiring, approval, as_json=as_json)


def _action(plan: str | None, tool: str | None, tool_input: str | None) -> Action:
    if (plan is None) == (tool is None):
        raise UsageError("say what is to be approved: give --plan FILE, or --tool NAME")
    if plan is not None and tool_input is not None:
        raise UsageError("--input goes with --tool; a plan has none")
    return plan_in(plan) if plan is not None else tool_call(tool or "", tool_input)
