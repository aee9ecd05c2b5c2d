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
        should_resume,
        update_state,
    )
    from .surfaces.hooks.pre_delegate import pre_delegate_hook

__version__ = "0.1.0"

__all__ = [
    "AgentSession",
    "__version__",
    "cleanup_old_sessions",
    "create_session",
    "finalize_session",
    "get_session",
    "list_sessions",
    "pre_delegate_hook",
    "should_resume",
    "update_state",
]


def __getattr__(name: str) -> object:
    if name == "pre_delegate_hook":
        from .surfaces.hooks.pre_delegate import pre_delegate_hook

        return pre_delegate_hook
    if name in __all__:
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
