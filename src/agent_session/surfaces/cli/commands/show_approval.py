"""`show-approval`: all that an approval is given for."""

from __future__ import annotations

import sys

from agent_session.surfaces.cli.arguments import APPROVAL_ID, AS_JSON
from agent_session.surfaces.cli.material import material
from agent_session.surfaces.cli.render import is_terminal, say, say_json, terminal_width
from agent_session.telling.inbox import approval_as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.wiring import Wiring

DETAIL = (
    "First exactly what is approved, then the files and the commit it depends on, then what\n"
    "the agent says of it.  What others have written stands behind a bar."
)
EXAMPLES = ("agent-session show-approval ap-0123456789abcdef",)
ARGUMENTS = (APPROVAL_ID, AS_JSON)


def run(wiring: Wiring, *, approval_id: str, as_json: bool) -> int:
    asked = wiring.approvals.get(approval_id)
    if as_json:
        say_json(approval_as_json(wiring, asked))
        return 0
    width = terminal_width() if is_terminal(sys.stdout) else None
    for line in material(wiring, asked, width):
        say(line)
    return 0
