"""`approve`: a person's yes to exactly what is shown."""

from __future__ import annotations

from agent_session.core.approvals import APPROVED, TERMINAL
from agent_session.surfaces.cli.arguments import APPROVAL_ID, Argument
from agent_session.surfaces.cli.deciding import KEY, show_and_require_code, strength_of
from agent_session.surfaces.cli.render import say
from agent_session.surfaces.cli.terminal import Terminal, person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "Shows what is to be approved, and wants a code retyped at your terminal.  Status 1 where\n"
    "it was decided already, the code is wrong, there is no terminal, or it is an agent's."
)
EXAMPLES = (
    "agent-session approve ap-0123456789abcdef",
    "agent-session approve ap-0123456789abcdef --note 'this once' --sign ~/.ssh/id_ed25519",
)
ARGUMENTS = (
    APPROVAL_ID,
    Argument("note", "words for the agent, kept with the decision", "--note", shown="TEXT"),
    KEY,
)


def run(wiring: Wiring, *, approval_id: str, note: str | None, key: str | None) -> int:
    decisions = wiring.decisions
    decisions.require_person(TERMINAL)
    asked = wiring.approvals.get(approval_id)
    wiring.decisions.require_decidable(asked, APPROVED, strength_of(key))
    with Terminal() as terminal:
        show_and_require_code(wiring, terminal, asked, "approve")
        decisions.approve(asked.approval, person(), note, key)
    say(f"Approved: {approval_id}")
    return 0
