"""The row of a line of the delegation log, all that a hook writes where nothing is live."""

from __future__ import annotations

from agent_session.core.codec import encode
from agent_session.core.delegations import delegation_in

from .keys import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def row_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """The line, and the columns that are measured: all empty for one that is not."""
    found = delegation_in(line) or dict.fromkeys(("at", "agent_name", "decision", "reason"))
    name = found["agent_name"]
    return {**found, "agent_name": None if name is None else key_of(name), "line": encode(line)}
