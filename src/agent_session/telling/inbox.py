"""The inbox: every approval that waits for a person, as a row, as JSON, and beside what is
about to be done.
"""

from __future__ import annotations

from agent_session.core.actions import TOOL
from agent_session.core.claims import is_live
from agent_session.core.drift import text_diff
from agent_session.core.instants import moment
from agent_session.core.visible import one_line, shortened

from .words import idle_of, short_span_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core.actions import Action
    from agent_session.core.approvals import Approval
    from agent_session.core.instants import datetime
    from agent_session.services.approvals import Asked
    from agent_session.wiring import Wiring

_LONGEST_WHAT = 60
_ALIVE = {True: "yes", False: "no", None: "unknown"}


def what(approval: Approval) -> str:
    """The first line of its summary, else of what is shown of it."""
    said = approval["summary"] or ""
    return _first_line(said) if said.strip() else what_is_shown(approval)


def what_is_shown(approval: Approval) -> str:
    """The first line of what is shown of it, whatever the agent says that it is."""
    action = approval["action"]
    shown = f"{action['tool']} {action['shown']}" if action["kind"] == TOOL else action["shown"]
    return _first_line(shown)


def _first_line(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return shortened(one_line(first.strip()), _LONGEST_WHAT)


def approval_as_json(wiring: Wiring, asked: Asked) -> dict[str, Any]:
    """All of it for programs: as it is by now, with what has changed since."""
    approval = asked.approval
    return {
        **approval,
        "status": wiring.approvals.status(approval),
        "agent_name": asked.record["agent_name"],
        "purpose": asked.record["purpose"],
        "changed_since": wiring.approvals.changes_since(approval),
    }


def difference(before: Mapping[str, Any], now: Action) -> list[str]:
    """Between what was approved, as its record keeps it, and what is about to be done: between
    the texts that a person sees, for the raw action is not kept.
    """
    other = [] if now.tool == before["tool"] else [f"tool {before['tool']} -> {now.tool}"]
    found = [*other, *text_diff(before["shown"], now.shown)]
    return found or ["the difference is in what is not shown"]


class Row:
    """One approval that waits, with the *url* of its store; *is_alive* says whether the one who
    asks still runs, None where nobody can tell.
    """

    __slots__ = ("asked", "is_alive", "url")

    def __init__(self, wiring: Wiring, asked: Asked, url: str) -> None:
        self.asked = asked
        self.url = url
        claim = asked.record["claim"]
        self.is_alive = (
            None if claim is None else is_live(claim, wiring.now(), wiring.claim_policy.fate_of)
        )

    @property
    def alive(self) -> str:
        return _ALIVE[self.is_alive]

    def as_json(self) -> dict[str, Any]:
        approval, record = self.asked.approval, self.asked.record
        return {
            "approval_id": approval["id"],
            "agent_id": record["agent_id"],
            "agent_name": record["agent_name"],
            "purpose": record["purpose"],
            "what": what(approval),
            "requested_at": approval["requested_at"],
            "expires_at": approval["expires_at"],
            "required": approval["required"],
            "alive": self.is_alive,
            "store": self.url,
        }

    def as_line(self) -> str:
        approval, record = self.asked.approval, self.asked.record
        cells = (
            approval["id"],
            record["agent_name"],
            what(approval),
            approval["requested_at"],
            approval["expires_at"],
            self.alive,
            record["agent_id"],
            self.url,
        )
        return "\t".join(map(one_line, cells)) + "\n"

    def as_cells(self, now: datetime) -> tuple[str, ...]:
        approval = self.asked.approval
        left = (moment(approval["expires_at"]) - now).total_seconds()
        return (
            approval["id"],
            self.asked.record["agent_name"],
            what(approval),
            idle_of(approval["requested_at"], now),
            short_span_of(left),
            self.alive,
        )
