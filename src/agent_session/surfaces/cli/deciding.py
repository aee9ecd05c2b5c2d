"""What `approve` and `reject` share: a person sees what they answer, and types a code."""

from __future__ import annotations

from agent_session.core.approvals import SIGNED, TERMINAL

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


def strength_of(key: str | None) -> str:
    return SIGNED if key else TERMINAL


def show_and_require_code(
    wiring: Wiring, terminal: Terminal, asked: Asked, purpose: str
) -> None:
    """On the terminal itself: a person who pipes stdout away must see what they answer."""
    terminal.show(material(wiring, asked, terminal.width))
    terminal.require_code(purpose)
