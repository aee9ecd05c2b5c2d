"""One line of the delegation log: when, who for, and what was decided for which reason."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
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


def delegation_in(line: Mapping[str, Any]) -> dict[str, Any] | None:
    """What of a line of the delegation log is measured; None for another line."""
    told = {word: line.get(word) for word in ("at", "agent_name", "decision", "reason")}
    texts = (told["at"], told["decision"], told["reason"])
    is_one = all(isinstance(each, str) for each in texts)
    name = told["agent_name"]
    return told if is_one and (name is None or isinstance(name, str)) else None
