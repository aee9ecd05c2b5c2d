"""What `approve` and `reject` have in common: only a person may, and what would be refused is
refused before anybody types a code.
"""

from __future__ import annotations

from agent_session.core import asking
from agent_session.core.approvals import SIGNED, TERMINAL
from agent_session.core.codec import digest
from agent_session.core.errors import ChainBrokenError

from .arguments import Argument
from .material import material

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agent_session.services.approvals import Asked
    from agent_session.wiring import Wiring

    from .terminal import Terminal

KEY = Argument(
    "key",
    "sign it with the SSH key in this file, or with the agent's key",
    "--sign",
    shown="KEY",
)


def require_decidable(wiring: Wiring, asked: Asked, verdict: str, key: str | None) -> None:
    """AlreadyDecidedError, ApprovalEndedError, TooWeakError: what deciding would raise now.

    ChainBrokenError where the text that would be shown is not the one whose digest is signed.
    """
    asking.decide(
        asked.record,
        asked.approval["id"],
        {"verdict": verdict, "strength": SIGNED if key else TERMINAL},
        wiring.approval_policy,
        wiring.now(),
        wiring.actor,
    )
    action = asked.approval["action"]
    seen = digest(bytes.fromhex(asked.approval["nonce"]) + action["shown"].encode())
    if seen != action["shown_digest"]:
        why = "what it would show is not what its digest says"
        raise ChainBrokenError(asked.record["agent_id"], why)


def show_and_require_code(
    wiring: Wiring, terminal: Terminal, asked: Asked, purpose: str
) -> None:
    """On the terminal itself: a person who pipes stdout away must see what they answer."""
    terminal.show(material(wiring, asked, terminal.width))
    terminal.require_code(purpose)
