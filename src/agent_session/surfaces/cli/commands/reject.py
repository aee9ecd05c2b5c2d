"""`reject`: a person's no, with the reason that the agent is told."""

from __future__ import annotations

from agent_session.core.approvals import REJECTED, TERMINAL
from agent_session.core.errors import RefusedError
from agent_session.surfaces.cli.arguments import Argument, UsageError
from agent_session.surfaces.cli.deciding import KEY, show_and_require_code, strength_of
from agent_session.surfaces.cli.material import barred
from agent_session.surfaces.cli.render import complain, say
from agent_session.surfaces.cli.terminal import Terminal, person
from agent_session.telling.inbox import what
from agent_session.telling.words import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent_session.services.approvals import Asked
    from agent_session.wiring import Wiring

DETAIL = (
    "Shows what is asked for, and wants a code retyped at your terminal.  The agent goes on\n"
    "with your reason, in the phase planning."
)
EXAMPLES = (
    "agent-session reject ap-0123456789abcdef --reason 'not before the backup'",
    "agent-session reject --all --reason 'frozen until Monday'",
)
ARGUMENTS = (
    Argument("approval_id", "the approval's id, ap-...", shown="AP", is_optional=True),
    Argument("everything", "reject all that wait in this store", "--all", is_flag=True),
    Argument("reason", "why, for the agent to go on with", "--reason", shown="TEXT"),
    KEY,
)


def run(
    wiring: Wiring,
    *,
    approval_id: str | None,
    everything: bool,
    reason: str | None,
    key: str | None,
) -> int:
    if (approval_id is None) != everything:
        raise UsageError("say which: give an approval's id, or --all")
    if reason is None or not reason.strip():
        raise UsageError("say why: the agent goes on with your reason (--reason TEXT)")
    wiring.decisions.require_person(TERMINAL)
    if approval_id is None:
        return _reject_all(wiring, reason, key)
    asked = wiring.approvals.get(approval_id)
    wiring.decisions.require_decidable(asked, REJECTED, strength_of(key))
    with Terminal() as terminal:
        show_and_require_code(wiring, terminal, asked, "reject")
        _reject(wiring, asked, reason, key)
    return 0


def _reject_all(wiring: Wiring, reason: str, key: str | None) -> int:
    """One code for all; 1 where one of them could not be rejected."""
    waiting = wiring.approvals.pending()
    if not waiting:
        complain("nothing waits for an answer")
        return 0
    with Terminal() as terminal:
        terminal.show(_list(waiting, terminal.width))
        terminal.require_code(f"reject all {len(waiting)}" if len(waiting) > 1 else "reject")
        done = [_try_to_reject(wiring, each, reason, key) for each in waiting]
    return 0 if all(done) else 1


def _list(waiting: Sequence[Asked], width: int) -> Iterator[str]:
    yield f"{counted(len(waiting), 'approval')} that wait for an answer:"
    for each in waiting:
        yield f"{each.approval['id']} for session {each.record['agent_id']}"
        yield from barred([f"{each.record['agent_name']}: {what(each.approval)}"], width)


def _try_to_reject(wiring: Wiring, asked: Asked, reason: str, key: str | None) -> bool:
    try:
        _reject(wiring, asked, reason, key)
    except RefusedError as error:
        complain(str(error))
        return False
    return True


def _reject(wiring: Wiring, asked: Asked, reason: str, key: str | None) -> None:
    wiring.decisions.reject(asked.approval, person(), reason, key)
    say(f"Rejected: {asked.approval['id']}")
