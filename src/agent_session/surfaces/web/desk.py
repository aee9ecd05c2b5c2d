"""What every page works with: the wiring, what has changed, and whether answers are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_session.core import approvals
from agent_session.core.errors import NotAPersonError

from .looking import Looks

if TYPE_CHECKING:
    from agent_session.wiring import Wiring


class Desk:
    """*why_closed* says why nobody's answer is taken here, where that is so."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.looks = Looks(wiring)
        self.why_closed = _why_closed(wiring)


def _why_closed(wiring: Wiring) -> str | None:
    try:
        wiring.decisions.require_person(approvals.WEB)
    except NotAPersonError as error:
        return str(error)
    return None
