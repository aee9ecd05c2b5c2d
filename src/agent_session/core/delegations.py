"""One line of the delegation log: when, who for, and what was decided for which reason."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def delegation(
    at: str,
    agent_name: str | None,
    task_id: str | None,
    reason: str,
    agent_id: str | None,
    *,
    resume: bool,
) -> dict[str, Any]:
    return {
        "at": at,
        "agent_name": agent_name,
        "task_id": task_id,
        "decision": "resume" if resume else "new",
        "reason": reason,
        "agent_id": agent_id,
    }
