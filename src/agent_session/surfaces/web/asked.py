"""An approval as the page shows it: first what is approved, all of it, then what it depends on,
and only then what the agent says of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent_session.core import approvals
from agent_session.core.actions import TOOL
from agent_session.core.asking import asked_for
from agent_session.core.codec import canonical, digest
from agent_session.core.drift import lines_of
from agent_session.core.errors import RefusedError
from agent_session.telling.inbox import Row, what_is_shown

from .looking import Look

if TYPE_CHECKING:
    from agent_session.services.approvals import Asked
    from agent_session.wiring import Wiring

    from .desk import Desk

_DIGITS = 16


class ChangedMeanwhileError(RefusedError):
    """What was answered is no longer what the person has seen."""

    code = "changed_meanwhile"

    def __init__(self, approval_id: str) -> None:
        super().__init__(
            f"approval {approval_id} is not answered: it, or the world it is for, is no longer "
            "as it was shown to you; look at it again"
        )
        self.approval_id = approval_id


def view_of(desk: Desk, asked: Asked) -> dict[str, Any]:
    """What the template `_asked.html` takes."""
    wiring, approval, record = desk.wiring, asked.approval, asked.record
    status = wiring.approvals.status(approval)
    is_pending = status == approvals.PENDING
    look = desk.looks.at(approval) if is_pending else _found(asked)
    seen = seen_of(asked, look.changes)
    why_not = _why_not(wiring, asked) if is_pending else None
    return {
        "approval": approval,
        "record": record,
        "id": approval["id"],
        "key": f"{approval['id']}-{seen[:_DIGITS]}",
        "status": status,
        "is_pending": is_pending,
        "is_open": is_pending and desk.why_closed is None,
        "can_be_ticked": is_pending and look.changes == [] and not (why_not or desk.why_closed),
        "what": what_is_shown(approval) or "nothing that can be shown",
        "is_tool": approval["action"]["kind"] == TOOL,
        "alive": Row(wiring, asked, wiring.url).alive,
        "changes": None if look.changes is None else lines_of(look.changes),
        "diffs": look.diffs,
        "again": _again(approval),
        "why_not": why_not,
        "seen": seen,
    }


def _found(asked: Asked) -> Look:
    """What had changed when it was to be used."""
    return Look(list(asked.approval.get("drift") or ()), [])


def _again(approval: approvals.Approval) -> dict[str, Any] | None:
    again = approval.get("again")
    if not again:
        return None
    return {"of": again["of"], "drift": lines_of(again["drift"]), "text": again["text"]}


def _why_not(wiring: Wiring, asked: Asked) -> str | None:
    """Why a yes would be refused here, if it would."""
    try:
        wiring.decisions.require_decidable(asked, approvals.APPROVED, approvals.WEB)
    except RefusedError as error:
        return str(error)
    return None


def seen_of(asked: Asked, changes: list[dict[str, Any]] | None) -> str:
    """A digest of all that somebody has seen who answers: the request, and what has changed."""
    shown = {"asked": asked_for(asked.approval), "changes": changes}
    return digest(canonical(shown).encode())
