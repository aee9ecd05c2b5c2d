"""`use`: use an approval up, just before doing what it allows."""

from __future__ import annotations

from agent_session.core import actions, approvals
from agent_session.core.codec import decode_object
from agent_session.core.drift import lines_of
from agent_session.core.errors import ActionChangedError, DriftedError, InvalidValueError
from agent_session.surfaces.cli.arguments import APPROVAL_ID, AS_JSON, Argument
from agent_session.surfaces.cli.payloads import STDIN, bytes_in
from agent_session.surfaces.cli.render import complain, say, say_json, tell
from agent_session.surfaces.cli.tokens import TOKEN
from agent_session.telling.inbox import difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.core.approvals import Approval
    from agent_session.wiring import Wiring

DETAIL = (
    "Give on stdin, or as --plan, the very bytes that were approved; for a tool call\n"
    '{"tool": NAME, "input": {...}}.  Status 1 where anything has changed: do not act then.'
)
EXAMPLES = (
    "agent-session use ap-0123456789abcdef --plan plan.md && terraform apply plan.out",
    "agent-session use ap-0123456789abcdef < plan.md",
)
ARGUMENTS = (
    APPROVAL_ID,
    Argument(
        "plan", "the file with what is about to be done; else stdin", "--plan", shown="FILE"
    ),
    Argument("agent_id", "refuse it if it is not this session's", "--session", shown="ID"),
    TOKEN,
    AS_JSON,
)


def run(
    wiring: Wiring,
    *,
    approval_id: str,
    plan: str | None,
    agent_id: str | None,
    token: int | None,
    as_json: bool,
) -> int:
    asked = wiring.approvals.get(approval_id)
    given = bytes_in("--plan", STDIN if plan is None else plan, actions.LARGEST)
    raw = actions.bytes_of(asked.approval["action"]["kind"], given)
    who = wiring.claimant(token=token)
    try:
        record = wiring.approvals.use(approval_id, raw, agent_id=agent_id, who=who)
    except DriftedError as error:
        complain(f"since the request of {approval_id} has changed:")
        _tell_all(lines_of(error.drift))
        raise
    except ActionChangedError:
        complain(f"what {approval_id} was given for, and what is about to be done:")
        _tell_all(_difference(asked.approval, given))
        raise
    if as_json:
        say_json(approvals.find(record, approval_id))
    else:
        say(f"Used approval: {approval_id}")
    claim = record["claim"]
    if claim is not None and record["fence"] > asked.record["fence"]:
        complain(f"the session is claimed with token {claim['token']} until {claim['until']}")
    return 0


def _action(kind: str, given: bytes) -> actions.Action:
    if kind == actions.PLAN:
        return actions.plan_action(given)
    call = decode_object(given)
    return actions.tool_action(call["tool"], call["input"])


def _tell_all(lines: list[str]) -> None:
    for line in lines:
        tell(f"  {line}")


def _difference(approval: Approval, given: bytes) -> list[str]:
    before = approval["action"]
    try:
        now = _action(before["kind"], given)
    except InvalidValueError as error:
        return [f"what is about to be done cannot be shown: {error}"]
    return difference(before, now)
