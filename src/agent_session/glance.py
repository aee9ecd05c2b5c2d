"""The quick no before a delegation: nothing of this agent is live, as one look at the index
tells.

Most checks end here, and a hook pays for every import, so what cannot be told at a glance,
because something is live or somebody has changed a setting, is left to the services.
"""

from __future__ import annotations

import time

from agent_session.core import Late
from agent_session.core.delegations import delegation

from .project import SESSIONS, environment, is_there, project_root, settings_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent_session.core import errors
    from agent_session.stores.files import disk, glance
else:
    errors = Late("agent_session.core.errors")
    disk = Late("agent_session.stores.files.disk")
    glance = Late("agent_session.stores.files.glance")

NOTHING_LIVE = "session_not_found"
_VARIABLES = "AGENT_SESSION_"


def nothing_is_live(agent_name: str, task_id: str | None) -> bool:
    """True where the project's own store surely has nothing live of the agent; it is logged."""
    variables = environment()
    project = project_root(None, variables)
    if _may_be_set_up_otherwise(project, variables):
        return False
    try:
        root = disk.open_folder(f"{project}/{SESSIONS}")
    except (FileNotFoundError, errors.StoreError):
        return False
    try:
        if not glance.has_surely_none(root, agent_name):
            return False
        line = delegation(_now(), agent_name, task_id, NOTHING_LIVE, None, resume=False)
        glance.note(root, line)
    except errors.StoreError:
        return False
    finally:
        disk.close(root)
    return True


def _may_be_set_up_otherwise(project: str, variables: Mapping[str, str]) -> bool:
    return any(name.startswith(_VARIABLES) for name in variables) or any(
        map(is_there, settings_files(project, variables))
    )


def _now() -> str:
    """As `instants.at` spells it, without the C module of `datetime`."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime(f"%Y-%m-%dT%H:%M:%S.{nanoseconds // 1000:06d}Z", time.gmtime(seconds))
