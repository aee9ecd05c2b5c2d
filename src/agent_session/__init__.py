"""agent-session: the pause button for AI agents.

The public names, each loaded when it is first asked for: a hook is a fresh process, and pays
for every import.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .api import (
        AgentSession,
        cleanup_old_sessions,
        create_session,
        finalize_session,
        get_session,
        list_sessions,
        sessions_in,
        sessions_of_episode,
        should_resume,
        update_state,
        wait_for_decision,
        wait_for_decision_async,
    )
    from .core.actions import plan_action, tool_action
    from .core.claims import Claimant
    from .core.errors import AgentSessionError
    from .surfaces.hooks.pre_delegate import pre_delegate_hook

__version__ = "0.1.0"

__all__ = [
    "AgentSession",
    "AgentSessionError",
    "Claimant",
    "__version__",
    "cleanup_old_sessions",
    "create_session",
    "finalize_session",
    "get_session",
    "list_sessions",
    "plan_action",
    "pre_delegate_hook",
    "sessions_in",
    "sessions_of_episode",
    "should_resume",
    "tool_action",
    "update_state",
    "wait_for_decision",
    "wait_for_decision_async",
]
# Where a name is, if it is not in `api`.
_ELSEWHERE = {
    "AgentSessionError": "core.errors",
    "Claimant": "core.claims",
    "plan_action": "core.actions",
    "pre_delegate_hook": "surfaces.hooks.pre_delegate",
    "tool_action": "core.actions",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = f"{__name__}.{_ELSEWHERE.get(name, 'api')}"
    return getattr(__import__(module, fromlist=[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
