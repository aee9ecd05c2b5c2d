"""What a call is about: the session, the action, and the folder that it is seen from."""

from __future__ import annotations

import os

from agent_session.core import actions
from agent_session.core.errors import InvalidValueError
from agent_session.project import project_root
from agent_session.settings import SESSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from agent_session.core.actions import Action
    from agent_session.wiring import Wiring


def session_of(wiring: Wiring, agent_id: str | None) -> str:
    """*agent_id*, else the environment's; never the last one that was created, for several
    agents may share a server. InvalidValueError.
    """
    found = agent_id or wiring.variables.get(SESSION)
    if not found:
        raise InvalidValueError("which session? give agent_id, as create_session answers it")
    return found


def action_of(
    plan: str | None, tool: str | None, tool_input: Mapping[str, Any] | None
) -> Action:
    """The plan, or the call of a tool; InvalidValueError, LimitExceededError."""
    if (plan is None) == (tool is None):
        raise InvalidValueError("say what it is about: give plan, or tool with tool_input")
    if plan is not None:
        if tool_input is not None:
            raise InvalidValueError("tool_input goes with tool; a plan has none")
        return actions.plan_action(_bytes_of(plan))
    if tool_input is None:
        raise InvalidValueError("give what the tool is called with, as tool_input")
    return actions.tool_action(tool or "", tool_input)


def _bytes_of(plan: str) -> bytes:
    try:
        return plan.encode()
    except UnicodeEncodeError:
        raise InvalidValueError("plan: a lone surrogate is not text") from None


def folder_of(wiring: Wiring, named: str | None) -> str:
    """The absolute path of *named*, else the working folder where that is in the project, else
    the project's; InvalidValueError where there is none.
    """
    folder = os.path.abspath(named) if named else _own_folder(wiring)
    if not os.path.isdir(folder):
        raise InvalidValueError(f"folder: there is none at {ascii(folder)[:200]}")
    return folder


def _own_folder(wiring: Wiring) -> str:
    # A client may start the server anywhere, and `-C` then says where the project is.
    here = os.getcwd()
    if f"{here}/".startswith(f"{wiring.project}/"):
        return here
    home = {"HOME": wiring.variables.get("HOME", "")}
    return here if project_root(None, home) == wiring.project else wiring.project
